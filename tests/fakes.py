"""Stand-ins for the encoder and the index: deterministic, offline, and computed by hand easily."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.matching.encoder.encoder import Encoder, Vectors
from bot.matching.index import Mask, Nearest, Rows

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

    def search(self, vector: Vectors, k: int, kept: Mask | None = None) -> Nearest:
        """Find the nearest rows; see `VectorIndex.search`."""
        cosines = self._vectors @ vector
        rows = np.argsort(-cosines, kind="stable")
        rows = rows[:k] if kept is None else rows[kept[rows]][:k]
        return Nearest(cosines[rows], rows)

    def cosines(self, vector: Vectors, rows: Rows) -> Vectors:
        """See `VectorIndex.cosines`."""
        found: Vectors = self._vectors[rows] @ vector
        return found


def fake_encoder(embedder: FakeEmbedder, unreadable: str = "一-龟") -> Encoder:
    """A model that reads everything but the characters given, and knows no words."""
    return Encoder(embedder, embedder, FakeVocabulary(unreadable))


class FakeVocabulary:
    """A `Vocabulary` without words that reads everything but the characters given."""

    def __init__(self, unreadable: str) -> None:
        self._unreadable = re.compile(f"[{unreadable}]")

    def unknown_share(self, text: str) -> float:
        return len(self._unreadable.findall(text)) / max(1, len(text))

    def tokens(self, text: str) -> Sequence[str]:
        """See `Vocabulary.tokens`: words."""
        return text.split()

    def __contains__(self, word: object, /) -> bool:
        return False
