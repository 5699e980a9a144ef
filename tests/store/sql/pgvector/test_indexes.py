"""Phrasings in PostgreSQL: what lies there, who shares it, and what happens while it is away."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import numpy as np
import pytest

from bot.errors import SearchError, StoreError
from bot.matching.encoder.encoder import Vectors
from bot.matching.index import FlatIndex, PhrasingVectors
from bot.store.sql.pgvector import indexes as searching
from bot.store.sql.pgvector.indexes import PostgresIndexes
from bot.store.sql.pgvector.phrasings import SCHEMA
from bot.store.sql.postgres import PASSWORD
from tests.conftest import LONG_S
from tests.matching.test_index import clustered
from tests.postgres import OwnServer, PostgresServer, own_postgres

ROWS = clustered(200)


def faq_of(rows: Sequence[int], vectors: Vectors = ROWS) -> PhrasingVectors:
    """Phrasings by their numbers, ten of each entry."""
    texts = [f"phrasing {row}" for row in rows]
    return PhrasingVectors(vectors[list(rows)], [f"e{row // 10}" for row in rows], texts, texts)


def never() -> PhrasingVectors:
    raise AssertionError("vectors that are there are fetched again")


def names(url: str, postgres: PostgresServer) -> list[str]:
    """Of the tables of phrasings."""
    found = postgres.run(
        f"SELECT tablename FROM pg_tables WHERE schemaname = '{SCHEMA}' AND tablename <> 'faqs'",
        url,
    )
    return [str(row[0]) for row in found]


def count(url: str, postgres: PostgresServer) -> int:
    """Of phrasings."""
    (name,) = names(url, postgres)
    return int(str(postgres.run(f"SELECT count(*) FROM {SCHEMA}.{name}", url)[0][0]))


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + LONG_S
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture
def there(fresh_database: str) -> Iterator[PostgresIndexes]:
    with closing(PostgresIndexes(fresh_database)) as opened:
        yield opened


def test_who_serves_the_same_faq_shares_its_rows_and_writes_none(
    there: PostgresIndexes, fresh_database: str, postgres: PostgresServer
) -> None:
    there.make("model", faq_of(range(50)), never)
    before = postgres.run(f"SELECT digest, ids FROM {SCHEMA}.faqs", fresh_database)
    with closing(PostgresIndexes(fresh_database)) as another:
        found = another.make("model", faq_of(range(50)), never).search(ROWS[7], 3)
    assert found.rows.tolist() == FlatIndex(ROWS[:50]).search(ROWS[7], 3).rows.tolist()
    assert postgres.run(f"SELECT digest, ids FROM {SCHEMA}.faqs", fresh_database) == before


def test_an_edit_adds_what_is_new_and_each_faq_finds_its_own_phrasings_alone(
    there: PostgresIndexes, fresh_database: str, postgres: PostgresServer
) -> None:
    old, new = [*range(50)], [*range(45), *range(50, 60)]
    first = there.make("model", faq_of(old), never)
    second = there.make("model", faq_of(new), never)
    assert count(fresh_database, postgres) == 60
    for index, rows in ((first, old), (second, new)):
        for row in (0, 47, 55):
            expected = FlatIndex(ROWS[rows]).search(ROWS[row], 20)
            found = index.search(ROWS[row], 20)
            assert found.rows.tolist() == expected.rows.tolist()
            np.testing.assert_allclose(found.cosines, expected.cosines, atol=1e-6)


def test_what_nobody_has_searched_for_a_day_is_deleted_by_whoever_writes_next(
    there: PostgresIndexes, fresh_database: str, postgres: PostgresServer
) -> None:
    there.make("model", faq_of(range(50)), never)
    there.make("another model", faq_of(range(50)), never)
    aged = f"UPDATE {SCHEMA}.faqs SET seen_at = now() - interval '25 hours'"
    postgres.run(aged, fresh_database)
    there.make("model", faq_of(range(40, 60)), never)
    assert count(fresh_database, postgres) == 20


def test_two_phrasings_of_one_entry_that_are_the_same_are_two_rows(there: PostgresIndexes) -> None:
    twice = PhrasingVectors(ROWS[[0, 0]], ["e", "e"], ["x", "x"], ["x", "x"])
    index = there.make("model", twice, never)
    assert sorted(index.search(ROWS[0], 2).rows.tolist()) == [0, 1]


def test_a_large_faq_is_searched_by_a_graph_and_widened_beyond_it(
    there: PostgresIndexes,
    fresh_database: str,
    postgres: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(searching, "LARGEST_EXACT", 100)
    index = there.make("model", faq_of(range(200)), never)
    built = postgres.run(
        f"SELECT count(*) FROM pg_indexes WHERE schemaname = '{SCHEMA}' AND indexdef ~ 'hnsw'",
        fresh_database,
    )
    assert built == [(1,)]
    exact, asked = FlatIndex(ROWS), ROWS[::10]
    pairs = [(index.search(row, 50), exact.search(row, 50)) for row in asked]
    shares = [len(set(a.rows) & set(b.rows)) / 50 for a, b in pairs]
    assert np.mean(shares) >= 0.99
    monkeypatch.setattr(searching, "_LOOKED_AT", 20)
    assert sorted(index.search(ROWS[0], 200).rows.tolist()) == list(range(200))


@pytest.fixture
def own_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnServer]:
    with own_postgres() as server:
        monkeypatch.setenv(PASSWORD, server.password)
        yield server


def test_a_restart_of_the_server_is_not_noticed(own_server: OwnServer) -> None:
    with closing(PostgresIndexes(own_server.database())) as there:
        index = there.make("model", faq_of(range(50)), never)
        assert index.search(ROWS[3], 1).rows.tolist() == [3]
        own_server.stop()
        own_server.start()
        assert index.search(ROWS[3], 1).rows.tolist() == [3]


def test_while_the_server_is_away_nothing_waits_and_all_is_brought_back_once_it_answers(
    own_server: OwnServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where its tables are lost meanwhile, and of an FAQ that is made meanwhile."""
    monkeypatch.setattr(searching, "_PAUSES_S", (0.05,))
    caplog.set_level(logging.INFO, "bot")
    url = own_server.database()
    with closing(PostgresIndexes(url)) as there:
        first = there.make("model", faq_of(range(50)), lambda: faq_of(range(50)))
        own_server.run(f"DROP SCHEMA {SCHEMA} CASCADE", url)
        own_server.stop()
        for _ in range(2):
            with pytest.raises(SearchError, match="cannot be searched: the server cannot be"):
                first.search(ROWS[3], 1)
        second = there.make("model", faq_of(range(9)), lambda: faq_of(range(9)))
        with pytest.raises(SearchError):
            second.search(ROWS[3], 1)
        own_server.start()
        eventually(lambda: caplog.messages[-1].endswith("can be searched again"))
        for index in (first, second):
            assert index.search(ROWS[3], 1).rows.tolist() == [3]
    told = [message for message in caplog.messages if "until it can, people are told" in message]
    assert len(told) == 1


