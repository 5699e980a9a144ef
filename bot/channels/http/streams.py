"""What comes by itself: the team's words, as server-sent events."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

from bot.channels.http.problems import ProblemError
from bot.channels.http.talks import Talks

_MOST = 200  # that wait at once, in all; the rest of the connections is for questions
_MOST_OF_ONE = 3
_BEAT_S = 15.0  # after so long without a word a sign is sent, or proxies hang up
_LONGEST_S = 600.0  # then a browser asks anew
_RETRY_MS = 3_000


class Streams:
    """Counts who waits, and tells them what comes."""

    def __init__(self, talks: Talks) -> None:
        self._talks = talks
        self._waiting: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[object]] = set()

    @contextmanager
    def waiting(self, conversation: str) -> Iterator[None]:
        """Somebody waits.

        Raises:
            ProblemError: too many do already.
        """
        if self._waiting[conversation] >= _MOST_OF_ONE or self._waiting.total() >= _MOST:
            wrong = "Too many wait for messages already; ask again in 30 seconds."
            raise ProblemError(429, wrong, {"Retry-After": "30"})
        self._waiting[conversation] += 1
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)
            self._waiting[conversation] -= 1
            self._waiting += Counter()  # drops those of whom nobody waits

    async def events(self, conversation: str, after: int) -> AsyncIterator[str]:
        """What comes, from after a message on, until nobody listens or for ten minutes."""
        with self.waiting(conversation), suppress(asyncio.CancelledError):
            yield f"retry: {_RETRY_MS}\n\n"
            until = time.monotonic() + _LONGEST_S
            while time.monotonic() < until:
                said = await self._talks.messages(conversation, after, _BEAT_S)
                for each in said:
                    after = each.id
                    yield f"id: {each.id}\nevent: message\ndata: {each.model_dump_json()}\n\n"
                if not said:
                    yield ": nothing yet\n\n"

    def stop(self) -> None:
        """End all of them."""
        for task in self._tasks:
            task.cancel()
