"""What is true of the real store alone: its files, its troubles, its versions."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Connection, text

from bot.domain import Action, Decision, KeepText
from bot.errors import StoreError
from bot.store.pseudonyms import Identity
from bot.store.sql import schema, sqlite
from bot.store.sql.decisions import Database
from bot.store.store import Label, LabelKind, Post, Record, RowError, Ticket

NOON = 1_700_000_000.0
DAY_S = 86_400.0
Make = Callable[..., Database]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "bot.db"


@pytest.fixture
def make(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes databases over one file, which wait for others for a moment only."""
    monkeypatch.setattr(sqlite, "BUSY_S", 0.02)
    made: list[Database] = []

    def one(keep_text: KeepText = KeepText.ALL, key: bytes = bytes(32)) -> Database:
        made.append(Database(f"sqlite:///{path}", Identity(key), keep_text, retention_days=10))
        return made[-1]

    yield one
    for database in made:
        database.close()


def asked(number: int, words: str = "words", *, at: float = NOON, person: str = "ada") -> Record:
    decision = Decision(Action.FALLBACK, None, 0.1, (), "too low")
    return Record(f"{number:016x}", at, words, None, decision, person, f"chat:{person}")


def words(database: Database) -> list[str | None]:
    return [found.text for found in database.unanswered(0, 1000)[0]]


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def reason(work: Callable[[], object]) -> str:
    with pytest.raises(StoreError) as caught:
        work()
    return str(caught.value)


def bytes_on_disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_the_file_is_made_for_its_owner_alone_and_others_may_read_meanwhile(
    make: Make, path: Path
) -> None:
    make().record(asked(1))
    assert path.stat().st_mode & 0o777 == 0o600
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]
    assert rows(path, "SELECT text FROM decisions") == [("words",)]


def test_what_was_kept_is_there_after_a_restart(make: Make) -> None:
    first = make()
    first.record(asked(1))
    first.close()
    assert words(make()) == ["words"]


def test_no_person_conversation_or_chat_stands_in_the_files(make: Make, path: Path) -> None:
    database = make(KeepText.NONE)
    said = replace(asked(1, "secret words", person="person-4711"), conversation="conversation-4712")
    database.record(said)
    database.label(Label(said.id, LabelKind.UP, "person-4711", NOON))
    database.shown(said.id, "chat-4713", 1)
    address = {"chat": "address-4714"}
    ticket = Ticket("a" * 16, "person-4711", "conversation-4712", address, "why 4715?", True, NOON)
    database.save_ticket(ticket)
    database.add_post(Post(-5, 1, ticket.id))
    assert re.findall(b"47(?=1[1-5])|secret words", bytes_on_disk(path)) == []
    assert database.ticket(ticket.id) == ticket


