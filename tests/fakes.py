"""Stand-ins for the plug points: deterministic, offline, and small enough to compute by hand."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.matching.embedder import Encoder, Vectors

DIM = 64


class FakeEmbedder:
    """An `Embedder`: given vectors for given texts, else a bag of hashed words.

    Two texts of other words share nothing; the more words they share, the closer they are.

    Attributes:
        encoded: every text that was encoded, in order, to prove what was not.
    """

    def __init__(self, vectors: Mapping[str, Sequence[float]] | None = None) -> None:
        self._vectors = dict(vectors or {})
        self._dim = len(next(iter(self._vectors.values()))) if self._vectors else DIM
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; see `Embedder.encode`."""
        self.encoded += texts
        rows = np.zeros((len(texts), self._dim), dtype=np.float32)
        for number, text in enumerate(texts):
            rows[number] = self._vectors[text] if text in self._vectors else self._bag(text)
            rows[number] /= np.linalg.norm(rows[number])
        return rows

    def _bag(self, text: str) -> NDArray[np.float64]:
        bag = np.zeros(self._dim)
        for word in text.casefold().split() or [text]:
            digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
            bag[digest[0] % self._dim] += 1.0
            bag[digest[1] % self._dim] += 0.5
        return bag


class FakeIndex:
    """A `VectorIndex` that compares with every row."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def search(self, queries: Vectors, k: int) -> tuple[Vectors, NDArray[np.int64]]:
        """Find the nearest rows; see `VectorIndex.search`."""
        cosines = queries @ self._vectors.T
        rows = np.argsort(-cosines, axis=1, kind="stable")[:, :k].astype(np.int64)
        return np.take_along_axis(cosines, rows, axis=1), rows


def fake_encoder(embedder: FakeEmbedder, unreadable: str = "一-龟") -> Encoder:
    """A model that reads everything but the characters given, and knows no words."""
    pattern = re.compile(f"[{unreadable}]")
    return Encoder(
        utterances=embedder,
        phrasings=embedder,
        unknown_share=lambda text: len(pattern.findall(text)) / max(1, len(text)),
        vocabulary=frozenset(),
    )
