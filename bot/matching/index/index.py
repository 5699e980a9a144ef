"""Vectors → the nearest ones, fast.

Up to 10,000 phrasings an utterance is compared with each, and the result is exact. From there on
that would cost it more than half a millisecond, so the phrasings are compressed to 4 bits for
every two dimensions (product quantisation, Jégou et al. 2011; scanned in registers, André et al.
2017), and only the best few hundred are compared in full. From 200,000 on they also lie in lists,
of which the nearest are scanned. How many are compared and scanned is measured when the index is
built: as few as find 99 % of the fifty truly nearest, among which the ten best entries lie.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.errors import VectorError
from bot.matching.encoder.encoder import Vectors

# At this size an exact search takes 0.6 ms, at 100,000 14 ms. An approximate one is faster from
# some 4,000 on, but here by 0.3 ms only, for which nobody should miss a phrasing or wait for it to
# be built.
LARGEST_FLAT = 10_000
RECALL = 0.99  # of the fifty nearest: what an approximate search is set to find
NEAREST = 50
_LARGEST_UNLISTED = 200_000
_DEPTHS = (512, 1024, 2048)  # phrasings that are compared in full
_TRAINING_ROWS = 8_192
_PER_LIST = 32  # phrasings that a list's centre is learned from
_ROUNDS = 6  # of k-means; more move nothing
_MEASURED_ON = 200  # queries
_BLOCK = 512  # rows in one product: of longer ones the arithmetic library makes a task for threads
_SCANNED = 65_536  # rows at once, where all are

_UNIT_TOLERANCE = 1e-3


Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PhrasingVectors:
    """The embedded FAQ: one unit vector per wording.

    Attributes:
        vectors: float32, shape (n, dim); rows have L2 norm 1 (±1e-3).
        entry_ids: length n; entry_ids[i] owns vectors[i].
        phrasings: length n; phrasings[i] is the wording, as it stands in the FAQ.
    Raises:
        VectorError: the shapes disagree, or a row is not of unit length (NaN counts as bad).
    """

    vectors: Vectors
    entry_ids: Sequence[str]
    phrasings: Sequence[str]

    def __post_init__(self) -> None:
        check_unit_rows(self.vectors)
        if not len(self.vectors) == len(self.entry_ids) == len(self.phrasings):
            raise VectorError(
                f"{len(self.vectors)} vectors, {len(self.entry_ids)} entry ids and "
                f"{len(self.phrasings)} phrasings: the numbers must agree."
            )


def check_unit_rows(vectors: Vectors) -> None:
    """Refuse vectors that an inner product would not compare fairly.

    Raises:
        VectorError: not a float32 matrix, or a row is not of unit length.
    """
    if vectors.ndim != 2 or vectors.dtype != np.float32:
        raise VectorError(
            f"vectors are {vectors.dtype} of shape {vectors.shape}; a float32 matrix is needed."
        )
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))  # without a copy of their size
    bad = np.flatnonzero(~(np.abs(norms - 1.0) <= _UNIT_TOLERANCE))
    if bad.size:
        raise VectorError(f"vector {bad[0]} has length {norms[bad[0]]:.4f}; 1 is needed.")


class VectorIndex(Protocol):
    """Finds the rows nearest to a vector."""

    def search(
        self, queries: Vectors, k: int, kept: Mask | None = None
    ) -> tuple[Vectors, NDArray[np.int64]]:
        """Find the k rows with the largest inner product, best first.

        Args:
            queries: float32, shape (n, dim), unit rows.
            k: 1 to the number of rows.
            kept: which rows are looked at, shape (rows,); None for all.
        Returns:
            Cosines, shape (n, k), and row numbers, shape (n, k). Where fewer than k are kept, or
            found among them, -inf and -1 stand behind those.
        """
        ...


class FlatIndex:
    """An exact `VectorIndex` over FAISS."""

    def __init__(self, vectors: Vectors) -> None:
        faiss = _faiss()
        self._index: Any = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def search(
        self, queries: Vectors, k: int, kept: Mask | None = None
    ) -> tuple[Vectors, NDArray[np.int64]]:
        """Find the nearest rows; see `VectorIndex.search`."""
        # One by one: for 20 queries and more FAISS takes another path through the arithmetic,
        # and the same utterance would score differently in the last places.
        options = None if kept is None else _faiss().SearchParameters(sel=_selector(kept))
        cosines, rows = (
            np.empty((len(queries), k), np.float32),
            np.empty((len(queries), k), np.int64),
        )
        for number in range(len(queries)):
            one = slice(number, number + 1)
            self._index.search(queries[one], k, params=options, D=cosines[one], I=rows[one])
        if kept is not None:
            cosines[rows < 0] = -np.inf
        return cosines, rows


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard an approximate search looks.

    Attributes:
        lists: that are scanned.
        depth: rows that are compared in full.
    """

    lists: int
    depth: int


