"""Counts of outcomes and scores → figures."""

from __future__ import annotations

import numpy as np
import pytest

from bot.labels.outcomes import OUTCOMES, Outcome
from bot.tuning.evaluate.metrics import auroc, calibration_error, measures


def test_measures_are_shares_of_what_they_say() -> None:
    counts = np.zeros(len(OUTCOMES), np.int64)
    for outcome, number in {
        Outcome.RIGHT: 6, Outcome.WRONG: 1, Outcome.HELD: 2, Outcome.FALLBACK: 1,
        Outcome.RIGHT_TENTATIVE: 7, Outcome.WRONG_TENTATIVE: 3,
        Outcome.OOS_ANSWERED: 1, Outcome.OOS_TENTATIVE: 5, Outcome.OOS_REFUSED: 4,
    }.items():  # fmt: skip
        counts[outcome.code] = number
    found = {name: float(value) for name, value in measures(counts).items()}
    assert found == pytest.approx(
        {
            "right": 0.3, "wrong": 0.05, "right_tentative": 0.35, "wrong_tentative": 0.15,
            "held": 0.1, "missed": 0.0, "fallback": 0.05,
            "oos_answered": 0.1, "oos_tentative": 0.5, "oos_asked": 0.0, "oos_refused": 0.4,
            "coverage": 8 / 30, "wrong_answers": 2 / 30, "follow_ups": 2 / 30,
            "fallbacks": 5 / 30, "precision": 6 / 8,
            "tentative": 15 / 30, "shown": 23 / 30, "wrong_shown": 10 / 30,
        }
    )  # fmt: skip
    mixed = measures(counts, 0.3)
    assert float(mixed["wrong_answers"]) == pytest.approx(0.7 * 0.05 + 0.3 * 0.1)
    assert float(mixed["precision"]) == pytest.approx(0.7 * 0.3 / (0.7 * 0.35 + 0.3 * 0.1))


def test_what_is_never_asked_counts_for_nothing() -> None:
    counts = np.array([9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    found = measures(counts, 0.0)
    assert float(found["wrong_answers"]) == pytest.approx(0.1)
    assert np.isnan(found["oos_answered"])


def test_auroc_is_how_often_in_scope_scores_higher_and_a_tie_counts_half() -> None:
    scores = np.array([0.9, 0.5, 0.5, 0.1])
    in_scope = np.array([True, True, False, False])
    assert auroc(scores, in_scope) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert auroc(scores, in_scope, np.array([3.0, 1, 1, 1])) == pytest.approx((6 + 0.5 + 1) / 8)
    assert auroc(scores[:2], in_scope[:2]) is None


def test_the_calibration_error_is_the_weighted_gap_of_ten_bins() -> None:
    hat = np.random.default_rng(2)
    likely = np.array([0.05, 0.05, 0.62, 0.68, 1.0])
    is_right = np.array([True, False, False, True, True])
    gaps = 2 * abs(0.5 - 0.05) + 2 * abs(0.5 - 0.65) + 0
    assert calibration_error(likely, is_right) == pytest.approx(gaps / 5)
    times = hat.integers(1, 4, size=5)
    weighted = calibration_error(likely, is_right, times.astype(float))
    often = calibration_error(np.repeat(likely, times), np.repeat(is_right, times))
    assert weighted == pytest.approx(often)
