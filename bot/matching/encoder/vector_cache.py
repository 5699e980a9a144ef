"""Vectors kept on disk by the content of their text, so that a start encodes only what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.matching.arrays import Arrays, load_arrays, save_arrays
from bot.matching.encoder.encoder import Embedder, Vectors, check_unit_rows

_FORMAT = 1
_BATCH = 128
_PROGRESS_AFTER_S = 1.0


def cached_vectors(
    texts: Sequence[str], embedder: Embedder, path: Path, fingerprint: str
) -> Vectors:
    """The vectors of texts: from a file where it has them, else encoded and saved.

    A progress bar appears on a terminal when encoding takes longer than a second.

    Args:
        texts: at least one.
        fingerprint: of whatever the vectors depend on beside their text. A file with another
            fingerprint or format, or a damaged one, is replaced.
    Returns:
        float32, shape (len(texts), dim), unit rows, in the order of `texts`.
    """
    fingerprint = f"{_FORMAT}:{fingerprint}"
    keys = [_key(text) for text in texts]
    kept, vectors = load_arrays(path, fingerprint, _checked) or ([], None)
    places = {key: row for row, key in enumerate(kept)}
    missing = sorted({text for text, key in zip(texts, keys, strict=True) if key not in places})
    if missing:
        places.update((_key(text), row) for row, text in enumerate(missing, len(places)))
        new = _encode(missing, embedder)
        vectors = new if vectors is None else np.concatenate([vectors, new])
    assert vectors is not None  # noqa: S101  (there are texts, and none is missing any more)
    found: Vectors = vectors[[places[key] for key in keys]]
    if missing or len(places) > len(set(keys)):
        first = {key: row for row, key in reversed(list(enumerate(keys)))}
        arrays = {
            "keys": np.array([np.void(key) for key in first]),
            "vectors": found[list(first.values())],
        }
        save_arrays(path, fingerprint, arrays)
    return found


def _checked(arrays: Arrays) -> tuple[list[bytes], Vectors]:
    """The keys and vectors of a file.

    Raises:
        VectorError: the vectors are not of unit length.
        ValueError: keys and vectors disagree.
    """
    keys, vectors = [key.tobytes() for key in arrays["keys"]], arrays["vectors"]
    check_unit_rows(vectors)
    if len(set(keys)) != len(vectors) or len(keys) != len(vectors):
        raise ValueError
    return keys, vectors


@lru_cache(1 << 15)
def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _encode(texts: Sequence[str], embedder: Embedder) -> Vectors:
    """Encode in batches of like length, which wastes the least on padding."""
    from tqdm import tqdm

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
