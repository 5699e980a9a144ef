"""Vectors kept on disk by the content of their text, so that a start encodes only what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.matching.arrays import Arrays, load_arrays, save_arrays
from bot.matching.encoder.encoder import Embedder, Vectors, check_unit_rows

_FORMAT = 1
_BATCH = 128
_FEW = 32  # texts, which are sooner encoded than looked for in a large file
_PROGRESS_AFTER_S = 1.0


class KeptVectors:
    """The vectors of texts, and the file in which they wait for the next start.

    Args:
        vectors: float32, shape (len(texts), dim), unit rows, in the order of the texts.
        embedder: makes them anew, should they be let go and the file be gone.
        fingerprint: of whatever they depend on beside their text.
        is_saved: the file holds just these.
    """

    def __init__(
        self,
        texts: Sequence[str],
        vectors: Vectors,
        embedder: Embedder,
        path: Path,
        fingerprint: str,
        *,
        is_saved: bool,
    ) -> None:
        self.texts = texts
        self.fingerprint = fingerprint
        self.is_saved = is_saved
        self._vectors: Vectors | None = vectors
        self._embedder = embedder
        self._path = path

    @property
    def vectors(self) -> Vectors:
        """Where they were let go, they are read from the file, and not kept."""
        if self._vectors is not None:
            return self._vectors
        return kept_vectors(self.texts, self._embedder, self._path, self.fingerprint).vectors

    @property
    def are_at_hand(self) -> bool:
        """Whether they are in memory."""
        return self._vectors is not None

    def save(self, *, and_let_go: bool = False) -> None:
        """Write the file, whole or not at all, unless it holds just these.

        Args:
            and_let_go: of the memory that they take, if the file holds them.
        """
        if not self.is_saved:
            rows = {text: row for row, text in enumerate(self.texts)}
            arrays = {
                "keys": np.array([np.void(_key(text)) for text in rows]),
                "vectors": self.vectors[list(rows.values())],
            }
            and_let_go &= save_arrays(self._path, _in_format(self.fingerprint), arrays)
        self.is_saved = True
        if and_let_go:
            self._vectors = None


def kept_vectors(
    texts: Sequence[str],
    embedder: Embedder,
    path: Path,
    fingerprint: str,
    before: KeptVectors | None = None,
) -> KeptVectors:
    """The vectors of texts: known, or out of the file, or else encoded; they are not saved yet.

    A progress bar appears on a terminal when encoding takes longer than a second.

    Args:
        texts: at least one.
        fingerprint: of whatever the vectors depend on beside their text. A file with another
            fingerprint or format, or a damaged one, is replaced.
        before: by the same embedder, of texts that are mostly the same.
    """
    if before is not None and before.texts == texts:
        return before
    if before is not None and not before.are_at_hand:
        before = None
    wanted = dict.fromkeys(texts)
    rows: Mapping[str, int] = {}
    known, is_saved = None if before is None else before.vectors, False
    if before is not None:
        rows = {text: row for row, text in enumerate(before.texts)}
        is_saved = before.is_saved and len(rows) == len(wanted)
    if len(wanted.keys() - rows.keys()) > (0 if before is None else _FEW):
        found = load_arrays(path, _in_format(fingerprint), _checked)
        if found is not None:
            by_key, known = found
            rows = {text: by_key[key] for text in wanted if (key := _key(text)) in by_key}
            is_saved = len(by_key) == len(wanted)
    vectors = None if known is None else known[[rows.get(text, -1) for text in texts]]
    missing = sorted(wanted.keys() - rows.keys())
    if missing:
        new, numbers = _encode(missing, embedder), {text: row for row, text in enumerate(missing)}
        if vectors is None:
            vectors = np.empty((len(texts), new.shape[1]), np.float32)
        places = [place for place, text in enumerate(texts) if text in numbers]
        vectors[places] = new[[numbers[texts[place]] for place in places]]
    assert vectors is not None  # noqa: S101  (there are texts, and none is missing any more)
    is_saved = is_saved and not missing
    return KeptVectors(texts, vectors, embedder, path, fingerprint, is_saved=is_saved)


def _in_format(fingerprint: str) -> str:
    return f"{_FORMAT}:{fingerprint}"


def _checked(arrays: Arrays) -> tuple[dict[bytes, int], Vectors]:
    """The vectors of a file, and which text's each row is.

    Raises:
        VectorError: the vectors are not of unit length.
        ValueError: keys and vectors disagree.
    """
    rows = {key.tobytes(): row for row, key in enumerate(arrays["keys"])}
    vectors = arrays["vectors"]
    check_unit_rows(vectors)
    if not len(rows) == len(arrays["keys"]) == len(vectors) > 0:
        raise ValueError
    return rows, vectors


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
