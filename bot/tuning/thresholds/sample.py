"""Labels, each of which may stand for several messages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.tuning.evaluate.metrics import Numbers
from bot.tuning.thresholds.risk import upper


@dataclass(frozen=True, slots=True)
class Sample:
    """Labels, each of which stands for so many messages.

    Attributes:
        labels: how many there are.
        messages: how many they stand for.
        effective: so many labels of equal weight would say as much (Kish 1965); all of them where
            they have equal weight.
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
