"""Files of people are changed whole or not at all."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bot.errors import FileProblems
from bot.files.writing.remark import Remark
from bot.files.writing.rewrite import hindrance, rewrite

ROOT = Path(__file__).parent.parent.parent.parent
KILLS = 20
OLD, NEW = b"old " * 50_000, b"new " * 50_000
CHILD = """
import sys
from pathlib import Path
from bot.files.writing.rewrite import rewrite
path, old, new = Path(sys.argv[1]), b"old " * 50_000, b"new " * 50_000
print("ready", flush=True)
while True:
    rewrite(path, old, new)
    rewrite(path, new, old)
"""


def test_a_kill_at_any_moment_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    file, chance = tmp_path / "a.yaml", random.Random(1)
    found = set()
    for _ in range(KILLS):
        file.write_bytes(OLD)
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(file)], stdout=subprocess.PIPE, cwd=ROOT
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(chance.uniform(0, 0.03))
            child.kill()
        found.add(file.read_bytes())
    assert found <= {OLD, NEW}


def test_of_many_who_change_a_file_at_once_none_overwrites_another(tmp_path: Path) -> None:
    """Each adds its line to what it has read; who comes too late is told, and reads again."""
    file = tmp_path / "a.yaml"
    file.write_bytes(b"")

    def add(name: int) -> None:
        for number in range(10):
            while True:
                before = file.read_bytes()
                try:
                    rewrite(file, before, before + b"%d %d\n" % (name, number))
                    break
                except FileProblems:
                    continue

    threads = [threading.Thread(target=add, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(file.read_bytes().splitlines())) == 40


def test_a_disk_that_is_full_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(OLD)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(FileProblems) as error:
        rewrite(file, OLD, NEW)
    told = "it cannot be written (No space left on device); the old file stands."
    assert str(error.value) == f"{file}: {told}"
    assert file.read_bytes() == OLD
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["a.yaml"]


def test_a_file_of_a_config_map_is_not_changed_whoever_may_write_there(tmp_path: Path) -> None:
    """Kubernetes links each file to a folder that it swaps: what is written there is gone soon."""
    (tmp_path / "..2026_11_29").mkdir()
    (tmp_path / "..2026_11_29" / "a.yaml").write_bytes(OLD)
    (tmp_path / "..data").symlink_to("..2026_11_29")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    assert hindrance(tmp_path / "a.yaml") == Remark("file_mounted")
    with pytest.raises(FileProblems, match="comes from a ConfigMap"):
        rewrite(tmp_path / "a.yaml", OLD, NEW)
    assert (tmp_path / "a.yaml").read_bytes() == OLD
