"""What was measured on an FAQ → the same for one of which little has changed, in milliseconds.

It serves until the changed FAQ is measured itself, which takes seconds where it is large. What is
new is measured at once: the hubness of new phrasings, the centroids of changed entries. What hangs
on all phrasings together stays as it was: the scale, the head and the hubness of old phrasings.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from bot.matching.encoder.encoder import Vectors
from bot.matching.score.blended import Fit
from bot.matching.score.classifier import Head
from bot.matching.score.fit import centroids, hubness
from bot.matching.score.fit_cache import Measured
from bot.matching.score.sampling import Entries

FEWEST = 1_000  # phrasings: a smaller FAQ is measured in the time that this is about
MOST_CHANGED = (
    0.05  # of the phrasings; what they change in the scale is not seen in its third digit
)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The phrasings of an FAQ that the encoder can read.

    Attributes:
        vectors: shape (n_phrasings, dim).
        owners: the entry of each, numbered in the order of `entry_ids`.
        entry_ids: without repetition, sorted.
        texts: cleaned.
    """

    vectors: Vectors
    owners: Entries
    entry_ids: Sequence[str]
    texts: Sequence[str]

    def rows(self) -> list[tuple[str, str]]:
        """Entry id and text of each phrasing."""
        owners = self.owners.tolist()
        return [(self.entry_ids[e], t) for e, t in zip(owners, self.texts, strict=True)]


def is_small_change(then: Set[tuple[str, str]], now: Set[tuple[str, str]]) -> bool:
    """Whether the measurements may be carried over.

    Args:
        then: entry id and wording of each phrasing; `now` likewise.
    """
    return len(now) >= FEWEST and 0 < len(then ^ now) <= MOST_CHANGED * len(now)


def carried_over(measured: Measured, then: Part, now: Part) -> Measured:
    """Measurements of `now`, out of those of `then`."""
    if measured.fit is None or len(now.texts) == 0:
        return replace(measured, fit=None)
    known = {row: number for number, row in enumerate(then.rows())}
    old = np.array([known.get(row, -1) for row in now.rows()], np.int64)
    new = np.flatnonzero(old < 0)
    hubs = measured.fit.hubness[old]
    hubs[new] = hubness(now.vectors, now.owners, new)
    numbers = {entry_id: number for number, entry_id in enumerate(then.entry_ids)}
    before = np.array([numbers.get(entry_id, -1) for entry_id in now.entry_ids], np.int64)
    centres = measured.fit.centroids[before]
    changed = _changed(then, now, old, before)
    if len(changed):
        rows = np.flatnonzero(np.isin(now.owners, changed))
        renumbered = np.searchsorted(changed, now.owners[rows])
        centres[changed] = centroids(now.vectors[rows], renumbered)
    head = measured.fit.head
    if head is not None:
        head = _head(head, before, centres)
    return replace(measured, fit=Fit(hubs, centres, head, measured.fit.scale))


def _changed(then: Part, now: Part, old: Entries, before: Entries) -> Entries:
    """Entries that are new, or have other phrasings than before."""
    count = len(now.entry_ids)
    have = np.bincount(now.owners, minlength=count)
    still = np.bincount(now.owners[old >= 0], minlength=count)
    had = np.bincount(then.owners, minlength=len(then.entry_ids))
    return np.flatnonzero((before < 0) | (have != still) | (have != had[before]))


def _head(head: Head, before: Entries, centres: Vectors) -> Head:
    """The head without entries that are gone; a new one gets the weights its centroid suggests."""
    weights, bias = head.weights[before], head.bias[before]
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
    return Head(weights, bias)
