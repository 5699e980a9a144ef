"""How many cores a process may use: as scheduled, and as its cgroups limit it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.matching.encoder.cpu_quota import usable_cores

V2 = "0::/app.slice/bot.service\n"
V1 = "5:memory:/x\n4:cpu,cpuacct:/docker/abc\n0::/\n"


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        pytest.param({}, 8, id="no cgroups: as scheduled"),
        pytest.param({"proc/self/cgroup": V2}, 8, id="no limit anywhere"),
        pytest.param(
            {
                "proc/self/cgroup": V2,
                "sys/fs/cgroup/app.slice/bot.service/cpu.max": "200000 100000\n",
            },
            2,
            id="v2: its own limit",
        ),
        pytest.param(
            {
                "proc/self/cgroup": V2,
                "sys/fs/cgroup/app.slice/bot.service/cpu.max": "max 100000\n",
                "sys/fs/cgroup/app.slice/cpu.max": "300000 100000\n",
            },
            3,
            id="v2: the limit of a cgroup around it",
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"},
            1,
            id="v2 in a container: one and a half cores are one",
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "20000 100000\n"},
            1,
            id="less than a core is one",
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "9900000 100000\n"},
            8,
            id="more than there is",
        ),
        pytest.param(
            {
                "proc/self/cgroup": V1,
                "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "400000\n",
                "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
            },
            4,
            id="v1: its own limit",
        ),
        pytest.param(
            {
                "proc/self/cgroup": V1,
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "250000\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "50000\n",
            },
            5,
            id="v1 in a container: the path is the host's",
        ),
        pytest.param(
            {
                "proc/self/cgroup": V1,
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            8,
            id="v1: no limit",
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "much\n"},
            8,
            id="nothing that can be read",
        ),
    ],
)
def test_a_process_uses_what_it_is_given(tmp_path: Path, files: dict[str, str], cores: int) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert usable_cores(tmp_path) == cores


def test_a_process_that_is_tied_to_one_core_uses_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {5}, raising=False)
    assert usable_cores(tmp_path) == 1
