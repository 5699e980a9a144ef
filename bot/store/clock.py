"""Whether the wall clock can be trusted with what is done for its age.

A clock that is wrong would erase everything, or apologise to everybody. It is suspected where it
jumps against the monotonic one, and at the start where it is far from the newest thing remembered;
then what goes by age is held back, and let go when the clock was steady for ten minutes.
"""

from __future__ import annotations

import logging
import threading
import time

logger = logging.getLogger(__name__)

STEADY_S = 600.0
_JUMP_S = 60.0  # more than any clock is corrected by between two looks
_AWAY_S = 86_400.0  # since the newest thing remembered: nobody asked for a day, or it is wrong


class Clock:
    """Looks at both clocks whenever it is asked. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._apart = time.time() - time.monotonic()
        self._jumped = self._unsure = -STEADY_S + time.monotonic()
        self._is_held = False

    def compare(self, newest: float | None) -> None:
        """Suspect the clock where it is far from the newest thing remembered (seconds since 1970).

        Ahead of it by a day, it may be right as well: the bot was away. So nothing is erased for
        now, but what is late is late.
        """
        if newest is None:
            return
        ahead = time.time() - newest
        with self._lock:
            if ahead < -_JUMP_S:
                self._hold(f"is {_told(-ahead)} behind the newest thing remembered")
                self._jumped = self._unsure = time.monotonic()
            elif ahead > _AWAY_S:
                self._hold(f"is {_told(ahead)} ahead of the newest thing remembered")
                self._unsure = time.monotonic()

    @property
    def knows_age(self) -> bool:
        """Whether what is old by the clock is old."""
        with self._lock:
            self._look()
            return time.monotonic() - self._jumped >= STEADY_S

    @property
    def may_erase(self) -> bool:
        """Whether what is old by the clock may be erased."""
        with self._lock:
            self._look()
            return time.monotonic() - max(self._jumped, self._unsure) >= STEADY_S

    def _look(self) -> None:
        now, apart = time.monotonic(), time.time() - time.monotonic()
        moved, self._apart = apart - self._apart, apart
        if abs(moved) > _JUMP_S:
            self._hold(f"was set {_told(abs(moved))} {'ahead' if moved > 0 else 'back'}")
            self._jumped = now
        elif self._is_held and now - max(self._jumped, self._unsure) >= STEADY_S:
            self._is_held = False
            logger.info("the clock was steady for ten minutes, and counts again")

    def _hold(self, what: str) -> None:
        self._is_held = True
        logger.warning(
            "the clock %s: until it was steady for ten minutes, nothing is erased for its age", what
        )


def _told(seconds: float) -> str:
    for size, unit in ((86_400.0, "days"), (3_600.0, "hours")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 60:.0f} minutes"
