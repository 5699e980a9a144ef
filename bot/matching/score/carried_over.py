"""What was measured on an FAQ → the same for one of which little has changed, in milliseconds.

It serves until the changed FAQ is measured itself, which takes seconds where it is large. What is
new is measured at once: the hubness of new phrasings, the centroids of changed entries. What hangs
on all phrasings together stays as it was: the scale, the classifier and the hubness of old
phrasings.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from bot.matching.encoder.encoder import Vectors
from bot.matching.index.index import PhrasingVectors, Rows
from bot.matching.score.blended import Fit
from bot.matching.score.classifier import Classifier
from bot.matching.score.fit import centroids, hubness
from bot.matching.score.fit_cache import Measured, Phrasings

FEWEST = 1_000  # phrasings: a smaller FAQ is measured in the time that this is about
# Of the phrasings; what they change in the scale is not seen in its third digit.
MOST_CHANGED = 0.05


def is_small_change(then: Phrasings, now: Phrasings) -> bool:
    """Whether measurements may be carried over from the one to the other."""
    return len(now) >= FEWEST and len(set(then) ^ set(now)) <= MOST_CHANGED * len(now)


def carried_over(measured: Measured, now: PhrasingVectors) -> Measured:
    """Measurements of `now`, the phrasings that the model can read, out of those of others."""
    phrasings = now.rows()
    if measured.fit is None or not phrasings:
        return replace(measured, fit=None, phrasings=phrasings, is_carried_over=True)
    fit = measured.fit
    known = {row: number for number, row in enumerate(measured.phrasings)}
    old = np.array([known.get(row, -1) for row in phrasings], np.int64)
    new = np.flatnonzero(old < 0)
    names, owners = now.numbered()
    hubs = fit.hubness[old]
    hubs[new] = hubness(now.vectors, owners, new)
    had = Counter(entry_id for entry_id, _ in measured.phrasings)
    numbers = {entry_id: number for number, entry_id in enumerate(sorted(had))}
    before = np.array([numbers.get(entry_id, -1) for entry_id in names], np.int64)
    centres = fit.centroids[before]
    have = np.bincount(owners, minlength=len(names))
    still = np.bincount(owners[old >= 0], minlength=len(names))
    then = np.array([had[entry_id] for entry_id in names], np.int64)
    changed = np.flatnonzero((before < 0) | (have != still) | (have != then))
    if len(changed):
        rows = np.flatnonzero(np.isin(owners, changed))
        centres[changed] = centroids(now.vectors[rows], np.searchsorted(changed, owners[rows]))
    classifier = fit.classifier
    if classifier is not None:
        classifier = _classifier(classifier, before, centres)
    found = Fit(hubs, centres, classifier, fit.scale)
    return replace(measured, fit=found, phrasings=phrasings, is_carried_over=True)


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
