"""The contract of a vector index, over the real ones and the fake; which of them is chosen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

import numpy as np
import pytest

from bot.errors import VectorError
from bot.matching import index as indexes
from bot.matching.encoder.encoder import Vectors
from bot.matching.index import (
    ApproximateIndex,
    EntrySearch,
    FlatIndex,
    Mask,
    Nearest,
    PhrasingVectors,
    Rows,
    VectorIndex,
    make_index,
)
from bot.store.sql.pgvector import indexes as searching
from bot.store.sql.pgvector.indexes import PostgresIndexes
from bot.store.sql.postgres import PASSWORD
from tests.fakes import FakeIndex
from tests.postgres import PostgresServer


def unit_rows(count: int, dim: int = 8, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, dim))
    units: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return units


def clustered(count: int, dim: int = 32, seed: int = 0) -> Vectors:
    """Ten rows around each of some centres, as phrasings lie around their entry."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(-(-count // 10), dim))
    rows = np.repeat(centres, 10, axis=0)[:count] + 0.7 * chance.normal(size=(count, dim))
    units: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return units


Make = Callable[[Vectors], VectorIndex]


@pytest.fixture(params=[FlatIndex, FakeIndex, ApproximateIndex, "PostgreSQL", "by a graph"])
def make(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes an index of each kind."""
    if not isinstance(request.param, str):
        yield request.param
        return
    if request.param == "by a graph":
        monkeypatch.setattr(searching, "LARGEST_EXACT", 10)
    server: PostgresServer = request.getfixturevalue("postgres")
    monkeypatch.setenv(PASSWORD, server.password)
    url = server.database()
    with closing(PostgresIndexes(url)) as there:
        yield partial(_searched_there, there)
    server.drop(url)


def _searched_there(there: PostgresIndexes, vectors: Vectors) -> VectorIndex:
    texts = [str(row) for row in range(len(vectors))]
    faq = PhrasingVectors(vectors, texts, texts, texts)
    return there.make(str(hash(vectors.tobytes())), faq, lambda: faq)


class TestContract:
    def test_the_nearest_rows_come_best_first(self, make: Make) -> None:
        rows = unit_rows(50)
        for row in range(3):
            found = make(rows).search(rows[row], 5)
            assert found.rows[0] == row
            expected = np.sort(rows @ rows[row])[::-1][:5]
            np.testing.assert_allclose(found.cosines, expected, atol=1e-6)

    def test_k_may_be_the_number_of_rows(self, make: Make) -> None:
        rows = unit_rows(20)
        assert sorted(make(rows).search(rows[0], 20).rows.tolist()) == list(range(20))

    def test_rows_that_are_not_kept_do_not_exist(self, make: Make) -> None:
        rows = clustered(3_000)
        kept = np.arange(3_000) % 3 == 0
        found = make(rows).search(rows[0], 5, kept)
        assert (found.rows % 3 == 0).all()
        nearest = np.sort(rows[kept] @ rows[0])[::-1][:5]
        np.testing.assert_allclose(found.cosines, nearest, atol=1e-6)

    def test_where_fewer_are_kept_fewer_are_found(self, make: Make) -> None:
        rows = clustered(3_000)
        kept = np.zeros(3_000, np.bool_)
        kept[[7, 9]] = True
        found = make(rows).search(rows[0], 4, kept)
        assert (sorted(found.rows.tolist()), len(found.cosines)) == ([7, 9], 2)

    def test_cosines_are_those_of_the_rows_in_their_order(self, make: Make) -> None:
        rows, wanted = unit_rows(50), np.array([31, 2, 40])
        found = make(rows).cosines(rows[5], wanted)
        np.testing.assert_allclose(found, rows[wanted] @ rows[5], atol=1e-6)


@pytest.mark.parametrize(
    ("length", "told"),
    [
        pytest.param(2.0, "vector 1 has length 2.0000; 1 is needed.", id="too long"),
        pytest.param(0.0, "vector 1 has length 0.0000; 1 is needed.", id="zero: an empty phrasing"),
        pytest.param(np.nan, "vector 1 has length nan; 1 is needed.", id="NaN"),
    ],
)
def test_vectors_must_be_of_unit_length(length: float, told: str) -> None:
    rows = unit_rows(3)
    rows[1] *= length
    with pytest.raises(VectorError, match=f"^{re.escape(told)}$"):
        PhrasingVectors(rows, ["a"] * 3, ["x"] * 3, ["x"] * 3)


# --- large FAQs ----------------------------------------------------------------------------------

LARGE = clustered(4_000)
QUERIES = clustered(4_000, seed=0)[::50] + 0.1 * unit_rows(80, 32, seed=9)


def found_by(index: VectorIndex, k: int = 9) -> list[list[int]]:
    return [index.search(query, k).rows.tolist() for query in QUERIES]


def test_an_approximate_search_finds_99_percent_of_the_50_nearest() -> None:
    """Its cosines are those of the vectors themselves."""
    index = ApproximateIndex(LARGE)
    pairs = zip(found_by(index, 50), found_by(FlatIndex(LARGE), 50), strict=True)
    assert np.mean([len(set(some) & set(others)) / 50 for some, others in pairs]) >= 0.99
    found = index.search(QUERIES[0], 20)
    np.testing.assert_allclose(found.cosines, LARGE[found.rows] @ QUERIES[0], atol=1e-6)


def test_the_same_vectors_give_the_same_index() -> None:
    assert found_by(ApproximateIndex(LARGE)) == found_by(ApproximateIndex(LARGE))


@pytest.mark.parametrize(
    ("count", "kind"), [(3_000, FlatIndex), (3_001, ApproximateIndex)], ids=["up to", "above"]
)
def test_the_number_of_phrasings_decides_between_exact_and_approximate(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, count: int, kind: type
) -> None:
    """The log says so."""
    caplog.set_level("INFO", "bot")
    monkeypatch.setattr(indexes, "LARGEST_FLAT", 3_000)
    assert type(make_index(LARGE[:count])) is kind
    is_said = caplog.messages == [
        "3001 phrasings: the search is approximate, an exact one takes longer"
    ]
    assert is_said == (kind is ApproximateIndex)


# --- the phrasings of entries enough --------------------------------------------------------------

# Row n lies n degrees away. Entry 0 owns the nearest ten, entry 1 the next ten, and so on.
ANGLES = np.radians(np.arange(60))
FAN = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1).astype(np.float32)
OWNERS: Rows = np.repeat(np.arange(6), 10)
QUERY = FAN[0]


@pytest.fixture(params=["small", "large"])
def search(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> EntrySearch:
    """Looks at five phrasings first, and wants two entries."""
    if request.param == "large":
        monkeypatch.setattr(indexes, "LARGEST_FLAT", 59)
    return EntrySearch(FakeIndex(FAN), OWNERS, 5, 2)


def test_the_phrasings_of_entries_enough_come_best_first(search: EntrySearch) -> None:
    nearest = search.nearest(QUERY)
    assert set(OWNERS[nearest.rows].tolist()) == {0, 1}
    assert nearest.rows.tolist() == sorted(nearest.rows.tolist())
    np.testing.assert_allclose(nearest.cosines, FAN[nearest.rows] @ QUERY, atol=1e-6)


@pytest.mark.parametrize(
    ("without", "found"),
    [
        pytest.param([0, 1, 3], {2, 4}, id="the nearest of the others"),
        pytest.param([0, 1, 2, 3, 4], {5}, id="the only one left"),
        pytest.param([0, 1, 2, 3, 4, 5], set(), id="none is left"),
    ],
)
def test_entries_left_out_do_not_exist(
    search: EntrySearch, without: list[int], found: set[int]
) -> None:
    owners = set(OWNERS[search.nearest(QUERY, np.array(without)).rows].tolist())
    assert owners >= found
    assert not owners & set(without)


def test_a_large_faq_is_never_looked_at_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small one is, where that many phrasings are of one entry."""
    asked: list[int] = []

    class Recording(FakeIndex):
        def search(self, vector: Vectors, k: int, kept: Mask | None = None) -> Nearest:
            asked.append(k)
            return super().search(vector, k, kept)

    lopsided = np.array([0] * 59 + [1])
    EntrySearch(Recording(FAN), lopsided, 5, 2).nearest(QUERY)
    assert asked == [5, 20, 60]
    asked.clear()
    monkeypatch.setattr(indexes, "LARGEST_FLAT", 59)
    nearest = EntrySearch(Recording(FAN), lopsided, 5, 2).nearest(QUERY)
    assert asked == [5, 5]
    assert nearest.rows.tolist() == [0, 1, 2, 3, 4, 59]
