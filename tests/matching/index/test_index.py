"""The contract of a vector index, over the real ones and the fake; which of them is chosen."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.errors import VectorError
from bot.matching.encoder.encoder import Vectors
from bot.matching.index import approximate as module
from bot.matching.index import index as indexes
from bot.matching.index.approximate import (
    NEAREST,
    RECALL,
    ApproximateIndex,
    Effort,
    cells,
    make_index,
)
from bot.matching.index.index import (
    EntrySearch,
    FlatIndex,
    Mask,
    Nearest,
    PhrasingVectors,
    Rows,
    VectorIndex,
)
from tests.fakes import FakeIndex


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


def approximate(vectors: Vectors) -> VectorIndex:
    return ApproximateIndex.build(vectors)[0]


@pytest.mark.parametrize("make", [FlatIndex, FakeIndex, approximate])
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


def test_every_vector_has_an_entry_a_phrasing_and_a_text() -> None:
    expected = "3 vectors, 2 entry ids, 3 phrasings and 3 texts: the numbers must agree."
    with pytest.raises(VectorError, match=expected):
        PhrasingVectors(unit_rows(3), ["a", "b"], ["x", "y", "z"], ["x", "y", "z"])


# --- large FAQs ----------------------------------------------------------------------------------

LARGE = clustered(4_000)
QUERIES = clustered(4_000, seed=0)[::50] + 0.1 * unit_rows(80, 32, seed=9)


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large FAQ is one of more than 3,000 phrasings here."""
    monkeypatch.setattr(indexes, "LARGEST_FLAT", 3_000)


def found_by(index: VectorIndex, k: int = 9) -> list[list[int]]:
    return [index.search(query, k).rows.tolist() for query in QUERIES]


def test_an_approximate_search_finds_what_it_was_measured_to_find() -> None:
    """Its cosines are those of the vectors themselves."""
    index, measured = ApproximateIndex.build(LARGE)
    assert measured >= RECALL
    pairs = zip(found_by(index, NEAREST), found_by(FlatIndex(LARGE), NEAREST), strict=True)
    assert np.mean([len(set(some) & set(others)) / NEAREST for some, others in pairs]) >= 0.99
    found = index.search(QUERIES[0], 20)
    np.testing.assert_allclose(found.cosines, LARGE[found.rows] @ QUERIES[0], atol=1e-6)


def test_an_approximate_search_takes_the_least_effort_that_is_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With lists, of which the nearest are scanned, as a very large FAQ has them."""
    monkeypatch.setattr(module, "_LARGEST_UNLISTED", 1_000)
    monkeypatch.setattr(module, "RECALL", 0.0)
    least, _ = ApproximateIndex.build(LARGE)
    assert least.effort == Effort(lists=8, depth=512)
    monkeypatch.setattr(module, "RECALL", RECALL)
    enough, measured = ApproximateIndex.build(LARGE)
    assert measured >= RECALL
    assert enough.effort.lists >= least.effort.lists
    monkeypatch.setattr(module, "RECALL", 1.1)  # nothing is enough
    most, measured = ApproximateIndex.build(LARGE)
    assert most.effort == Effort(lists=63, depth=2_048)
    assert measured <= 1


def test_the_same_vectors_give_the_same_index() -> None:
    one, other = ApproximateIndex.build(LARGE)[0], ApproximateIndex.build(LARGE)[0]
    assert {name: array.tolist() for name, array in one.saved().items()} == {
        name: array.tolist() for name, array in other.saved().items()
    }


def test_a_cell_holds_what_lies_nearest_to_its_centre() -> None:
    centres, cell = cells(LARGE, 12)
    assert centres.shape == (12, 32)
    assert (np.argmax(LARGE @ centres.T, axis=1) == cell).mean() > 0.999


@pytest.mark.parametrize(
    ("count", "kind"), [(3_000, FlatIndex), (3_001, ApproximateIndex)], ids=["up to", "above"]
)
@pytest.mark.usefixtures("small_limit")
def test_the_number_of_phrasings_decides_between_exact_and_approximate(
    tmp_path: Path, count: int, kind: type
) -> None:
    assert type(make_index(LARGE[:count], tmp_path / "index.npz")) is kind
    assert len(list(tmp_path.iterdir())) == (kind is ApproximateIndex)


@pytest.mark.usefixtures("small_limit")
def test_the_log_says_that_the_search_is_approximate_and_a_second_start_builds_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    built = make_index(LARGE, tmp_path / "index.npz")
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("4000 phrasings: the search is approximate from now on")
    monkeypatch.setattr(ApproximateIndex, "build", None)
    kept = make_index(LARGE, tmp_path / "index.npz")
    assert found_by(built) == found_by(kept)


@pytest.mark.usefixtures("small_limit")
def test_where_no_effort_is_enough_the_search_stays_exact_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECALL", 1.1)
    assert type(make_index(LARGE, tmp_path / "index.npz")) is FlatIndex
    (said,) = caplog.messages
    assert said.startswith("4000 phrasings: an approximate search finds only ")
    assert list(tmp_path.iterdir()) == []


def damaged(path: Path, **arrays: object) -> None:
    with np.load(path) as file:
        np.savez(path, **{**file, **arrays})


def of_fewer_rows(path: Path) -> None:
    damaged(path, **ApproximateIndex.build(LARGE[:3_500])[0].saved())


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: damaged(path, effort=np.zeros(1)), id="another effort"),
        of_fewer_rows,
        pytest.param(lambda path: path.write_bytes(b"PK no zip"), id="no archive"),
    ],
)
@pytest.mark.usefixtures("small_limit")
def test_a_damaged_file_is_built_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None]
) -> None:
    built = make_index(LARGE, tmp_path / "index.npz")
    path = tmp_path / "index.npz"
    damage(path)
    caplog.clear()
    again = make_index(LARGE, tmp_path / "index.npz")
    assert caplog.messages[0].startswith(f"{path} is damaged (")
    assert found_by(built) == found_by(again)
    caplog.clear()
    make_index(LARGE, tmp_path / "index.npz")
    assert caplog.messages == []


@pytest.mark.usefixtures("small_limit")
def test_an_index_over_other_vectors_is_never_taken(tmp_path: Path) -> None:
    make_index(LARGE, tmp_path / "index.npz")
    other = clustered(4_000, seed=1)
    index = make_index(other, tmp_path / "index.npz")
    assert [index.search(other[row], 1).rows[0] for row in (0, 400, 800)] == [0, 400, 800]


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