class ApproximateIndex:
    """A `VectorIndex` over FAISS that compares most rows by what is left of them when compressed.

    Cosines are exact; of the rows that belong to a result a few in a thousand may be missing.

    Args:
        vectors: all rows, in full.
        compressed: FAISS's index over the same rows.
    """

    def __init__(self, vectors: Vectors, compressed: Any, effort: Effort) -> None:
        self._vectors = vectors
        self._compressed = compressed
        self.effort = effort

    @classmethod
    def build(cls, vectors: Vectors) -> tuple[ApproximateIndex, float]:
        """Compress the rows, and find the least effort that is enough.

        The same rows give the same index.

        Returns:
            The index, and the share of the nearest rows that it finds, 0 to 1. Where no effort
            is enough, the largest is taken, and the share is lower than `RECALL`.
        """
        faiss = _faiss()
        rows, dim = vectors.shape
        lists = 1 if rows <= _LARGEST_UNLISTED else int(rows**0.5)
        pieces = dim // 2 if dim % 2 == 0 else dim
        compressed = faiss.index_factory(
            dim, f"IVF{lists},PQ{pieces}x4fs", faiss.METRIC_INNER_PRODUCT
        )
        for clustering in (compressed.cp, compressed.pq.cp):
            clustering.niter = _ROUNDS
            clustering.min_points_per_centroid = 1  # else FAISS warns on standard error
            clustering.max_points_per_centroid = _TRAINING_ROWS
        sample = min(rows, max(_TRAINING_ROWS, _PER_LIST * lists))
        compressed.train(vectors[np.linspace(0, rows - 1, sample).astype(np.int64)])
        compressed.add(vectors)
        queries = _queries(vectors)
        nearest = min(NEAREST, rows)
        last = _last_of_the_nearest(vectors, queries, nearest)
        share = 0.0
        index = cls(vectors, compressed, Effort(1, _DEPTHS[0]))
        for effort in _efforts(lists):
            index = cls(vectors, compressed, effort)
            cosines, _ = index.search(queries, nearest)
            share = float(np.mean(cosines >= last[:, None] - 1e-6))
            if share >= RECALL:
                break
        return index, share

    @classmethod
    def restored(
        cls, vectors: Vectors, saved: NDArray[np.uint8], effort: Effort
    ) -> ApproximateIndex:
        """An index over the same vectors, out of what `saved` gave.

        Raises:
            VectorError: it is of other vectors.
        """
        compressed = _faiss().deserialize_index(saved)
        if (compressed.ntotal, compressed.d) != vectors.shape:
            raise VectorError(
                f"the index is of {compressed.ntotal} vectors; there are {len(vectors)}."
            )
        return cls(vectors, compressed, effort)

    def saved(self) -> NDArray[np.uint8]:
        """The compressed rows, to be kept on disk; about dim / 4 + 9 bytes for each."""
        found: NDArray[np.uint8] = _faiss().serialize_index(self._compressed)
        return found

    def search(
        self, queries: Vectors, k: int, kept: Mask | None = None
    ) -> tuple[Vectors, NDArray[np.int64]]:
        """Find the nearest rows; see `VectorIndex.search`."""
        cosines = np.full((len(queries), k), -np.inf, np.float32)
        rows = np.full((len(queries), k), -1, np.int64)
        for number, query in enumerate(queries):
            candidates = self._candidates(query, k, kept)
            exact = _products(self._vectors, candidates, query)
            best = np.lexsort((candidates, -exact))[:k]
            cosines[number, : len(best)] = exact[best]
            rows[number, : len(best)] = candidates[best]
        return cosines, rows

    def _candidates(self, query: Vectors, k: int, kept: Mask | None) -> NDArray[np.int64]:
        """Rows to be compared in full; more than k, where there are as many."""
        total = len(self._vectors)
        depth = max(self.effort.depth, 2 * k)
        if depth >= total // 4:  # so many that nothing is saved
            return np.arange(total) if kept is None else np.flatnonzero(kept)
        options = _faiss().SearchParametersIVF(nprobe=self.effort.lists)
        selector = None if kept is None else _selector(kept)
        if selector is not None:
            options.sel = selector
        while True:
            _, found = self._compressed.search(query[None, :], depth, params=options)
            rows: NDArray[np.int64] = found[0][found[0] >= 0]
            # Of rows that are few and far off, none may lie in the lists that are near.
            if len(rows) >= k or kept is not None or options.nprobe >= self._compressed.nlist:
                return rows
            options.nprobe = 2 * options.nprobe


