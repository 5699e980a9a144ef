"""An utterance's nearest phrasings, of entries enough to compare.

In a large FAQ the search is not widened step by step up to all phrasings: entries that are not
wanted, or were found, are left out of the search itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.matching.encoder.encoder import Vectors
from bot.matching.index import index as indexes
from bot.matching.index.index import Mask, Rows, VectorIndex

_WIDER = 4  # times as many phrasings, where too few entries own the nearest
_SEARCHES = 4  # in a large FAQ


@dataclass(frozen=True, slots=True)
class Nearest:
    """An utterance's nearest phrasings, best first: their cosines and rows."""

    cosines: Vectors
    rows: Rows


class EntrySearch:
    """Searches an index for the phrasings of entries enough.

    Args:
        owners: the entry of each of the index's rows, numbered from 0 without a gap.
        first: phrasings looked at.
        enough: entries among them, or more phrasings are looked at.
    """

    def __init__(self, index: VectorIndex, owners: Rows, first: int, enough: int) -> None:
        self._index = index
        self._owners = owners
        self._entries = int(owners.max()) + 1 if len(owners) else 0
        self._first = min(first, len(owners))
        self._enough = enough
        self._last: tuple[Rows, Mask] | None = None  # left out, and which rows that leaves

    def nearest(self, vector: Vectors, without: Rows | None = None) -> Nearest:
        """The phrasings nearest to a vector.

        Args:
            without: entries to leave out, as if they did not exist.
        """
        if len(self._owners) > indexes.LARGEST_FLAT:
            return self._in_turns(vector, without)
        total = len(self._owners)
        k = self._first
        while True:
            cosines, rows = self._index.search(vector[None, :], k)
            nearest = Nearest(cosines[0], rows[0])
            if without is not None:
                kept = ~self._marked(without)[self._owners[nearest.rows]]
                nearest = Nearest(nearest.cosines[kept], nearest.rows[kept])
            if k == total or len(set(self._owners[nearest.rows].tolist())) >= self._enough:
                return nearest
            k = min(_WIDER * k, total)

    def _in_turns(self, vector: Vectors, without: Rows | None) -> Nearest:
        """Each turn leaves out the entries that were found before it."""
        kept = None if without is None else self._kept(without)
        done = self._marked(np.zeros(0, np.int64) if without is None else without)
        cosines, rows = np.zeros(0, np.float32), np.zeros(0, np.int64)
        found = 0
        for _ in range(_SEARCHES):
            more, their_rows = self._index.search(vector[None, :], self._first, kept)
            is_row = their_rows[0] >= 0
            cosines = np.concatenate([cosines, more[0][is_row]])
            rows = np.concatenate([rows, their_rows[0][is_row]])
            owners = sorted(set(self._owners[their_rows[0][is_row]].tolist()))
            found += len(owners)
            if found >= self._enough or len(owners) == 0:
                break
            done[owners] = True
            kept = ~done[self._owners]
        return Nearest(cosines, rows)

    def _kept(self, without: Rows) -> Mask:
        """The rows that are left; people of one language have the same entries left out."""
        if self._last is None or self._last[0] is not without:
            self._last = without, ~self._marked(without)[self._owners]
        return self._last[1]

    def _marked(self, entries: Rows) -> Mask:
        marked = np.zeros(self._entries, np.bool_)
        marked[entries] = True
        return marked
