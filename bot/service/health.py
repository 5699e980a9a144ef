"""What the process notes of itself: what the watchdog, /healthz and the metrics go by."""

from __future__ import annotations

import bisect
import time
from collections import Counter
from dataclasses import dataclass, field

POLL_TIMEOUT_S = 10  # a poll that finds nothing takes so long
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
UNHEALTHY_S = 60.0  # of standing still


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
class Health:
    """Written by the event loop alone; others only read it.

    Attributes:
        polled: when the channel's server last answered a poll, or polling began, in monotonic
            seconds; None before that, and with a webhook.
        polled_at: when it last answered a poll; seconds since 1970.
        progressed: when an update was last dealt with or tried, or the queue was last empty, in
            monotonic seconds.
        depth: updates that wait or are being answered.
        is_ready: updates are being taken.
        decisions: by action.
        failed_sends: messages that the channel's server did not take.
        set_aside: updates given up on.
        reloaded: whether the last reading of the FAQ succeeded.
        reply_s: from an update's arrival to the end of its handling.
        matching_s: from an utterance to its reply's words.
    """

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
        """Note that a poll was answered."""
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

        That the event loop stands still is not among it, for then nobody asks: see `Watchdog`.

        Args:
            patience_s: how long something may stand still.
        """
        now = time.monotonic()
        found = []
        if self.polled is not None and now - self.polled > patience_s + POLL_TIMEOUT_S:
            found.append(f"Telegram has answered no poll for {now - self.polled:.0f} s")
        if self.depth > 0 and now - self.progressed > patience_s:
            found.append(
                f"no update was dealt with for {now - self.progressed:.0f} s; waiting: {self.depth}"
            )
        return found
