"""How much one person and one chat may ask before the bot asks them to slow down."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Hashable
from enum import Enum

from bot.files.config_telegram import Limit, Limits
from bot.lru import Lru

_MAX_BUCKETS = 20_000  # the least recently used are forgotten, which fills them
_MINUTE_S = 60.0
_CHARS = 300  # that one token pays for
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

    @property
    def refill_s(self) -> int:
        """How long it takes to fill when it is empty."""
        return math.ceil(self._limit.burst / self._limit.per_minute * _MINUTE_S)

    def take(self, tokens: int = 1) -> Verdict:
        """Take one message's tokens; one that costs more than the bucket holds takes all."""
        self._refill()
        if self._is_shut:
            return Verdict.SILENCE
        if self.wait_s(tokens) > 0:
            self._is_shut = True
            return Verdict.NOTICE
        return Verdict.TAKE

    def wait_s(self, tokens: int = 1) -> float:
        """Take tokens, as `take` does; or say in how many seconds there are enough.

        It is for those who are told so every time, and never shuts.

        Returns:
            0 where they were taken.
        """
        self._refill()
        wanted = min(tokens, self._limit.burst)
        if self._tokens < wanted:
            return (wanted - self._tokens) / self._limit.per_minute * _MINUTE_S
        self._tokens -= wanted
        return 0.0

    def _refill(self) -> None:
        now = time.monotonic()
        self._tokens += (now - self._at) / _MINUTE_S * self._limit.per_minute
        self._at = now
        if self._tokens > self._limit.burst - _ROUNDING:
            self._tokens, self._is_shut = self._limit.burst, False


class Limiter:
    """A token bucket for each person and each chat; a message needs tokens of both.

    Up to 300 characters cost one token, up to 600 two, and so on.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._persons: Lru[Hashable, TokenBucket] = Lru(_MAX_BUCKETS)
        self._chats: Lru[Hashable, TokenBucket] = Lru(_MAX_BUCKETS)

    def take(self, person: Hashable, chat: Hashable, chars: int = 0) -> tuple[Verdict, int]:
        """Take a message's tokens.

        Args:
            chars: of its words.
        Returns:
            What becomes of the message, and the seconds of silence a notice should name.
        """
        tokens = _cost(chars)
        own = self._persons[person] = self._persons.get(person) or TokenBucket(self._limits.person)
        verdict = own.take(tokens)
        if verdict is not Verdict.TAKE:
            return verdict, own.refill_s
        of_all = self._chats[chat] = self._chats.get(chat) or TokenBucket(self._limits.chat)
        return of_all.take(tokens), of_all.refill_s


class Budgets:
    """A token bucket for each name, such as a key's or an address."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._buckets: Lru[str, TokenBucket] = Lru(_MAX_BUCKETS)

    def wait_s(self, name: str, chars: int) -> float:
        """Take the tokens of so many characters, as `Limiter` counts; see `TokenBucket.wait_s`."""
        bucket = self._buckets[name] = self._buckets.get(name) or TokenBucket(self._limit)
        return bucket.wait_s(_cost(chars))


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


def _cost(chars: int) -> int:
    """The tokens of so many characters."""
    return max(1, -(-chars // _CHARS))
