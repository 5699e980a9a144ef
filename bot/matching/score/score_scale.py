"""Raw scores → the scale that thresholds speak.

What a raw score means differs from FAQ to FAQ: where entries lie close together, wrong ones score
high. So each FAQ is measured on itself. Every phrasing is taken for an utterance whose own entry
does not exist; what it then scores is what an out-of-scope utterance of the worst kind would get,
an impostor. 0.60 and 0.75 are put where they let through a fixed share of impostors, as score
normalisation does in speaker verification (Auckenthaler et al. 2000).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.matching.encoder.encoder import Vectors

FOLLOW_UP, ANSWER = 0.60, 0.75  # where the two anchors come to lie, whatever the thresholds are
# Shares of impostors below the anchors. The median in place of the 80th percentile, on five public
# FAQs: 7 to 9 in a hundred messages that the FAQ can answer are asked about instead of refused, at
# 8 to 20 in a hundred that it cannot. It answers nothing more.
FOLLOW_UP_PERCENTILE, ANSWER_PERCENTILE = 50.0, 95.0
SHRINKAGE = 50  # phrasings at which the FAQ's own anchors and the fixed ones weigh the same
_TOP = 0.5  # raw distance from the answer anchor to a score of 1
_LARGEST = 0.9999  # 1 is kept for an utterance that is a phrasing, word for word


@dataclass(frozen=True, slots=True)
class Scale:
    """A monotone map of raw scores to [-1, 1], straight between its anchors.

    Attributes:
        follow_up: the raw score that becomes 0.60.
        answer: the raw score that becomes 0.75; larger than `follow_up`.
        impostors: how many the anchors were measured on.
    """

    follow_up: float
    answer: float
    impostors: int = 0

    def mapped(self, raw: float) -> float:
        """The score that thresholds are compared with."""
        # Not np.interp, which takes ten times as long for one number.
        if raw >= self.answer:
            return min(_LARGEST, ANSWER + (_LARGEST - ANSWER) / _TOP * (raw - self.answer))
        if raw >= self.follow_up:
            slope = (ANSWER - FOLLOW_UP) / (self.answer - self.follow_up)
            return FOLLOW_UP + slope * (raw - self.follow_up)
        return max(-1.0, -1.0 + (FOLLOW_UP + 1.0) / (self.follow_up + 1.0) * (raw + 1.0))


def calibrate(impostors: Vectors, phrasings: int, fixed: Scale) -> Scale:
    """Measure the anchors, shrunk towards fixed ones where the FAQ is small.

    Args:
        impostors: raw scores, any number of them.
        phrasings: of the FAQ; with n of them its own anchors weigh n / (n + 50).
    """
    if len(impostors) == 0:
        return fixed
    follow_up, answer = np.percentile(impostors, [FOLLOW_UP_PERCENTILE, ANSWER_PERCENTILE])
    own = phrasings / (phrasings + SHRINKAGE)
    low = own * float(follow_up) + (1 - own) * fixed.follow_up
    high = own * float(answer) + (1 - own) * fixed.answer
    # All impostors alike (one phrasing said many ways): keep the bands apart.
    return Scale(round(low, 6), round(max(high, low + 0.01), 6), len(impostors))
