"""Databases of other versions: migrated with their rows, or refused and left as they are."""

from __future__ import annotations

import gzip
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Text, create_engine, inspect

from bot.domain import Action, Decision, Hit, KeepText, Thresholds
from bot.errors import StoreError
from bot.store.counts import Counts
from bot.store.shared import InboxItem
from bot.store.sql import migrations, schema
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.store import SqlStore, read_history
from bot.store.store import Post, Record
from tests.store.files import (
    NEWEST,
    AddStep,
    Make,
    add_mood,
    locked,
    reason,
    rows,
    unanswered,
    words,
)

OLD = Path(__file__).parents[2] / "data" / "store_version_2.db.gz"  # see the script beside it
OLD_KEY, OLD_AT = bytes(range(32)), 4_000_000_000.0
HITS = (Hit("refund", 0.7, "my money back", 0.51), Hit("returns", 0.65, "send it back"))


@pytest.fixture(params=[1, 2])
def old_version(request: pytest.FixtureRequest, path: Path) -> int:
    """A database of an earlier version, as a bot of then has left it."""
    path.parent.mkdir()
    path.write_bytes(gzip.decompress(OLD.read_bytes()))
    if request.param == 1:  # it had no table of what has arrived
        rows(path, "DROP TABLE received")
        rows(path, "UPDATE schema_version SET version = 1")
    return int(request.param)


def test_an_earlier_version_is_migrated_with_all_that_was_remembered(
    old_version: int, open_store: Make, path: Path
) -> None:
    store = open_store(KeepText.UNANSWERED, OLD_KEY)
    assert store.stats(0).total == Counts(6, 2, 3, 1, resolved=1, up=1)
    why = 'the best score 0.7000 lies between the lines for "words"'
    asks = Decision(Action.FOLLOW_UP, "refund", 0.7, HITS, why, "f1")
    last = store.last_decision("7:0:7")
    assert last is not None
    assert last.small_talk
    assert store.decision_shown("7", 105) == Record(
        "5".zfill(16), OLD_AT + 5, "words 5", "en", asks
    )
    parts = read_history(f"sqlite:///{path}", 0)[1].decision.parts
    assert [(part.action, part.thresholds) for part in parts] == [
        (Action.ANSWER, None),
        (Action.FOLLOW_UP, None),
    ]
    assert [one.record.text for one in store.missed(9)] == ["words 6", "words 4", None]
    assert [(one.id[0], one.question, one.is_open) for one in store.tickets()] == [
        ("a", "is my cake safe?", True)
    ]
    assert [*store.posts(-42, 2)] == [Post(-42, 2, "a" * 16, 1), Post(-42, 2, "b" * 16, 2)]
    assert rows(path, "SELECT version FROM schema_version") == [(NEWEST,)]


