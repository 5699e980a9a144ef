"""How far figures may be off: intervals worked out at once, and the bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from bot.tuning.evaluate.confidence import (
    Estimate,
    Judged,
    calibration_error,
    estimates,
    intervals,
    wilson,
)
from bot.tuning.evaluate.metrics import count, measures
from bot.tuning.labels.outcomes import Outcome


def judged(number: int = 400) -> Judged:
    hat = np.random.default_rng(0)
    in_scope = hat.uniform(size=number) < 0.6
    means = np.where(in_scope, 0.7, 0.5)
    scores = np.array([round(min(1.0, max(0.0, hat.normal(m, 0.15))), 2) for m in means])
    codes = np.where(in_scope, hat.integers(0, 5, size=number), hat.integers(5, 8, size=number))
    return Judged(codes, in_scope, scores, scores, hat.uniform(size=number) < scores)


def sides(one: Estimate) -> tuple[float, float]:
    assert one.low is not None
    assert one.high is not None
    return one.low, one.high


def test_auroc_is_scikit_learns() -> None:
    it = judged()
    expected = roc_auc_score(it.in_scope, it.scores)
    assert estimates(it, None)["auroc"].value == pytest.approx(expected)


def test_the_calibration_error_is_the_weighted_gap_of_ten_bins() -> None:
    it = judged()
    gaps = 0.0
    places = np.minimum(9, (it.likely * 10).astype(int))
    for place in range(10):
        of = places == place
        if of.any():
            gaps += of.sum() * abs(it.is_right[of].mean() - it.likely[of].mean())
    assert estimates(it, None)["calibration_error"].value == pytest.approx(gaps / len(it.codes))


def test_a_label_that_weighs_twice_is_in_the_calibration_error_as_two_labels() -> None:
    it = judged()
    times = np.random.default_rng(2).integers(1, 4, size=len(it.codes))
    weighted = calibration_error(it.likely, it.is_right, times.astype(float))
    often = calibration_error(np.repeat(it.likely, times), np.repeat(it.is_right, times))
    assert weighted == pytest.approx(often)


@pytest.mark.parametrize("number", [200, 3_000])
def test_a_bootstrap_interval_holds_the_figure_and_is_as_wide_as_chance_makes_it(
    number: int,
) -> None:
    it = judged(number)
    one = estimates(it, None)["right"]
    low, high = sides(one)
    assert one.value is not None
    assert low < one.value < high
    sigma = (one.value * (1 - one.value) / int(it.in_scope.sum())) ** 0.5
    assert high - low == pytest.approx(2 * 1.96 * sigma, rel=0.12)


def test_two_runs_of_the_bootstrap_give_the_same_intervals() -> None:
    assert estimates(judged(), None) == estimates(judged(), None)


def test_what_never_happened_may_still_happen() -> None:
    """Nothing that is drawn from 20 right answers is wrong, which proves little."""
    in_scope = np.arange(30) < 20
    codes = np.where(in_scope, Outcome.RIGHT.code, Outcome.OOS_REFUSED.code)
    it = Judged(codes, in_scope, np.linspace(0, 1, 30), np.linspace(0, 1, 30), in_scope)
    found = estimates(it, None)
    assert found["wrong"].value == 0.0
    assert sides(found["wrong"]) == pytest.approx(wilson(0.0, 20))
    assert sides(found["oos_refused"]) == pytest.approx(wilson(1.0, 10))
    both = np.hypot(2 / 3 * wilson(0, 20)[1], 1 / 3 * wilson(0, 10)[1])
    assert sides(found["wrong_answers"]) == pytest.approx((0.0, both))


@pytest.mark.parametrize(("hits", "trials"), [(0, 7), (3, 40), (199, 200), (5, 5)])
def test_an_interval_worked_out_at_once_is_wilsons(hits: int, trials: int) -> None:
    expected = binomtest(hits, trials).proportion_ci(method="wilson")
    assert wilson(hits / trials, trials) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("oos_share", [None, 0.1])
def test_intervals_worked_out_at_once_are_near_those_of_the_bootstrap(
    oos_share: float | None,
) -> None:
    it = judged(4_000)
    drawn = estimates(it, oos_share)
    found = intervals(count(it.codes), oos_share)
    assert set(found) == set(measures(count(it.codes)))
    for name, its in found.items():
        assert its == pytest.approx(sides(drawn[name]), abs=0.004), name


def test_messages_that_weigh_differently_say_less() -> None:
    counts = np.array([80.0, 10, 10, 0, 0, 20, 0, 80])
    plain, rough = (intervals(counts, None, counts * times) for times in (1, 4))
    quarter = intervals(counts / 4)
    for name, its in rough.items():
        assert its == pytest.approx(quarter[name])
        assert its[1] - its[0] > plain[name][1] - plain[name][0]


def test_a_share_of_nothing_has_no_interval() -> None:
    found = intervals(np.array([8.0, 1, 1, 0, 0, 0, 0, 0]))
    assert np.isnan(found["oos_answered"]).all()
    assert found["coverage"] == pytest.approx(wilson(0.9, 10))
    nothing_answered = intervals(np.array([0.0, 0, 1, 0, 0, 0, 0, 1]))
    assert np.isnan(nothing_answered["precision"]).all()
