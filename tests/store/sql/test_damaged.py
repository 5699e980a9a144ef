"""A database that is damaged, deleted or replaced."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.store.sql.sqlite import SqliteEngine
from bot.store.sql.store import SqlStore
from tests.store.files import NOON, Make, reason, rows, unanswered, words


def garbage(path: Path) -> None:
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


def filled(store: SqlStore) -> None:
    """Fill a database, all of it in the file itself."""
    for number in range(50):
        store.record(unanswered(number, "old words" * 50))
    store.sweep(NOON)


@pytest.mark.parametrize("damage", [garbage, half_of_it, broken_within, broken_page])
def test_a_file_damaged_at_the_start_is_moved_aside_and_a_new_one_is_made(
    open_store: Make, path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    first = open_store()
    filled(first)
    first.close()
    damage(path)
    damaged = path.read_bytes()
    store = open_store()
    assert reason(lambda: store.record(unanswered(1))) == "the database is damaged"
    store.record(unanswered(1, "new words"))
    assert words(store) == ["new words"]
    (aside,) = path.parent.glob("bot.db.damaged-*")
    assert re.fullmatch(r"bot\.db\.damaged-\d{8}-\d{6}-\d{6}", aside.name)
    assert aside.read_bytes() == damaged
    assert path.stat().st_mode & 0o777 == 0o600
    assert caplog.messages == [
        f"{path} is damaged and now lies in {aside}; a new one is made. What people asked still "
        "stands in the old one, until it is deleted or as old as all that is remembered"
    ]


def test_a_file_damaged_meanwhile_is_told_when_it_is_noticed_and_moved_aside(path: Path) -> None:
    database = SqliteEngine(path)
    with database.read() as connection:
        assert connection.execute(text("SELECT * FROM tickets")).all() == []
    database.erase_for_good()  # all of it stands in the file itself, and nothing is at hand
    garbage(path)

    def read() -> None:
        with database.read() as connection:
            connection.execute(text("SELECT * FROM tickets"))

    assert reason(read) == "the database is damaged"
    read()
    assert len(list(path.parent.glob("bot.db.damaged-*"))) == 1
    database.close()


def test_a_file_whose_index_is_damaged_is_moved_aside_when_it_is_noticed(path: Path) -> None:
    database = SqliteEngine(path)
    with database.write() as connection:
        row = "(number, update_id, at, state, tries) VALUES (1, 1, 0, 'open', 2)"
        connection.execute(text(f"INSERT INTO received {row}"))
        connection.execute(text("CREATE INDEX index_of_tries ON received (tries)"))
    database.close()
    definition = "WHERE type = 'index' AND name = 'index_of_tries'"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA writable_schema=ON")
        other.execute("CREATE TABLE kept AS SELECT * FROM sqlite_master " + definition)
        other.execute("DELETE FROM sqlite_master " + definition)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("UPDATE received SET tries = 3")  # and the index does not hear of it
        other.execute("PRAGMA writable_schema=ON")
        other.execute("INSERT INTO sqlite_master SELECT * FROM kept")
    assert rows(path, "PRAGMA quick_check") == [("ok",)]

    def write() -> None:
        with database.write() as connection:
            connection.execute(text("DELETE FROM received WHERE number = 1"))

    assert reason(write) == "the database is damaged"
    write()
    assert len(list(path.parent.glob("bot.db.damaged-*"))) == 1
    database.close()


def test_a_damaged_file_is_deleted_when_it_is_as_old_as_all_that_is_remembered(
    open_store: Make, path: Path
) -> None:
    path.parent.mkdir()
    old, young = (path.with_name(f"bot.db.damaged-2023111{n}-120000") for n in (1, 2))
    for file, days in ((old, 11), (young, 9)):
        file.touch()
        os.utime(file, (NOON - days * 86_400, NOON - days * 86_400))
    open_store().sweep(NOON)
    assert (old.exists(), young.exists()) == (False, True)


def test_a_sweep_goes_on_where_a_damaged_file_cannot_be_deleted(
    open_store: Make, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = path.with_name("bot.db.damaged-20231112-120000")
    folder.mkdir(parents=True)  # which is not deleted as a file is
    os.utime(folder, (0, 0))
    open_store().sweep(NOON)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert str(folder) in caplog.text


def test_what_is_recorded_after_the_file_was_deleted_or_replaced_is_there_at_the_next_start(
    open_store: Make, path: Path
) -> None:
    store = open_store()
    store.record(unanswered(1, "old words"))
    with closing(sqlite3.connect(path)) as other:
        backup = other.serialize()
    store.record(unanswered(2, "words after the backup"))
    path.with_name("backup").write_bytes(backup)
    path.with_name("backup").replace(path)
    store.record(unanswered(3, "new words"))
    assert words(open_store()) == ["new words", "old words"]
    shutil.rmtree(path.parent)
    store.record(unanswered(4, "newer words"))
    assert words(open_store()) == ["newer words"]
