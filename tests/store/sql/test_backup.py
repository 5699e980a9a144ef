"""Copies of the database: made while the bot writes, put back, deleted with whom they hold."""

from __future__ import annotations

import gzip
import os
import stat
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest

from bot.domain import KeepText
from bot.errors import StoreError
from bot.store.shared import InboxItem
from bot.store.sql.backup import back_up, refuse_newer, restore
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.store import SqlStore
from tests.store.files import NEWEST, NOON, Make, locked, reason, rows, unanswered, words
from tests.store.sql.test_schema import OLD, OLD_KEY


def test_a_backup_holds_one_moment_while_the_bot_writes(
    open_store: Make, path: Path, tmp_path: Path
) -> None:
    """Each update stands in it with all of its rows, and only its owner can read it."""
    store = open_store()
    store.record(unanswered(0))
    is_over = threading.Event()

    def write() -> None:
        with closing(SqlStore(f"sqlite:///{path}", Pseudonyms(bytes(32)), KeepText.ALL, 9)) as own:
            for number in range(1, 10_000):
                if is_over.is_set():
                    return
                with suppress(StoreError):
                    own.receive([InboxItem(2 * number + n, NOON, "{}") for n in (0, 1)])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [tmp_path / "copies" / f"{number}.db" for number in range(3)]
        for copy in copies:
            back_up(path, copy)
    finally:
        is_over.set()
        writer.join()
    for copy in copies:
        assert rows(copy, "PRAGMA integrity_check") == [("ok",)]
        ((count,),) = rows(copy, "SELECT count(*) FROM received")
        assert isinstance(count, int)
        assert count % 2 == 0
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(copies[0].parent.iterdir()) == copies


def test_what_was_restored_is_remembered_and_what_came_after_the_backup_lies_aside(
    open_store: Make, path: Path, tmp_path: Path
) -> None:
    store, copy = open_store(), tmp_path / "copy.db"
    store.record(unanswered(1, "before"))
    back_up(path, copy)
    store.record(unanswered(2, "after"))
    store.close()
    aside = restore(path, copy)
    assert aside is not None
    assert words(open_store()) == ["before"]
    assert len(rows(aside, "SELECT 1 FROM decisions")) == 2


def test_a_backup_can_be_restored_where_there_is_nothing(
    open_store: Make, path: Path, tmp_path: Path
) -> None:
    store = open_store()
    store.record(unanswered(1))
    copy, elsewhere = tmp_path / "copy.db", tmp_path / "other" / "bot.db"
    back_up(path, copy)
    assert restore(elsewhere, copy) is None
    assert rows(elsewhere, "SELECT text FROM decisions") == [("words",)]


def test_nothing_is_restored_under_a_running_bot(
    open_store: Make, path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    store = open_store()
    store.record(unanswered(1))
    back_up(path, copy)
    told = f"{path} is open in another program: stop the bot first."
    assert reason(lambda: restore(path, copy)) == told
    store.record(unanswered(2))
    store.close()
    with locked(path):
        assert reason(lambda: restore(path, copy)) == told
    assert len(words(open_store())) == 2


@pytest.mark.parametrize("content", [b"", b"no database" * 1_000])
def test_what_is_no_backup_is_not_restored(
    open_store: Make, path: Path, tmp_path: Path, content: bytes
) -> None:
    store, copy = open_store(), tmp_path / "copy.db"
    store.record(unanswered(1))
    store.close()
    copy.write_bytes(content)
    told = f"{copy}: this is no copy of a database of the bot's, or a damaged one."
    assert reason(lambda: restore(path, copy)) == told
    assert words(open_store()) == ["words"]


def test_a_backup_replaces_no_file(open_store: Make, path: Path, tmp_path: Path) -> None:
    open_store().record(unanswered(1))
    other = tmp_path / "other"
    other.write_text("mine")
    told = f"{other} is there already. Name a file that is not."
    assert reason(lambda: back_up(path, other)) == told
    missing = tmp_path / "missing.db"
    assert reason(lambda: back_up(missing, other)) == f"{missing}: there is no such database."
    assert other.read_text() == "mine"


# --- before an upgrade ---------------------------------------------------------------------------


@pytest.fixture
def upgraded(open_store: Make, path: Path) -> SqlStore:
    """A store over a database of version 2, which it has just upgraded."""
    path.parent.mkdir()
    path.write_bytes(gzip.decompress(OLD.read_bytes()))
    store = open_store(key=OLD_KEY)
    store.stats(0)
    return store


def test_an_older_bot_names_the_copy_that_was_made_before_the_upgrade(
    upgraded: SqlStore, path: Path
) -> None:
    copy = path.with_name("bot.db.version-2")
    assert rows(copy, "SELECT version FROM schema_version") == [(2,)]
    refuse_newer(path)
    rows(path, f"UPDATE schema_version SET version = {NEWEST + 1}")
    told = (
        f"{path} is of version {NEWEST + 1}, and this bot knows versions up to {NEWEST}. Start the "
        "newer bot; or go back to what was before the upgrade, without what came since: python -m "
        "bot store restore "
    )
    assert reason(lambda: refuse_newer(path)) == f"{told}{copy}"
    copy.unlink()
    assert reason(lambda: refuse_newer(path)) == f"{told}FILE"


def test_a_copy_from_before_the_upgrade_is_the_way_back(upgraded: SqlStore, path: Path) -> None:
    upgraded.record(unanswered(99))
    upgraded.close()
    restore(path, path.with_name("bot.db.version-2"))
    assert rows(path, "SELECT version FROM schema_version") == [(2,)]


def test_who_is_forgotten_is_in_no_copy_beside_the_database(upgraded: SqlStore, path: Path) -> None:
    upgraded.forget("7")
    assert [*path.parent.glob("*.version-*")] == []


def test_who_is_forgotten_is_in_no_damaged_database_that_was_put_aside(
    upgraded: SqlStore, path: Path
) -> None:
    for suffix in ("", "-wal"):
        path.with_name(f"bot.db.damaged-20260101-000000-000000{suffix}").write_bytes(b"7")
    upgraded.forget("7")
    assert [*path.parent.glob("*.damaged-*")] == []


def test_a_copy_goes_when_all_in_it_is_too_old(upgraded: SqlStore, path: Path) -> None:
    copy = path.with_name("bot.db.version-2")
    os.utime(copy, (NOON - 9 * 86_400, NOON - 9 * 86_400))
    upgraded.sweep(NOON)
    assert copy.exists()
    upgraded.sweep(NOON + 2 * 86_400)
    assert not copy.exists()


def test_a_copy_that_is_not_there_is_told_as_that(tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    told = reason(lambda: restore(tmp_path / "bot.db", copy))
    assert told == f"{copy}: there is no such file."
