"""Statistics that need only ranks and means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def average_ranks(values: Sequence[float]) -> Numbers:
    """Ranks from 1; equal values share the mean of the ranks they take up."""
    _, places, counts = np.unique(
        np.asarray(values, np.float64), return_inverse=True, return_counts=True
    )
    last = np.cumsum(counts)
    ranks: Numbers = (last - (counts - 1) / 2)[places]
    return ranks


def auroc(inside: Sequence[float], outside: Sequence[float]) -> float | None:
    """How probably a score of the one kind is above one of the other; a tie counts half.

    Args:
        inside: scores that should be high.
        outside: scores that should be low.
    Returns:
        From 0 to 1 (Mann and Whitney's U over the number of pairs); None if a kind is empty.
    """
    if not inside or not outside:
        return None
    ranks = average_ranks([*inside, *outside])[: len(inside)]
    wins = float(ranks.sum()) - len(inside) * (len(inside) + 1) / 2
    return wins / (len(inside) * len(outside))


def pearson(left: Sequence[float] | Numbers, right: Sequence[float] | Numbers) -> float | None:
    """Pearson's correlation, from -1 to 1; None where one side does not vary."""
    a, b = np.asarray(left, np.float64), np.asarray(right, np.float64)
    if len(a) < 2:
        return None
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 0 else None


def spearman(left: Sequence[float], right: Sequence[float]) -> float | None:
    """Spearman's correlation: Pearson's, of the average ranks."""
    return pearson(average_ranks(left), average_ranks(right))
