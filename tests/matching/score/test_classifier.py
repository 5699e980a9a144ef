"""The classifier: when it is fitted, what it says, and when it is kept."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bot.gently import beside
from bot.matching.encoder.encoder import Vectors
from bot.matching.score import fit as module
from bot.matching.score.blended import Classifier
from bot.matching.score.fit import (
    MAX_ENTRIES,
    Trial,
    checked,
    fit_classifier,
    is_worthwhile,
    wins,
)

PLAIN = Classifier(
    weights=np.array([[2, 0], [0, 1], [0, 0]], np.float32), bias=np.array([0, 1, 0], np.float32)
)


def around(angles: list[float]) -> Vectors:
    """Unit vectors in these directions, in degrees."""
    radians = np.radians(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def test_probabilities_are_the_softmax_of_weights_and_bias() -> None:
    odds = [math.exp(2), math.exp(1), 1]
    found = PLAIN.probabilities(np.array([1, 0], np.float32)).tolist()
    assert found == pytest.approx([share / sum(odds) for share in odds])


def test_an_entry_left_out_gets_nothing_and_the_others_share_all() -> None:
    found = PLAIN.probabilities(np.array([1, 0], np.float32), without=0).tolist()
    assert found == pytest.approx([0, math.e / (math.e + 1), 1 / (math.e + 1)])


def test_large_weights_overflow_nothing() -> None:
    classifier = Classifier(np.array([[1e4], [-1e4]], np.float32), np.zeros(2, np.float32))
    assert classifier.probabilities(np.array([1], np.float32)).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param([5, 5], True, id="five phrasings per entry"),
        pytest.param([8, 2], True, id="on average"),
        pytest.param([5, 4], False, id="a phrasing too few"),
        pytest.param([9, 1], False, id="an entry with nothing to leave out"),
        pytest.param([10, 0], False, id="an entry without phrasings"),
        pytest.param([10], False, id="nothing to tell apart"),
        pytest.param([5] * MAX_ENTRIES, True, id="1,000 entries"),
        pytest.param([5] * (MAX_ENTRIES + 1), False, id="more than 1,000 entries"),
    ],
)
def test_a_classifier_needs_phrasings_enough_and_not_too_many_entries(
    counts: list[int], expected: bool
) -> None:
    owners = np.repeat(np.arange(len(counts)), counts)
    assert is_worthwhile(owners, len(counts)) is expected


def test_a_fitted_classifier_tells_the_entries_apart() -> None:
    classifier = fit_classifier(around([0, 10, 90, 100, 180, 190]), np.array([0, 0, 1, 1, 2, 2]))
    assert (classifier.weights.shape, str(classifier.weights.dtype)) == ((3, 2), "float32")
    assert (classifier.bias.shape, str(classifier.bias.dtype)) == ((3,), "float32")
    best = [int(classifier.probabilities(vector).argmax()) for vector in around([5, 95, 185])]
    assert best == [0, 1, 2]


def test_messages_go_first_at_each_iteration_of_a_fit_and_it_comes_out_the_same() -> None:
    from sklearn.linear_model import LogisticRegression

    vectors, owners = around([*range(0, 360, 15)]), np.repeat(np.arange(8), 3)
    given: list[None] = []
    with beside(lambda: given.append(None)):
        classifier = fit_classifier(vectors, owners)
    model = LogisticRegression(C=10.0, max_iter=100, tol=1e-3).fit(vectors, owners)
    np.testing.assert_array_equal(classifier.weights, model.coef_.astype(np.float32))
    np.testing.assert_array_equal(classifier.bias, model.intercept_.astype(np.float32))
    assert len(given) > model.n_iter_[0] > 1


def test_two_entries_have_opposite_weights_and_a_sure_case_is_sure() -> None:
    classifier = fit_classifier(around([0, 10, 90, 100]), np.array([0, 0, 1, 1]))
    np.testing.assert_array_equal(classifier.weights[0], -classifier.weights[1])
    np.testing.assert_array_equal(classifier.bias[0], -classifier.bias[1])
    # What scikit-learn's own model of two classes says, P(1) = 1 / (1 + e^-(w·x + b)).
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=10.0, max_iter=100, tol=1e-3)
    model.fit(around([0, 10, 90, 100]), [0, 0, 1, 1])
    expected = model.predict_proba(around([30]))[0].tolist()
    assert classifier.probabilities(around([30])[0]).tolist() == pytest.approx(expected, abs=1e-4)


def test_of_an_entry_with_many_phrasings_30_evenly_spaced_ones_are_learned() -> None:
    angles = np.concatenate([np.linspace(0, 40, 59), np.linspace(90, 120, 30)]).tolist()
    owners = np.repeat([0, 1], [59, 30])
    learned = [*range(0, 59, 2), *range(59, 89)]
    expected = fit_classifier(around(angles)[learned], owners[learned])
    np.testing.assert_array_equal(fit_classifier(around(angles), owners).weights, expected.weights)


def test_cross_validation_tries_10_phrasings_of_an_entry_and_about_600_in_all() -> None:
    assert checked(np.repeat([0, 1], [19, 3])).tolist() == [*range(0, 19, 2), 19, 20, 21]
    assert checked(np.repeat(np.arange(100), 10)).tolist() == list(range(0, 1_000, 2))


VECTORS = around([0, 10, 20, 30, 90, 100, 110, 120])
OWNERS = np.repeat([0, 1], 4)


@pytest.mark.parametrize(
    ("with_classifier", "without", "expected"),
    [
        pytest.param(Trial(True, 1, 0), Trial(False, 1, 0), True, id="right more often"),
        pytest.param(Trial(True, 1, 0), Trial(True, 0, 1), True, id="above impostors more often"),
        pytest.param(Trial(True, 1, 0), Trial(True, 1, 0), False, id="no better: not kept"),
        pytest.param(Trial(True, 1, 2), Trial(False, 1, 0), False, id="right below the impostors"),
        pytest.param(Trial(True, 1, 1), Trial(False, 1, 0), False, id="right on their line"),
        pytest.param(Trial(False, 1, 0), Trial(True, 1, 0), False, id="right less often"),
    ],
)
def test_a_classifier_wins_that_answers_more(
    with_classifier: Trial, without: Trial, expected: bool
) -> None:
    def attempt(row: int, classifier: Classifier | None) -> Trial:
        return without if classifier is None else with_classifier

    assert wins(VECTORS, OWNERS, attempt) is expected


def test_the_line_lets_5_in_100_impostors_through() -> None:
    """One impostor of 40 above everything does not keep the right ones from being answered."""

    def attempt(row: int, classifier: Classifier | None) -> Trial:
        return Trial(classifier is not None, 1, 9 if row == 0 else 0)

    angles = np.concatenate([np.linspace(0, 40, 20), np.linspace(90, 130, 20)]).tolist()
    assert wins(around(angles), np.repeat([0, 1, 2, 3], 10), attempt)


def test_each_phrasing_is_tried_once_by_a_classifier_that_never_saw_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[tuple[int, bool]] = []

    def fake_fit(vectors: Vectors, owners: Vectors, per_entry: int) -> Classifier:
        return Classifier(vectors, np.zeros(1, np.float32))  # a classifier that is what it saw

    def attempt(row: int, classifier: Classifier | None) -> Trial:
        if classifier is not None:
            assert VECTORS[row].tolist() not in classifier.weights.tolist()
            assert len(classifier.weights) == len(VECTORS) / 2
        tried.append((row, classifier is not None))
        return Trial(True, 1, 0)

    monkeypatch.setattr(module, "fit_classifier", fake_fit)
    wins(VECTORS, OWNERS, attempt)
    assert sorted(tried) == [(row, tried_with) for row in range(8) for tried_with in (False, True)]


def test_without_an_entrys_phrasings_in_both_halves_no_classifier_is_kept() -> None:
    def attempt(row: int, classifier: Classifier | None) -> Trial:
        return Trial(classifier is not None, 1, 0)

    assert not wins(around([0, 10, 20, 90]), np.array([0, 0, 0, 1]), attempt)