def _efforts(lists: int) -> Iterator[Effort]:
    """From the least on."""
    scanned = min(lists, 8)
    while True:
        for depth in _DEPTHS:
            yield Effort(scanned, depth)
        if scanned >= lists:
            return
        scanned = min(2 * scanned, lists)


def _queries(vectors: Vectors) -> Vectors:
    """Vectors as utterances have them: half near one phrasing, half between two."""
    chosen = np.linspace(0, len(vectors) - 1, _MEASURED_ON).astype(np.int64)
    mixed = vectors[chosen]
    half = len(mixed) // 2
    mixed[::2] = mixed[::2] + 0.5 * mixed[np.roll(np.arange(len(mixed)), half)][::2]
    units: Vectors = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return units


def _last_of_the_nearest(vectors: Vectors, queries: Vectors, nearest: int) -> Vectors:
    """The cosine of each query and the last of so many nearest rows, shape (len(queries),)."""
    best = np.zeros((len(queries), 0), np.float32)
    for start in range(0, len(vectors), _SCANNED):
        cosines = np.concatenate([best, queries @ vectors[start : start + _SCANNED].T], axis=1)
        best = np.partition(cosines, cosines.shape[1] - nearest, axis=1)[:, -nearest:]
    last: Vectors = best.min(axis=1)
    return last


def _products(vectors: Vectors, rows: NDArray[np.int64], query: Vectors) -> Vectors:
    """Inner products of some rows and a query."""
    found = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _BLOCK):
        chunk = slice(start, start + _BLOCK)
        found[chunk] = vectors[rows[chunk]] @ query
    return found


def cells(vectors: Vectors, count: int) -> tuple[Vectors, NDArray[np.int64]]:
    """Part vectors into so many cells of neighbours by k-means.

    Returns:
        The cells' centres, shape (count, dim), and each row's cell.
    """
    faiss = _faiss()
    sample = min(len(vectors), max(_TRAINING_ROWS, _PER_LIST * count))
    clustering = faiss.Kmeans(
        vectors.shape[1], count, niter=_ROUNDS, spherical=True, seed=1,
        min_points_per_centroid=1, max_points_per_centroid=_TRAINING_ROWS,
    )  # fmt: skip
    clustering.train(vectors[np.linspace(0, len(vectors) - 1, sample).astype(np.int64)])
    _, found = clustering.index.search(vectors, 1)
    return clustering.centroids, found[:, 0]


def _selector(kept: Mask) -> Any:
    return _faiss().IDSelectorBitmap(np.packbits(kept, bitorder="little"))


def _faiss() -> Any:
    import faiss

    # FAISS and torch share one OpenMP runtime: a second team of threads doubles the encoder's
    # latency for good, and a flat search is faster with one thread anyway.
    faiss.omp_set_num_threads(1)
    return faiss
