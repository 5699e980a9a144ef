"""Reading what was remembered, beside a bot that may be writing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Action, Decision, Hit, KeepText
from bot.errors import StoreError
from bot.store.pseudonyms import Identity
from bot.store.sql import schema
from bot.store.sql.decisions import Database
from bot.store.sql.history import read_history
from bot.store.store import Label, LabelKind, Record

NOON = 1_700_000_000.0
HITS = (Hit("refund", 0.7, "my money back", 0.51), Hit("returns", 0.65, "send it back"))
ASKS = Decision(Action.FOLLOW_UP, "refund", 0.7, HITS, 'why: "words"', "f1")
PART = Decision(Action.ANSWER, "refund", 0.9, HITS[:1], "")
IN_PARTS = replace(ASKS, action=Action.ANSWER, parts=(PART,))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "bot.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    made = Database(url_of(path), Identity(bytes(32)), KeepText.UNANSWERED, retention_days=90)
    yield made
    made.close()


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def ask(database: Database, number: int, decision: Decision = ASKS, at: float = NOON) -> None:
    words = f"words {number}"
    database.record(Record(f"{number:016x}", at, words, "en", decision, "ada", "chat"))


def say(database: Database, number: int, kind: LabelKind, entry_id: str | None = None) -> None:
    assert database.label(Label(f"{number:016x}", kind, "ada", NOON + 5, entry_id))


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_all_that_was_decided_comes_back_oldest_first(path: Path, database: Database) -> None:
    ask(database, 1, IN_PARTS, at=NOON + 1)
    ask(database, 2)
    say(database, 1, LabelKind.UP, "refund")
    ask(database, 3, at=NOON - 1)
    one, two = (f"{number:016x}" for number in (1, 2))
    assert read_history(url_of(path), since=NOON) == (
        Record(two, NOON, "words 2", "en", ASKS),
        Record(
            one,
            NOON + 1,
            None,
            "en",
            replace(IN_PARTS, reason='why: "…"'),
            labels=(Label(one, LabelKind.UP, "", NOON + 5, "refund"),),
        ),
    )


@pytest.mark.parametrize("is_running", [True, False], ids=["while it runs", "after it stopped"])
def test_reading_changes_no_file_and_leaves_none_behind(
    path: Path, database: Database, is_running: bool
) -> None:
    ask(database, 1)
    if not is_running:
        database.close()
    before = contents(path.parent)
    assert ("bot.db-wal" in before) == is_running
    assert len(read_history(url_of(path), since=0)) == 1
    after = contents(path.parent)
    assert after.keys() == before.keys()
    # The index of the log, -shm, is where readers of a running database note that they read.
    assert {name for name in before if after[name] != before[name]} <= {"bot.db-shm"}


def test_a_bot_writes_while_it_is_read_and_is_read_while_it_writes(
    path: Path, database: Database
) -> None:
    ask(database, 1)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")  # in the middle of writing
    writer.execute("UPDATE decisions SET reason = 'another'")
    found = read_history(url_of(path), since=0)
    writer.execute("COMMIT")
    writer.close()
    assert [past.decision.reason for past in found] == [ASKS.reason]
    reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM decisions").fetchone()
    ask(database, 2)
    reader.close()
    assert len(read_history(url_of(path), since=0)) == 2


def test_a_bot_that_starts_while_it_is_read_has_it_read_again(
    path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(database, 1)
    database.close()
    ways: list[bool] = []
    really = read_history.__globals__["_read"]

    def read(path: Path, since: float, *, alone: bool) -> tuple[Record, ...]:
        ways.append(alone)
        found: tuple[Record, ...] = really(path, since, alone=alone)
        ask(database, 2)  # opens it
        return found

    monkeypatch.setattr("bot.store.sql.history._read", read)
    assert len(read_history(url_of(path), since=0)) == 2
    assert ways == [True, False]


def refused(path: Path) -> str:
    with pytest.raises(StoreError) as raised:
        read_history(url_of(path), since=0)
    told = str(raised.value)
    assert told.startswith(f"{path}: ")
    assert len(told.splitlines()) == 1
    return told.removeprefix(f"{path}: ")


def test_a_missing_database_is_one_line_and_stays_missing(path: Path) -> None:
    assert refused(path) == (
        "there is no such database. The bot makes it when it first runs; `store: url:` of the "
        "configuration says where."
    )
    assert not path.parent.exists()


def test_a_name_that_no_file_can_have_is_one_line() -> None:
    assert refused(Path("x" * 5000)) == "it cannot be read (File name too long)."


def test_another_version_is_one_line_and_stays_as_it_is(
    path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(database, 1)
    database.close()
    before = contents(path.parent)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, lambda connection: None))
    assert refused(path) == (
        "the database is of version 2, and version 3 is needed: start the bot once, which brings "
        "it up to date."
    )
    monkeypatch.setattr(schema, "MIGRATIONS", ())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE schema_version SET version = 7")
    connection.close()
    assert refused(path).startswith("the database is of version 7, and this bot knows versions up")
    assert contents(path.parent).keys() == before.keys()


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100] + bytes(5000))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def strange(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t(x)")
    connection.close()


def half_written(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE decisions SET candidates = '[{}]'")
    connection.close()


def no_json(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE decisions SET candidates = '[{'")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (damaged, "the database is damaged."),
        (emptied, "the database is empty: nothing was asked yet."),
        (strange, "the database holds tables of another program: name a file of the bot's own."),
        (half_written, "the database holds rows that this bot did not write."),
        (no_json, "the database holds rows that this bot did not write."),
    ],
)
def test_a_file_that_is_no_memory_is_one_line(
    path: Path, database: Database, spoil: object, said: str
) -> None:
    ask(database, 1)
    database.close()
    assert callable(spoil)
    spoil(path)
    assert refused(path) == said


def test_a_path_that_reads_like_an_address_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "50%3Fmode=rwc#x.db"
    made = Database(url_of(path), Identity(bytes(32)), KeepText.ALL, retention_days=90)
    ask(made, 1)
    made.close()
    assert len(read_history(url_of(path), since=0)) == 1
