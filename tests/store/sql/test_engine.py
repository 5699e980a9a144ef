"""A database that is locked, full or away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.domain import KeepText
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.sqlite import SqliteEngine
from bot.store.sql.store import SqlStore
from bot.store.store import RowError
from tests.store.files import LOCKED, Make, locked, reason, rows, unanswered, words


def test_the_file_is_made_for_its_owner_alone_and_others_may_read_meanwhile(
    open_store: Make, path: Path
) -> None:
    open_store().record(unanswered(1))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]
    assert rows(path, "SELECT text FROM decisions") == [("words",)]


def test_a_locked_database_is_waited_for_shortly_and_can_still_be_read(
    open_store: Make, path: Path
) -> None:
    store = open_store()
    store.record(unanswered(1))
    with locked(path):
        assert reason(lambda: store.record(unanswered(2))) == LOCKED
        assert words(store) == ["words"]
    store.record(unanswered(2))
    assert words(store) == ["words", "words"]


def test_a_full_disk_is_told_and_loses_nothing(path: Path) -> None:
    database = SqliteEngine(path)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE words (word)"))
    pages = rows(path, "PRAGMA page_count")[0][0]
    with database.read() as connection:
        connection.execute(text(f"PRAGMA max_page_count={pages}")).all()

    def insert(word: str) -> None:
        with database.write() as connection:
            connection.execute(text("INSERT INTO words VALUES (:word)"), {"word": word})

    assert reason(lambda: insert("x" * 9000)) == "the disk is full"
    insert("y")  # opened anew, and there is room
    assert rows(path, "SELECT word FROM words") == [("y",)]
    database.close()


def test_what_outlasts_a_power_cut_is_synchronised_fully(path: Path) -> None:
    database, full, normal = SqliteEngine(path), 2, 1
    for outlasts, expected in ((True, full), (False, normal)):
        with database.write(outlasts_power_cuts=outlasts) as connection:
            assert connection.execute(text("PRAGMA synchronous")).scalar() == expected
        found = database.run(text("PRAGMA synchronous"), outlasts_power_cuts=outlasts)
        assert found == [(expected,)]
    database.close()


def test_a_row_that_cannot_be_kept_is_told_from_trouble_with_the_database(open_store: Make) -> None:
    store, no_number = open_store(), replace(unanswered(1).decision, score=float("nan"))
    with pytest.raises(RowError):
        store.record(replace(unanswered(1), decision=no_number))
    store.record(unanswered(1))
    assert words(store) == ["words"]


def test_a_folder_that_cannot_be_made_is_told_and_made_later(open_store: Make, path: Path) -> None:
    path.parent.touch()  # a file, where a folder is needed
    store = open_store()
    assert reason(lambda: store.record(unanswered(1))) == f"{path} cannot be written (File exists)"
    path.parent.unlink()
    store.record(unanswered(1))
    assert words(store) == ["words"]


@pytest.mark.parametrize("character", ["\0", "\ud800"])
def test_a_name_that_no_file_can_have_is_told(tmp_path: Path, character: str) -> None:
    path = tmp_path / f"a{character}b"
    store = SqlStore(f"sqlite:///{path}", Pseudonyms(bytes(32)), KeepText.ALL, 10)
    assert reason(lambda: store.stats(0)) == f"no file can be named {str(path)!r}"
