"""Vectors remembered by their text, so that each text is encoded once, however many runs ask."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from bot.matching.arrays import Arrays, load_arrays, save_arrays
from bot.matching.encoder.cpu_quota import usable_cores
from bot.matching.encoder.encoder import Embedder, Encoder, Vectors
from bot.matching.encoder.torch import load_torch
from bot.matching.encoder.weights import find_model
from bot.tuning.labels.remembering import RememberingEmbedder

_FORMAT = 1
_KEY_BYTES = 32


class KeptEmbedder(RememberingEmbedder):
    """A `RememberingEmbedder` with a file to begin with and to save to.

    Args:
        path: None keeps nothing.
        fingerprint: of the model; a file of another is replaced.
    """

    def __init__(self, inner: Embedder, path: Path | None = None, fingerprint: str = "") -> None:
        self._path = path
        self._fingerprint = f"{_FORMAT}:{fingerprint}"
        super().__init__(inner, self._load())
        self._saved = len(self.known)

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
        arrays = None if self._path is None else load_arrays(self._path, self._fingerprint)
        if arrays is None:
            return {}
        keys = (row.tobytes() for row in arrays["keys"])
        return dict(zip(keys, arrays["vectors"], strict=True))


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
    return RememberingEncoder(load_torch(found.path, usable_cores()), found.fingerprint, folder)
