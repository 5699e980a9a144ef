"""The tests of two samples, held against scipy's and against published examples."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import scipy  # its stats take seconds to import, and are when they are first used

from bot.service.admins.two_samples import differ, gained, more_often, shifted


def test_a_shift_is_never_called_less_likely_than_the_exact_test_says() -> None:
    """Kolmogorov and Smirnov's limit, which is used here, is careful with few messages."""
    random = np.random.default_rng(1)
    for size in (20, 60, 150):
        then, now = random.permutation(10_000)[:80], random.permutation(7_000)[:size]
        exact = scipy.stats.ks_2samp(now, then, alternative="greater", method="exact").pvalue
        p = shifted(Counter(then.tolist()), Counter(now.tolist()), up=False)
        assert exact <= p <= 3 * exact + 0.05
        turned = shifted(Counter(now.tolist()), Counter(then.tolist()), up=True)
        assert turned == pytest.approx(p)


def test_a_shift_the_other_way_is_none() -> None:
    low, high = Counter({10: 50, 20: 50}), Counter({30: 50, 40: 50})
    assert shifted(low, high, up=False) == 1.0
    assert shifted(low, high, up=True) < 1e-9
    assert shifted(low, Counter[int](), up=True) == 1.0


@pytest.mark.parametrize("kinds", [2, 3, 10, 41])
def test_a_mix_is_compared_as_pearson_does(kinds: int) -> None:
    random = np.random.default_rng(kinds)
    then, now = (random.integers(20, 60, kinds) for _ in range(2))
    expected = scipy.stats.chi2_contingency([then, now], correction=False).pvalue
    found = differ(*(dict(enumerate(each.tolist())) for each in (then, now)))
    assert found == pytest.approx(expected, rel=1e-9)


def test_kinds_too_rare_to_compare_are_counted_together() -> None:
    then = {"often": 90, **{f"once {number}": 1 for number in range(30)}}
    now = {"often": 80, **{f"once {number}": 1 for number in range(15, 55)}}
    expected = scipy.stats.chi2_contingency([(90, 30), (80, 40)], correction=False).pvalue
    assert differ(then, now) == pytest.approx(expected)
    assert differ({"a": 3}, {"b": 3}) == 1.0


@pytest.mark.parametrize("counts", [(9, 100, 1, 120), (3, 50, 3, 50), (40, 900, 0, 800)])
def test_a_word_that_comes_up_is_tested_as_fisher_does(counts: tuple[int, int, int, int]) -> None:
    hits, of, hits_then, of_then = counts
    square = [(hits, of - hits), (hits_then, of_then - hits_then)]
    expected = scipy.stats.fisher_exact(square, alternative="greater").pvalue
    assert more_often(*counts) == pytest.approx(expected, rel=1e-6)


def test_the_gain_of_a_share_lies_where_newcombe_has_it() -> None:
    """His example, 1998: 56 of 70 against 48 of 80, 0.0524 to 0.3339."""
    assert gained(48, 80, 56, 70) == pytest.approx((0.0524, 0.3339), abs=5e-5)
