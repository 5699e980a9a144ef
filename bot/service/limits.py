"""How much one person and one chat may ask before the bot asks them to slow down."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from contextlib import suppress
from enum import Enum

from bot.errors import StoreError
from bot.files.config.telegram import Limit, Limits
from bot.lru import Lru
from bot.store.async_store import AsyncStore
from bot.store.shared import Taken

_MAX_BUCKETS = 40_000  # the least recently used are forgotten, which fills them
_MINUTE_S = 60.0
_CHARS = 300  # that one token pays for
_WAIT_S = 0.3  # a store that is busy holds up nobody's message for longer
_ROUNDING = 1e-6  # tokens; many small gains may add up to a little less than one large one


class Verdict(Enum):
    """What becomes of a message."""

    TAKE = "take"
    NOTICE = "notice"  # the first that is too much: it is told so
    SILENCE = "silence"


class TokenBucket:
    """Holds `limit.burst` tokens and fills at `limit.per_minute`.

    Once it is empty there is one notice; then nothing is taken until it is full again, or whoever
    sends without a pause would be told so for every drop.
    """

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._tokens = float(limit.burst)
        self._at = time.monotonic()
        self._is_shut = False

    def take(self, tokens: int = 1, *, shuts: bool = True) -> Taken:
        """Take one message's tokens; one that costs more than the bucket holds takes all.

        Args:
            shuts: False for those who are told every time that they have to wait.
        """
        self._refill()
        wanted = min(tokens, self._limit.burst)
        if self._tokens < wanted or self._is_shut:
            was_shut, self._is_shut = self._is_shut, shuts
            missing = max(wanted - self._tokens, _ROUNDING)
            return Taken(missing / self._limit.per_minute * _MINUTE_S, was_shut)
        self._tokens -= wanted
        return Taken()

    def _refill(self) -> None:
        now = max(time.monotonic(), self._at)
        self._tokens += (now - self._at) / _MINUTE_S * self._limit.per_minute
        self._at = now
        if self._tokens > self._limit.burst - _ROUNDING:
            self._tokens, self._is_shut = self._limit.burst, False


class Buckets:
    """Token buckets by name: those that replicas share, where they do, or else this process's own.

    Args:
        store: whose buckets are shared; while it does not answer, each process counts alone.
    """

    def __init__(self, store: AsyncStore | None = None) -> None:
        self._shared = store if store is not None and store.is_shared else None
        self._own: Lru[str, TokenBucket] = Lru(_MAX_BUCKETS)

    async def take(self, name: str, limit: Limit, chars: int, *, shuts: bool = True) -> Taken:
        """Take the tokens of a message; up to 300 characters cost one, up to 600 two, and so on."""
        tokens = max(1, -(-chars // _CHARS))
        if self._shared is not None:
            with suppress(StoreError, TimeoutError):
                async with asyncio.timeout(_WAIT_S):
                    return await self._shared.take_tokens(name, limit, tokens, shuts=shuts)
        own = self._own[name] = self._own.get(name) or TokenBucket(limit)
        return own.take(tokens, shuts=shuts)


class Limiter:
    """A token bucket for each person and each chat; a message needs tokens of both."""

    def __init__(self, limits: Limits, buckets: Buckets) -> None:
        self._limits = limits
        self._buckets = buckets

    async def take(self, person: str, chat: str, chars: int = 0) -> tuple[Verdict, int]:
        """Take a message's tokens.

        Args:
            chars: of its words.
        Returns:
            What becomes of the message, and the seconds of silence a notice should name.
        """
        limit, taken = self._limits.person, Taken()
        both = ((f"person {person}", self._limits.person), (f"chat {chat}", self._limits.chat))
        for name, limit in both:
            taken = await self._buckets.take(name, limit, chars)
            if taken.wait_s:
                break
        return verdict_of(taken), refill_s(limit)


def verdict_of(taken: Taken) -> Verdict:
    """What becomes of a message whose tokens were to be taken."""
    if taken.is_shut:
        return Verdict.SILENCE
    return Verdict.NOTICE if taken.wait_s else Verdict.TAKE


def refill_s(limit: Limit) -> int:
    """How long an empty bucket takes to fill."""
    return math.ceil(limit.burst / limit.per_minute * _MINUTE_S)


class Pace:
    """Counts what was sent within the last minute, for chats where Telegram limits that.

    Args:
        most: so many in any minute.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._sent: deque[float] = deque()

    def take(self, count: int = 1) -> bool:
        """Count so many more, if there is room for them, or nothing was sent and they are many."""
        now = time.monotonic()
        while self._sent and now - self._sent[0] >= _MINUTE_S:
            self._sent.popleft()
        if self._sent and len(self._sent) + count > self._most:
            return False
        self._sent.extend([now] * count)
        return True
