"""Vectors of the texts asked last, so that what many ask is encoded once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from bot.matching.encoder.encoder import Embedder, Vectors

MAX_BYTES = 16 << 20
_OVERHEAD = 200  # bytes of a row beside its text and vector: the objects, and its place


class LruEmbedder:
    """An `Embedder` with an LRU cache by the exact text.

    Not thread-safe.

    Args:
        embedder: encodes what is not known.
        max_bytes: what texts and vectors may take; beyond, those not asked for longest are dropped.
    """

    def __init__(self, embedder: Embedder, max_bytes: int = MAX_BYTES) -> None:
        self._embedder = embedder
        self._max_bytes = max_bytes
        self._rows: OrderedDict[str, Vectors] = OrderedDict()
        self._bytes = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; see `Embedder.encode`. Each text is encoded once."""
        missing = list(dict.fromkeys(text for text in texts if text not in self._rows))
        if not texts or (missing and len(missing) == len(texts)):
            vectors = self._embedder.encode(texts)
            self._keep(texts, vectors)
            return vectors
        fresh = dict(zip(missing, self._embedder.encode(missing), strict=True)) if missing else {}
        rows = [fresh[text] if text in fresh else self._recall(text) for text in texts]
        self._keep(list(fresh), list(fresh.values()))
        return np.stack(rows)

    def _recall(self, text: str) -> Vectors:
        self._rows.move_to_end(text)
        return self._rows[text]

    def _keep(self, texts: Sequence[str], vectors: Sequence[Vectors] | Vectors) -> None:
        for text, vector in zip(texts, vectors, strict=True):
            self._rows[text] = np.array(vector)  # a row of its own: a view keeps its whole batch
            self._bytes += _size(text, vector)
        while self._bytes > self._max_bytes:
            text, vector = self._rows.popitem(last=False)
            self._bytes -= _size(text, vector)


def _size(text: str, vector: Vectors) -> int:
    return 4 * len(text) + vector.nbytes + _OVERHEAD
