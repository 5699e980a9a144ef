"""Measurements of an FAQ, carried over to one of which little has changed."""

from __future__ import annotations

import numpy as np
import pytest

from bot.matching.encoder.encoder import Vectors
from bot.matching.score.blended import Fit
from bot.matching.score.carried_over import FEWEST, Part, carried_over, is_small_change
from bot.matching.score.classifier import Head
from bot.matching.score.fit import FIXED, centroids, hubness
from bot.matching.score.fit_cache import Measured
from bot.matching.score.sampling import Entries

Rows = list[tuple[str, str]]
ROWS: Rows = [("a", "a1"), ("a", "a2"), ("b", "b1"), ("c", "c1"), ("c", "c2")]


def vector(text: str) -> Vectors:
    drawn = np.random.default_rng(sum(map(ord, text))).normal(size=6)
    unit: Vectors = (drawn / np.linalg.norm(drawn)).astype(np.float32)
    return unit


def part(rows: Rows) -> Part:
    entry_ids = sorted({entry_id for entry_id, _ in rows})
    owners: Entries = np.array([entry_ids.index(entry_id) for entry_id, _ in rows])
    texts = [text for _, text in rows]
    return Part(np.stack([vector(text) for text in texts]), owners, entry_ids, texts)


THEN = part(ROWS)
HUBS = hubness(THEN.vectors, THEN.owners)
CENTRES = centroids(THEN.vectors, THEN.owners)


def measured(head: Head | None = None) -> Measured:
    return Measured(Fit(HUBS, CENTRES, head, FIXED), FIXED)


def carried(rows: Rows, head: Head | None = None) -> Fit:
    fit = carried_over(measured(head), THEN, part(rows)).fit
    assert fit is not None
    return fit


def test_what_did_not_change_keeps_its_measurements_wherever_it_stands_now() -> None:
    fit = carried([("A", "new"), *ROWS[2:]])
    assert fit.hubness[1:].tolist() == HUBS[2:].tolist()
    assert fit.centroids[1:].tolist() == CENTRES[1:].tolist()
    assert fit.scale == FIXED


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([*ROWS, ("d", "d1")], id="a new entry"),
        pytest.param([*ROWS[:2], ("a", "a3"), *ROWS[2:]], id="a new phrasing"),
        pytest.param([("a", "a1"), ("a", "a3"), *ROWS[2:]], id="another phrasing"),
        pytest.param([ROWS[0], *ROWS[2:]], id="a phrasing less"),
        pytest.param(ROWS[2:], id="an entry less"),
        pytest.param([*ROWS[:3], ("d", "c1"), ("d", "c2")], id="an entry under another id"),
    ],
)
def test_centroids_are_those_of_the_faq_as_it_is_now(rows: Rows) -> None:
    now = part(rows)
    np.testing.assert_allclose(carried(rows).centroids, centroids(now.vectors, now.owners))


def test_the_hubness_of_a_new_phrasing_is_measured_at_once() -> None:
    rows = [*ROWS, ("d", "d1")]
    now = part(rows)
    fit = carried(rows)
    assert fit.hubness[:5].tolist() == HUBS.tolist()
    assert fit.hubness[5] == pytest.approx(hubness(now.vectors, now.owners)[5])


def test_the_head_loses_entries_that_are_gone_and_keeps_the_others() -> None:
    head = Head(np.arange(18, dtype=np.float32).reshape(3, 6), np.array([1, 2, 3], np.float32))
    fit = carried(ROWS[2:], head)
    assert fit.head is not None
    assert fit.head.weights.tolist() == head.weights[1:].tolist()
    assert fit.head.bias.tolist() == [2, 3]


def test_a_new_entry_gets_the_weights_that_those_of_the_others_suggest() -> None:
    """Where weights are a multiple of what centroids differ in, its are the same multiple."""
    rows = [*ROWS, ("d", "d1")]
    now = part(rows)
    mean = CENTRES.mean(axis=0)
    head = Head(4 * (CENTRES - mean), np.array([1, 2, 6], np.float32))
    fit = carried(rows, head)
    assert fit.head is not None
    new = centroids(now.vectors, now.owners)[3]
    np.testing.assert_allclose(fit.head.weights[3], 4 * (new - mean), atol=1e-5)
    assert fit.head.bias.tolist() == [1, 2, 6, 3]


def many(count: int, changed: int = 0) -> set[tuple[str, str]]:
    return {("e", f"{'new' if number < changed else 'old'} {number}") for number in range(count)}


@pytest.mark.parametrize(
    ("now", "is_small"),
    [
        pytest.param(many(2_000, 1), True, id="one of many"),
        pytest.param(many(2_000), False, id="nothing"),
        pytest.param(many(2_000, 50), True, id="one in forty: as many gone as new"),
        pytest.param(many(2_000, 51), False, id="more"),
        pytest.param(many(FEWEST - 1), False, id="a small FAQ is measured at once"),
    ],
)
def test_a_change_is_small_where_few_of_many_phrasings_are_gone_or_new(
    now: set[tuple[str, str]], is_small: bool
) -> None:
    assert is_small_change(many(len(now)), now) is is_small