def test_whoever_set_a_line_by_hand_is_told_once_that_scores_have_another_scale(
    old_version: int, open_store: Make, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        store = open_store(KeepText.ALL, OLD_KEY)
        assert store.stats(0).has_old_scores
    told = [record.message for record in caplog.records if "0.60" in record.message]
    assert len(told) == 1
    assert told[0].endswith("tune it anew: python -m bot tune LABELLED --write")
    store.record(unanswered(99, at=OLD_AT + 99))
    assert not store.stats(OLD_AT + 99).has_old_scores


def test_after_the_migration_new_rows_hold_thresholds_and_guard_and_old_rows_null(
    old_version: int, open_store: Make, path: Path
) -> None:
    store = open_store(KeepText.ALL, OLD_KEY)
    held = replace(unanswered(99).decision, thresholds=Thresholds(0.75, 0.6), guard="numbers")
    store.record(replace(unanswered(99, at=OLD_AT), decision=held))
    history = read_history(f"sqlite:///{path}", 0)
    held_against = [record.decision.thresholds for record in history]
    assert held_against == [Thresholds(0.75, 0.6), None, None, None, None, None, None]
    assert history[0].decision == held


@pytest.mark.parametrize("old_version", [2], indirect=True)
def test_the_backlog_of_version_2_is_open_after_the_migration(
    old_version: int, open_store: Make
) -> None:
    store = open_store(key=OLD_KEY)
    store.claim(7)
    left = store.backlog()
    assert [(item.update_id, item.tries) for item in left] == [
        (3, 1), (4, 0), (5, 0), (6, 0),
    ]  # fmt: skip
    assert '"text": "When are you open?"' in left[0].payload
    assert store.receive([InboxItem(number, OLD_AT, "{}") for number in range(1, 8)]) == [7]
    store.done(3)
    store.sweep(OLD_AT)
    assert [item.update_id for item in store.backlog()] == [4, 5, 6, 7]


@pytest.mark.parametrize("old_version", [2], indirect=True)
def test_what_arrived_before_accounts_were_noted_is_the_first_ones(
    old_version: int, open_store: Make
) -> None:
    store = open_store(key=OLD_KEY)
    assert (store.claim(7), len(store.backlog())) == (0, 4)
    assert (store.claim(8), len(store.backlog())) == (4, 0)
    assert store.receive([InboxItem(3, OLD_AT, "{}")]) == [3]


def test_a_new_database_has_the_columns_of_a_migrated_one(
    old_version: int, open_store: Make, path: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new.db"
    open_store().stats(0)
    with closing(SqlStore(f"sqlite:///{new}", Pseudonyms(OLD_KEY), KeepText.ALL, 9)) as store:
        store.stats(0)
    tables = rows(new, "SELECT name FROM sqlite_master WHERE type IN ('table', 'index')")
    assert sorted(tables) == sorted(
        rows(path, "SELECT name FROM sqlite_master WHERE type IN ('table', 'index')")
    )
    for table in schema.metadata.tables:
        query = f"SELECT name, type, \"notnull\", pk FROM pragma_table_info('{table}')"
        assert rows(path, query) == rows(new, query)


def fail_half_way(op: Operations) -> None:
    op.create_table("half", Column("thing", Text))
    op.execute("UPDATE decisions SET text = 'half'")
    op.execute("no such statement")


def test_there_is_a_step_to_each_version() -> None:
    assert len(migrations.STEPS) == NEWEST - 1


def test_alembic_is_loaded_only_where_a_migration_is_due(
    old_version: int, path: Path, tmp_path: Path
) -> None:
    script = """
import sys
from bot.domain import KeepText
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.store import SqlStore
for _ in range(2):
    SqlStore(sys.argv[1], Pseudonyms(bytes(32)), KeepText.ALL, 9).stats(0)
print("alembic" in sys.modules, "bot.store.sql.migrations" in sys.modules)
"""

    def loaded(file: Path) -> str:
        command = [sys.executable, "-c", script, f"sqlite:///{file}"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    found = [loaded(file) for file in (tmp_path / "new.db", path, path)]
    assert found == ["False False", "True True", "False False"]


def test_a_bot_of_before_goes_on_beside_a_newer_one_that_says_so(
    open_store: Make, path: Path
) -> None:
    """So processes on one database can be upgraded one by one."""
    open_store().record(unanswered(1))
    for oldest, told in ((NEWEST, "words"), (NEWEST + 1, f"is of version {NEWEST + 1}, and")):
        rows(path, f"UPDATE schema_version SET version = {NEWEST + 1}")
        rows(path, f"UPDATE notes SET text = '{oldest}' WHERE name LIKE 'schema:%'")
        store = open_store()
        found = words(store)[0] if oldest == NEWEST else reason(lambda: words(open_store()))
        assert told in str(found)
        store.close()


@pytest.mark.parametrize("old_version", [2], indirect=True)
def test_what_the_oldest_bot_that_may_serve_writes_fits_the_newest_tables(
    old_version: int, path: Path
) -> None:
    """A step that takes something away, or demands something new, raises `OLDEST_SERVED`."""
    engine, served = create_engine(f"sqlite:///{path}"), schema.OLDEST_SERVED

    def columns(connection: Connection) -> dict[tuple[str, str], tuple[str, bool, bool]]:
        seen = inspect(connection)
        return {
            (table, each["name"]): (
                str(each["type"]),
                each["nullable"],
                each["default"] is None and not each["nullable"],
            )
            for table in seen.get_table_names()
            for each in seen.get_columns(table)
        }

    with engine.begin() as connection:
        for step in migrations.STEPS[old_version - 1 : served - 1]:
            step(Operations(MigrationContext.configure(connection)))
        before = columns(connection)
        migrations.upgrade(connection, served)
        after = columns(connection)
    assert {key: after.get(key) for key in before} == before
    tables = {table for table, _ in before}
    added = {key: of for key, of in after.items() if key not in before and key[0] in tables}
    assert [key for key, (_, _, is_needed) in added.items() if is_needed] == []


def test_all_who_start_at_once_migrate_once(path: Path, add_step: AddStep) -> None:
    url, pseudonyms = f"sqlite:///{path}", Pseudonyms(bytes(32))
    barrier = Barrier(4)

    def record(number: int) -> None:
        with closing(SqlStore(url, pseudonyms, KeepText.ALL, retention_days=10)) as store:
            barrier.wait(60)
            for _ in range(60):  # whoever is kept waiting too long tries again, as the bot does
                with suppress(StoreError):
                    store.record(unanswered(number))
                    return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, range(4)))
        add_step(add_mood)
        list(pool.map(record, range(4, 8)))
    query = "SELECT mood, count(*) FROM decisions GROUP BY mood"
    assert rows(path, query) == [(None, 4), ("fine", 4)]


def test_a_database_that_is_locked_at_the_start_is_migrated_later(
    open_store: Make, path: Path, add_step: AddStep
) -> None:
    store = open_store()
    store.record(unanswered(1))
    store.close()
    add_step(add_mood)
    with locked(path):
        assert reason(lambda: words(store)) == "the database is locked by another program"
    assert words(store) == ["words"]
    assert rows(path, "SELECT version FROM schema_version") == [(NEWEST + 1,)]


def test_a_migration_that_fails_leaves_all_as_it_was_before_it(
    open_store: Make, path: Path, add_step: AddStep
) -> None:
    store = open_store()
    store.record(unanswered(1))
    store.close()
    add_step(fail_half_way)
    said = 'the database says: near "no": syntax error'
    assert reason(lambda: store.record(unanswered(2))) == said
    assert rows(path, "SELECT text FROM decisions") == [("words",)]
    assert rows(path, "SELECT version FROM schema_version") == [(NEWEST,)]
    assert rows(path, "SELECT name FROM sqlite_master WHERE name = 'half'") == []
