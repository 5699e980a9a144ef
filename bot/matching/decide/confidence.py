"""Scores → confidence: how probably the best entry is the one asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a score becomes a confidence: 1 / (1 + exp(-(slope · score + intercept))).

    Attributes:
        slope: larger than 0.
        labels: how many it was fitted to.
    """

    slope: float
    intercept: float
    labels: int

    def confidence(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """How probably an entry of such a score is the one asked for, 0 to 1; any shape."""
        logits = self.slope * np.asarray(scores, np.float64) + self.intercept
        return np.asarray(1 / (1 + np.exp(-logits)))

    def of(self, score: float) -> float:
        """The confidence of one score."""
        return float(self.confidence(np.array(score)))
