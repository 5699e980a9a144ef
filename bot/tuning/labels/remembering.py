"""Vectors remembered by their text, so that each text is encoded once, however many bots ask."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bot.matching.encoder.encoder import Embedder, Encoder, Vectors


class RememberingEmbedder:
    """An `Embedder` that asks another only for texts it has not seen.

    Args:
        inner: encodes what is missing.
        known: what is known to begin with, by `key_of` its text.
    """

    def __init__(self, inner: Embedder, known: dict[bytes, Vectors] | None = None) -> None:
        self._inner = inner
        self.known: dict[bytes, Vectors] = {} if known is None else known

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; see `Embedder.encode`."""
        if not texts:
            return self._inner.encode([])
        keys = [key_of(text) for text in texts]
        missing = sorted(
            {text for text, key in zip(texts, keys, strict=True) if key not in self.known}
        )
        if missing:
            rows = self._inner.encode(missing)
            self.known.update(zip(map(key_of, missing), rows, strict=True))
        return np.stack([self.known[key] for key in keys])


def remembering(encoder: Encoder) -> Encoder:
    """A model whose two views of text remember."""
    return replace(
        encoder,
        utterances=RememberingEmbedder(encoder.utterances),
        phrasings=RememberingEmbedder(encoder.phrasings),
    )


def key_of(text: str) -> bytes:
    """What a text is remembered by, 32 bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
