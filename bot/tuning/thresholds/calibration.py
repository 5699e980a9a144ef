"""Score → confidence: how probably the best entry is the one that is asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bot.labels.outcomes import Numbers
from bot.matching.decide.confidence import Calibration


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
