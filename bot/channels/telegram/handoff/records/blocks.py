"""Whom the team has blocked, and for how long."""

from __future__ import annotations

import asyncio
import math
import re
import time

from bot.errors import StoreError
from bot.lru import Lru
from bot.store.async_store import AsyncStore

BLOCKS = "blocks"  # what replicas are told when somebody is blocked, or no longer
_MAX_KNOWN = 10_000  # people of whom it is at hand whether they are blocked
_WAIT_S = 0.3  # a store that is busy holds up nobody's message for longer
_UNITS_S = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_UNITS_S |= {"分": 60, "小": 3_600, "时": 3_600, "時": 3_600, "天": 86_400, "周": 604_800}
_UNITS_S |= {"週": 604_800}
_SPAN = re.compile(rf"(?:for\s+)?([0-9]{{1,4}})\s*([{''.join(_UNITS_S)}])\w*", re.IGNORECASE)
_FOR_GOOD = re.compile(r"|(?:for\s+)?(?:good|ever)|forever|永久", re.IGNORECASE)


class Blocks:
    """Knows whether a person is blocked; as long as nobody is, that costs nothing."""

    def __init__(self, store: AsyncStore) -> None:
        self._store = store
        self._until: Lru[str, float] = Lru(_MAX_KNOWN)  # by person, seconds since 1970
        self._is_anybody = True

    async def load(self) -> None:
        """Learn whether anybody is blocked.

        Raises:
            StoreError: that cannot be read now; then it is asked of each person.
        """
        self._is_anybody = await self._store.blocked(time.time()) > 0

    async def holds(self, person: str | None) -> bool:
        """Whether a person is blocked now; nobody is whom the store cannot tell of."""
        if person is None or not self._is_anybody:
            return False
        if person not in self._until:
            try:
                async with asyncio.timeout(_WAIT_S):
                    self._until[person] = await self._store.blocked_until(person)
            except (StoreError, TimeoutError):
                return False
        return self._until[person] > time.time()

    def forget(self, _: str = "") -> None:
        """Ask the store again of everybody: another process has changed something."""
        self._is_anybody = True
        self._until.clear()

    def block(self, person: str, until: float) -> None:
        """Block a person until a time (seconds since 1970, inf: for good)."""
        self._is_anybody = True
        self._until[person] = until
        self._store.block(person, until)
        if self._store.is_shared:
            self._store.tell(BLOCKS, "")

    def unblock(self, person: str) -> None:
        """Let a person be heard again."""
        self._until[person] = 0.0
        self._store.unblock(person)
        if self._store.is_shared:
            self._store.tell(BLOCKS, "")


def read_span_s(words: str) -> float | None:
    """For how long somebody is to be blocked, in seconds: "1d", "2 hours", "": for good (inf).

    None where it does not say.
    """
    if _FOR_GOOD.fullmatch(words.strip()):
        return math.inf
    found = _SPAN.fullmatch(words.strip())
    return None if found is None else int(found[1]) * float(_UNITS_S[found[2].lower()]) or None