def test_what_is_forgotten_stands_in_the_files_no_more(
    make: Make, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whatever this machine's SQLite was built to do by itself.
    monkeypatch.setattr(sqlite, "_PRAGMAS", ("PRAGMA secure_delete=OFF", *sqlite._PRAGMAS))
    database = make()
    for number in range(60):
        person = "ada" if number % 3 else "ben"
        database.record(asked(number, f"{person} says {number}" + "." * 300, person=person))
    assert bytes_on_disk(path).count(b"ada says") > 0
    assert database.forget("ada").decisions == 40
    assert bytes_on_disk(path).count(b"ada says") == 0
    assert path.with_name("bot.db-wal").stat().st_size == 0
    assert bytes_on_disk(path).count(b"ben says") == 20


@pytest.mark.parametrize("how", ["too old", "unresolved", "kept under other settings"])
def test_what_is_swept_stands_in_the_files_no_more(make: Make, path: Path, how: str) -> None:
    first = make(KeepText.ALL)
    follow_up = replace(asked(1).decision, action=Action.FOLLOW_UP)
    answer = replace(asked(1).decision, action=Action.ANSWER)
    said = {
        "too old": asked(1, "erase me", at=NOON - 11 * DAY_S),
        "unresolved": replace(asked(1, "erase me", at=NOON - 2 * DAY_S), decision=follow_up),
        "kept under other settings": replace(asked(1, "erase me"), decision=answer),
    }
    first.record(said[how])
    first.record(asked(2, "keep me"))
    assert b"erase me" in bytes_on_disk(path)
    first.close()
    assert make(KeepText.UNANSWERED).sweep(NOON) == (how == "too old")
    assert b"erase me" not in bytes_on_disk(path)
    assert b"keep me" in bytes_on_disk(path)


def test_a_number_of_the_words_is_not_kept_by_the_reason(make: Make, path: Path) -> None:
    database = make(KeepText.UNANSWERED)
    decision = Decision(Action.FOLLOW_UP, "card", 0.7, (), "0.7; the message says 4111-1234, “5”")
    said = replace(asked(1, "card 4111-1234?"), decision=decision)
    database.record(said)
    database.shown(said.id, "chat", 1)
    found = database.decision_shown("chat", 1)
    assert found is not None
    assert found.decision.reason == decision.reason
    database.label(Label(said.id, LabelKind.CHOICE, "ada", NOON, "card"))
    found = database.decision_shown("chat", 1)
    assert found is not None
    assert found.decision.reason == "0.7; the message says …, “5”"
    database.sweep(NOON)
    assert b"4111" not in bytes_on_disk(path)


def test_tickets_of_another_key_are_left_out(make: Make) -> None:
    ticket = Ticket("a" * 16, "ada", "chat", {}, "why?", True, NOON)
    make().save_ticket(ticket)
    other = make(key=b"k" * 32)
    assert ([*other.tickets()], other.ticket(ticket.id)) == ([], None)
    assert [*make().tickets()] == [ticket]


def test_a_locked_database_is_waited_for_shortly_and_can_still_be_read(
    make: Make, path: Path
) -> None:
    database = make()
    database.record(asked(1))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        locked = "the database is locked by another program"
        assert reason(lambda: database.record(asked(2))) == locked
        assert words(database) == ["words"]
        other.execute("ROLLBACK")
    database.record(asked(2))
    assert words(database) == ["words", "words"]


def test_whoever_is_forgotten_while_others_read_is_gone_at_the_next_sweep(
    make: Make, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = make()
    database.record(asked(1, "erase me"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM decisions").fetchall()
        assert database.forget("ada").decisions == 1
    assert caplog.messages == ["erased bytes stand in the database's log until the next sweep"]
    database.sweep(NOON)
    assert b"erase me" not in bytes_on_disk(path)


def test_a_full_disk_is_told_and_loses_nothing(make: Make, path: Path) -> None:
    database = make()
    database.record(asked(1))
    pages = rows(path, "PRAGMA page_count")[0][0]
    database._opened.write(lambda c: c.execute(text(f"PRAGMA max_page_count={pages}")).all())
    assert reason(lambda: database.record(asked(2, "x" * 9000))) == "the disk is full"
    database.record(asked(2, "y" * 9000))  # opened anew, and there is room again
    assert words(database) == ["y" * 9000, "words"]


def test_a_row_that_cannot_be_kept_is_told_from_trouble_with_the_database(make: Make) -> None:
    database = make()
    decision = replace(asked(1).decision, score=float("nan"))
    with pytest.raises(RowError):
        database.record(replace(asked(1), decision=decision))
    with pytest.raises(RowError):
        database.move_chat(1, 2**70)
    database.record(asked(1))
    assert words(database) == ["words"]


def test_a_folder_that_cannot_be_made_is_told(make: Make, path: Path) -> None:
    path.parent.touch()  # a file, where a folder is needed
    said = f"{path} cannot be written (File exists)"
    assert reason(lambda: make().record(asked(1))) == said
    path.parent.unlink()
    database = make()
    database.record(asked(1))
    assert words(database) == ["words"]


def test_a_folder_in_place_of_the_file_is_told(make: Make, path: Path) -> None:
    path.mkdir(parents=True)
    assert reason(lambda: make().stats(0)) == f"{path}: Is a directory"


@pytest.mark.parametrize("character", ["\0", "\ud800"])
def test_a_name_that_no_file_can_have_is_told(tmp_path: Path, character: str) -> None:
    path = tmp_path / f"a{character}b"
    database = Database(f"sqlite:///{path}", Identity(bytes(32)), KeepText.ALL, 10)
    assert reason(lambda: database.stats(0)) == f"no file can be named {str(path)!r}"
    with pytest.raises(StoreError) as caught:
        database.stats(0)
    assert not isinstance(caught.value, RowError)


@pytest.mark.parametrize("url", ["no address: secret", "mysql+nothing://me:secret@host/db"])
def test_an_address_that_leads_nowhere_is_told_without_its_password(url: str) -> None:
    said = reason(lambda: Database(url, Identity(bytes(32)), KeepText.ALL, 10).stats(0))
    assert said.startswith(("the database's address cannot be read", "the database says: "))
    assert "secret" not in said


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(make: Make, path: Path) -> None:
    first = make()
    first.record(asked(1))
    first.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE schema_version SET version = 7")
    before = path.read_bytes()
    assert reason(lambda: make().record(asked(2))) == (
        "the database is of version 7, and this bot knows versions up to 2: start a newer bot, or "
        "name another database"
    )
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_and_left_as_it_is(make: Make, path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE decisions (thing)")
    before = path.read_bytes()
    said = "the database holds tables of another program: name a file of the bot's own"
    assert reason(lambda: make().record(asked(1))) == said
    assert path.read_bytes() == before


def add_mood(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE decisions ADD COLUMN mood TEXT"))
    connection.execute(text("UPDATE decisions SET mood = 'fine'"))


def fail_half_way(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE half (thing TEXT)"))
    connection.execute(text("UPDATE decisions SET text = 'half'"))
    connection.execute(text("no such statement"))


def test_an_older_version_is_brought_up_with_its_rows(
    make: Make, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make()
    first.record(asked(1))
    first.close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, add_mood))
    make().record(asked(2))
    make().record(asked(3))
    assert rows(path, "SELECT text, mood FROM decisions") == [
        ("words", "fine"),
        ("words", None),
        ("words", None),
    ]
    assert rows(path, "SELECT version FROM schema_version") == [(3,)]


def test_all_who_start_at_once_bring_it_up_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, identity = f"sqlite:///{path}", Identity(bytes(32))
    barrier = Barrier(4)

    def record(number: int) -> None:
        with closing(Database(url, identity, KeepText.ALL, retention_days=10)) as database:
            barrier.wait(5)
            database.record(asked(number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, range(4)))
        monkeypatch.setattr(
            schema, "MIGRATIONS", (*schema.MIGRATIONS, add_mood)
        )  # which fails the second time
        list(pool.map(record, range(4, 8)))
    assert rows(path, "SELECT mood, count(*) FROM decisions GROUP BY mood") == [
        (None, 4),
        ("fine", 4),
    ]


def test_a_database_that_was_locked_at_the_start_is_brought_up_later(
    make: Make, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make()
    first.record(asked(1))
    first.close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, add_mood))
    database = make()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert reason(lambda: words(database)) == "the database is locked by another program"
    assert words(database) == ["words"]
    assert rows(path, "SELECT version FROM schema_version") == [(3,)]


def test_a_step_that_fails_leaves_all_as_it_was_before_it(
    make: Make, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make()
    first.record(asked(1))
    first.close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, add_mood, fail_half_way))
    said = 'the database says: near "no": syntax error'
    assert reason(lambda: make().record(asked(2))) == said
    assert rows(path, "SELECT text, mood FROM decisions") == [("words", "fine")]
    assert rows(path, "SELECT version FROM schema_version") == [(3,)]
    assert rows(path, "SELECT name FROM sqlite_master WHERE name = 'half'") == []
