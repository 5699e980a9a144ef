"""Exact bounds on a share of which a sample was seen.

Clopper and Pearson's (1934): the largest share with which as few as `hits` of `trials` would still
come up with a probability of `doubt`. They hold whatever the share and the size of the sample.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]


def upper(hits: ArrayLike, trials: ArrayLike, doubt: float) -> Numbers:
    """The share that is not exceeded, with a probability of 1 - doubt; 1 where nothing was seen.

    Args:
        hits: from 0 to `trials`.
        doubt: between 0 and 1.
    """
    from scipy.special import betaincinv

    k, n = np.broadcast_arrays(np.asarray(hits, np.float64), np.asarray(trials, np.float64))
    is_open = k < n
    safe_k, safe_n = np.where(is_open, k, 0), np.where(is_open, n, 1)
    return np.where(is_open, betaincinv(safe_k + 1, safe_n - safe_k, 1 - doubt), 1.0)


def lower(hits: ArrayLike, trials: ArrayLike, doubt: float) -> Numbers:
    """The share that is exceeded, with a probability of 1 - doubt; 0 where nothing was seen."""
    misses = np.asarray(trials, np.float64) - np.asarray(hits, np.float64)
    return 1.0 - upper(misses, trials, doubt)


def trials_needed(
    hits: Callable[[int], float], limit: float, doubt: float, most: int = 1_000_000
) -> int | None:
    """The fewest trials that prove a share to be within a limit.

    Args:
        hits: of so many trials, that are to be reckoned with.
        limit: what the upper bound must not exceed.
        most: a number that is too many for anybody.
    Returns:
        None where even `most` would prove nothing.
    """

    def proves(n: int) -> bool:
        return bool(upper(min(n, np.ceil(hits(n) - 1e-9)), n, doubt) <= limit)

    high = 1
    while not proves(high):
        high *= 2
        if high > most:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if proves(middle) else (middle, high)
    return high
