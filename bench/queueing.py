"""Queueing, simulated: processes that wait, ask for a server of a station, and hold it for a while.

A process is a generator. It yields a station to be given one of its servers, which it gives back
with `Station.release`, or a number of seconds to wait. Time stands still meanwhile.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Generator
from itertools import count


class Clock:
    """Simulated time, in seconds, and who is to go on when."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Process]] = []
        self._order = count()  # of those that are due at once, the first that asked

    def start(self, at: float, process: Process) -> None:
        """Have a process begin, or go on, at a time."""
        heapq.heappush(self._due, (at, next(self._order), process))

    def run(self) -> None:
        """Let time pass until nobody waits for it."""
        while self._due:
            self.now, _, process = heapq.heappop(self._due)
            for wanted in process:
                if isinstance(wanted, float):
                    self.start(self.now + wanted, process)
                    break
                if not wanted.take(process):
                    break


class Station:
    """So many servers that are alike, and one queue: first come, first served.

    Attributes:
        busy_s: how long its servers were held so far, together.
    """

    def __init__(self, clock: Clock, servers: int = 1) -> None:
        self.servers = servers
        self.busy_s = 0.0
        self._clock = clock
        self._free = servers
        self._waiting: deque[Process] = deque()

    def take(self, process: Process) -> bool:
        """Give a process a server now, or have it wait for one."""
        if self._free:
            self._free -= 1
            self.busy_s -= self._clock.now
            return True
        self._waiting.append(process)
        return False

    def release(self) -> None:
        """Give a server back; whoever waits longest gets it."""
        if self._waiting:
            self._clock.start(self._clock.now, self._waiting.popleft())
        else:
            self._free += 1
            self.busy_s += self._clock.now

    def serve(self, seconds: float) -> Process:
        """Hold a server for so long."""
        yield self
        yield seconds
        self.release()


class Disk:
    """Writes out what is committed: all who wait when a write begins go with it (group commit).

    Attributes:
        busy_s: how long it has written so far.
    """

    servers = 1

    def __init__(self, clock: Clock, write_s: float) -> None:
        self.busy_s = 0.0
        self._clock = clock
        self._write_s = write_s
        self._ends_at = 0.0  # of the last write that is begun, or to begin

    def flush(self) -> Process:
        """Wait until what is committed now is written."""
        now = self._clock.now
        if now > self._ends_at - self._write_s:  # else it goes with the one that is to begin
            self._ends_at = max(now, self._ends_at) + self._write_s
            self.busy_s += self._write_s
        yield self._ends_at - now


Process = Generator[Station | float, None, None]
