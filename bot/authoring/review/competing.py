"""Wordings that fit another entry better than their own.

Each wording q is taken for a message whose own copy does not exist, and every entry e is scored in
two ways that err differently:

    s(e) = 0.5 · max_p (cos(q, p) − h_p / 2)  +  0.5 · cos(q, centroid_e)  +  0.4 · r(e)

The first two terms are those of the blended score (`matching.score.blended`), with the centroid of
q's own entry taken without q. r is a ridge regression from vectors to entries that never saw q:
with H = X (XᵀX + λI)⁻¹ Xᵀ, the prediction of a fit without row i is (ŷ_i − H_ii y_i) / (1 − H_ii)
(Allen's PRESS, 1974), so no fold is fitted anew. How much speaks for another entry is

    severity = best other s − own s − 0.5 · (own s − mean other s)

A wording that is misplaced fits its entry no better than it fits any; one that two entries share
fits both. What is told lies above 0, and above most wordings of the same FAQ, whose entries may all
lie close together. Measured by `bench.moved`; the weights lie on a plateau.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.gently import gently
from bot.matching.encoder.encoder import Vectors
from bot.matching.index import PhrasingVectors, Rows
from bot.matching.score.fit import hubness

PHRASING, CENTROID, RIDGE = 0.5, 0.5, 0.4
_PENALTY = 1.0  # λ
_OWN = 0.5
_ABOVE_MEDIAN = 1.75  # robust standard deviations that lie between it and what is told
_DEVIATION = 1.4826  # of a normal distribution, in its median absolute deviations
_CHUNK = 512  # wordings scored at once


@dataclass(frozen=True, slots=True)
class Competitor:
    """A wording that fits another entry better.

    Attributes:
        row: the wording.
        other: the nearest wording of the entry that it fits better.
        severity: larger than 0, and hardly ever than 2.
    """

    row: int
    other: int
    severity: float


def competing(group: PhrasingVectors) -> list[Competitor]:
    """The wordings of one language that fit another entry better than their own, worst first.

    An entry with a single wording has nothing else to fit.
    """
    names, owners = group.numbered
    judged = np.flatnonzero(np.bincount(owners)[owners] > 1) if len(names) > 1 else owners[:0]
    if not judged.size:
        return []
    severity, better = _severity(group.vectors, owners)
    median = float(np.median(severity[judged]))
    spread = _DEVIATION * float(np.median(np.abs(severity[judged] - median)))
    line = max(0.0, median + _ABOVE_MEDIAN * spread)
    told = judged[severity[judged] > line]
    found = []
    for row in told[np.argsort(-severity[told], kind="stable")].tolist():
        theirs = np.flatnonzero(owners == better[row])
        nearest = theirs[int(np.argmax(group.vectors[theirs] @ group.vectors[row]))]
        found.append(Competitor(row, int(nearest), float(severity[row])))
    return found


def _severity(vectors: Vectors, owners: Rows) -> tuple[NDArray[np.float64], Rows]:
    """The severity of each wording, and the other entry that it fits best."""
    severity = np.zeros(len(owners))
    better = np.zeros(len(owners), np.int64)
    scores = _Scores(vectors, owners)
    for start in gently(range(0, len(owners), _CHUNK)):
        rows = np.arange(start, min(start + _CHUNK, len(owners)))
        table = scores.of(rows)
        places = np.arange(len(rows))
        own = table[places, owners[rows]]
        mean = (table.sum(axis=1) - own) / (table.shape[1] - 1)
        table[places, owners[rows]] = -np.inf
        better[rows] = table.argmax(axis=1)
        severity[rows] = table.max(axis=1) - own - _OWN * (own - mean)
    return severity, better


class _Scores:
    """s of every wording and entry; see the module."""

    def __init__(self, vectors: Vectors, owners: Rows) -> None:
        self._vectors = vectors
        self._owners = owners
        order = np.argsort(owners, kind="stable")
        entries = int(owners.max()) + 1
        self._places = np.argsort(order, kind="stable")  # of the rows, in that order
        self._by_owner = vectors[order]
        self._begins = np.searchsorted(owners[order], np.arange(entries))
        self._half_hubness = hubness(vectors, owners)[order] / 2
        self._sums = np.add.reduceat(self._by_owner, self._begins, axis=0)
        self._centroids = _units(self._sums)
        self._inputs = np.hstack([vectors, np.ones((len(vectors), 1), np.float32)])
        penalty = _PENALTY * np.eye(self._inputs.shape[1], dtype=np.float32)
        self._inverse = np.linalg.inv(self._inputs.T @ self._inputs + penalty)
        counts = np.bincount(owners, minlength=entries).astype(np.float32)
        self._weights = self._inverse @ np.hstack([self._sums, counts[:, None]]).T

    def of(self, rows: Rows) -> Vectors:
        """The scores of some wordings, shape (len(rows), n_entries)."""
        places, own, vectors = np.arange(len(rows)), self._owners[rows], self._vectors[rows]
        lowered = vectors @ self._by_owner.T
        lowered[places, self._places[rows]] = -1.0
        lowered -= self._half_hubness
        nearest: Vectors = np.maximum.reduceat(lowered, self._begins, axis=1)
        central = vectors @ self._centroids.T
        rest = _units(self._sums[own] - vectors)
        central[places, own] = (rest * vectors).sum(axis=1)
        nearest *= PHRASING
        nearest += CENTROID * central
        nearest += RIDGE * self._predicted(rows, own)
        return nearest

    def _predicted(self, rows: Rows, own: Rows) -> Vectors:
        inputs = self._inputs[rows]
        leverage = np.einsum("ij,ij->i", inputs @ self._inverse, inputs)
        predicted = inputs @ self._weights
        predicted[np.arange(len(rows)), own] -= leverage
        held_out: Vectors = predicted / (1 - leverage)[:, None]
        return held_out


def _units(rows: Vectors) -> Vectors:
    """Rows scaled to length 1; zero stays zero."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Vectors = rows / np.maximum(norms, 1e-9)
    return scaled
