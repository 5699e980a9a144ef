"""Counts of outcomes → the figures people ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.labels.outcomes import (
    ANSWERED,
    ASKED_BACK,
    IN_SCOPE,
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
