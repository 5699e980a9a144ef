"""An index: vectors → the nearest ones, fast; and the embedded FAQ that it is made of.

Up to `LARGEST_FLAT` phrasings an utterance is compared with each, and the result is exact. From
there on that would cost it more than half a millisecond, so the phrasings are compressed to 4 bits
for every two dimensions (product quantisation, Jégou et al. 2011; scanned in registers, André et
al. 2017), and only the best few hundred are compared in full. That finds 99 % of the fifty truly
nearest, among which the ten best entries lie, at any size (`bench.scale`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.matching.encoder.encoder import Vectors, check_unit_rows

logger = logging.getLogger(__name__)

# At this size an exact search takes 0.6 ms, at 100,000 14 ms. An approximate one is faster from
# some 4,000 on, but here by 0.3 ms only, for which nobody should miss a phrasing or wait for it to
# be built.
LARGEST_FLAT = 10_000
_COMPARED = 512  # phrasings, in full, by an approximate search
_LARGE, _COMPARED_OF_MORE = 200_000, 1_024
_TRAINING_ROWS = 8_192
_ROUNDS = 6  # of k-means; more move nothing
_WIDER = 4  # times as many phrasings, where too few entries own the nearest
_SEARCHES = 4  # in a large FAQ

Rows = NDArray[np.int64]  # numbers of rows, or of entries
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PhrasingVectors:
    """The embedded FAQ: one unit vector per wording.

    Attributes:
        vectors: float32, shape (n, dim); rows have L2 norm 1 (±1e-3).
        entry_ids: length n; entry_ids[i] owns vectors[i].
        phrasings: length n; phrasings[i] is the wording, as it stands in the FAQ.
        texts: length n; texts[i] is the wording as it is compared, cleaned.
    Raises:
        VectorError: a row is not of unit length (NaN counts as bad).
    """

    vectors: Vectors
    entry_ids: Sequence[str]
    phrasings: Sequence[str]
    texts: Sequence[str]

    def __post_init__(self) -> None:
        check_unit_rows(self.vectors)

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

    @cached_property
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

    def search(self, vector: Vectors, k: int, kept: Mask | None = None) -> Nearest:
        """Find the k rows with the largest inner product; fewer, where fewer are kept or found.

        Args:
            vector: float32, shape (dim,), of unit length.
            k: 1 to the number of rows.
            kept: which rows are looked at, shape (rows,); None for all.
        """

    def cosines(self, vector: Vectors, rows: Rows) -> Vectors:
        """The inner products of a vector and some rows, in their order."""


class Indexes(Protocol):
    """Makes indexes where `index` in config.yaml has them.

    Attributes:
        are_elsewhere: what is indexed need not stay in the memory of this process.
    """

    are_elsewhere: bool

    def make(
        self, name: str, faq: PhrasingVectors, again: Callable[[], PhrasingVectors]
    ) -> VectorIndex:
        """An index over phrasings.

        Args:
            name: the same for all who index the same phrasings by vectors of the same model.
            again: gives them once more, should they be wanted when `faq` is gone.
        """

    def close(self) -> None:
        """Let go of what is elsewhere; nothing can be searched there any more."""


class _InMemory:
    """`Indexes` of FAISS."""

    are_elsewhere = False

    def make(
        self, name: str, faq: PhrasingVectors, again: Callable[[], PhrasingVectors]
    ) -> VectorIndex:
        return make_index(faq.vectors)

    def close(self) -> None:
        pass


IN_MEMORY: Indexes = _InMemory()


def make_index(vectors: Vectors) -> VectorIndex:
    """An index over unit vectors: exact up to `LARGEST_FLAT` of them, approximate above."""
    if len(vectors) <= LARGEST_FLAT:
        return FlatIndex(vectors)
    logger.info("%d phrasings: the search is approximate, an exact one takes longer", len(vectors))
    return ApproximateIndex(vectors)


class _AtHand:
    """Has the vectors of all rows."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def cosines(self, vector: Vectors, rows: Rows) -> Vectors:
        """See `VectorIndex.cosines`."""
        found: Vectors = self._vectors[rows] @ vector
        return found


class FlatIndex(_AtHand):
    """An exact `VectorIndex` over FAISS, which compares a vector with every row."""

    def __init__(self, vectors: Vectors) -> None:
        super().__init__(vectors)
        self._index: Any = faiss_library().IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def search(self, vector: Vectors, k: int, kept: Mask | None = None) -> Nearest:
        """Find the nearest rows; see `VectorIndex.search`."""
        options = None if kept is None else faiss_library().SearchParameters(sel=_selector(kept))
        cosines, rows = self._index.search(vector[None, :], k, params=options)
        is_row = rows[0] >= 0
        return Nearest(cosines[0][is_row], rows[0][is_row])


