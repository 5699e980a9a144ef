"""How far a share may be off because other messages could have been labelled."""

from __future__ import annotations

import numpy as np
import pytest
import scipy  # its stats take seconds to import, and are when they are first used

from bot.labels.outcomes import WRONGLY_ANSWERED, Numbers
from bot.tuning.evaluate.metrics import (
    interval,
    intervals,
    lower,
    measures,
    trials_needed,
    upper,
    upper_of_all,
)

COUNTS = np.array([60.0, 10, 10, 0, 20, 0, 0, 10, 10, 0, 80])


@pytest.mark.parametrize(("hits", "trials"), [(0, 1), (0, 59), (3, 100), (39, 40), (5, 5), (0, 0)])
def test_bounds_are_clopper_and_pearsons(hits: int, trials: int) -> None:
    """One-sided with 95 %: two-sided with 90 %."""
    exact = scipy.stats.binomtest(hits, trials).proportion_ci(0.9) if trials else (0.0, 1.0)
    assert (float(lower(hits, trials, 0.05)), float(upper(hits, trials, 0.05))) == (
        pytest.approx(tuple(exact))
    )


@pytest.mark.parametrize(("hits", "trials"), [(0, 7), (3, 40), (199, 200), (5, 5)])
def test_an_interval_is_clopper_and_pearsons_with_95_percent(hits: int, trials: int) -> None:
    expected = scipy.stats.binomtest(hits, trials).proportion_ci()
    assert interval(hits / trials, trials) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize(("hits", "limit"), [(0, 0.05), (0, 0.02), (1, 0.05), (12, 0.05)])
def test_the_trials_needed_are_the_fewest_that_prove_a_limit(hits: int, limit: float) -> None:
    needed = trials_needed(hits, limit, 0.05)
    assert upper(hits, needed, 0.05) <= limit < upper(hits, needed - 1, 0.05)


@pytest.mark.parametrize("oos_share", [None, 0.1])
def test_every_measure_lies_within_its_interval(oos_share: float | None) -> None:
    found = intervals(COUNTS, COUNTS, oos_share)
    shares = measures(COUNTS, oos_share)
    assert set(found) == set(shares)
    for name, (low, high) in found.items():
        assert 0 <= low <= shares[name] <= high <= 1


def test_of_a_given_mix_the_intervals_of_both_kinds_are_put_together() -> None:
    """Nothing that was seen is wrong, which of 30 messages proves little."""
    counts = np.array([20.0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10])
    both = np.hypot(0.9 * interval(0, 20)[1], 0.1 * interval(0, 10)[1])
    mixed, plain = (intervals(counts, counts, share)["wrong_answers"] for share in (0.1, None))
    assert [float(side) for side in mixed] == pytest.approx([0.0, float(both)])
    np.testing.assert_allclose(plain, interval(0, 30))


def test_an_interval_of_all_messages_covers_the_truth_as_often_as_it_says() -> None:
    hat = np.random.default_rng(0)
    truth = np.array([0.4, 0.02, 0.06, 0.02, 0.1, 0.02, 0.06, 0.03, 0.04, 0.05, 0.2])
    drawn = hat.multinomial(300, truth, size=2_000).astype(float)
    expected = measures(truth)
    for name, (low, high) in intervals(drawn, drawn).items():
        assert ((low <= expected[name]) & (expected[name] <= high)).mean() >= 0.94, name


def test_messages_that_weigh_differently_say_less() -> None:
    plain, rough = (intervals(COUNTS, COUNTS * times) for times in (1, 4))
    quarter = intervals(COUNTS / 4, COUNTS / 4)
    for name, its in rough.items():
        np.testing.assert_allclose(its, quarter[name])
        assert its[1] - its[0] > plain[name][1] - plain[name][0]


def test_a_share_of_nothing_has_no_interval() -> None:
    def found(*counts: float) -> dict[str, tuple[Numbers, Numbers]]:
        return dict(intervals(np.array(counts), np.array(counts)))

    in_scope = found(8.0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)
    assert np.isnan(in_scope["oos_answered"]).all()
    np.testing.assert_allclose(in_scope["coverage"], interval(0.9, 10))
    assert np.isnan(found(0.0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1)["precision"]).all()


def test_a_bound_of_labels_that_weigh_alike_is_as_if_they_had_no_weight() -> None:
    for share in (None, 0.0, 0.3, 1.0):
        plain = upper_of_all(WRONGLY_ANSWERED, COUNTS, COUNTS, share, 0.05)
        heavy = upper_of_all(WRONGLY_ANSWERED, COUNTS * 7, COUNTS * 49, share, 0.05)
        assert heavy == pytest.approx(plain)


def test_with_a_given_mix_the_bounds_of_both_kinds_share_the_doubt() -> None:
    found = upper_of_all(WRONGLY_ANSWERED, COUNTS, COUNTS, 0.3, 0.05)
    assert found == pytest.approx(0.7 * upper(10, 100, 0.025) + 0.3 * upper(10, 100, 0.025))
