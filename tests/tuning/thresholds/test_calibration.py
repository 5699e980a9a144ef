"""From scores to confidence."""

from __future__ import annotations

import numpy as np
import pytest

from bot.domain import Place
from bot.labels.labelled import Labelled
from bot.labels.scored import score
from bot.matching.decide.thresholds import Policy
from bot.matching.score.ranker import Read
from bot.tuning.thresholds.regions import tabulate
from bot.tuning.thresholds.search import Promise
from bot.tuning.thresholds.tune import fit_calibration, tune
from tests.factories import LINES
from tests.tuning.thresholds.test_regions import IDS, RandomRanker, decider


def test_platt_scaling_finds_the_curve_that_made_the_labels() -> None:
    hat = np.random.default_rng(1)
    scores = hat.uniform(0, 1, 20_000)
    likely = 1 / (1 + np.exp(-(8 * scores - 5)))
    fitted = fit_calibration(scores, hat.uniform(size=20_000) < likely)
    assert fitted is not None
    assert [fitted.slope, fitted.intercept] == pytest.approx([8, -5], rel=0.05)
    assert fitted.labels == 20_000
    assert fitted.of(0.6) == pytest.approx(1 / (1 + np.exp(-(8 * 0.6 - 5))), abs=0.01)


def test_a_label_that_counts_twice_is_as_two_labels() -> None:
    hat = np.random.default_rng(2)
    scores = hat.uniform(0, 1, 300)
    is_right = hat.uniform(size=300) < scores
    times = hat.integers(1, 4, size=300)
    often = fit_calibration(np.repeat(scores, times), np.repeat(is_right, times))
    weighted = fit_calibration(scores, is_right, times.astype(float))
    assert often is not None
    assert weighted is not None
    found, expected = ([it.slope, it.intercept] for it in (weighted, often))
    assert found == pytest.approx(expected, abs=1e-4)


def test_confidence_is_of_the_mix_that_is_said() -> None:
    """Where nine of ten messages are out of scope, the nearest entry is seldom the right one."""
    labels = []
    for n in range(1, 121):
        best = RandomRanker().rank(Read(f"plain {n}")).hits[0]
        expected = best.entry_id if best.score > 0.8 and n % 2 else None
        labels.append(Labelled(f"plain {n}", expected, Place("set", n)))
    scored = score(decider(Policy(LINES)), IDS, labels)
    regions = tabulate(scored)
    few, many = (
        tune(scored, regions, Promise(oos_share=share)).calibration for share in (0.05, 0.9)
    )
    assert few is not None
    assert many is not None
    assert few.of(0.9) > many.of(0.9) + 0.1


@pytest.mark.parametrize(
    "is_right",
    [
        pytest.param([True, True, True], id="all are right"),
        pytest.param([False, False, False], id="none is right"),
        pytest.param([True, False, False], id="the surest is wrong"),
    ],
)
def test_labels_that_do_not_tell_give_no_calibration(is_right: list[bool]) -> None:
    assert fit_calibration(np.array([0.1, 0.5, 0.9]), np.array(is_right)) is None


def test_scores_that_part_right_from_wrong_still_give_a_curve() -> None:
    fitted = fit_calibration(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True]))
    assert fitted is not None
    assert fitted.of(0.9) > 0.5 > fitted.of(0.1)
