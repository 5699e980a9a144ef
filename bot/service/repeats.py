"""Unanswered questions that ask the same, put together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.lru import Lru
from bot.matching.encoder.encoder import Vectors
from bot.matching.text import same_wording
from bot.service.live import Live
from bot.store.store import Record

_ALIKE = 0.95  # a cosine: "is it vegan" and "is this vegan?"; of Monday and Tuesday it is 0.94
_MOST_COMPARED = 200  # wordings, the newest
_MOST_CHARS = 200  # of one that is compared
_MOST_READ = 400  # characters; longer ones that begin alike are taken for the same
_AT_ONCE = 8  # encoded between two messages of people
_MAX_KNOWN = 1_000  # vectors
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Repeats:
    """Questions that ask the same.

    Attributes:
        records: newest first; at least one.
    """

    records: tuple[Record, ...]

    @property
    def newest(self) -> Record:
        """What stands for all of them."""
        return self.records[0]


class Grouping:
    """Puts questions together: of the same wording, once cleaned, and of nearly the same meaning.

    Args:
        live: encodes wordings, a few at a time, between the messages of people.
    """

    def __init__(self, live: Live) -> None:
        self._live = live
        self._vectors: Lru[int, Vectors] = Lru(_MAX_KNOWN)  # by a hash: no words are held

    async def of(self, records: Sequence[Record]) -> list[Repeats]:
        """Groups in the order of their newest record.

        Args:
            records: newest first. Where words are not kept, the entry that came nearest counts.
        """
        by_wording: dict[tuple[str, str], list[Record]] = {}
        for record in records:
            best = record.decision.best
            nearest = "" if record.text is not None or best is None else best.entry_id
            wording = same_wording((record.text or "")[:_MOST_READ])
            by_wording.setdefault((wording, nearest), []).append(record)
        short = [wording for wording, _ in by_wording if 0 < len(wording) <= _MOST_CHARS]
        compared = frozenset(short[:_MOST_COMPARED])
        await self._encode([wording for wording in short if wording in compared])
        groups: list[list[Record]] = []
        first: dict[str, list[Record]] = {}  # groups by the wording that others are compared with
        for (wording, _), repeated in by_wording.items():
            alike = (group for other, group in first.items() if self._are_alike(wording, other))
            group = next(alike, None) if wording in compared else None
            if group is not None:
                group += repeated
                continue
            groups.append(repeated)
            if wording in compared:
                first[wording] = repeated
        return [Repeats(tuple(sorted(group, key=lambda each: -each.at))) for group in groups]

    async def _encode(self, wordings: Sequence[str]) -> None:
        missing = [wording for wording in wordings if hash(wording) not in self._vectors]
        for start in range(0, len(missing), _AT_ONCE):
            some = missing[start : start + _AT_ONCE]
            for wording, vector in zip(some, await self._live.vectors(some), strict=True):
                if vector is not None:
                    self._vectors[hash(wording)] = vector

    def _are_alike(self, one: str, other: str) -> bool:
        vector, another = self._vectors.get(hash(one)), self._vectors.get(hash(other))
        if vector is None or another is None or _NUMBER.findall(one) != _NUMBER.findall(other):
            return False
        return float(np.dot(vector, another)) >= _ALIKE
