"""A database that is read beside the bot."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.domain import KeepText
from bot.store.sql import sqlite
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.store import SqlStore, read_history
from tests.store.files import NEWEST, Make, contents, locked, reason, rows, unanswered


def history(path: Path) -> list[str | None]:
    return [found.text for found in read_history(f"sqlite:///{path}", 0)]


@pytest.mark.parametrize("is_running", [True, False], ids=["while it runs", "after it stopped"])
def test_reading_changes_no_file_and_leaves_none_behind(
    open_store: Make, path: Path, is_running: bool
) -> None:
    store = open_store()
    store.record(unanswered(1))
    if not is_running:
        store.close()
    before = contents(path)
    assert ("bot.db-wal" in before) == is_running
    assert history(path) == ["words"]
    after = contents(path)
    assert after.keys() == before.keys()
    # The index of the log, -shm, is where readers of a running database note that they read.
    assert {name for name in before if after[name] != before[name]} <= {"bot.db-shm"}


def test_a_bot_writes_while_it_is_read_and_is_read_while_it_writes(
    open_store: Make, path: Path
) -> None:
    store = open_store()
    store.record(unanswered(1))
    with locked(path) as writer:
        writer.execute("UPDATE decisions SET text = 'others'")
        assert history(path) == ["words"]
    reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM decisions").fetchone()
    store.record(unanswered(2, "more"))
    reader.close()
    assert history(path) == ["words", "more"]


def test_what_a_bot_writes_that_starts_while_it_is_read_is_read_too(
    open_store: Make, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store()
    store.record(unanswered(1))
    store.close()
    connect, modes = sqlite.connect, []

    def connect_then_start(path: Path, mode: str) -> sqlite3.Connection:
        connection = connect(path, mode)
        modes.append(mode)
        if modes == ["ro&immutable=1"]:
            connection.execute("SELECT * FROM decisions").fetchone()
            store.record(unanswered(2, "more"))
        return connection

    monkeypatch.setattr(sqlite, "connect", connect_then_start)
    assert history(path) == ["words", "more"]
    assert modes == ["ro&immutable=1", "ro"]


def refused(path: Path) -> str:
    """Why it cannot be read, in one line that begins with its path."""
    told = reason(lambda: history(path))
    assert told.startswith(f"{path}: ")
    assert len(told.splitlines()) == 1
    return told.removeprefix(f"{path}: ")


def test_a_missing_database_is_told_and_stays_missing(path: Path) -> None:
    assert refused(path) == (
        "there is no such database. The bot makes it when it first serves Telegram; a chat in the "
        "terminal is not remembered. `store: url:` of the configuration says where it is."
    )
    assert not path.parent.exists()


def test_a_name_that_no_file_can_have_cannot_be_read() -> None:
    assert refused(Path("x" * 5000)) == "it cannot be read (File name too long)."


def test_a_path_that_reads_like_an_address_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "50%3Fmode=rwc#x.db"
    store = SqlStore(f"sqlite:///{path}", Pseudonyms(bytes(32)), KeepText.ALL, retention_days=90)
    store.record(unanswered(1))
    store.close()
    assert history(path) == ["words"]


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        ("UPDATE schema_version SET version = 2",
         f"the database is of version 2, and version {NEWEST} is needed: start the bot once, which "
         "brings it up to date."),
        ("UPDATE schema_version SET version = 99; DELETE FROM notes",
         f"the database is of version 99, and this bot knows versions up to {NEWEST}: start a "
         "newer bot, or name another database."),
        ("DROP TABLE schema_version",
         "the database holds tables of another program: name one of the bot's own."),
        ("UPDATE decisions SET candidates = '[{}]'",
         "the database holds rows that this bot did not write."),
        ("UPDATE decisions SET candidates = '[{'",
         "the database holds rows that this bot did not write."),
        (b"", "the database is empty: nothing was asked yet."),
        (bytes(5000), "the database is damaged."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_and_stays_as_it_is(
    open_store: Make, path: Path, spoiled: str | bytes, said: str
) -> None:
    store = open_store()
    store.record(unanswered(1))
    store.close()
    if isinstance(spoiled, str):
        for statement in spoiled.split("; "):
            rows(path, statement)
    else:
        path.write_bytes(spoiled)
    before = contents(path)
    assert refused(path) == said
    if "another" in said:  # a newer version's or another program's: the bot refuses it too
        assert reason(lambda: store.record(unanswered(2))) == said.removesuffix(".")
    assert contents(path) == before
