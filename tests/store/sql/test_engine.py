"""A database that is locked, full, damaged, away or read beside the bot."""

from __future__ import annotations

import logging
import os
import re
import shutil
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.domain import KeepText
from bot.errors import StoreError
from bot.store.sql import engine, schema
from bot.store.sql.engine import Pseudonyms, SqlEngine
from bot.store.sql.store import SqlStore, read_history
from bot.store.store import RowError
from tests.store.files import (
    NOON,
    contents,
    locked,
    reason,
    rows,
    unanswered,
    words,
)

Make = Callable[..., SqlStore]
NEWEST = 1 + len(schema.MIGRATIONS)
LOCKED = "the database is locked by another program"


# --- opened, locked, full, away ------------------------------------------------------------------


def test_the_file_is_made_for_its_owner_alone_and_others_may_read_meanwhile(
    open_store: Make, path: Path
) -> None:
    open_store().record(unanswered(1))
    assert path.stat().st_mode & 0o777 == 0o600
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
    database = SqlEngine(path)
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
    database, full, normal = SqlEngine(path), 2, 1
    for outlasts, expected in ((True, full), (False, normal)):
        with database.write(outlasts_power_cuts=outlasts) as connection:
            assert connection.execute(text("PRAGMA synchronous")).scalar() == expected
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


# --- damaged -------------------------------------------------------------------------------------


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
    database = SqlEngine(path)
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
    database = SqlEngine(path)
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


# --- read beside the bot -------------------------------------------------------------------------


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
    connect, modes = engine.connect, []

    def connect_then_start(path: Path, mode: str) -> sqlite3.Connection:
        connection = connect(path, mode)
        modes.append(mode)
        if modes == ["ro&immutable=1"]:
            connection.execute("SELECT * FROM decisions").fetchone()
            store.record(unanswered(2, "more"))
        return connection

    monkeypatch.setattr(engine, "connect", connect_then_start)
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
        ("UPDATE schema_version SET version = 99",
         f"the database is of version 99, and this bot knows versions up to {NEWEST}: start a "
         "newer bot, or name another database."),
        ("DROP TABLE schema_version",
         "the database holds tables of another program: name a file of the bot's own."),
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
        rows(path, spoiled)
    else:
        path.write_bytes(spoiled)
    before = contents(path)
    assert refused(path) == said
    if "another" in said:  # a newer version's or another program's: the bot refuses it too
        assert reason(lambda: store.record(unanswered(2))) == said.removesuffix(".")
    assert contents(path) == before


# --- pseudonyms ----------------------------------------------------------------------------------

KEY = bytes(range(32))


def test_a_hash_is_the_same_for_the_same_name_kind_and_key_alone() -> None:
    pseudonyms = Pseudonyms(KEY)
    hashes = [
        pseudonyms.hashed("person", "17"),
        pseudonyms.hashed("conversation", "17"),
        pseudonyms.hashed("chat", "17"),
        pseudonyms.hashed("person", "18"),
        Pseudonyms(bytes(32)).hashed("person", "17"),
    ]
    # hmac.new(KEY, b"person\x0017", "sha256").hexdigest()[:32]: what is stored must be found again
    assert hashes[0] == "327b428e7176d75f7a88c19582f18f1e"
    assert pseudonyms.hashed("person", "17") == hashes[0]
    assert len(set(hashes)) == len(hashes)
    assert len(pseudonyms.hashed("person", "a\ud800\x00")) == 32


def test_a_sealed_text_is_read_with_its_own_key_alone() -> None:
    text = "Grüße \ud800 你好"
    sealed = Pseudonyms(KEY).seal(text)
    assert Pseudonyms(KEY).unseal(sealed) == text
    assert Pseudonyms(bytes(32)).unseal(sealed) is None
    assert Pseudonyms(KEY).unseal(sealed[:-8] + "AAAAAAA=") is None
    assert Pseudonyms(KEY).unseal("no such ä") is None
    assert "你好" not in sealed


def test_a_key_is_made_once_for_its_owner_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key_file = tmp_path / "data" / "key"
    with caplog.at_level(logging.INFO, logger="bot.store"):
        made = Pseudonyms.load(key_file)
        read = Pseudonyms.load(key_file)
    assert caplog.messages == [f"made the key {key_file}; keep it as long as the database"]
    assert made.hashed("person", "17") == read.hashed("person", "17")
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file.parent.stat().st_mode) == 0o700
    assert [file.name for file in key_file.parent.iterdir()] == ["key"]
    assert len(bytes.fromhex(key_file.read_text("ascii"))) == 32
    other = Pseudonyms.load(tmp_path / "other")
    assert other.hashed("person", "17") != made.hashed("person", "17")


def test_white_space_around_a_key_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"\n {KEY.hex().upper()}\r\n")
    assert Pseudonyms.load(tmp_path / "key").hashed("chat", "1") == Pseudonyms(KEY).hashed(
        "chat", "1"
    )


@pytest.mark.parametrize(
    "written", [b"", b"\n", KEY, KEY.hex()[:-1].encode(), KEY.hex().encode() + b"0", b"\xff" * 64]
)
def test_a_damaged_key_is_never_replaced(tmp_path: Path, written: bytes) -> None:
    key_file = tmp_path / "key"
    key_file.write_bytes(written)
    with pytest.raises(StoreError) as caught:
        Pseudonyms.load(key_file)
    assert str(caught.value) == (
        f"{key_file} holds no key; 64 hexadecimal digits are needed. Put back the right file, or "
        "delete it: then a new key is made, and what was remembered with the old one belongs to "
        "nobody any more and goes by its age"
    )
    assert key_file.read_bytes() == written


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("file/key", "Not a directory"),
        ("folder", "Is a directory"),
        ("\0", "embedded null byte"),
    ],
)
def test_a_key_that_can_neither_be_read_nor_made_is_refused(
    tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError) as caught:
        Pseudonyms.load(tmp_path / name)
    path = tmp_path / name
    assert str(caught.value) == f"the key {path} can neither be read nor made: {reason}"


def test_of_processes_that_make_a_key_at_once_the_first_ones_stands(tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: Pseudonyms.load(key_file), range(8)))
    assert len({one.hashed("person", "1") for one in made}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
