"""Vectors → the nearest ones, fast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.errors import VectorError
from bot.matching.embedder import Vectors

_UNIT_TOLERANCE = 1e-3


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
    norms = np.linalg.norm(vectors, axis=1)
    bad = np.flatnonzero(~(np.abs(norms - 1.0) <= _UNIT_TOLERANCE))
    if bad.size:
        raise VectorError(f"vector {bad[0]} has length {norms[bad[0]]:.4f}; 1 is needed.")


class VectorIndex(Protocol):
    """Finds the rows nearest to a vector."""

    def search(self, queries: Vectors, k: int) -> tuple[Vectors, NDArray[np.int64]]:
        """Find the k rows with the largest inner product, best first.

        Args:
            queries: float32, shape (n, dim), unit rows.
            k: 1 to the number of rows.
        Returns:
            Cosines, shape (n, k), and row numbers, shape (n, k).
        """
        ...


class FlatIndex:
    """An exact `VectorIndex` over FAISS."""

    def __init__(self, vectors: Vectors) -> None:
        import faiss

        # FAISS and torch share one OpenMP runtime: a second team of threads doubles the
        # encoder's latency for good, and a flat search is faster with one thread anyway.
        faiss.omp_set_num_threads(1)
        self._index: Any = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def search(self, queries: Vectors, k: int) -> tuple[Vectors, NDArray[np.int64]]:
        """Find the nearest rows; see `VectorIndex.search`."""
        # One by one: for 20 queries and more FAISS takes another path through the arithmetic,
        # and the same utterance would score differently in the last places.
        found = [self._index.search(query[None, :], k) for query in queries]
        if not found:
            return np.zeros((0, k), np.float32), np.zeros((0, k), np.int64)
        return np.concatenate([c for c, _ in found]), np.concatenate([r for _, r in found])
