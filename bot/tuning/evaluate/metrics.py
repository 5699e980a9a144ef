"""Counts of outcomes → the figures people ask for, and how far they may be off.

A share may be off because other messages could have been labelled. Every bound is Clopper and
Pearson's (1934): the largest share with which as few as `hits` of `trials` would still come up with
a probability of `doubt`. It holds whatever the share and the size of the sample. Where labels weigh
differently, so many of equal weight are supposed as would say as much (Kish 1965; Korn and Graubard
1998). Where the mix of all messages is given, in-scope and out-of-scope ones are counted by
themselves and their 95 % intervals put together (MOVER; Zou and Donner 2008).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bot.labels.outcomes import (
    ANSWERED,
    ASKED_BACK,
    IN_SCOPE,
    OUT_OF_SCOPE,
    OUTCOMES,
    SHOWN,
    TENTATIVE,
    WRONGLY_ANSWERED,
    WRONGLY_SHOWN,
    Codes,
    Numbers,
    Outcome,
)

BINS = 10
# Shares of all messages, and which outcomes make them up.
OF_ALL: Mapping[str, Sequence[Outcome]] = {
    "wrong_answers": WRONGLY_ANSWERED,
    "wrong_shown": WRONGLY_SHOWN,
    "tentative": TENTATIVE,
    "shown": SHOWN,
    "follow_ups": ASKED_BACK,
    "fallbacks": (Outcome.FALLBACK, Outcome.OOS_REFUSED),
    "coverage": ANSWERED,
}
_SIDE = 0.025  # the doubt on either side of an interval of 95 %


def count(codes: Codes, weights: Numbers | None = None) -> Numbers:
    """How many of each outcome.

    Args:
        codes: of outcomes, shape (n,).
        weights: how many messages each of them stands for, shape (n,); None: itself.
    Returns:
        Shape (11,).
    """
    return np.bincount(codes, weights, len(OUTCOMES)).astype(np.float64)


def mixed(in_scope: NDArray[np.bool_], weights: Numbers, oos_share: float | None) -> Numbers:
    """Weights by which out-of-scope messages make up a given share; their sum stays.

    Args:
        in_scope: shape (n,).
        weights: shape (n,).
        oos_share: as in `measures`.
    """
    if oos_share is None:
        return weights
    found = weights.copy()
    for rows, share in ((in_scope, 1 - oos_share), (~in_scope, oos_share)):
        if rows.any():
            found[rows] *= share * weights.sum() / weights[rows].sum()
    return found


def measures(counts: NDArray[np.number], oos_share: float | None = None) -> Mapping[str, Numbers]:
    """Shares from 0 to 1, by name; nan of nothing.

    The outcomes themselves are shares of the in-scope or of the out-of-scope messages.
    `wrong_answers` (wrong or out-of-scope answered), `follow_ups`, `fallbacks` and `coverage`
    (answered at all) are shares of all messages, `precision` is the share of answers that are
    right. All of these are of firm answers. `tentative` is the share of all messages that are
    answered tentatively; those are no `follow_ups`. `shown` and `wrong_shown` are of firm and
    tentative answers together.

    Args:
        counts: shape (..., 11), of each outcome.
        oos_share: of all messages, how many are out of scope; None: as many as were counted.
    """
    numbers = np.asarray(counts, np.float64)
    inside = numbers[..., : len(IN_SCOPE)].sum(axis=-1)
    outside = numbers[..., len(IN_SCOPE) :].sum(axis=-1)
    found: dict[str, Numbers] = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for outcome in OUTCOMES:
            of = inside if outcome in IN_SCOPE else outside
            found[outcome.value] = numbers[..., outcome.code] / of
        x = outside / (inside + outside) if oos_share is None else np.asarray(oos_share)

        def of_all(*outcomes: Outcome) -> Numbers:
            shares = np.zeros(numbers.shape[:-1])
            for outcome in outcomes:
                weight = 1 - x if outcome in IN_SCOPE else x
                # A kind of message that never comes adds nothing, though none was counted.
                shares = shares + np.where(weight == 0, 0.0, weight * found[outcome.value])
            return shares

        right = of_all(Outcome.RIGHT)
        found |= {name: of_all(*outcomes) for name, outcomes in OF_ALL.items()}
        found["coverage"] = right + found["wrong_answers"]
        found["precision"] = right / found["coverage"]
    return found


def auroc(
    scores: Numbers, in_scope: NDArray[np.bool_], weights: Numbers | None = None
) -> float | None:
    """How probably an in-scope message scores above an out-of-scope one; a tie counts half.

    Args:
        scores, in_scope: shape (n,).
        weights: how many messages each of them stands for, shape (n,); None: itself.
    Returns:
        From 0 to 1; None if a kind of message is missing.
    """
    from sklearn.metrics import roc_auc_score

    if in_scope.all() or not in_scope.any():
        return None
    return float(roc_auc_score(in_scope, scores, sample_weight=weights))


def calibration_error(
    likely: Numbers, is_right: NDArray[np.bool_], weights: Numbers | None = None
) -> float:
    """By how much the probability said differs from the share that is right.

    Mean over ten equal bins weighted by their messages (expected calibration error; Naeini et al.
    2015).

    Args:
        likely: how probable it was said to be, 0 to 1, shape (n,), at least one.
        is_right: whether it was so, shape (n,).
        weights: how much each of them counts, shape (n,); None: all the same.
    """
    weights = np.ones(len(likely)) if weights is None else weights
    gaps = np.bincount(bins_of(likely), weights * (is_right - likely), BINS)
    return float(np.abs(gaps).sum() / weights.sum())


def bins_of(likely: Numbers) -> Codes:
    """The one of ten equal bins that each probability is in."""
    return np.minimum((likely * BINS).astype(np.int64), BINS - 1)


def as_share(value: object) -> float | None:
    """One figure as a plain number; None for nan."""
    number = float(np.asarray(value, np.float64))
    return None if np.isnan(number) else number


def upper(hits: ArrayLike, trials: ArrayLike, doubt: float) -> Numbers:
    """The share that is not exceeded, with a probability of 1 - doubt; 1 where nothing was seen.

    Args:
        hits: from 0 to `trials`; neither need be whole (scipy's `binomtest` wants them to be).
        doubt: between 0 and 1.
    """
    from scipy.special import betaincinv

    pairs = np.asarray(hits, np.float64) + 1j * np.asarray(trials, np.float64)
    pairs, places = np.unique(pairs, return_inverse=True)  # of a grid's 40,000, a hundred or so
    k, n = pairs.real, pairs.imag
    is_open = k < n
    safe_k, safe_n = np.where(is_open, k, 0), np.where(is_open, n, 1)
    found = np.where(is_open, betaincinv(safe_k + 1, safe_n - safe_k, 1 - doubt), 1.0)
    return np.asarray(found[places])


def lower(hits: ArrayLike, trials: ArrayLike, doubt: float) -> Numbers:
    """The share that is exceeded, with a probability of 1 - doubt; 0 where nothing was seen."""
    misses = np.asarray(trials, np.float64) - np.asarray(hits, np.float64)
    return 1.0 - upper(misses, trials, doubt)


def trials_needed(hits: int, limit: float, doubt: float) -> int:
    """The fewest trials with which so many hits prove that a share is within a limit above 0."""
    from scipy.stats import nbinom

    # Unless one hit more is unlikely to have come by then.
    return hits + 1 + int(nbinom.ppf(1 - doubt, hits + 1, limit))


def interval(share: ArrayLike, trials: ArrayLike) -> tuple[Numbers, Numbers]:
    """Lower and upper side around shares of so many trials, with 95 %; nan of no trials."""
    p, n = np.asarray(share, np.float64), np.asarray(trials, np.float64)
    is_known = n > 0
    low, high = (np.where(is_known, side(p * n, n, _SIDE), np.nan) for side in (lower, upper))
    return low, high


def effective(counts: Numbers, squares: Numbers, kind: Sequence[Outcome]) -> Numbers:
    """So many labels of equal weight would say as much about a kind of messages."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _sum(counts, kind) ** 2 / _sum(squares, kind)


def kinds_of(oos_share: float | None) -> Sequence[tuple[float, Sequence[Outcome]]]:
    """Messages that are bounded by themselves, and the share of all messages they make up.

    With a given mix these are in-scope and out-of-scope ones, as far as there are any.
    """
    if oos_share is None:
        return [(1.0, OUTCOMES)]
    kinds = ((1 - oos_share, IN_SCOPE), (oos_share, OUT_OF_SCOPE))
    return [(weight, kind) for weight, kind in kinds if weight > 0]


def upper_of_all(
    outcomes: Sequence[Outcome],
    counts: Numbers,
    squares: Numbers,
    oos_share: float | None,
    doubt: float,
) -> Numbers:
    """An upper bound on the share of all messages that have one of these outcomes.

    Args:
        counts, squares: as in `intervals`.
        doubt: shared by the two bounds of a given mix.
    """
    bounds = np.zeros(counts.shape[:-1])
    kinds = kinds_of(oos_share)
    for weight, kind in kinds:
        trials = effective(counts, squares, kind)
        hits = _share(counts, outcomes, kind) * trials
        bounds += weight * upper(hits, trials, doubt / len(kinds))
    return bounds


def intervals(
    counts: Numbers, squares: Numbers, oos_share: float | None = None
) -> Mapping[str, tuple[Numbers, Numbers]]:
    """Lower and upper side around every share of `measures`, by name; nan of nothing.

    Args:
        counts: shape (..., 11), what the messages of each outcome weigh together.
        squares: shape (..., 11), the sum of the squares of what they weigh.
        oos_share: as in `measures`.
    """
    shares = measures(counts, oos_share)
    kinds = kinds_of(oos_share)
    found: dict[str, tuple[Numbers, Numbers]] = {}
    for outcome in OUTCOMES:
        of = IN_SCOPE if outcome in IN_SCOPE else OUT_OF_SCOPE
        found[outcome.value] = interval(shares[outcome.value], effective(counts, squares, of))
    for name, outcomes in OF_ALL.items():
        below = above = np.zeros(counts.shape[:-1])
        for weight, kind in kinds:
            share = _share(counts, outcomes, kind)
            low, high = interval(share, effective(counts, squares, kind))
            below = np.hypot(below, weight * (share - low))
            above = np.hypot(above, weight * (high - share))
        found[name] = (np.maximum(0.0, shares[name] - below), np.minimum(1.0, shares[name] + above))
    answered = OF_ALL["coverage"]
    spread = np.zeros(counts.shape[:-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        for weight, kind in kinds:
            its = _sum(squares, [outcome for outcome in answered if outcome in kind])
            spread += (weight / _sum(counts, kind)) ** 2 * its
        found["precision"] = interval(shares["precision"], shares["coverage"] ** 2 / spread)
    return found


def _share(counts: Numbers, outcomes: Sequence[Outcome], kind: Sequence[Outcome]) -> Numbers:
    """Of a kind of messages, those with one of these outcomes."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _sum(counts, [it for it in outcomes if it in kind]) / _sum(counts, kind)


def _sum(counts: Numbers, outcomes: Sequence[Outcome]) -> Numbers:
    return np.asarray(counts[..., [outcome.code for outcome in outcomes]].sum(axis=-1))
