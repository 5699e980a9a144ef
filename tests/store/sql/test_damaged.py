"""A database that is damaged, deleted or replaced, at the start or meanwhile, stops nothing."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bot.domain import Action, Decision, KeepText
from bot.store.pseudonyms import Identity
from bot.store.sql import sqlite
from bot.store.sql.decisions import Database
from bot.store.store import Record

NOON = 1_700_000_000.0
_SAID = re.compile(
    r"(.*) is damaged and now lies in (.*); a new one is made\. What people asked still stands in "
    r"the old one, until it is deleted or as old as all that is remembered"
)
Make = Callable[[], Database]
Damage = Callable[[Path], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
def make(path: Path) -> Iterator[Make]:
    """Makes databases over one file."""
    made: list[Database] = []

    def one() -> Database:
        url = f"sqlite:///{path}"
        made.append(Database(url, Identity(bytes(32)), KeepText.ALL, retention_days=10))
        return made[-1]

    yield one
    for database in made:
        database.close()


def asked(number: int, words: str) -> Record:
    decision = Decision(Action.FALLBACK, None, 0.1, (), "too low")
    return Record(f"{number:016x}", NOON, words, None, decision, "ada", "chat")


def words(database: Database) -> list[str | None]:
    return [found.text for found in database.unanswered(0, 1000)[0]]


def moved_to(path: Path, caplog: pytest.LogCaptureFixture) -> Path:
    """Where the one log line says that the damaged file lies now."""
    (said,) = caplog.messages
    found = _SAID.fullmatch(said)
    assert found is not None, said
    assert found[1] == str(path)
    assert re.fullmatch(r"bot\.db\.damaged-\d{8}-\d{6}", Path(found[2]).name)
    return Path(found[2])


def no_database(path: Path) -> None:
    path.write_bytes(b"This is no database, but a text that somebody put there. " * 99)


def half_of_it(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def broken_within(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096 * 2 :] = b"\xa5" * len(data[4096 * 2 :])  # all tables, not what says that they exist
    path.write_bytes(data)


def broken_page(path: Path) -> None:
    data = bytearray(path.read_bytes())
    start = data.index(b"old words") // 4096 * 4096
    data[start : start + 8] = b"\xa5" * 8  # a page of old rows; new ones go to another
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [no_database, half_of_it, broken_within, broken_page])
def test_a_file_damaged_at_the_start_is_moved_aside(
    make: Make, path: Path, damage: Damage, caplog: pytest.LogCaptureFixture
) -> None:
    first = make()
    for number in range(50):
        first.record(asked(number, "old words" * 50))
    first.close()
    damage(path)
    damaged = path.read_bytes()
    database = make()
    database.record(asked(1, "new words"))
    assert words(database) == ["new words"]
    assert moved_to(path, caplog).read_bytes() == damaged


@pytest.mark.parametrize("damage", [no_database, half_of_it, broken_within])
def test_a_file_damaged_meanwhile_is_moved_aside_and_nothing_asked_for_fails(
    make: Make, path: Path, damage: Damage, caplog: pytest.LogCaptureFixture
) -> None:
    database = make()
    for number in range(50):
        database.record(asked(number, "old words" * 50))
    database.sweep(NOON)  # so that all stands in the file itself
    damage(path)
    if damage is broken_within:  # SQLite must read it again to notice
        database._opened.read(lambda connection: connection.execute(text("PRAGMA shrink_memory")))
    database.record(asked(99, "new words"))
    assert words(database) == ["new words"]
    assert moved_to(path, caplog).is_file()


def test_what_another_process_made_anew_meanwhile_stays(
    make: Make, path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make()
    first.record(asked(1, "words"))
    first.close()
    anew = path.with_name("anew")
    shutil.copy(path, anew)
    no_database(path)
    checked = sqlite.check

    def replace_then_check(engine: Engine) -> None:
        monkeypatch.setattr(sqlite, "check", checked)
        anew.replace(path)
        raise sqlite.DamagedError

    monkeypatch.setattr(sqlite, "check", replace_then_check)
    assert words(make()) == ["words"]
    assert caplog.messages == []


def test_two_files_damaged_within_a_second_lie_side_by_side(make: Make, path: Path) -> None:
    for _ in range(3):
        no_database(path)
        database = make()
        database.record(asked(1, "words"))
        database.close()
    assert len(list(path.parent.glob("bot.db.damaged-*"))) == 3


def test_log_and_index_of_a_damaged_file_move_along(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        sqlite.beside(path, suffix).write_text(f"this is {suffix}")
    sqlite.move_aside(path)
    found = {re.sub(r"[-.]damaged-\d+-\d+", "", f.name): f.read_text() for f in _files(path)}
    assert found == {
        "bot.db": "this is ",
        "bot.db-wal": "this is -wal",
        "bot.db-shm": "this is -shm",
    }


def _files(path: Path) -> list[Path]:
    return sorted(path.parent.iterdir())


def test_a_damaged_file_is_deleted_when_it_is_as_old_as_all_that_is_remembered(
    make: Make, path: Path
) -> None:
    old, young = (path.with_name(f"bot.db.damaged-2023111{n}-120000") for n in (1, 2))
    for file, days in ((old, 11), (young, 9)):
        file.touch()
        os.utime(file, (NOON - days * 86_400, NOON - days * 86_400))
    make().sweep(NOON)
    assert (old.exists(), young.exists()) == (False, True)


def test_a_file_deleted_meanwhile_is_made_anew(make: Make, path: Path) -> None:
    database = make()
    database.record(asked(1, "old words"))
    path.unlink()
    database.record(asked(2, "new words"))
    assert words(database) == ["new words"]
    assert words(make()) == ["new words"]


def test_a_folder_deleted_meanwhile_is_made_anew(make: Make, path: Path) -> None:
    database = make()
    database.record(asked(1, "old words"))
    shutil.rmtree(path.parent)
    assert words(database) == []
    database.record(asked(2, "new words"))
    assert words(make()) == ["new words"]


def test_a_file_replaced_meanwhile_is_gone_on_with_and_not_mixed_with_the_old_ones_log(
    make: Make, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = make()
    database.record(asked(1, "of the backup"))
    database.close()
    backup = path.with_name("backup")
    shutil.copy(path, backup)
    for number in range(2, 60):
        database.record(asked(number, "after the backup" * 20))
    assert path.with_name("bot.db-wal").stat().st_size > 0
    backup.replace(path)
    database.record(asked(99, "new words"))
    assert words(database) == ["new words", "of the backup"]
    assert caplog.messages == []


def test_a_file_emptied_meanwhile_is_gone_on_with(make: Make, path: Path) -> None:
    database = make()
    database.record(asked(1, "old words"))
    database.sweep(NOON)
    os.truncate(path, 0)
    database.record(asked(2, "new words"))
    assert words(database) == words(make()) == ["new words"]


def test_a_file_that_an_admin_made_smaller_loses_nothing(
    make: Make, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = make()
    for number in range(200):
        database.record(asked(number, "old words" * 50))
    database.forget("ada")
    with closing(sqlite3.connect(path, isolation_level=None)) as admin:
        admin.execute("VACUUM")
        admin.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.record(asked(1, "new words"))
        admin.execute("UPDATE decisions SET text = text || '!'")
        assert words(database) == ["new words!"]
    assert caplog.messages == []
