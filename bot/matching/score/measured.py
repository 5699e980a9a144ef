"""What was measured on an FAQ: kept on disk for the next start, or carried over to a changed FAQ.

Where little of a large FAQ changed, measurements of it as it was serve until it is measured itself,
which takes seconds. What is new is measured at once: the hubness of new phrasings, the centroids.
What hangs on all phrasings together stays as it was: the scale, the classifier and the hubness of
old phrasings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.matching.arrays import Arrays, load_arrays, save_arrays
from bot.matching.encoder.encoder import Vectors
from bot.matching.index import PhrasingVectors, Rows
from bot.matching.score import blended, fit, ranker, tfidf
from bot.matching.score.blended import Classifier, Fit
from bot.matching.score.fit import centroids, hubness
from bot.matching.score.ranker import Scale

FEWEST = 100  # phrasings: a smaller FAQ is measured in a quarter of a second
# Of the phrasings; what they change in the scale is not seen in its third digit.
MOST_CHANGED = 0.05
_FORMAT = 3

Phrasings = Sequence[tuple[str, str]]  # entry id and cleaned text


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Everything the blended way of ranking measures when its index is built.

    Attributes:
        fit: of the phrasings the model can read; None where it can read none.
        by_letters: the scale of scores by letters.
        phrasings: those that the model can read, in the order of `fit`.
        content: see `FitCache`; "" where it was measured on something else.
        is_carried_over: it was measured on an FAQ much like this one; see `carried_over`.
        serves_any: it is carried over however little that one is like this one.
    """

    fit: Fit | None
    by_letters: Scale
    phrasings: Phrasings
    content: str = ""
    is_carried_over: bool = False
    serves_any: bool = False

    def serves(self, now: Phrasings) -> bool:
        """Whether it may be carried over to an FAQ of these phrasings."""
        return self.serves_any or is_small_change(self.phrasings, now)

    def __str__(self) -> str:
        scale = self.by_letters if self.fit is None else self.fit.scale
        has_classifier = self.fit is not None and self.fit.classifier is not None
        how = "with the classifier" if has_classifier else "without the classifier"
        return (
            f"Scale of this FAQ: a raw score of {scale.follow_up:.3f} becomes 0.60, "
            f"{scale.tentative:.3f} 0.69 and {scale.answer:.3f} 0.75, measured on "
            f"{scale.impostors} phrasings, {how}."
        )