def test_phrasings_that_somebody_deletes_are_written_again(
    there: PostgresIndexes,
    fresh_database: str,
    postgres: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(searching, "_PAUSES_S", (0.05,))
    index = there.make("model", faq_of(range(50)), lambda: faq_of(range(50)))
    postgres.run(f"DROP SCHEMA {SCHEMA} CASCADE", fresh_database)
    with pytest.raises(SearchError):
        index.search(ROWS[3], 1)

    def is_back() -> bool:
        try:
            return list(index.search(ROWS[3], 1).rows) == [3]
        except SearchError:
            return False

    eventually(is_back)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        pytest.param(
            "SELECT 1",
            "index: pgvector needs the extension vector in {place}, which the user of store.url "
            "may not make. Have an administrator of the server run there:  CREATE EXTENSION vector;"
            "  Or write index: faiss.",
            id="no extension",
        ),
        pytest.param(
            "CREATE EXTENSION vector",
            "index: pgvector needs the schema faq_vectors in {place}, which the user of store.url "
            "may not make. Have an administrator of the server run there:  GRANT CREATE ON "
            "DATABASE {database} TO faq_guest;  Or write index: faiss.",
            id="no schema",
        ),
    ],
)
def test_who_may_not_make_what_is_needed_is_told_what_to_run(
    own_server: OwnServer, monkeypatch: pytest.MonkeyPatch, made: str, told: str
) -> None:
    url = own_server.database()
    own_server.run(made, url)
    own_server.run("CREATE ROLE faq_guest LOGIN PASSWORD 'guest'")
    monkeypatch.setenv(PASSWORD, "guest")
    database = url.partition("?")[0].rpartition("/")[2]
    expected = told.format(place=f"postgresql:///{database}", database=database)
    with pytest.raises(StoreError, match=f"^{re.escape(expected)}$"):
        PostgresIndexes(url.replace("//faq@", "//faq_guest@"))


def test_a_command_does_not_wait_for_a_server_that_is_away(own_server: OwnServer) -> None:
    url = own_server.database()
    own_server.stop()
    with pytest.raises(StoreError, match=r"^index: postgresql:///faq_[0-9a-f]+ cannot be searched"):
        PostgresIndexes(url, may_wait=False)
