"""Vectors kept on disk by the content of their text, so that a start encodes only what changed."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from bot.matching.embedder import Embedder, Vectors
from bot.matching.index import check_unit_rows

logger = logging.getLogger(__name__)

_FORMAT = 1
_BATCH = 128
_PROGRESS_AFTER_S = 1.0
_Keys = NDArray[np.void]


class VectorCache:
    """One file of vectors that belong to one model.

    Args:
        folder: made when the first vectors are saved.
        name: tells apart the files of several FAQs and models in one folder.
        fingerprint: of whatever the vectors depend on beside their text. A file with another
            fingerprint or format, or a damaged one, is replaced.
    """

    def __init__(self, folder: Path, name: str, fingerprint: str) -> None:
        self._path = folder / f"vectors-{name}.npz"
        self._fingerprint = f"{_FORMAT}:{fingerprint}"

    def vectors(self, texts: Sequence[str], embedder: Embedder) -> Vectors:
        """The vectors of texts: from the file where it has them, else encoded and saved.

        A progress bar appears on a terminal when encoding takes longer than a second.

        Returns:
            float32, shape (len(texts), dim), unit rows, in the order of `texts`.
        """
        keys = [self._key(text) for text in texts]
        known = self._load()
        missing = sorted({text for text, key in zip(texts, keys, strict=True) if key not in known})
        if missing:
            known |= dict(zip(map(self._key, missing), _encode(missing, embedder), strict=True))
        if missing or len(known) > len(set(keys)):
            self._save({key: known[key] for key in keys})
        return np.stack([known[key] for key in keys])

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()

    def _load(self) -> dict[bytes, Vectors]:
        try:
            with self._path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                if str(file["fingerprint"]) != self._fingerprint:
                    logger.info("%s belongs to another model or version; rebuilding", self._path)
                    return {}
                keys: _Keys = file["keys"]
                vectors: Vectors = file["vectors"]
            check_unit_rows(vectors)
            return {key.tobytes(): row for key, row in zip(keys, vectors, strict=True)}
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except Exception as error:  # noqa: BLE001  (damaged bytes can raise anything)
            logger.warning("%s is damaged (%s); rebuilding", self._path, type(error).__name__)
            return {}

    def _save(self, rows: dict[bytes, Vectors]) -> None:
        """Write beside the file and swap, so that a kill at any point leaves a whole file."""
        temporary: str | None = None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(
                dir=self._path.parent, prefix=self._path.name, suffix=".tmp"
            )
            with os.fdopen(handle, "wb") as stream:
                np.savez(
                    stream,
                    fingerprint=np.array(self._fingerprint),
                    keys=np.array([np.void(key) for key in rows]),
                    vectors=np.stack(list(rows.values())),
                )
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).replace(self._path)
        except OSError as error:
            logger.warning(
                "%s cannot be written (%s); the FAQ will be encoded again at the next start",
                self._path,
                error.strerror or type(error).__name__,
            )
            if temporary is not None:
                Path(temporary).unlink(missing_ok=True)


def _encode(texts: Sequence[str], embedder: Embedder) -> Vectors:
    """Encode in batches of like length, which wastes the least on padding."""
    by_length = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    batches = [by_length[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
    found: dict[int, Vectors] = {}
    with tqdm(
        total=len(texts), desc="Encoding the FAQ", unit=" texts", delay=_PROGRESS_AFTER_S,
        disable=None, leave=False,
    ) as progress:  # fmt: skip
        for batch in batches:
            rows = embedder.encode([texts[row] for row in batch])
            found.update(zip(batch, rows, strict=True))
            progress.update(len(batch))
    return np.stack([found[row] for row in range(len(texts))])
