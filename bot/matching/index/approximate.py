"""An approximate index for large FAQs, kept on disk as it takes long to build.

Up to `index.LARGEST_FLAT` phrasings an utterance is compared with each, and the result is exact.
From there on that would cost it more than half a millisecond, so the phrasings are compressed to 4
bits for every two dimensions (product quantisation, Jégou et al. 2011; scanned in registers, André
et al. 2017), and only the best few hundred are compared in full. From 200,000 on they also lie in
lists, of which the nearest are scanned. How many are compared and scanned is measured when the
index is built: as few as find 99 % of the fifty truly nearest, among which the ten best entries
lie.
"""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bot.errors import VectorError
from bot.matching.arrays import Arrays, load_arrays, save_arrays
from bot.matching.encoder.encoder import Vectors
from bot.matching.index import index as indexes
from bot.matching.index.index import (
    FlatIndex,
    Mask,
    Nearest,
    Rows,
    VectorIndex,
    faiss_library,
    row_selector,
)

logger = logging.getLogger(__name__)

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
_FORMAT = 1


def make_index(vectors: Vectors, path: Path) -> VectorIndex:
    """An index over unit vectors: exact up to `LARGEST_FLAT` of them, approximate above.

    Args:
        path: where one that takes long to build is kept.
    """
    if len(vectors) <= indexes.LARGEST_FLAT:
        return FlatIndex(vectors)
    fingerprint = _fingerprint(vectors)
    kept = load_arrays(path, fingerprint, partial(ApproximateIndex.restored, vectors))
    if kept is not None:
        return kept
    started = time.perf_counter()
    found, recall = ApproximateIndex.build(vectors)
    if recall < RECALL:
        logger.warning(
            "%d phrasings: an approximate search finds only %.1f %% of what is nearest, so the "
            "search stays exact",
            len(vectors), 100 * recall,
        )  # fmt: skip
        return FlatIndex(vectors)
    logger.info(
        "%d phrasings: the search is approximate from now on (it finds %.1f %% of what is "
        "nearest; an exact one would take longer); built in %.1f s",
        len(vectors), 100 * recall, time.perf_counter() - started,
    )  # fmt: skip
    save_arrays(path, fingerprint, found.saved())
    return found


def _fingerprint(vectors: Vectors) -> str:
    """Of the vectors, to the last bit, and of what reads the file."""
    library = faiss_library().__version__
    digest = hashlib.sha256(np.ascontiguousarray(vectors).data).hexdigest()
    rule = f"{RECALL}@{NEAREST}"
    return f"{_FORMAT}:{library}:{rule}:{vectors.shape}:{digest}"


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
        faiss = faiss_library()
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
        for effort in _efforts(lists):
            index = cls(vectors, compressed, effort)
            found = sum(
                int((index.search(query, nearest).cosines >= least - 1e-6).sum())
                for query, least in zip(queries, last, strict=True)
            )
            if found >= RECALL * nearest * len(queries):
                break
        return index, found / (nearest * len(queries))

    @classmethod
    def restored(cls, vectors: Vectors, arrays: Arrays) -> ApproximateIndex:
        """An index over the same vectors, out of what `saved` gave.

        Raises:
            VectorError: it is of other vectors.
            ValueError: something is missing.
        """
        compressed = faiss_library().deserialize_index(arrays["compressed"])
        if (compressed.ntotal, compressed.d) != vectors.shape:
            raise VectorError(
                f"the index is of {compressed.ntotal} vectors; there are {len(vectors)}."
            )
        lists, depth = arrays["effort"].tolist()
        return cls(vectors, compressed, Effort(lists, depth))

    def saved(self) -> Arrays:
        """What is kept on disk; about dim / 4 + 9 bytes for each row."""
        return {
            "compressed": faiss_library().serialize_index(self._compressed),
            "effort": np.array([self.effort.lists, self.effort.depth], np.int64),
        }

    def search(self, vector: Vectors, k: int, kept: Mask | None = None) -> Nearest:
        """Find the nearest rows; see `VectorIndex.search`."""
        candidates = self._candidates(vector, k, kept)
        cosines = _products(self._vectors, candidates, vector)
        best = np.lexsort((candidates, -cosines))[:k]
        return Nearest(cosines[best], candidates[best])

    def _candidates(self, query: Vectors, k: int, kept: Mask | None) -> Rows:
        """Rows to be compared in full; more than k, where there are as many."""
        total = len(self._vectors)
        depth = max(self.effort.depth, 2 * k)
        if depth >= total // 4:  # so many that nothing is saved
            return np.arange(total) if kept is None else np.flatnonzero(kept)
        options = faiss_library().SearchParametersIVF(nprobe=self.effort.lists)
        selector = None if kept is None else row_selector(kept)
        if selector is not None:
            options.sel = selector
        while True:
            _, found = self._compressed.search(query[None, :], depth, params=options)
            rows: Rows = found[0][found[0] >= 0]
            # Of rows that are few and far off, none may lie in the lists that are near.
            if len(rows) >= k or kept is not None or options.nprobe >= self._compressed.nlist:
                return rows
            options.nprobe = 2 * options.nprobe


def _efforts(lists: int) -> list[Effort]:
    """From the least on."""
    scanned = [min(lists, 8)]
    while scanned[-1] < lists:
        scanned.append(min(2 * scanned[-1], lists))
    return [Effort(some, depth) for some in scanned for depth in _DEPTHS]


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


def _products(vectors: Vectors, rows: Rows, query: Vectors) -> Vectors:
    """Inner products of some rows and a query."""
    found = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _BLOCK):
        chunk = slice(start, start + _BLOCK)
        found[chunk] = vectors[rows[chunk]] @ query
    return found


def cells(vectors: Vectors, count: int) -> tuple[Vectors, Rows]:
    """Part vectors into so many cells of neighbours by k-means.

    Returns:
        The cells' centres, shape (count, dim), and each row's cell.
    """
    faiss = faiss_library()
    sample = min(len(vectors), max(_TRAINING_ROWS, _PER_LIST * count))
    clustering = faiss.Kmeans(
        vectors.shape[1], count, niter=_ROUNDS, spherical=True, seed=1,
        min_points_per_centroid=1, max_points_per_centroid=_TRAINING_ROWS,
    )  # fmt: skip
    clustering.train(vectors[np.linspace(0, len(vectors) - 1, sample).astype(np.int64)])
    _, found = clustering.index.search(vectors, 1)
    return clustering.centroids, found[:, 0]
