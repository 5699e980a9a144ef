"""How much one person and one chat may ask before the bot asks them to slow down."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import Enum

from bot.files.config_telegram import Limit, Limits
from bot.lru import Lru

_MAX_BUCKETS = 20_000  # the least recently used are forgotten, which fills them
_MINUTE_S = 60.0
_ROUNDING = 1e-6  # tokens; many small gains may add up to a little less than one large one


class Verdict(Enum):
    """What becomes of a message."""

    TAKE = "take"
    NOTICE = "notice"  # the first that is too much: it is told so
    SILENCE = "silence"


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float
    is_shut: bool = False


class Buckets:
    """A token bucket for each person, or for each chat.

    A bucket holds `limit.burst` messages and fills at `limit.per_minute`. Once it is empty there
    is one notice; then nothing is taken until it is full again, or whoever sends without a pause
    would be told so for every drop.
    """

    def __init__(self, limit: Limit, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._buckets: Lru[Hashable, _Bucket] = Lru(_MAX_BUCKETS)

    @property
    def refill_s(self) -> int:
        """How long an empty bucket takes to fill."""
        return math.ceil(self._limit.burst / self._limit.per_minute * _MINUTE_S)

    def take(self, key: Hashable) -> Verdict:
        """Take one message's token out of a bucket."""
        now = self._clock()
        bucket = self._buckets.get(key) or _Bucket(self._limit.burst, now)
        self._buckets[key] = bucket
        gained = (now - bucket.at) / _MINUTE_S * self._limit.per_minute
        is_full = bucket.tokens + gained > self._limit.burst - _ROUNDING
        bucket.tokens = self._limit.burst if is_full else bucket.tokens + gained
        bucket.at = now
        if bucket.is_shut and bucket.tokens < self._limit.burst:
            return Verdict.SILENCE
        bucket.is_shut = bucket.tokens < 1
        if bucket.is_shut:
            return Verdict.NOTICE
        bucket.tokens -= 1
        return Verdict.TAKE


class Limiter:
    """The buckets of persons and of chats; a message needs a token of both."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._persons = Buckets(limits.person, clock)
        self._chats = Buckets(limits.chat, clock)

    def take(self, person: Hashable, chat: Hashable) -> tuple[Verdict, int]:
        """Take a message's tokens.

        Returns:
            What becomes of the message, and the seconds of silence a notice should name.
        """
        verdict = self._persons.take(person)
        if verdict is not Verdict.TAKE:
            return verdict, self._persons.refill_s
        return self._chats.take(chat), self._chats.refill_s


class Pace:
    """Counts what was sent within the last minute, for chats where Telegram limits that.

    Args:
        most: so many in any minute.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._sent: deque[float] = deque()

    def take(self) -> bool:
        """Count one more, if there is room for it."""
        now = self._clock()
        while self._sent and now - self._sent[0] >= _MINUTE_S:
            self._sent.popleft()
        if len(self._sent) >= self._most:
            return False
        self._sent.append(now)
        return True
