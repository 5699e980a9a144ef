"""Vectors → the index that suits their number; one that took long to build is kept on disk."""

from __future__ import annotations

import hashlib
import logging
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from bot.errors import VectorError
from bot.matching.arrays import load_arrays, report_damage, save_arrays
from bot.matching.encoder.encoder import Vectors
from bot.matching.index import index as indexes
from bot.matching.index.index import ApproximateIndex, Effort, FlatIndex, VectorIndex

logger = logging.getLogger(__name__)

_FORMAT = 1


class IndexCache:
    """One file.

    Args:
        name: tells apart the files of several FAQs and models in one folder.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / f"index-{name}.npz"

    def index(self, vectors: Vectors) -> VectorIndex:
        """An index over unit vectors: exact up to `LARGEST_FLAT` of them, approximate above."""
        if len(vectors) <= indexes.LARGEST_FLAT:
            return FlatIndex(vectors)
        fingerprint = _fingerprint(vectors)
        kept = self._load(vectors, fingerprint)
        if kept is not None:
            return kept
        started = time.perf_counter()
        found, recall = ApproximateIndex.build(vectors)
        if recall < indexes.RECALL:
            logger.warning(
                "%d phrasings: an approximate search finds only %.1f %% of what is nearest, so the "
                "search stays exact",
                len(vectors), 100 * recall,
            )  # fmt: skip
            return FlatIndex(vectors)
        logger.info(
            "%d phrasings: the search is approximate from now on (it finds %.1f %% of what is "
            "nearest; an exact one would take longer); built in %.1f s",
            len(vectors), 100 * recall, time.perf_counter() - started,
        )  # fmt: skip
        effort = np.array([found.effort.lists, found.effort.depth], np.int64)
        save_arrays(self._path, fingerprint, {"compressed": found.saved(), "effort": effort})
        return found

    def _load(self, vectors: Vectors, fingerprint: str) -> VectorIndex | None:
        arrays = load_arrays(self._path, fingerprint)
        if arrays is None:
            return None
        try:
            lists, depth = arrays["effort"].tolist()
            return ApproximateIndex.restored(vectors, arrays["compressed"], Effort(lists, depth))
        except (KeyError, ValueError, RuntimeError, VectorError) as error:
            report_damage(self._path, type(error).__name__)
            return None


def _fingerprint(vectors: Vectors) -> str:
    """Of the vectors, to the last bit, and of what reads the file."""
    try:
        library = version("faiss-cpu")
    except PackageNotFoundError:  # built from source
        library = "unknown"
    digest = hashlib.sha256(np.ascontiguousarray(vectors).data).hexdigest()
    rule = f"{indexes.RECALL}@{indexes.NEAREST}"
    return f"{_FORMAT}:{library}:{rule}:{vectors.shape}:{digest}"
