"""Messages that ask the same stand together."""

from __future__ import annotations

import numpy as np
import pytest

from bot.authoring.learning.grouping import ALIKE, centred, grouped
from bot.matching.encoder.encoder import Vectors


def units(rows: object) -> Vectors:
    vectors = np.asarray(rows, np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def around(centres: Vectors, each: int, spread: float, seed: int = 1) -> Vectors:
    """So many rows near each of some directions."""
    random = np.random.default_rng(seed)
    rows = np.repeat(centres, each, axis=0)
    return units(rows + spread * random.normal(size=rows.shape) / np.sqrt(rows.shape[1]))


def test_each_row_is_in_one_group_the_most_central_first() -> None:
    angles = np.radians([0, 180, 40, 15, 90])
    rows = units(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    assert sorted(grouped(rows, 0.8)) == [[1], [3, 0, 2], [4]]


def test_groups_are_joined_by_their_mean_and_not_by_their_nearest() -> None:
    """A chain, of which each is like the next, is no group."""
    angles = np.radians([0, 35, 70, 105])
    rows = units(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    assert sorted(map(sorted, grouped(rows, 0.8))) == [[0, 1], [2, 3]]


def test_average_linkage_is_that_of_the_library() -> None:
    from sklearn.cluster import AgglomerativeClustering

    rows = around(units(np.random.default_rng(2).normal(size=(12, 16))), 8, 0.9)
    theirs = AgglomerativeClustering(
        n_clusters=None, distance_threshold=1 - 0.4, metric="cosine", linkage="average"
    ).fit_predict(rows)
    expected = [np.flatnonzero(theirs == one).tolist() for one in range(theirs.max() + 1)]
    assert sorted(map(sorted, grouped(rows, 0.4))) == sorted(expected)


def test_what_all_messages_have_in_common_brings_none_together() -> None:
    topics = units(np.random.default_rng(3).normal(size=(6, 64)))
    about = np.ones(64) / 8  # whatever people ask here
    asked = units(around(topics, 10, 0.8) + 1.5 * about)
    wordings = units(around(topics, 5, 0.8, seed=4) + 1.5 * about)
    assert len(grouped(asked)) == 1
    groups = grouped(centred(asked, wordings))
    assert sorted(map(sorted, groups)) == [[*range(at, at + 10)] for at in range(0, 60, 10)]


@pytest.mark.parametrize("count", [0, 1])
def test_few_messages_are_no_groups(count: int) -> None:
    rows = units(np.ones((1, 4)))[:count]
    assert grouped(rows, ALIKE) == [[row] for row in range(count)]
