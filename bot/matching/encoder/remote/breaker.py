"""A circuit breaker (Nygard 2007): who fails again and again is left alone for a while."""

from __future__ import annotations

_FAILURES = 3
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0


class CircuitBreaker:
    """Opens after some failures in a row. While it is open nothing is asked but, after each pause,
    whether all is well again: the half-open state, in which no message of a person is the test.

    Attributes:
        trouble: why it is open, in a few words; None while it is closed.
    """

    def __init__(self) -> None:
        self.trouble: str | None = None
        self._failures = 0
        self._pause_s = _FIRST_PAUSE_S

    def failed(self, reason: str, *, at_once: bool = False) -> bool:
        """Note a failure; whether it opens by it.

        Args:
            at_once: there is no use in trying again soon.
        """
        self._failures += 1
        if self.trouble is not None or not (at_once or self._failures >= _FAILURES):
            return False
        self.trouble, self._pause_s = reason, _FIRST_PAUSE_S
        return True

    def still_failing(self, reason: str) -> None:
        """Note that the test failed; the next pause is twice as long."""
        self.trouble, self._pause_s = reason, min(2 * self._pause_s, _LONGEST_PAUSE_S)

    def succeeded(self) -> bool:
        """Note a success; whether it closes by it."""
        was_open, self.trouble, self._failures = self.trouble is not None, None, 0
        return was_open

    @property
    def pause_s(self) -> float:
        """How long to wait before the next test."""
        return self._pause_s
