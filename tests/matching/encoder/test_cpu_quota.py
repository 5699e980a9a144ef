"""How many cores a process may use: as scheduled, and as its cgroups limit it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.matching.encoder.onnx import usable_cores

V2 = "0::/app.slice/bot.service\n"
ROOT = "0::/\n"
OWN = "app.slice/bot.service/cpu.max"


@pytest.mark.parametrize(
    ("cgroup", "files", "cores"),
    [
        pytest.param(None, {}, 8, id="no cgroups: as scheduled"),
        pytest.param(V2, {}, 8, id="no limit anywhere"),
        pytest.param(V2, {OWN: "200000 100000\n"}, 2, id="its own limit"),
        pytest.param(
            V2,
            {OWN: "max 100000\n", "app.slice/cpu.max": "300000 100000\n"},
            3,
            id="the limit of a cgroup around it",
        ),
        pytest.param(
            ROOT, {"cpu.max": "150000 100000\n"}, 1, id="in a container: one and a half are one"
        ),
        pytest.param(ROOT, {"cpu.max": "20000 100000\n"}, 1, id="less than a core is one"),
        pytest.param(ROOT, {"cpu.max": "9900000 100000\n"}, 8, id="more than there is"),
        pytest.param(ROOT, {"cpu.max": "much\n"}, 8, id="nothing that can be read"),
    ],
)
def test_a_process_uses_what_its_cgroups_pay_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cgroup: str | None,
    files: dict[str, str],
    cores: int,
) -> None:
    """Of eight, where it is not tied to one."""
    written = {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
    if cgroup is not None:
        written["proc/self/cgroup"] = cgroup
    for name, text in written.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    assert usable_cores(tmp_path) == cores
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {5}, raising=False)
    assert usable_cores(tmp_path) == 1
