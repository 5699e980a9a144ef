"""An index: vectors → the nearest ones, fast; and the embedded FAQ that it is made of.

Up to `LARGEST_FLAT` phrasings an utterance is compared with each, and the result is exact. From
there on that would cost it more than half a millisecond, so the phrasings are compressed to 4 bits
for every two dimensions (product quantisation, Jégou et al. 2011; scanned in registers, André et
al. 2017), and only the best thousand are compared in full. Among 100,000 and 300,000 phrasings that
finds 99.9 and 99.6 % of the fifty truly nearest, among which the ten best entries lie.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.errors import VectorError
from bot.matching.encoder.encoder import Vectors, check_unit_rows

logger = logging.getLogger(__name__)

# At this size an exact search takes 0.6 ms, at 100,000 14 ms. An approximate one is faster from
# some 4,000 on, but here by 0.3 ms only, for which nobody should miss a phrasing or wait for it to
# be built.
LARGEST_FLAT = 10_000
_COMPARED = (
    1_024  # phrasings that an approximate search compares in full, or twice as many as asked
)
_TRAINING_ROWS = 8_192
_ROUNDS = 6  # of k-means; more move nothing
_WIDER = 4  # times as many phrasings, where too few entries own the nearest

Rows = NDArray[np.int64]  # numbers of rows, or of entries


@dataclass(frozen=True, slots=True, eq=False)
class PhrasingVectors:
    """The embedded FAQ: one unit vector per wording.

    Attributes:
        vectors: float32, shape (n, dim); rows have L2 norm 1 (±1e-3).
        entry_ids: length n; entry_ids[i] owns vectors[i].
        phrasings: length n; phrasings[i] is the wording, as it stands in the FAQ.
        texts: length n; texts[i] is the wording as it is compared, cleaned.
    Raises:
        VectorError: the shapes disagree, or a row is not of unit length (NaN counts as bad).
    """

    vectors: Vectors
    entry_ids: Sequence[str]
    phrasings: Sequence[str]
    texts: Sequence[str]

    def __post_init__(self) -> None:
        check_unit_rows(self.vectors)
        lengths = [len(part) for part in (self.vectors, self.entry_ids, self.phrasings, self.texts)]
        if len(set(lengths)) > 1:
            raise VectorError(
                "{} vectors, {} entry ids, {} phrasings and {} texts: the numbers must "
                "agree.".format(*lengths)
            )

    def __len__(self) -> int:
        return len(self.vectors)

    def of(self, rows: Sequence[int]) -> PhrasingVectors:
        """Some of the rows."""
        return PhrasingVectors(
            vectors=np.ascontiguousarray(self.vectors[rows]),
            entry_ids=[self.entry_ids[row] for row in rows],
            phrasings=[self.phrasings[row] for row in rows],
            texts=[self.texts[row] for row in rows],
        )

    def rows(self) -> list[tuple[str, str]]:
        """Entry id and cleaned text of each row."""
        return list(zip(self.entry_ids, self.texts, strict=True))

    def numbered(self) -> tuple[list[str], Rows]:
        """The entries' ids, sorted, and the place therein of each row's entry, shape (n,)."""
        names = sorted(set(self.entry_ids))
        numbers = {entry_id: number for number, entry_id in enumerate(names)}
        return names, np.array([numbers[entry_id] for entry_id in self.entry_ids], np.int64)


@dataclass(frozen=True, slots=True)
class Nearest:
    """The rows nearest to a vector, best first: their cosines and numbers."""

    cosines: Vectors
    rows: Rows


class VectorIndex(Protocol):
    """Finds the rows nearest to a vector."""

    def search(self, vector: Vectors, k: int) -> Nearest:
        """Find the k rows with the largest inner product; fewer, where fewer are found.

        Args:
            vector: float32, shape (dim,), of unit length.
            k: 1 to the number of rows.
        """
        ...


def make_index(vectors: Vectors) -> VectorIndex:
    """An index over unit vectors: exact up to `LARGEST_FLAT` of them, approximate above."""
    if len(vectors) <= LARGEST_FLAT:
        return FlatIndex(vectors)
    logger.info("%d phrasings: the search is approximate, an exact one takes longer", len(vectors))
    return ApproximateIndex(vectors)


class FlatIndex:
    """An exact `VectorIndex` over FAISS, which compares a vector with every row."""

    def __init__(self, vectors: Vectors) -> None:
        self._index: Any = faiss_library().IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def search(self, vector: Vectors, k: int) -> Nearest:
        """Find the nearest rows; see `VectorIndex.search`."""
        cosines, rows = self._index.search(vector[None, :], k)
        return Nearest(cosines[0], rows[0])


class ApproximateIndex:
    """A `VectorIndex` over FAISS that compares most rows by what is left of them when compressed.

    Cosines are exact; of the rows that belong to a result a few in a thousand may be missing. The
    same rows give the same index.
    """

    def __init__(self, vectors: Vectors) -> None:
        faiss = faiss_library()
        count, dim = vectors.shape
        self._vectors = vectors
        self._compressed: Any = faiss.index_factory(
            dim, f"PQ{dim // 2 if dim % 2 == 0 else dim}x4fs", faiss.METRIC_INNER_PRODUCT
        )
        self._compressed.pq.cp.niter = _ROUNDS
        sample = np.linspace(0, count - 1, min(count, _TRAINING_ROWS)).astype(np.int64)
        self._compressed.train(vectors[sample])
        self._compressed.add(vectors)

    def search(self, vector: Vectors, k: int) -> Nearest:
        """Find the nearest rows; see `VectorIndex.search`."""
        compared = min(len(self._vectors), max(_COMPARED, 2 * k))
        _, found = self._compressed.search(vector[None, :], compared)
        rows = found[0]
        # Not `@`, for which the arithmetic library would start threads.
        cosines = np.einsum("ij,j->i", self._vectors[rows], vector)
        best = np.lexsort((rows, -cosines))[:k]
        return Nearest(cosines[best], rows[best])


def faiss_library() -> Any:
    """FAISS, which works with one thread."""
    import faiss

    # FAISS and torch share one OpenMP runtime: a second team of threads doubles the encoder's
    # latency for good, and a flat search is faster with one thread anyway.
    faiss.omp_set_num_threads(1)
    return faiss


class EntrySearch:
    """Searches an index for the phrasings of entries enough.

    It looks at more and more of them: in a small FAQ at all, in a large one at `LARGEST_FLAT`.

    Args:
        owners: the entry of each of the index's rows, numbered from 0 without a gap.
        first: phrasings looked at.
        enough: entries among them, or more phrasings are looked at.
    """

    def __init__(self, index: VectorIndex, owners: Rows, first: int, enough: int) -> None:
        self._index = index
        self._owners = owners
        self._first = min(first, len(owners))
        self._enough = enough

    def nearest(self, vector: Vectors, without: Rows | None = None) -> Nearest:
        """The phrasings nearest to a vector.

        Args:
            without: entries to leave out, as if they did not exist.
        """
        k, most = self._first, min(len(self._owners), LARGEST_FLAT)
        while True:
            nearest = self._index.search(vector, k)
            owners = self._owners[nearest.rows]
            if without is not None:
                kept = ~np.isin(owners, without)
                nearest, owners = Nearest(nearest.cosines[kept], nearest.rows[kept]), owners[kept]
            if k == most or len(set(owners.tolist())) >= self._enough:
                return nearest
            k = min(_WIDER * k, most)
