"""Score → confidence: how probably the best entry is the one that is asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bot.matching.decide.confidence import Calibration
from bot.tuning.evaluate.metrics import Numbers

_ITERATIONS = 100
_RIDGE = 1e-6


def fit_calibration(
    scores: Numbers, is_right: NDArray[np.bool_], weights: Numbers | None = None
) -> Calibration | None:
    """Fit a calibration to labels.

    Platt scaling: a logistic curve over the score, fitted to targets a little inside 0 and 1
    (Platt 1999), by Newton's method.

    Args:
        scores: the best entry's, shape (n,).
        is_right: whether it is the one asked for, shape (n,).
        weights: how much each label counts, shape (n,), such that they sum up to n; None: 1.
    Returns:
        None where all are right or none is, or higher scores are not more often right.
    """
    each = np.ones(len(scores)) if weights is None else weights
    right, wrong = float(each[is_right].sum()), float(each[~is_right].sum())
    if right == 0 or wrong == 0:
        return None
    targets = np.where(is_right, (right + 1) / (right + 2), 1 / (wrong + 2))
    design = np.column_stack([scores, np.ones(len(scores))])
    curve = np.array([0.0, np.log((right + 1) / (wrong + 1))])
    loss = _loss(design, targets, each, curve)
    for _ in range(_ITERATIONS):
        said = 1 / (1 + np.exp(-design @ curve))
        gradient = design.T @ (each * (said - targets))
        bend = each * said * (1 - said)
        curvature = (design * bend[:, None]).T @ design + _RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while _loss(design, targets, each, curve - size * step) > loss and size > 1e-10:
            size /= 2
        curve = curve - size * step
        new = _loss(design, targets, each, curve)
        if loss - new < 1e-10 * len(scores):
            break
        loss = new
    slope, intercept = (round(float(weight), 6) for weight in curve)
    return Calibration(slope, intercept, len(scores)) if slope > 0 else None


def _loss(design: Numbers, targets: Numbers, each: Numbers, curve: Numbers) -> float:
    margins = design @ curve
    return float(np.sum(each * (np.logaddexp(0, margins) - targets * margins)))
