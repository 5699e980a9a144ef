"""Exact bounds on a share of which a sample was seen.

Clopper and Pearson's (1934): the largest share with which as few as `hits` of `trials` would still
come up with a probability of `doubt`. They hold whatever the share and the size of the sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bot.tuning.labels.outcomes import Numbers


def upper(hits: ArrayLike, trials: ArrayLike, doubt: float) -> Numbers:
    """The share that is not exceeded, with a probability of 1 - doubt; 1 where nothing was seen.

    Args:
        hits: from 0 to `trials`; neither need be whole (scipy's `binomtest` wants them to be).
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


@dataclass(frozen=True, slots=True)
class Sample:
    """Labels, each of which stands for so many messages.

    Attributes:
        labels: how many there are.
        messages: how many they stand for.
        effective: so many labels of equal weight would say as much (Kish's effective sample size,
            1965); all of them where they have equal weight.
    """

    labels: int
    messages: float
    effective: float

    @staticmethod
    def of(weights: Numbers) -> Sample:
        """Of how many messages each label stands for."""
        total, squares = float(weights.sum()), float(weights @ weights)
        return Sample(len(weights), total, total**2 / squares if squares > 0 else 0.0)

    def upper(self, hits: Numbers, doubt: float) -> Numbers:
        """An upper bound on a share, of so many messages; of weights, the nearest there is (Korn
        and Graubard 1998)."""
        scale = self.effective / self.messages if self.messages > 0 else 0.0
        return upper(np.minimum(hits * scale, self.effective), self.effective, doubt)
