"""What was measured on an FAQ, kept on disk, so that a start measures only what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.matching.arrays import Arrays, load_arrays, save_arrays
from bot.matching.score import blended, fit, score_scale, tfidf
from bot.matching.score.blended import Fit
from bot.matching.score.classifier import Classifier
from bot.matching.score.score_scale import Scale

_FORMAT = 2

Phrasings = Sequence[tuple[str, str]]  # entry id and cleaned text


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Everything the blended way of ranking measures when its index is built.

    Attributes:
        fit: of the phrasings the model can read; None where it can read none.
        by_letters: the scale of scores by letters.
        phrasings: those that the model can read, in the order of `fit`.
        is_carried_over: it was measured on an FAQ much like this one; see `carried_over`.
    """

    fit: Fit | None
    by_letters: Scale
    phrasings: Phrasings
    is_carried_over: bool = False

    def __str__(self) -> str:
        scale = self.by_letters if self.fit is None else self.fit.scale
        has_classifier = self.fit is not None and self.fit.classifier is not None
        how = "with the classifier" if has_classifier else "without the classifier"
        return (
            f"Scale of this FAQ: a raw score of {scale.follow_up:.3f} becomes 0.60 and "
            f"{scale.answer:.3f} becomes 0.75, measured on {scale.impostors} phrasings, {how}."
        )


def _rules() -> str:
    """What the measurements follow beside the FAQ; where that changed, they are made anew."""
    weights = (blended.BEST_PHRASING, blended.CENTROID, blended.TFIDF, blended.CLASSIFIER)
    return repr(
        (
            *(*weights, blended.MARGIN, blended.NEAREST, fit.NEIGHBOURS),
            *(fit.FIXED, fit.FIXED_WITH_CLASSIFIER),
            *(tfidf.MARGIN, tfidf.FIXED),
            *(score_scale.FOLLOW_UP_PERCENTILE, score_scale.ANSWER_PERCENTILE),
            score_scale.SHRINKAGE,
        )
    )


class FitCache:
    """One file.

    Args:
        content: fingerprint of the FAQ and settings that the measurements depend on.
        model: fingerprint of the model; None for whoever only looks, and has loaded none.
    """

    def __init__(self, folder: Path, name: str, content: str, model: str | None) -> None:
        self._path = folder / f"fit-{name}.npz"
        self._fingerprint = f"{_FORMAT}:{content}:{_rules()}"
        self._model = model

    def load(self, phrasings: Phrasings) -> Measured | None:
        """What was saved; None where there is nothing, or it is damaged or of something else."""
        return load_arrays(self._path, self._fingerprint, partial(self._read, phrasings))

    def _read(self, phrasings: Phrasings, arrays: Arrays) -> Measured | None:
        if self._model not in (None, str(arrays["model"])):
            return None
        return Measured(_fit(arrays), _scale(arrays["by_letters"]), phrasings)

    def save(self, measured: Measured) -> None:
        """Save, whole or not at all."""
        arrays = {
            "model": np.array(self._model),
            "by_letters": _numbers(measured.by_letters),
        }
        if measured.fit is not None:
            arrays["hubness"] = measured.fit.hubness
            arrays["centroids"] = measured.fit.centroids
            arrays["scale"] = _numbers(measured.fit.scale)
            if measured.fit.classifier is not None:
                arrays["weights"] = measured.fit.classifier.weights
                arrays["bias"] = measured.fit.classifier.bias
        save_arrays(self._path, self._fingerprint, arrays)


def _fit(arrays: Arrays) -> Fit | None:
    if "hubness" not in arrays:
        return None
    has_classifier = "weights" in arrays
    classifier = Classifier(arrays["weights"], arrays["bias"]) if has_classifier else None
    return Fit(arrays["hubness"], arrays["centroids"], classifier, _scale(arrays["scale"]))


def _numbers(scale: Scale) -> NDArray[np.float64]:
    return np.array([scale.follow_up, scale.answer, scale.impostors], dtype=np.float64)


def _scale(numbers: NDArray[np.float64]) -> Scale:
    return Scale(float(numbers[0]), float(numbers[1]), int(numbers[2]))
