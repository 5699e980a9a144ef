"""Intervals of 95 % around shares, worked out at once: the report's page does the same sums.

Of one kind of message: Wilson's (1927). Of all messages, in-scope and out-of-scope ones are counted
by themselves and their intervals put together (MOVER; Zou and Donner 2008). Where messages weigh
differently, so many of equal weight are supposed as would say as much (Kish 1965).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import hypot, sqrt

import numpy as np
from numpy.typing import NDArray

from bot.tuning.evaluate.metrics import measures
from bot.tuning.evaluate.outcomes import (
    ASKED_BACK,
    IN_SCOPE,
    OUT_OF_SCOPE,
    OUTCOMES,
    WRONGLY_ANSWERED,
    Outcome,
)

_Z = 1.959963984540054  # 95 % of a normal distribution lie within so many deviations

Interval = tuple[float, float]

ANSWERED = (Outcome.RIGHT, *WRONGLY_ANSWERED)
OF_ALL: Mapping[str, Sequence[Outcome]] = {
    "wrong_answers": WRONGLY_ANSWERED,
    "follow_ups": ASKED_BACK,
    "fallbacks": (Outcome.FALLBACK, Outcome.OOS_REFUSED),
    "coverage": ANSWERED,
}


def wilson(share: float, trials: float) -> Interval:
    """Around a share of so many trials, more than 0."""
    z = _Z * _Z / trials
    middle = (share + z / 2) / (1 + z)
    reach = sqrt(share * (1 - share) * z + z * z / 4) / (1 + z)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def intervals(
    counts: NDArray[np.number],
    oos_share: float | None = None,
    squares: NDArray[np.number] | None = None,
) -> Mapping[str, Interval]:
    """Around every share of `measures`, by name; without those of nothing.

    Args:
        counts: shape (8,), of each outcome, or what they weigh together.
        oos_share: as in `measures`.
        squares: shape (8,), the sum of the squares of what they weigh; None: each weighs 1.
    """
    squares = counts if squares is None else squares
    shares = {name: float(value) for name, value in measures(counts, oos_share).items()}
    total = {kind: _sum(counts, kind) for kind in (IN_SCOPE, OUT_OF_SCOPE)}
    x = total[OUT_OF_SCOPE] / sum(total.values()) if oos_share is None else oos_share
    weight = {IN_SCOPE: 1 - x, OUT_OF_SCOPE: x}
    found: dict[str, Interval] = {}
    for kind in (IN_SCOPE, OUT_OF_SCOPE):
        if total[kind] > 0:
            trials = total[kind] ** 2 / _sum(squares, kind)
            for outcome in kind:
                found[outcome.value] = wilson(shares[outcome.value], trials)
    kinds = [kind for kind in (IN_SCOPE, OUT_OF_SCOPE) if weight[kind] > 0]
    if any(total[kind] == 0 for kind in kinds):
        return found
    for name, outcomes in OF_ALL.items():
        below = above = 0.0
        for kind in kinds:
            share = _sum(counts, [o for o in outcomes if o in kind]) / total[kind]
            low, high = wilson(share, total[kind] ** 2 / _sum(squares, kind))
            below = hypot(below, weight[kind] * (share - low))
            above = hypot(above, weight[kind] * (high - share))
        found[name] = max(0.0, shares[name] - below), min(1.0, shares[name] + above)
    if shares["coverage"] > 0:
        spread = sum(
            (weight[kind] / total[kind]) ** 2 * _sum(squares, [o for o in ANSWERED if o in kind])
            for kind in kinds
        )
        found["precision"] = wilson(shares["precision"], shares["coverage"] ** 2 / spread)
    return found


def _sum(counts: NDArray[np.number], outcomes: Sequence[Outcome]) -> float:
    return sum((float(counts[OUTCOMES.index(outcome)]) for outcome in outcomes), 0.0)
