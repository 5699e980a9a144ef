"""Labels → recommended thresholds, and what they would change."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.domain import Thresholds
from bot.labels.from_log import OBJECTION, LogLabels
from bot.labels.outcomes import Numbers
from bot.labels.scored import Scored
from bot.matching.decide.confidence import Calibration
from bot.tuning.evaluate.metrics import count, mixed
from bot.tuning.thresholds.regions import Regions
from bot.tuning.thresholds.search import Counted, Point, Promise, Recommendation, choose, point

EXAMPLE = Thresholds(answer=0.75, follow_up=0.60, tentative=0.69)


@dataclass(frozen=True, slots=True)
class Tuning:
    """A recommendation.

    Attributes:
        labels: how many there are, those that stand there several times as often.
        in_scope: how many of them the FAQ answers.
        choice: the thresholds, what they do with all labels, and whether the promise is proven.
        present: what the bot's own thresholds do with them.
        example: what 0.75, 0.69 and 0.60 do with them.
        calibration: from scores to confidence; None where labels do not tell.
        from_labels: False where the FAQ itself stood in for labels.
        log: what the labels were made of, where people's presses stand in for them.
    """

    promise: Promise
    labels: int
    in_scope: int
    choice: Recommendation
    present: Point
    example: Point
    calibration: Calibration | None
    from_labels: bool = True
    log: LogLabels | None = None


def tune(
    scored: Scored,
    regions: Regions,
    promise: Promise,
    *,
    from_labels: bool = True,
    log: LogLabels | None = None,
) -> Tuning:
    """Recommend thresholds.

    Args:
        regions: of the messages.
        from_labels: False where the labels were made from the FAQ: then nothing counts as proven,
            nor is a calibration drawn from them.
        log: what they were made of, where they come from a log: nothing is proven then either, nor
            is a calibration drawn from who happened to press.
    """
    is_plain, is_off = not scored.policy.careful, scored.lines.tentative is None
    if is_plain or (is_off and promise.max_wrong_shown is None):  # who wrote off, meant it
        promise = replace(promise, tentative=False)
    objection = "there are no labels" if not from_labels else "" if log is None else OBJECTION
    choice = choose(Counted.of(regions, scored.weights, promise.oos_share), promise, objection)
    present, example = (
        point(lines, count(regions.at(lines), scored.weights), promise.oos_share)
        for lines in (scored.lines, replace(EXAMPLE, tentative=None) if is_plain else EXAMPLE)
    )
    return Tuning(
        promise=promise,
        labels=sum(label.count for label in scored.labels),
        in_scope=sum(label.count for label in scored.labels if label.expected is not None),
        choice=choice,
        present=present,
        example=example,
        calibration=None if objection else _calibration(scored, promise),
        from_labels=from_labels,
        log=log,
    )


def _calibration(scored: Scored, promise: Promise) -> Calibration | None:
    mix = mixed(scored.in_scope, scored.weights, promise.oos_share)
    return fit_calibration(scored.best_scores, scored.best_is_expected, mix)


def fit_calibration(
    scores: Numbers, is_right: NDArray[np.bool_], weights: Numbers | None = None
) -> Calibration | None:
    """Fit a calibration to labels.

    Platt scaling: a logistic curve over the score, fitted to targets a little inside 0 and 1
    (Platt 1999). Each label goes in twice, as right and as wrong, weighted by its target.

    Args:
        scores: the best entry's, shape (n,).
        is_right: whether it is the one asked for, shape (n,).
        weights: how much each label counts, shape (n,), such that they sum up to n; None: 1.
    Returns:
        None where all are right or none is, or higher scores are not more often right.
    """
    from sklearn.linear_model import LogisticRegression

    weights = np.ones(len(scores)) if weights is None else weights
    right, wrong = float(weights[is_right].sum()), float(weights[~is_right].sum())
    if right == 0 or wrong == 0:
        return None
    targets = np.where(is_right, (right + 1) / (right + 2), 1 / (wrong + 2))
    curve = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-9).fit(
        np.tile(scores, 2)[:, None],
        np.repeat([True, False], len(scores)),
        np.concatenate([weights * targets, weights * (1 - targets)]),
    )
    slope, intercept = round(float(curve.coef_[0, 0]), 6), round(float(curve.intercept_[0]), 6)
    return Calibration(slope, intercept, len(scores)) if slope > 0 else None
