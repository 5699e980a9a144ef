"""How soon a bot begins with what it is sent, beside the others of its process."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakSet

_BESIDE_S = 10.0  # since another had anything to do
_AT_ONCE_S = 0.3  # so long a share of its updates a bot may begin at once
_RATE_S = 1.0  # over which it is counted how many a bot begins
_LOOK_S = 0.005
_COST_S = 2.0  # over which it is seen what an update costs, of so many at least:
_LEAST_SEEN = 10
_MOST_COST_S = 0.1  # what is dearer, something else in the process has taken


class Paces:
    """The paces of bots that share a process.

    Args:
        per_s: so many updates a bot begins in a second, at most, where others have anything to do;
            a second's worth may be at once.
        processors: so many of them it keeps busy there, at most. Who waits for one that is always
            busy waits for long.
    """

    def __init__(self, per_s: float = math.inf, processors: float = math.inf) -> None:
        self.of: WeakSet[Pace] = WeakSet()
        self._per_s = per_s
        self._processors = processors
        self._cost_s = 0.0  # of an update, in processor time
        self._begun, self._since, self._used = 0, -math.inf, 0.0  # what has begun since, and before

    @property
    def apart_s(self) -> float:
        """How long after one update of a bot its next begins beside others."""
        return max(1 / self._per_s, self._cost_s / self._processors)

    def note(self) -> None:
        """Note that an update begins, of whichever bot."""
        now = time.monotonic()
        if (passed_s := now - self._since) >= _COST_S:
            used = time.process_time()
            if self._begun >= _LEAST_SEEN and passed_s < 2 * _COST_S:
                self._cost_s = min((used - self._used) / self._begun, _MOST_COST_S)
            self._begun, self._since, self._used = 0, now, used
        self._begun += 1


class Pace:
    """The pace of one bot. Use it from one event loop.

    A bot that is alone has none: it begins with all it has. Beside others it begins no more than so
    many a second, and before each waits a little for those that have begun less than half as many.
    """

    def __init__(self, paces: Paces) -> None:
        self._paces = paces
        self._entering = asyncio.Lock()
        self._under_way = 0
        self._rate, self._begun_at = 0.0, -math.inf  # how many in the last second, at that time
        self._next_at = 0.0  # in monotonic seconds
        paces.of.add(self)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until the next update may begin; what follows handles it."""
        async with self._entering:
            await self._let_others_go_first()
        self._rate, self._begun_at = self._rate_at(now := time.monotonic()) + 1.0, now
        self._paces.note()
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def _let_others_go_first(self) -> None:
        now = time.monotonic()
        others = [pace for pace in self._paces.of if pace is not self]
        if all(pace._is_idle(now) for pace in others):
            return
        apart_s = self._paces.apart_s
        self._next_at = max(self._next_at, now - _AT_ONCE_S) + apart_s
        if self._next_at > now:
            await asyncio.sleep(self._next_at - now)
        until = time.monotonic() + apart_s  # so that it has its updates all the same
        while (now := time.monotonic()) < until and any(
            pace._under_way and 2 * pace._rate_at(now) < self._rate_at(now) for pace in others
        ):
            await asyncio.sleep(_LOOK_S)

    def _is_idle(self, now: float) -> bool:
        return not self._under_way and now - self._begun_at > _BESIDE_S

    def _rate_at(self, now: float) -> float:
        return self._rate * math.exp((self._begun_at - now) / _RATE_S)
