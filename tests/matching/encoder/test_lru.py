"""Vectors of the texts asked last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.testing import assert_array_equal

from bot.matching.encoder.encoder import Vectors
from bot.matching.encoder.lru import LruEmbedder
from tests.fakes import FakeEmbedder


class Noting(FakeEmbedder):
    """Notes what it was asked to encode."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(list(texts))
        return super().encode(texts)


def test_a_text_is_encoded_once_and_its_vector_stays_the_same() -> None:
    noting = Noting()
    recent = LruEmbedder(noting)
    first = recent.encode(["refund", "hours", "refund"])
    second = recent.encode(["hours", "cake", "refund"])
    assert noting.asked == [["refund", "hours"], ["cake"]]
    assert_array_equal(first, FakeEmbedder().encode(["refund", "hours", "refund"]))
    assert_array_equal(second, FakeEmbedder().encode(["hours", "cake", "refund"]))
    assert second.dtype == np.float32


def test_no_texts_are_no_rows() -> None:
    assert_array_equal(LruEmbedder(Noting()).encode([]), FakeEmbedder().encode([]))


def test_texts_that_differ_in_anything_are_different_texts() -> None:
    noting = Noting()
    recent = LruEmbedder(noting)
    recent.encode(["Refund"])
    recent.encode(["refund", "refund ", "re\u0301fund"])
    assert noting.asked == [["Refund"], ["refund", "refund ", "re\u0301fund"]]


def test_beyond_its_bytes_the_least_recently_used_vector_is_dropped() -> None:
    noting = Noting()
    row = noting.encode(["a"]).nbytes
    noting.asked.clear()
    recent = LruEmbedder(noting, max_bytes=3 * (row + 250))
    for text in ("a", "b", "c", "a", "d", "a", "b"):
        recent.encode([text])
    assert noting.asked == [["a"], ["b"], ["c"], ["d"], ["b"]]


def test_a_cached_vector_keeps_no_batch_in_memory() -> None:
    noting = Noting()
    recent = LruEmbedder(noting)
    recent.encode([f"text {number}" for number in range(10)])
    assert all(row.base is None for row in recent._rows.values())


def test_a_text_larger_than_the_lru_cache_is_encoded_but_not_kept() -> None:
    recent = LruEmbedder(Noting(), max_bytes=10)
    assert_array_equal(recent.encode(["refund"]), FakeEmbedder().encode(["refund"]))
    assert not recent._rows
