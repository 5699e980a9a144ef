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
    IndexCache,
    cells,
)
from bot.matching.index.flat import FlatIndex
from bot.matching.index.index import PhrasingVectors, VectorIndex
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
        cosines, found = make(rows).search(rows[:3], 5)
        assert found[:, 0].tolist() == [0, 1, 2]
        expected = np.sort(rows[:3] @ rows.T, axis=1)[:, ::-1][:, :5]
        np.testing.assert_allclose(cosines, expected, atol=1e-6)

    def test_k_may_be_the_number_of_rows(self, make: Make) -> None:
        rows = unit_rows(20)
        _, found = make(rows).search(rows[:1], 20)
        assert sorted(found[0].tolist()) == list(range(20))

    def test_rows_that_are_not_kept_do_not_exist(self, make: Make) -> None:
        rows = clustered(3_000)
        kept = np.arange(3_000) % 3 == 0
        cosines, found = make(rows).search(rows[:1], 5, kept)
        assert (found[0] % 3 == 0).all()
        nearest = np.sort(rows[kept] @ rows[0])[::-1][:5]
        np.testing.assert_allclose(cosines[0], nearest, atol=1e-6)

    def test_behind_the_rows_that_are_kept_stands_nothing(self, make: Make) -> None:
        rows = clustered(3_000)
        kept = np.zeros(3_000, np.bool_)
        kept[[7, 9]] = True
        cosines, found = make(rows).search(rows[:1], 4, kept)
        assert sorted(found[0].tolist()) == [-1, -1, 7, 9]
        assert np.isneginf(cosines[0]).tolist() == [False, False, True, True]

    def test_no_queries_give_no_rows(self, make: Make) -> None:
        cosines, found = make(unit_rows(20)).search(np.zeros((0, 8), np.float32), 2)
        assert (cosines.shape, found.shape) == ((0, 2), (0, 2))


def test_a_query_scores_the_same_alone_and_among_others() -> None:
    index, queries = FlatIndex(unit_rows(500, 384)), unit_rows(40, 384, seed=1)
    together, _ = index.search(queries, 5)
    alone = np.concatenate([index.search(query[None, :], 5)[0] for query in queries])
    np.testing.assert_array_equal(together, alone)


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


def recall(index: VectorIndex, queries: Vectors, k: int) -> float:
    _, found = index.search(queries, k)
    _, nearest = FlatIndex(LARGE).search(queries, k)
    return float(np.mean([len(set(a) & set(b)) / k for a, b in zip(found, nearest, strict=True)]))


def test_an_approximate_search_finds_what_it_was_measured_to_find() -> None:
    index, measured = ApproximateIndex.build(LARGE)
    assert measured >= RECALL
    assert recall(index, QUERIES, NEAREST) >= 0.99


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
    np.testing.assert_array_equal(one.saved(), other.saved())
    assert one.effort == other.effort


def test_its_cosines_are_those_of_the_vectors_themselves() -> None:
    cosines, rows = ApproximateIndex.build(LARGE)[0].search(QUERIES[:5], 20)
    for query, found, which in zip(QUERIES, cosines, rows, strict=False):
        np.testing.assert_allclose(found, LARGE[which] @ query, atol=1e-6)


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
    assert type(IndexCache(tmp_path, "n").index(LARGE[:count])) is kind
    assert len(list(tmp_path.iterdir())) == (kind is ApproximateIndex)


@pytest.mark.usefixtures("small_limit")
def test_the_log_says_that_the_search_is_approximate_and_a_second_start_builds_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    built = IndexCache(tmp_path, "n").index(LARGE)
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("4000 phrasings: the search is approximate from now on")
    monkeypatch.setattr(ApproximateIndex, "build", None)
    kept = IndexCache(tmp_path, "n").index(LARGE)
    for one, other in zip(built.search(QUERIES, 9), kept.search(QUERIES, 9), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.usefixtures("small_limit")
def test_where_no_effort_is_enough_the_search_stays_exact_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECALL", 1.1)
    assert type(IndexCache(tmp_path, "n").index(LARGE)) is FlatIndex
    (said,) = caplog.messages
    assert said.startswith("4000 phrasings: an approximate search finds only ")
    assert list(tmp_path.iterdir()) == []


def other_effort(path: Path) -> None:
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files if name != "effort"}
    np.savez(path, **arrays)


def of_fewer_rows(path: Path) -> None:
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["compressed"] = ApproximateIndex.build(LARGE[:3_500])[0].saved()
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    "damage",
    [
        other_effort,
        of_fewer_rows,
        pytest.param(lambda path: path.write_bytes(b"PK no zip"), id="no archive"),
    ],
)
@pytest.mark.usefixtures("small_limit")
def test_a_damaged_file_is_built_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None]
) -> None:
    built = IndexCache(tmp_path, "n").index(LARGE)
    path = tmp_path / "index-n.npz"
    damage(path)
    caplog.clear()
    again = IndexCache(tmp_path, "n").index(LARGE)
    assert caplog.messages[0].startswith(f"{path} is damaged (")
    for one, other in zip(built.search(QUERIES, 9), again.search(QUERIES, 9), strict=True):
        np.testing.assert_array_equal(one, other)
    caplog.clear()
    IndexCache(tmp_path, "n").index(LARGE)
    assert caplog.messages == []


@pytest.mark.usefixtures("small_limit")
def test_an_index_over_other_vectors_is_never_taken(tmp_path: Path) -> None:
    IndexCache(tmp_path, "n").index(LARGE)
    other = clustered(4_000, seed=1)
    _, rows = IndexCache(tmp_path, "n").index(other).search(other[::400], 1)
    assert rows[:, 0].tolist() == list(range(0, 4_000, 400))
