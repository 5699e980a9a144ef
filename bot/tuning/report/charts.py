"""The numbers behind the pictures: histogram, trade-off curves and reliability diagram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bot.matching.decide.confidence import Calibration
from bot.tuning.evaluate.bootstrap import BINS, RESAMPLES, calibration_error
from bot.tuning.evaluate.metrics import Numbers, measures, mixed
from bot.tuning.evaluate.outcomes import OUTCOMES, WRONGLY_ANSWERED, Outcome
from bot.tuning.evaluate.ranks import auroc
from bot.tuning.labels.scored import Scored
from bot.tuning.thresholds.regions import Codes, Regions
from bot.tuning.thresholds.risk import lower, upper
from bot.tuning.thresholds.tune import CurvePoint, Tuning

SCORE_BINS = 40
_TAIL = 0.025  # on either side of an interval of 95 %
_RIGHT, _WRONG = 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """How the best entry's scores spread, from 0 to 1 in 40 equal bins; scores below 0 are in the
    first.

    Attributes:
        right: in-scope messages whose best entry is the one asked for, shape (40,).
        wrong: in-scope messages whose best entry is another one.
        out_of_scope: all others.
    """

    right: Codes
    wrong: Codes
    out_of_scope: Codes


@dataclass(frozen=True, slots=True, eq=False)
class Trade:
    """What more answers cost, by coverage, which ascends; arrays of shape (m,).

    The bands hold 95 % of what the curves would be, at this coverage, over other labels: the
    percentile bootstrap, as in `bootstrap`.

    Attributes:
        points: those of the tuning's curve, in this order.
        coverage: of all messages, the share answered.
        precision: of the answers, the share that is right.
        risk: of all messages, the share wrongly answered.
        precision_band: its lower and its upper side, shape (2, m).
        risk_band: the same.
    """

    points: tuple[CurvePoint, ...]
    coverage: Numbers
    precision: Numbers
    risk: Numbers
    precision_band: Numbers
    risk_band: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """How often the best entry is right, by what the bot says of it; ten equal bins, without those
    that are empty.

    Attributes:
        calibrated: whether the bot says a confidence. Else it is the score, which is no
            probability.
        said: the mean of it, by bin.
        right: the share that is right.
        low: of the exact 95 % interval around that share (Clopper and Pearson 1934).
        high: likewise.
        messages: how many labels there are.
        error: the expected calibration error, see `bootstrap.estimates`.
    """

    calibrated: bool
    said: Numbers
    right: Numbers
    low: Numbers
    high: Numbers
    messages: Codes
    error: float


@dataclass(frozen=True, slots=True, eq=False)
class Charts:
    """All pictures of a tuning.

    Attributes:
        auroc: see `bootstrap.estimates`; None where all messages are of one kind.
    """

    tuning: Tuning
    histogram: Histogram
    trade: Trade
    reliability: Reliability
    auroc: float | None


def chart(
    scored: Scored, outcomes: Regions, tuning: Tuning, calibration: Calibration | None
) -> Charts:
    """Work out the pictures.

    Args:
        outcomes: of the messages; codes are those of `Outcome`.
        calibration: of the bot's scores, where it has one.
    """
    inside = scored.in_scope
    scores = scored.best_scores
    return Charts(
        tuning,
        Histogram(*(_spread(scores[rows]) for rows in kinds_of(scored))),
        trade_of(outcomes, tuning.curve, inside, tuning.promise.oos_share, scored.weights),
        _reliability(scored, calibration, tuning.promise.oos_share),
        auroc(scores[inside].tolist(), scores[~inside].tolist()),
    )


def kinds_of(scored: Scored) -> tuple[Codes, Codes, Codes]:
    """The messages of each kind of `Histogram`."""
    right, inside = scored.best_is_expected, scored.in_scope
    return np.flatnonzero(right), np.flatnonzero(inside & ~right), np.flatnonzero(~inside)


def _spread(scores: Numbers) -> Codes:
    places = np.clip((scores * SCORE_BINS).astype(np.int64), 0, SCORE_BINS - 1)
    return np.bincount(places, minlength=SCORE_BINS).astype(np.int64)


def trade_of(
    outcomes: Regions,
    curve: Sequence[CurvePoint],
    in_scope: NDArray[np.bool_],
    oos_share: float | None,
    weights: Numbers,
) -> Trade:
    """Find the curves and how far they may be off.

    Messages that meet the same fate all along the curve are as good as one another, so how many of
    each such group are drawn is multinomial: the same bootstrap, in a thousandth of the steps.

    Args:
        in_scope: shape (n,), whether the FAQ has an answer.
        oos_share: as in `measures`.
        weights: how many messages each label stands for, shape (n,); those of one weight are drawn
            by themselves.
    """
    paths = _paths(outcomes, curve)
    hat = np.random.default_rng(0)
    size = (len(curve), len(OUTCOMES))
    whole = np.zeros((1, *size))
    drawn = np.zeros((RESAMPLES, *size))
    for is_inside, weight in product((True, False), np.unique(weights)):
        rows = paths[(in_scope == is_inside) & (weights == weight)]
        if len(rows) == 0:
            continue
        groups, sizes = np.unique(rows, axis=0, return_counts=True)
        draws = hat.multinomial(len(rows), sizes / len(rows), size=RESAMPLES)
        whole += weight * _counts(sizes[None, :], groups, is_inside=is_inside)
        drawn += weight * _counts(draws, groups, is_inside=is_inside)
    of_all = measures(whole, oos_share)
    of_draws = measures(drawn, oos_share)
    answered = of_all["coverage"][0] > 0
    order = np.flatnonzero(answered)[np.argsort(of_all["coverage"][0][answered], kind="stable")]
    coverage = of_all["coverage"][0][order]
    return Trade(
        tuple(curve[place] for place in order),
        coverage,
        of_all["precision"][0][order],
        of_all["wrong_answers"][0][order],
        _band(coverage, of_draws["coverage"], of_draws["precision"]),
        _band(coverage, of_draws["coverage"], of_draws["wrong_answers"]),
    )


def _paths(outcomes: Regions, curve: Sequence[CurvePoint]) -> NDArray[np.uint8]:
    """Whether each message is rightly (1), wrongly (2) or not (0) answered along the curve."""
    kinds = np.zeros(len(OUTCOMES), np.uint8)
    kinds[Outcome.RIGHT.code] = _RIGHT
    kinds[[outcome.code for outcome in WRONGLY_ANSWERED]] = _WRONG
    paths = np.empty((outcomes.rows, len(curve)), np.uint8)
    for place, point in enumerate(curve):
        paths[:, place] = kinds[outcomes.at(point.thresholds)]
    return paths


def _counts(drawn: Codes, groups: NDArray[np.uint8], *, is_inside: bool) -> Numbers:
    """Outcomes along the curve, shape (draws, m, 8), as far as the curves tell them apart."""
    counts = np.zeros((len(drawn), groups.shape[1], len(OUTCOMES)))
    times = drawn.astype(np.float64)  # products of integers are slow
    right = (times @ (groups == _RIGHT)).round()
    wrong = (times @ (groups == _WRONG)).round()
    rest = drawn.sum(axis=1, keepdims=True) - right - wrong
    outcomes = (
        (Outcome.RIGHT, Outcome.WRONG, Outcome.FALLBACK)
        if is_inside
        else (Outcome.OOS_REFUSED, Outcome.OOS_ANSWERED, Outcome.OOS_REFUSED)
    )
    for outcome, numbers in zip(outcomes, (right, wrong, rest), strict=True):
        counts[..., outcome.code] += numbers
    return counts


def _band(coverage: Numbers, drawn_coverage: Numbers, drawn: Numbers) -> Numbers:
    """The middle 95 % of curves that were drawn, at each coverage, shape (2, m)."""
    values = np.full((len(drawn), len(coverage)), np.nan)
    for row, (x, y) in enumerate(zip(drawn_coverage, drawn, strict=True)):
        known = np.flatnonzero(x > 0)
        if len(known) == 0:
            continue
        known = known[np.argsort(x[known], kind="stable")]
        values[row] = np.interp(coverage, x[known], y[known])
    if len(coverage) == 0:
        return np.empty((2, 0))
    return np.asarray(np.nanpercentile(values, (100 * _TAIL, 100 * (1 - _TAIL)), axis=0))


def _reliability(
    scored: Scored, calibration: Calibration | None, oos_share: float | None
) -> Reliability:
    scores = scored.best_scores
    likely = np.clip(scores, 0, 1) if calibration is None else calibration.confidence(scores)
    is_right = scored.best_is_expected
    places = np.minimum((likely * BINS).astype(np.int64), BINS - 1)
    weights = mixed(scored.in_scope, scored.weights, oos_share)
    total, right, said, squares = (
        np.bincount(places, weights * of, BINS) for of in (1.0, is_right, likely, weights)
    )
    kept = total > 0
    share = right[kept] / total[kept]
    effective = total[kept] ** 2 / squares[kept]  # labels of equal weight, as in `Sample`
    hits = np.minimum(share * effective, effective)
    return Reliability(
        calibration is not None,
        said[kept] / total[kept],
        share,
        lower(hits, effective, _TAIL),
        upper(hits, effective, _TAIL),
        np.bincount(places, minlength=BINS)[kept],
        calibration_error(likely, is_right, weights),
    )