class ApproximateIndex(_AtHand):
    """A `VectorIndex` over FAISS that compares most rows by what is left of them when compressed.

    Cosines are exact; of the rows that belong to a result a few in a thousand may be missing. The
    same rows give the same index.
    """

    def __init__(self, vectors: Vectors) -> None:
        faiss = faiss_library()
        count, dim = vectors.shape
        super().__init__(vectors)
        self._compared = _COMPARED if count <= _LARGE else _COMPARED_OF_MORE
        # One list, which holds all: for a flat index of this kind no rows can be left out.
        self._compressed: Any = faiss.index_factory(
            dim, f"IVF1,PQ{dim // 2 if dim % 2 == 0 else dim}x4fs", faiss.METRIC_INNER_PRODUCT
        )
        for clustering in (self._compressed.cp, self._compressed.pq.cp):
            clustering.niter = _ROUNDS
            clustering.max_points_per_centroid = _TRAINING_ROWS
        sample = np.linspace(0, count - 1, min(count, _TRAINING_ROWS)).astype(np.int64)
        self._compressed.train(vectors[sample])
        self._compressed.add(vectors)

    def search(self, vector: Vectors, k: int, kept: Mask | None = None) -> Nearest:
        """Find the nearest rows; see `VectorIndex.search`."""
        library = faiss_library()
        options = None if kept is None else library.SearchParametersIVF(sel=_selector(kept))
        compared = min(len(self._vectors), max(self._compared, 2 * k))
        _, found = self._compressed.search(vector[None, :], compared, params=options)
        rows = found[0][found[0] >= 0]
        # Of more rows in one product the arithmetic library would make a task for threads.
        parts = np.split(rows, list(range(_COMPARED, len(rows), _COMPARED)))
        cosines = np.concatenate([self._vectors[part] @ vector for part in parts])
        best = np.lexsort((rows, -cosines))[:k]
        return Nearest(cosines[best], rows[best])


def _selector(kept: Mask) -> Any:
    """What tells FAISS which rows to look at."""
    return faiss_library().IDSelectorBitmap(np.packbits(kept, bitorder="little"))


def faiss_library() -> Any:
    """FAISS, which works with one thread."""
    import faiss

    # FAISS and torch share one OpenMP runtime: a second team of threads doubles the encoder's
    # latency for good, and a flat search is faster with one thread anyway.
    faiss.omp_set_num_threads(1)
    return faiss


class EntrySearch:
    """Searches an index for the phrasings of entries enough.

    In a large FAQ the search is not widened step by step up to all phrasings: entries that are not
    wanted, or were found, are left out of the search itself.

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
        self._last: tuple[Rows, Mask] | None = None  # left out, and which rows that leaves

    def nearest(self, vector: Vectors, without: Rows | None = None) -> Nearest:
        """The phrasings nearest to a vector.

        Args:
            without: entries to leave out, as if they did not exist.
        """
        if len(self._owners) > LARGEST_FLAT:
            return self._in_turns(vector, without)
        total = len(self._owners)
        k = self._first
        while True:
            nearest = self._index.search(vector, k)
            if without is not None:
                kept = self._kept(without)[nearest.rows]
                nearest = Nearest(nearest.cosines[kept], nearest.rows[kept])
            if k == total or len(set(self._owners[nearest.rows].tolist())) >= self._enough:
                return nearest
            k = min(_WIDER * k, total)

    def _in_turns(self, vector: Vectors, without: Rows | None) -> Nearest:
        """Each turn leaves out the entries that were found before it."""
        kept = None if without is None else self._kept(without)
        cosines, rows = np.zeros(0, np.float32), np.zeros(0, np.int64)
        found: set[int] = set()
        for _ in range(_SEARCHES):
            more = self._index.search(vector, self._first, kept)
            cosines = np.concatenate([cosines, more.cosines])
            rows = np.concatenate([rows, more.rows])
            owners = sorted(set(self._owners[more.rows].tolist()))
            found.update(owners)
            if len(found) >= self._enough or len(owners) == 0:
                break
            others = ~np.isin(self._owners, owners)
            kept = others if kept is None else kept & others
        return Nearest(cosines, rows)

    def _kept(self, without: Rows) -> Mask:
        """The rows that are left; people of one language have the same entries left out."""
        if self._last is None or self._last[0] is not without:
            self._last = without, ~np.isin(self._owners, without)
        return self._last[1]
