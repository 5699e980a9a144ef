"""An exact index: an utterance is compared with every phrasing."""

from __future__ import annotations

from typing import Any

import numpy as np

from bot.matching.encoder.encoder import Vectors
from bot.matching.index.index import Mask, Rows


class FlatIndex:
    """An exact `VectorIndex` over FAISS."""

    def __init__(self, vectors: Vectors) -> None:
        faiss = faiss_library()
        self._index: Any = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def search(self, queries: Vectors, k: int, kept: Mask | None = None) -> tuple[Vectors, Rows]:
        """Find the nearest rows; see `VectorIndex.search`."""
        # One by one: for 20 queries and more FAISS takes another path through the arithmetic,
        # and the same utterance would score differently in the last places.
        options = None if kept is None else faiss_library().SearchParameters(sel=row_selector(kept))
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


def row_selector(kept: Mask) -> Any:
    """What tells FAISS which rows to look at."""
    return faiss_library().IDSelectorBitmap(np.packbits(kept, bitorder="little"))


def faiss_library() -> Any:
    """FAISS, which works with one thread."""
    import faiss

    # FAISS and torch share one OpenMP runtime: a second team of threads doubles the encoder's
    # latency for good, and a flat search is faster with one thread anyway.
    faiss.omp_set_num_threads(1)
    return faiss
