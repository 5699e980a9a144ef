"""The contract of a vector index, over the real one and the fake."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bot.errors import VectorError
from bot.matching.embedder import Vectors
from bot.matching.index import FlatIndex, PhrasingVectors, VectorIndex
from tests.fakes import FakeIndex


def unit_rows(count: int, dim: int = 8, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, dim))
    units: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return units


@pytest.mark.parametrize("make", [FlatIndex, FakeIndex])
class TestContract:
    def test_the_nearest_rows_come_best_first(self, make: Callable[[Vectors], VectorIndex]) -> None:
        rows = unit_rows(50)
        cosines, found = make(rows).search(rows[:3], 5)
        assert found[:, 0].tolist() == [0, 1, 2]
        expected = np.sort(rows[:3] @ rows.T, axis=1)[:, ::-1][:, :5]
        np.testing.assert_allclose(cosines, expected, atol=1e-6)

    def test_k_may_be_the_number_of_rows(self, make: Callable[[Vectors], VectorIndex]) -> None:
        rows = unit_rows(4)
        _, found = make(rows).search(rows[:1], 4)
        assert sorted(found[0].tolist()) == [0, 1, 2, 3]

    def test_no_queries_give_no_rows(self, make: Callable[[Vectors], VectorIndex]) -> None:
        cosines, found = make(unit_rows(4)).search(np.zeros((0, 8), np.float32), 2)
        assert (cosines.shape, found.shape) == ((0, 2), (0, 2))


def test_a_query_scores_the_same_alone_and_among_others() -> None:
    index, queries = FlatIndex(unit_rows(500, 384)), unit_rows(40, 384, seed=1)
    together, _ = index.search(queries, 5)
    alone = np.concatenate([index.search(query[None, :], 5)[0] for query in queries])
    np.testing.assert_array_equal(together, alone)


def test_vectors_must_be_of_unit_length() -> None:
    rows = unit_rows(3)
    rows[1] *= 2
    with pytest.raises(VectorError, match=r"^vector 1 has length 2\.0000; 1 is needed\.$"):
        PhrasingVectors(rows, ["a"] * 3, ["x"] * 3)


@pytest.mark.parametrize("bad", [0.0, np.nan], ids=["zero: an empty phrasing", "NaN"])
def test_a_vector_without_a_length_is_refused(bad: float) -> None:
    rows = unit_rows(2)
    rows[0] = bad
    with pytest.raises(VectorError):
        PhrasingVectors(rows, ["a", "b"], ["x", "y"])


def test_every_vector_has_an_entry_and_a_phrasing() -> None:
    expected = "3 vectors, 2 entry ids and 3 phrasings: the numbers must agree."
    with pytest.raises(VectorError, match=expected):
        PhrasingVectors(unit_rows(3), ["a", "b"], ["x", "y", "z"])
