"""What the blended score measures on an FAQ, once, when its index is built."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from bot.matching.blended import (
    ENOUGH_ENTRIES,
    NEAREST,
    BlendedScorer,
    Fit,
    LeftOut,
    Nearest,
)
from bot.matching.embedder import Vectors
from bot.matching.head import Head, Trial, checked, is_worthwhile, wins
from bot.matching.head import fit as fit_head
from bot.matching.index import VectorIndex
from bot.matching.lexical import LexicalIndex, LexicalQuery
from bot.matching.sampling import Entries, spaced
from bot.matching.scale import Scale, calibrate

NEIGHBOURS = 10  # of a phrasing, for its hubness
FIXED = Scale(0.45, 0.65)  # where the anchors lie on the average FAQ
FIXED_WITH_HEAD = Scale(0.565, 0.82)
_MAX_IMPOSTORS = 1_000  # more do not move the percentiles
_CHUNK = 256  # rows compared with all others at once


def fit_blended(
    vectors: Vectors,
    owners: Entries,
    index: VectorIndex,
    lexical: LexicalIndex,
    query: Callable[[int], LexicalQuery],
    *,
    use_head: bool,
) -> Fit:
    """Measure an FAQ. The same FAQ gives the same result, in whatever order it is read.

    Args:
        owners: the entry of each phrasing, numbered from 0 without a gap.
        query: a phrasing, by its row, as a lexical query.
        use_head: fit a head where there are phrasings enough, and keep it if it wins its own
            cross-validation. The scale is derived after it.
    """
    entries = int(owners.max()) + 1
    centroids = np.stack([unit(row) for row in _sums(vectors, owners, entries)])
    fit = Fit(hubness(vectors, owners), centroids.astype(np.float32), None, FIXED)
    if entries == 1:
        return fit  # there is nobody to be an impostor
    head = None
    if use_head and is_worthwhile(owners, entries):
        rehearsal = _Rehearsal(vectors, owners, index, lexical, query, fit, checked(owners))
        if wins(vectors, owners, rehearsal.attempt):
            head = fit_head(vectors, owners)
    fixed = FIXED if head is None else FIXED_WITH_HEAD
    fit = Fit(fit.hubness, fit.centroids, head, fixed)
    rows = spaced(owners, max(1, _MAX_IMPOSTORS // entries))[:_MAX_IMPOSTORS]
    rehearsal = _Rehearsal(vectors, owners, index, lexical, query, fit, rows)
    impostors = [rehearsal.impostor(row, head) for row in rows.tolist()]
    scale = calibrate(np.array(impostors, np.float32), len(owners), fixed)
    return Fit(fit.hubness, fit.centroids, head, scale)


class _Rehearsal:
    """Phrasings of the FAQ taken for utterances."""

    def __init__(
        self,
        vectors: Vectors,
        owners: Entries,
        index: VectorIndex,
        lexical: LexicalIndex,
        query: Callable[[int], LexicalQuery],
        fit: Fit,
        rows: Entries,
    ) -> None:
        self._vectors = vectors
        self._owners = owners
        self._scorer = BlendedScorer(vectors, owners, index, lexical, fit)
        self._query = query
        self._sums = _sums(vectors, owners, len(fit.centroids))
        self._nearest = dict(_nearest_others(vectors, owners, rows))

    def attempt(self, row: int, head: Head | None) -> Trial:
        """Try a phrasing as an utterance: left out of its own entry, and without that entry."""
        own = int(self._owners[row])
        rest = unit(self._sums[own] - self._vectors[row]).astype(np.float32)
        best = self._scorer.score_near(
            self._vectors[row], self._query(row), self._nearest[row][0], head, LeftOut(own, rest)
        )[0]
        return Trial(best.entry == own, best.raw, self.impostor(row, head))

    def impostor(self, row: int, head: Head | None) -> float:
        """The raw score of a phrasing whose own entry does not exist."""
        without = LeftOut(int(self._owners[row]))
        scores = self._scorer.score_near(
            self._vectors[row], self._query(row), self._nearest[row][1], head, without
        )
        return scores[0].raw


def _nearest_others(
    vectors: Vectors, owners: Entries, rows: Entries
) -> Iterator[tuple[int, tuple[Nearest, Nearest]]]:
    """For each row the nearest other rows, and the nearest rows of other entries."""
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        for row, cosines in zip(chunk.tolist(), vectors[chunk] @ vectors.T, strict=True):
            cosines[row] = -np.inf
            others = _top(cosines, owners)
            cosines[owners == owners[row]] = -np.inf
            yield row, (others, _top(cosines, owners))


def _top(cosines: Vectors, owners: Entries) -> Nearest:
    """The best finite ones, as many as `BlendedScorer.score` would look at."""
    finite = int(np.isfinite(cosines).sum())
    k = min(NEAREST, finite)
    while True:
        best = np.argpartition(-cosines, k - 1)[:k]
        rows = best[np.lexsort((best, -cosines[best]))]
        if k == finite or len(np.unique(owners[rows])) >= ENOUGH_ENTRIES:
            return Nearest(cosines[rows], rows)
        k = min(4 * k, finite)


def _sums(vectors: Vectors, owners: Entries, entries: int) -> NDArray[np.float64]:
    sums = np.zeros((entries, vectors.shape[1]), np.float64)
    np.add.at(sums, owners, vectors)
    return sums


def hubness(vectors: Vectors, owners: Entries) -> Vectors:
    """The mean cosine of each phrasing to its 10 nearest of other entries; 0 without any."""
    found = np.zeros(len(vectors), np.float32)
    for start in range(0, len(vectors), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        cosines = vectors[chunk] @ vectors.T
        others = owners[chunk, None] != owners[None, :]
        cosines[~others] = -np.inf
        k = min(NEIGHBOURS, cosines.shape[1])
        nearest = np.partition(cosines, cosines.shape[1] - k, axis=1)[:, -k:]
        known = np.isfinite(nearest)
        sums = np.where(known, nearest, 0).sum(axis=1)
        found[chunk] = sums / np.maximum(known.sum(axis=1), 1)
    return found


def unit(vector: NDArray[np.floating]) -> NDArray[np.floating]:
    """A vector of the same direction and length 1; zero stays zero."""
    norm = float(np.linalg.norm(vector))
    return vector / norm if norm > 0 else vector
