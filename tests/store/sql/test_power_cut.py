"""What is left when the power goes: a process's writes are played back without those that it had
not synchronised."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.process import ROOT
from tests.store.files import Make, rows

pytestmark = pytest.mark.skipif(
    shutil.which("gcc") is None or sys.platform != "linux", reason="needs gcc and LD_PRELOAD"
)
# One that serves: updates arrive and are dealt with, decisions are made; then the power goes.
WRITES = """
import os, sys
from contextlib import closing
from bot.domain import KeepText
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.store import SqlStore
from bot.store.shared import InboxItem
from tests.store.files import NOON, unanswered

store = SqlStore(f"sqlite:///{sys.argv[1]}", Pseudonyms(bytes(32)), KeepText.ALL, 10**6)
store.sweep(NOON)
for number in range(40):
    store.record(unanswered(number))
    print(store.receive([InboxItem(number, NOON, "{}")])[0], flush=True)
    if number % 10 == 5:
        store.sweep(NOON)
store.record(unanswered(99, "too late"))
os._exit(0)
"""


@pytest.fixture(scope="module")
def preload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("preload") / "power_cut.so"
    source = Path(__file__).with_name("power_cut.c")
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True
    )
    return library


class Disk:
    """Plays back what was done to files.

    Attributes:
        kept: by path, what a power cut now would leave of each file.
    """

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self._now: dict[str, bytearray] = {}

    def play(self, log: bytes, calls: int | None = None) -> int:
        """Play back so many calls (None: all); returns how many there were."""
        place, count = 0, 0
        while place < len(log) and count != calls:
            end = log.index(b"\n", place)
            kind, path, *numbers = log[place:end].decode().split(" ")
            place, count = end + 1, count + 1
            file = self._now.setdefault(path, bytearray())
            if kind == "S":
                self.kept[path] = bytes(file)
            elif kind == "U":
                self.kept.pop(path, None)
                self._now.pop(path, None)
            elif kind == "T":
                del file[int(numbers[0]) :]
            else:
                offset, size = map(int, numbers)
                file.extend(bytes(max(0, offset + size - len(file))))
                file[offset : offset + size] = log[place : place + size]
                place += size
        return count

    def put_back(self, folder: Path) -> None:
        """Write what is kept; the index of the log is no file that outlasts anything."""
        shutil.rmtree(folder)
        folder.mkdir()
        for path, content in self.kept.items():
            if path != str(folder) and not path.endswith("-shm"):
                Path(path).write_bytes(content)


def test_no_update_that_was_recorded_is_lost_in_a_power_cut(
    preload: Path, open_store: Make, path: Path
) -> None:
    """Wherever it comes, the database is whole; decisions may lack the last ones."""
    log = path.parent.parent / "log"
    variables = {"LD_PRELOAD": str(preload), "POWER_CUT_LOG": str(log)}
    done = subprocess.run(
        [sys.executable, "-c", WRITES, str(path)],
        cwd=ROOT,
        env=os.environ | variables | {"POWER_CUT_FOLDER": str(path.parent)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == [str(number) for number in range(40)]
    recorded = log.read_bytes()
    disk = Disk()
    disk.play(recorded)
    disk.put_back(path.parent)
    assert [item.update_id for item in open_store().backlog()] == list(range(40))
    calls = Disk().play(recorded)
    for until in range(calls // 2, calls, calls // 40):
        cut = Disk()
        cut.play(recorded, until)
        cut.put_back(path.parent)
        store = open_store()
        left = [item.update_id for item in store.backlog()]
        assert left == list(range(len(left)))
        assert rows(path, "PRAGMA integrity_check") == [("ok",)]
        store.close()
