"""What is PostgreSQL's own: a server that goes away and comes back, and others beside us."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Connection, make_url, text

from bot.domain import KeepText
from bot.errors import StoreError
from bot.store.async_store import AsyncStore
from bot.store.shared import TABLES
from bot.store.sql import migrations, schema
from bot.store.sql import postgres as engine
from bot.store.sql.engine import engine_of, place_of, read_only, require_usable
from bot.store.sql.postgres import PASSWORD, PASSWORD_FILE
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.session import PostgresSession
from bot.store.sql.store import SqlStore, read_history, read_missed
from tests.conftest import LONG_S
from tests.postgres import OwnServer, PostgresServer, own_postgres
from tests.store.files import NEWEST, AddStep, add_mood, reason, unanswered, words

AWAY = "postgresql+psycopg://bot@localhost:1/faq"


@pytest.fixture(scope="module")
def own_server() -> Iterator[OwnServer]:
    """A server that can be stopped."""
    with own_postgres() as server:
        yield server


def opened(url: str) -> SqlStore:
    return SqlStore(url, Pseudonyms(bytes(32)), KeepText.ALL, retention_days=10)


@pytest.mark.parametrize(
    "how", [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL], ids=lambda s: s.name
)
def test_what_must_be_kept_waits_until_the_server_is_back(
    own_server: OwnServer, monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:
    monkeypatch.setenv(PASSWORD, own_server.password)
    url = own_server.database()
    memory = AsyncStore(lambda: opened(url))
    memory.record(unanswered(1)).result(60)  # which a crash may lose, as SQLite does
    own_server.stop(how)
    kept = memory.record(unanswered(2, "while it was away"))
    while memory.trouble is None:
        assert not kept.done()
    assert "the server cannot be reached" in memory.trouble
    own_server.start()
    kept.result(60)
    memory.close()
    with closing(opened(url)) as store:
        assert words(store)[0] == "while it was away"


def test_a_connection_that_a_restart_has_cut_costs_nothing(
    own_server: OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD, own_server.password)
    with closing(opened(own_server.database())) as store:
        store.record(unanswered(1))
        own_server.stop()
        own_server.start()
        assert words(store) == ["words"]


def test_whoever_waits_for_another_who_writes_is_told_and_tries_again(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engine._SESSION, "lock_timeout", 100)
    first, second = engine_of(fresh_database), opened(fresh_database)
    second.record(unanswered(1))
    with first.write() as connection:
        connection.exec_driver_sql("LOCK TABLE decisions")
        assert "lock timeout" in reason(lambda: second.record(unanswered(2)))
    second.record(unanswered(2))
    assert len(words(second)) == 2
    first.close()
    second.close()


def test_all_who_start_at_once_make_and_change_the_tables_once(
    fresh_database: str, postgres: PostgresServer, add_step: AddStep
) -> None:
    barrier = Barrier(4)

    def record(number: int) -> None:
        with closing(opened(fresh_database)) as store:
            barrier.wait(60)
            store.record(unanswered(number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, range(4)))
        add_step(add_mood)
        list(pool.map(record, range(4, 8)))
    found = "SELECT version, mood, count(*) FROM decisions, schema_version GROUP BY 1, 2 ORDER BY 2"
    expected = [(NEWEST + 1, "fine", 4), (NEWEST + 1, None, 4)]
    assert postgres.run(found, fresh_database) == expected


def test_a_replica_that_newer_tables_do_not_fit_leads_nothing_and_is_seen_no_more(
    fresh_database: str, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = "SELECT name FROM replicas"
    with closing(opened(fresh_database)) as old:
        words(old)
        session = PostgresSession(fresh_database, Pseudonyms(bytes(32)), "old")
        assert session.round([7], 0).leads == {7}
        with monkeypatch.context() as newer:
            newer.setattr(schema, "NEWEST", NEWEST + 1)
            newer.setattr(migrations, "STEPS", (*migrations.STEPS, add_mood))
            newer.setattr(schema, "OLDEST_SERVED", NEWEST + 1)
            with closing(opened(fresh_database)) as new:
                words(new)
        assert [kind for kind, _ in session.round([7], LONG_S).told] == [TABLES]
        told = (
            f"the database is of version {NEWEST + 1}, and this bot knows versions up to {NEWEST}"
        )
        assert told in reason(lambda: session.round([7], 0))
        session.close()
        assert postgres.run(seen, fresh_database) == []
        old.close()  # as all do who are told
        assert told in reason(lambda: words(old))


def test_what_is_read_is_as_it_was_at_one_moment(fresh_database: str) -> None:
    with closing(opened(fresh_database)) as store:
        store.record(unanswered(1))

        def twice(connection: Connection) -> list[int]:
            def count() -> int:
                found = connection.exec_driver_sql("SELECT count(*) FROM decisions")
                return int(found.scalar_one())

            before = count()
            store.record(unanswered(2))
            return [before, count()]

        assert read_only(fresh_database, twice) == [1, 1]
        assert "read-only" in reason(
            lambda: read_only(
                fresh_database, lambda found: found.exec_driver_sql("DELETE FROM decisions")
            )
        )
        assert [record.text for record in read_history(fresh_database, 0)] == ["words", "words"]
        assert len(read_missed(fresh_database, 9)) == 2


def test_marks_need_not_outlast_a_power_cut_and_items_must(fresh_database: str) -> None:
    database = engine_of(fresh_database)
    for outlasts, expected in ((True, "on"), (False, "off")):
        with database.write(outlasts_power_cuts=outlasts) as connection:
            found = connection.exec_driver_sql("SHOW synchronous_commit").scalar()
            assert found == expected
        alone = database.run(text("SHOW synchronous_commit"), outlasts_power_cuts=outlasts)
        assert alone == [(expected,)]
    database.close()


def test_the_room_of_what_was_forgotten_is_written_over_next(
    fresh_database: str, postgres: PostgresServer
) -> None:
    """A row that is only marked as dead would keep its bytes, and its place."""
    with closing(opened(fresh_database)) as store:
        for number, person in enumerate(["ada", "ben"]):
            store.record(unanswered(number, person=person))
        store.forget("ada")
        store.record(unanswered(2))
    assert postgres.run("SELECT ctid::text FROM decisions ORDER BY number", fresh_database) == [
        ("(0,2)",),
        ("(0,1)",),
    ]


# --- what a person has to mend -------------------------------------------------------------------


def test_a_file_named_by_the_environment_may_hold_the_password(
    fresh_database: str, postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "password"
    monkeypatch.delenv(PASSWORD)
    monkeypatch.setenv(PASSWORD_FILE, str(file))
    told = f"{PASSWORD_FILE} ({file}) cannot be read (No such file or directory)."
    assert reason(lambda: require_usable(fresh_database)).endswith(told)
    file.write_text(f"{postgres.password}\n", encoding="utf-8")
    require_usable(fresh_database)


def test_what_only_a_person_can_mend_is_told_before_anything_is_served(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer
) -> None:
    def told(address: str) -> str:
        return reason(lambda: require_usable(address)).removeprefix(f"{place_of(address)}: ")

    absent = re.sub(r"faq_\w+", "nowhere", fresh_database)
    assert told(absent) == "the server has no such database: make it with createdb."
    unknown = make_url(fresh_database).update_query_dict({"nix": "1"}).render_as_string()
    assert told(unknown) == 'the database refuses it: invalid connection option "nix".'
    monkeypatch.setenv(PASSWORD, "wrong")
    assert told(fresh_database) == (
        "the server refuses the user of store.url with the password of STORE_PASSWORD or "
        "STORE_PASSWORD_FILE."
    )
    monkeypatch.setenv(PASSWORD, "")
    assert told(fresh_database).startswith(
        "the server wants a password: put it in STORE_PASSWORD, or "
    )
    monkeypatch.setenv(PASSWORD, postgres.password)
    postgres.run("CREATE TABLE thing (name TEXT)", fresh_database)
    assert (
        told(fresh_database)
        == "the database holds tables of another program: name one of the bot's own."
    )


def test_a_server_that_is_away_keeps_nobody_from_starting() -> None:
    require_usable(AWAY)
    told = reason(lambda: read_only(AWAY, lambda connection: None))
    assert told.startswith("postgresql://localhost:1/faq: the server cannot be reached: ")


def test_a_server_that_cannot_be_written_is_waited_for_as_one_that_is_away(
    fresh_database: str, postgres: PostgresServer
) -> None:
    """As a standby is, until somebody promotes it."""
    name = make_url(fresh_database).database
    postgres.run(f"ALTER DATABASE {name} SET default_transaction_read_only TO on")
    require_usable(fresh_database)
    with closing(opened(fresh_database)) as store:
        assert "read-only transaction" in reason(lambda: store.record(unanswered(1)))
        postgres.run(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        store.record(unanswered(1))


def test_a_missing_driver_is_told_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(StoreError, match=r"-m pip install -r requirements-postgres\.lock"):
        engine_of(AWAY)


def test_nothing_of_postgresql_is_imported_until_it_is_configured(
    tmp_path: Path, fresh_database: str
) -> None:
    script = """
import sys
from bot.domain import KeepText
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.store import SqlStore
store = SqlStore(sys.argv[1], Pseudonyms(bytes(32)), KeepText.ALL, 9)
store.take_note("a", "b"); store.sweep(0.0); store.close()
print([name for name in sys.modules if "psycopg" in name or "postgres" in name])
"""

    def imported(address: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", script, address], capture_output=True, text=True, check=True
        ).stdout.strip()

    assert imported(f"sqlite:///{tmp_path / 'bot.db'}") == "[]"
    assert "psycopg" in imported(fresh_database)
