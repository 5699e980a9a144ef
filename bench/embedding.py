"""Vectors remembered by their text, so that each text is encoded once, however many runs ask."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bot.matching.arrays import Arrays, load_arrays, save_arrays
from bot.matching.encoder.encoder import Embedder, Encoder, Vectors
from bot.matching.encoder.onnx import usable_cores
from bot.matching.encoder.torch import load_original, torch_encoder
from bot.matching.encoder.weights import find_model

_FORMAT = 1
_KEY_BYTES = 32


class KeptEmbedder:
    """An `Embedder` that asks another only for texts it has not seen, with a file to begin with and
    to save to.

    Args:
        inner: encodes what is missing.
        path: None keeps nothing.
        fingerprint: of the model; a file of another is replaced.
    """

    def __init__(self, inner: Embedder, path: Path | None = None, fingerprint: str = "") -> None:
        self._inner = inner
        self._path = path
        self._fingerprint = f"{_FORMAT}:{fingerprint}"
        self.known = self._load()
        self._saved = len(self.known)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; see `Embedder.encode`."""
        if not texts:
            return self._inner.encode([])
        keys = [_key_of(text) for text in texts]
        missing = sorted(
            {text for text, key in zip(texts, keys, strict=True) if key not in self.known}
        )
        if missing:
            rows = self._inner.encode(missing)
            self.known.update(zip(map(_key_of, missing), rows, strict=True))
        return np.stack([self.known[key] for key in keys])

    def save(self) -> None:
        """Save, where there is a file for it and something new."""
        if self._path is not None and len(self.known) > self._saved:
            arrays: Arrays = {
                "keys": np.frombuffer(b"".join(self.known), np.uint8).reshape(-1, _KEY_BYTES),
                "vectors": np.stack(list(self.known.values())),
            }
            save_arrays(self._path, self._fingerprint, arrays)
            self._saved = len(self.known)

    def _load(self) -> dict[bytes, Vectors]:
        found = None if self._path is None else load_arrays(self._path, self._fingerprint, _rows)
        return {} if found is None else found


def _rows(arrays: Arrays) -> dict[bytes, Vectors]:
    keys = (row.tobytes() for row in arrays["keys"])
    return dict(zip(keys, arrays["vectors"], strict=True))


def _key_of(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


class RememberingEncoder:
    """A model whose two views of text remember.

    Attributes:
        encoder: to be used in the model's place.
        fingerprint: the model's.
    """

    def __init__(self, encoder: Encoder, fingerprint: str, folder: Path | None) -> None:
        def memory(view: str, inner: Embedder) -> KeptEmbedder:
            path = None if folder is None else folder / f"bench-{view}-{fingerprint[:16]}.npz"
            return KeptEmbedder(inner, path, fingerprint)

        utterances = memory("utterances", encoder.utterances)
        phrasings = memory("phrasings", encoder.phrasings)
        self._memories = (utterances, phrasings)
        self.encoder = replace(encoder, utterances=utterances, phrasings=phrasings)
        self.fingerprint = fingerprint

    def save(self) -> None:
        """Save what is new, where there is a folder for it."""
        for memory in self._memories:
            memory.save()


def load_remembering(model: str, folder: Path | None) -> RememberingEncoder:
    """Load a model that is on this machine.

    Args:
        folder: keeps the vectors for the next run; None keeps them for this one only.
    Raises:
        ModelError: the model cannot be had.
    """
    found = find_model(model)
    return RememberingEncoder(
        torch_encoder(load_original(found.path, usable_cores())), found.fingerprint, folder
    )
