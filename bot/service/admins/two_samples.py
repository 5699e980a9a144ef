"""Do two samples differ? Well-known tests in closed form.

scipy has them all, but takes 70 MB of a process that serves, for a look once a day; the tests here
hold these against it.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from itertools import accumulate
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

_FEWEST_EXPECTED = 5.0  # of a kind, in the smaller sample (Cochran 1954)
_Z = 1.959964  # of an interval of 95 %


def shifted(then: Mapping[int, int], now: Mapping[int, int], *, up: bool) -> float:
    """The one-sided two-sample test of Kolmogorov and Smirnov (1939), on counts by value.

    Values that are counted together only make it more careful (Noether 1963).

    Args:
        up: whether to look for larger values now, else for smaller ones.
    Returns:
        p: how often chance alone shifts them so far that way. 1 where a sample is empty.
    """
    m, n = sum(then.values()), sum(now.values())
    if m == 0 or n == 0:
        return 1.0
    values = sorted(then.keys() | now.keys())
    below_then = accumulate(then.get(value, 0) / m for value in values)
    below_now = accumulate(now.get(value, 0) / n for value in values)
    sign = 1 if up else -1
    apart = max(sign * (a - b) for a, b in zip(below_then, below_now, strict=True))
    return math.exp(-2 * m * n / (m + n) * max(0.0, apart) ** 2)


def differ(then: Mapping[K, int], now: Mapping[K, int]) -> float:
    """Pearson's chi-squared test (1900) of whether two samples have the same mix of kinds.

    The rarest kinds are counted together until five of each are expected in either sample.

    Returns:
        p: how often chance alone makes them differ so much. 1 where a sample is empty.
    """
    m, n = sum(then.values()), sum(now.values())
    if m == 0 or n == 0:
        return 1.0
    fewest = _FEWEST_EXPECTED * (m + n) / min(m, n)
    kinds = sorted(
        ((then.get(k, 0), now.get(k, 0)) for k in then.keys() | now.keys()), key=sum, reverse=True
    )
    rare = (0, 0)
    while kinds and (sum(kinds[-1]) < fewest or 0 < sum(rare) < fewest):
        a, b = kinds.pop()
        rare = (rare[0] + a, rare[1] + b)
    kinds.append(rare)
    kinds = [each for each in kinds if sum(each)]
    squares = sum((n * a - m * b) ** 2 / (a + b) for a, b in kinds)
    return _chi_squared(squares / (m * n), len(kinds) - 1)


def _chi_squared(x: float, freedom: int) -> float:
    """The share of the chi-squared distribution above x (Abramowitz and Stegun 1964, 26.4.4-5)."""
    half = x / 2
    if freedom <= 0 or half <= 0:
        return 1.0
    is_odd = freedom % 2
    tail = math.erfc(math.sqrt(half)) if is_odd else 0.0
    steps = (each + is_odd / 2 for each in range(freedom // 2))
    return tail + sum(
        math.exp(step * math.log(half) - half - math.lgamma(step + 1)) for step in steps
    )


def more_often(hits: int, of: int, hits_then: int, of_then: int) -> float:
    """Fisher's exact test (1935), one-sided: whether something is more frequent than it was.

    Returns:
        p: how often chance alone gives at least so many of the hits to the later sample.
    """
    every = hits + hits_then
    chosen = _log_choose(of, hits) + _log_choose(of_then, hits_then)
    chance = math.exp(chosen - _log_choose(of + of_then, every))
    p = 0.0
    for k in range(hits, min(of, every) + 1):
        p += chance
        chance *= (every - k) * (of - k) / ((k + 1) * (of_then - every + k + 1))
    return min(1.0, p)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def gained(hits_then: int, of_then: int, hits: int, of: int) -> tuple[float, float]:
    """Between what the gain of a share lies with 95 % (Newcombe 1998, of intervals by Wilson).

    Raises:
        ZeroDivisionError: a sample is empty.
    """
    then, now = hits_then / of_then, hits / of
    (low_then, high_then), (low, high) = interval(hits_then, of_then), interval(hits, of)
    return (
        now - then - math.hypot(now - low, high_then - then),
        now - then + math.hypot(high - now, then - low_then),
    )


def interval(hits: int, of: int) -> tuple[float, float]:
    """Between what a share lies with 95 % (Wilson 1927).

    Raises:
        ZeroDivisionError: the sample is empty.
    """
    share = hits / of
    wide = _Z * math.sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2))
    middle, scale = share + _Z**2 / (2 * of), 1 + _Z**2 / of
    return (middle - wide) / scale, (middle + wide) / scale