def rules_of_scale() -> str:
    """What the measurements follow beside the FAQ; where that changed, they are made anew, and
    scores mean something else.
    """
    weights = (blended.BEST_PHRASING, blended.CENTROID, blended.TFIDF, blended.CLASSIFIER)
    return repr(
        (
            *(*weights, blended.MARGIN, blended.NEAREST, fit.NEIGHBOURS),
            *(fit.FIXED, fit.FIXED_WITH_CLASSIFIER),
            *(tfidf.MARGIN, tfidf.FIXED),
            *(ranker.FOLLOW_UP_PERCENTILE, ranker.ANSWER_PERCENTILE),
            *(ranker.ABOVE_MEDIAN, ranker.SHRINKAGE),
            *(ranker.FOLLOW_UP, ranker.TENTATIVE, ranker.ANSWER),
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
        self.content = content
        self._fingerprint = f"{_FORMAT}:{content}:{rules_of_scale()}"
        self._model = model

    def load(self, phrasings: Phrasings) -> Measured | None:
        """What was saved; None where there is nothing, or it is damaged or of something else."""
        return load_arrays(self._path, self._fingerprint, partial(self._read, phrasings))

    def _read(self, phrasings: Phrasings, arrays: Arrays) -> Measured | None:
        if self._model not in (None, str(arrays["model"])):
            return None
        fit = fit_of(arrays) if "hubness" in arrays else None
        return Measured(fit, scale_of(arrays["by_letters"]), phrasings, self.content)

    def save(self, measured: Measured) -> None:
        """Save, whole or not at all."""
        arrays: dict[str, NDArray[Any]] = {
            "model": np.array(self._model),
            "by_letters": np.array(astuple(measured.by_letters)),
        }
        if measured.fit is not None:
            arrays |= fit_arrays(measured.fit)
        save_arrays(self._path, self._fingerprint, arrays)


def fit_arrays(fit: Fit, beginning: str = "") -> dict[str, NDArray[Any]]:
    """What was measured as arrays, whose names all begin alike."""
    arrays: dict[str, NDArray[Any]] = {
        "hubness": fit.hubness,
        "centroids": fit.centroids,
        "scale": np.array(astuple(fit.scale)),
    }
    if fit.classifier is not None:
        arrays |= {"weights": fit.classifier.weights, "bias": fit.classifier.bias}
    return {f"{beginning}{name}": array for name, array in arrays.items()}


def fit_of(arrays: Arrays, beginning: str = "") -> Fit:
    """What was measured, out of its arrays."""
    classifier = None
    if f"{beginning}weights" in arrays:
        classifier = Classifier(arrays[f"{beginning}weights"], arrays[f"{beginning}bias"])
    hubness, centroids, scale = (
        arrays[f"{beginning}{name}"] for name in ("hubness", "centroids", "scale")
    )
    return Fit(hubness, centroids, classifier, scale_of(scale))


def scale_of(numbers: NDArray[np.float64]) -> Scale:
    """A scale out of its saved numbers."""
    follow_up, tentative, answer, impostors = numbers.tolist()
    return Scale(follow_up, tentative, answer, int(impostors))


def is_small_change(then: Phrasings, now: Phrasings) -> bool:
    """Whether measurements may be carried over from the one to the other."""
    return len(now) >= FEWEST and len(set(then) ^ set(now)) <= MOST_CHANGED * len(now)


def carried_over(measured: Measured, now: PhrasingVectors) -> Measured:
    """Measurements of `now`, the phrasings that the model can read, out of those of others."""
    rows = now.rows()
    kept = replace(measured, fit=None, phrasings=rows, content="", is_carried_over=True)
    if measured.fit is None or not rows:
        return kept
    known = {row: number for number, row in enumerate(measured.phrasings)}
    old = np.array([known.get(row, -1) for row in rows], np.int64)
    new = np.flatnonzero(old < 0)
    names, owners = now.numbered
    hubs = measured.fit.hubness[old]
    hubs[new] = hubness(now.vectors, owners, new)
    before, counts = _numbered_before(measured.phrasings, names)
    centres = measured.fit.centroids[before]
    changed = (np.bincount(owners[old >= 0], minlength=len(names)) != counts[before]) | (before < 0)
    changed[owners[new]] = True
    anew, theirs = np.flatnonzero(changed), changed[owners]
    if len(anew):
        centres[anew] = centroids(now.vectors[theirs], np.searchsorted(anew, owners[theirs]))
    classifier = measured.fit.classifier
    if classifier is not None:
        classifier = _classifier(classifier, before, centres)
    return replace(kept, fit=Fit(hubs, centres, classifier, measured.fit.scale))


def _numbered_before(then: Phrasings, names: Sequence[str]) -> tuple[Rows, Rows]:
    """The numbers that entries had, -1 for new ones; and how many phrasings each number had."""
    counts = Counter(entry_id for entry_id, _ in then)
    numbers = {entry_id: number for number, entry_id in enumerate(sorted(counts))}
    before = np.array([numbers.get(entry_id, -1) for entry_id in names], np.int64)
    return before, np.array([counts[entry_id] for entry_id in numbers], np.int64)


def _classifier(classifier: Classifier, before: Rows, centres: Vectors) -> Classifier:
    """Without entries that are gone; a new one gets the weights its centroid suggests."""
    weights, bias = classifier.weights[before], classifier.bias[before]
    is_new = before < 0
    if is_new.any():
        mean = centres[~is_new].mean(axis=0)
        around, old = centres - mean, weights[~is_new]
        middle = old.mean(axis=0)
        slope = np.vdot(old - middle, around[~is_new]) / max(
            float(np.vdot(around[~is_new], around[~is_new])), 1e-12
        )
        weights[is_new] = middle + slope * around[is_new]
        bias[is_new] = bias[~is_new].mean()
    return Classifier(weights, bias)
