"""Measurements of an FAQ, carried over to one of which little has changed."""

from __future__ import annotations

import numpy as np
import pytest

from bot.matching.encoder.encoder import Vectors
from bot.matching.index.index import PhrasingVectors
from bot.matching.score.blended import Fit
from bot.matching.score.carried_over import FEWEST, carried_over, is_small_change
from bot.matching.score.classifier import Classifier
from bot.matching.score.fit import FIXED, centroids, hubness
from bot.matching.score.fit_cache import Measured

Rows = list[tuple[str, str]]
ROWS: Rows = [("a", "a1"), ("a", "a2"), ("b", "b1"), ("c", "c1"), ("c", "c2")]


def vector(text: str) -> Vectors:
    drawn = np.random.default_rng(sum(map(ord, text))).normal(size=6)
    unit: Vectors = (drawn / np.linalg.norm(drawn)).astype(np.float32)
    return unit


def faq(rows: Rows) -> PhrasingVectors:
    entry_ids, texts = [entry_id for entry_id, _ in rows], [text for _, text in rows]
    return PhrasingVectors(np.stack([vector(text) for text in texts]), entry_ids, texts, texts)


def hubs(rows: Rows) -> Vectors:
    now = faq(rows)
    return hubness(now.vectors, now.numbered()[1])


def centres(rows: Rows) -> Vectors:
    now = faq(rows)
    return centroids(now.vectors, now.numbered()[1])


HUBS, CENTRES = hubs(ROWS), centres(ROWS)


def measured(classifier: Classifier | None = None) -> Measured:
    return Measured(Fit(HUBS, CENTRES, classifier, FIXED), FIXED, ROWS)


def carried(rows: Rows, classifier: Classifier | None = None) -> Fit:
    fit = carried_over(measured(classifier), faq(rows)).fit
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
    np.testing.assert_allclose(carried(rows).centroids, centres(rows))


def test_the_hubness_of_a_new_phrasing_is_measured_at_once() -> None:
    rows = [*ROWS, ("d", "d1")]
    fit = carried(rows)
    assert fit.hubness[:5].tolist() == HUBS.tolist()
    assert fit.hubness[5] == pytest.approx(hubs(rows)[5])


def test_the_classifier_loses_entries_that_are_gone_and_keeps_the_others() -> None:
    classifier = Classifier(
        np.arange(18, dtype=np.float32).reshape(3, 6), np.array([1, 2, 3], np.float32)
    )
    fit = carried(ROWS[2:], classifier)
    assert fit.classifier is not None
    assert fit.classifier.weights.tolist() == classifier.weights[1:].tolist()
    assert fit.classifier.bias.tolist() == [2, 3]


def test_a_new_entry_gets_the_weights_that_those_of_the_others_suggest() -> None:
    """Where weights are a multiple of what centroids differ in, its are the same multiple."""
    rows = [*ROWS, ("d", "d1")]
    mean = CENTRES.mean(axis=0)
    classifier = Classifier(4 * (CENTRES - mean), np.array([1, 2, 6], np.float32))
    fit = carried(rows, classifier)
    assert fit.classifier is not None
    new = centres(rows)[3]
    np.testing.assert_allclose(fit.classifier.weights[3], 4 * (new - mean), atol=1e-5)
    assert fit.classifier.bias.tolist() == [1, 2, 6, 3]


def many(count: int, changed: int = 0) -> Rows:
    return [("e", f"{'new' if number < changed else 'old'} {number}") for number in range(count)]


@pytest.mark.parametrize(
    ("now", "is_small"),
    [
        pytest.param(many(2_000, 1), True, id="one of many"),
        pytest.param(many(2_000), True, id="nothing that the model can read"),
        pytest.param(many(2_000, 50), True, id="one in forty: as many gone as new"),
        pytest.param(many(2_000, 51), False, id="more"),
        pytest.param(many(FEWEST - 1), False, id="a small FAQ is measured at once"),
    ],
)
def test_a_change_is_small_where_few_of_many_phrasings_are_gone_or_new(
    now: Rows, is_small: bool
) -> None:
    assert is_small_change(many(len(now)), now) is is_small
