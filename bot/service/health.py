"""Whether the bot is alive: what the watchdog, /healthz and the metrics go by."""

from __future__ import annotations

import bisect
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)

POLL_TIMEOUT_S = 10  # a poll that finds nothing takes so long
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
UNHEALTHY_S = 60.0  # of standing still
_CHECK_S = 1.0


@dataclass
class Durations:
    """A histogram.

    Attributes:
        counts: how many took at most so long as `BUCKETS_S` says, and the longer ones at the end.
        total_s: of all, in seconds.
    """

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_S) + 1))
    total_s: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect.bisect_left(BUCKETS_S, seconds)] += 1
        self.total_s += seconds


@dataclass
class Pulse:
    """What the process notes of itself, from its event loop; others only read it.

    Attributes:
        beat: when the event loop last turned; all times are monotonic seconds.
        polled: when Telegram last answered a poll, or polling began; None before that, and with a
            webhook.
        polled_at: when Telegram last answered a poll; seconds since 1970.
        progressed: when an update was last dealt with or tried, or the queue was last empty.
        depth: updates that wait or are being answered.
        is_ready: updates are being taken.
        decisions: by action.
        reloaded: whether the last reading of the FAQ succeeded.
    """

    beat: float = field(default_factory=time.monotonic)
    polled: float | None = None
    polled_at: float | None = None
    progressed: float = field(default_factory=time.monotonic)
    depth: int = 0
    is_ready: bool = False
    decisions: Counter[str] = field(default_factory=Counter)
    failed_sends: int = 0
    set_aside: int = 0
    reloaded: bool = True
    reply_s: Durations = field(default_factory=Durations)
    matching_s: Durations = field(default_factory=Durations)

    def poll_answered(self) -> None:
        """Note that Telegram has answered a poll."""
        self.polled, self.polled_at = time.monotonic(), time.time()

    def decided(self, action: str, seconds: float) -> None:
        """Note a decision, and how long it took with all that belongs to it."""
        self.decisions[action] += 1
        self.matching_s.add(seconds)

    def update_over(self, seconds: float) -> None:
        """Note that an update was dealt with, so long after it came in."""
        self.progressed = time.monotonic()
        self.reply_s.add(max(0.0, seconds))  # clocks are set back at times

    def troubles(self, patience_s: float = UNHEALTHY_S) -> list[str]:
        """What is dead, in words; nothing where all is well.

        Args:
            patience_s: how long something may stand still.
        """
        now = time.monotonic()
        found = []
        if now - self.beat > patience_s:
            found.append(f"the event loop has stood still for {now - self.beat:.0f} s")
        if self.polled is not None and now - self.polled > patience_s + POLL_TIMEOUT_S:
            found.append(f"Telegram has answered no poll for {now - self.polled:.0f} s")
        if self.depth > 0 and now - self.progressed > patience_s:
            found.append(
                f"no update was dealt with for {now - self.progressed:.0f} s; waiting: {self.depth}"
            )
        return found


class Watchdog:
    """Ends the process where it is dead, so that whoever supervises it starts it again.

    It is a thread, for an event loop that stands still watches nothing. What was not answered
    stands in the inbox.

    Args:
        limit_s: how long something may stand still.
        end: ends the process, given the exit status.
    """

    def __init__(
        self, pulse: Pulse, limit_s: float, end: Callable[[int], object] = os._exit
    ) -> None:
        self._pulse = pulse
        self._limit_s = limit_s
        self._end = end
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def __enter__(self) -> Watchdog:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(min(_CHECK_S, self._limit_s / 4)):
            troubles = self._pulse.troubles(self._limit_s)
            if troubles:
                logger.critical("%s; the process ends, to be started again", "; ".join(troubles))
                logging.shutdown()
                self._end(1)
                return
