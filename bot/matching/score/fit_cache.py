"""What was measured on an FAQ, kept on disk, so that a start measures only what changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.matching.arrays import load_arrays, report_damage, save_arrays
from bot.matching.score import blended
from bot.matching.score import fit as blended_fit
from bot.matching.score import score_scale as scale
from bot.matching.score import tfidf_score as lexical_score
from bot.matching.score.blended import Fit
from bot.matching.score.classifier import Head
from bot.matching.score.score_scale import Scale

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything the blended way of ranking measures when its index is built.

    Attributes:
        fit: of the phrasings the model can read; None where it can read none.
        spelled: the scale of scores by letters.
    """

    fit: Fit | None
    spelled: Scale


def _rules() -> str:
    """What the measurements follow beside the FAQ; where that changed, they are made anew."""
    weights = (blended.BEST_PHRASING, blended.CENTROID, blended.LEXICAL, blended.HEAD)
    return repr(
        (
            *(*weights, blended.MARGIN, blended.NEAREST, blended_fit.NEIGHBOURS),
            *(blended_fit.FIXED, blended_fit.FIXED_WITH_HEAD),
            *(lexical_score.MARGIN, lexical_score.FIXED),
            *(scale.FOLLOW_UP_PERCENTILE, scale.ANSWER_PERCENTILE, scale.SHRINKAGE),
        )
    )


class FitCache:
    """One file.

    Args:
        fingerprint: of whatever the measurements depend on: FAQ, model, settings.
    """

    def __init__(self, folder: Path, name: str, fingerprint: str) -> None:
        self._path = folder / f"fit-{name}.npz"
        self._fingerprint = f"{_FORMAT}:{fingerprint}:{_rules()}"

    def load(self) -> Measured | None:
        """What was saved; None where there is nothing, or it is damaged or of something else."""
        arrays = load_arrays(self._path, self._fingerprint)
        if arrays is None:
            return None
        try:
            spelled = _scale(arrays["spelled"])
            if "hubness" not in arrays:
                return Measured(None, spelled)
            head = Head(arrays["weights"], arrays["bias"]) if "weights" in arrays else None
            fit = Fit(arrays["hubness"], arrays["centroids"], head, _scale(arrays["scale"]))
            return Measured(fit, spelled)
        except (KeyError, ValueError, IndexError) as error:
            report_damage(self._path, type(error).__name__)
            return None

    def save(self, measured: Measured) -> None:
        """Save, whole or not at all."""
        arrays = {"spelled": _numbers(measured.spelled)}
        if measured.fit is not None:
            arrays["hubness"] = measured.fit.hubness
            arrays["centroids"] = measured.fit.centroids
            arrays["scale"] = _numbers(measured.fit.scale)
            if measured.fit.head is not None:
                arrays["weights"] = measured.fit.head.weights
                arrays["bias"] = measured.fit.head.bias
        save_arrays(self._path, self._fingerprint, arrays)


def _numbers(scale: Scale) -> np.ndarray:
    return np.array([scale.follow_up, scale.answer, scale.impostors], dtype=np.float64)


def _scale(numbers: np.ndarray) -> Scale:
    return Scale(float(numbers[0]), float(numbers[1]), int(numbers[2]))
