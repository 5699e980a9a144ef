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
_MOST_OF_GUEST = 30  # from one address, behind which there may be many people
_BEAT_S = 15.0  # after so long without a word a sign is sent, or proxies hang up
_LONGEST_S = 600.0  # then a browser asks anew
_RETRY_MS = 3_000


class Streams:
    """Counts who waits, and tells them what comes."""

    def __init__(self, talks: Talks) -> None:
        self._talks = talks
        self._waiting: Counter[str] = Counter()  # by conversation
        self._guests: Counter[str] = Counter()  # by address
        self._tasks: set[asyncio.Task[object]] = set()

    def require_room(self, conversation: str, guest: str) -> None:
        """See that somebody more may wait.

        Args:
            guest: the address of who has no key; "" of who has one.
        Raises:
            ProblemError: too many do already.
        """
        is_full = self._waiting.total() >= _MOST
        is_full |= self._waiting[conversation] >= _MOST_OF_ONE
        if is_full or (guest and self._guests[guest] >= _MOST_OF_GUEST):
            wrong = "Too many wait for messages already; ask again in 30 seconds."
            raise ProblemError(429, wrong, {"Retry-After": "30"})

    @contextmanager
    def waiting(self, conversation: str, guest: str) -> Iterator[None]:
        """Somebody waits; see `require_room`."""
        self._waiting[conversation] += 1
        self._guests[guest] += 1
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)
            for counted, name in ((self._waiting, conversation), (self._guests, guest)):
                counted[name] -= 1
                if not counted[name]:
                    del counted[name]

    async def events(self, conversation: str, after: int, guest: str) -> AsyncIterator[str]:
        """What comes, from after a message on, until nobody listens or for ten minutes."""
        with self.waiting(conversation, guest), suppress(asyncio.CancelledError):
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
