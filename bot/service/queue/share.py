"""How much of a process one bot takes, beside the others of it."""

from __future__ import annotations

import asyncio
import math
import time
from weakref import WeakSet

_BESIDE_S = 10.0  # since another had anything to do
_AT_ONCE_S = 0.3  # so long a share of its updates a bot may begin at once
_COST_S = 2.0  # over which it is seen what an update costs, of so many at least:
_LEAST_SEEN = 10
_MOST_COST_S = 0.1  # what is dearer, something else in the process has taken


class Shares:
    """The shares of the bots of a process.

    Args:
        per_s: so many updates a bot begins in a second, at most, where others have anything to do.
        processors: so many of them it keeps busy there, at most. Who waits for one that is always
            busy waits for long.
    """

    def __init__(self, per_s: float = math.inf, processors: float = math.inf) -> None:
        self.of: WeakSet[Share] = WeakSet()
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


class Share:
    """The share of one bot, which is all it likes where it is alone. Use it from one event loop."""

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._entering = asyncio.Lock()
        self._begun_at = -math.inf  # the last update, in monotonic seconds
        self._next_at = 0.0  # likewise
        shares.of.add(self)

    async def turn(self) -> None:
        """Wait until the next update may begin."""
        async with self._entering:
            now = time.monotonic()
            others = (each for each in self._shares.of if each is not self)
            if any(now - each._begun_at <= _BESIDE_S for each in others):
                self._next_at = max(self._next_at, now - _AT_ONCE_S) + self._shares.apart_s
                await asyncio.sleep(self._next_at - now)
            self._begun_at = time.monotonic()
            self._shares.note()
