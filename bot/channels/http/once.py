"""A request is answered once, however often it is sent: who got no answer may send it again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVarTuple, Unpack

from bot.channels.http.problems import ProblemError
from bot.channels.http.shapes import Answer
from bot.lru import Lru

HEADER: Final = "Idempotency-Key"
_KEPT_S = 900.0
_MAX_KEPT = 5_000

Said = TypeVarTuple("Said")


class Once:
    """Keeps answers for a while, in memory alone, by the keys that requests carry."""

    def __init__(self) -> None:
        # By key: when, what was asked, and what comes of it; the oldest first.
        self._known: Lru[str, tuple[float, object, asyncio.Task[Answer]]] = Lru(_MAX_KEPT)

    async def answer(
        self,
        key: str | None,
        work: Callable[[Unpack[Said]], Coroutine[Any, Any, Answer]],
        *said: *Said,
    ) -> Answer:
        """Do what is asked, or give the answer that there is, or will be.

        It goes on though whoever asks hangs up.

        Args:
            key: names the request; None: it is done each time.
            said: what the request says.
        Raises:
            ProblemError: the key was used for something else.
        """
        if key is None:
            return await work(*said)
        now, asked = time.monotonic(), (work, *said)
        while self._known and next(iter(self._known.values()))[0] < now - _KEPT_S:
            self._known.popitem(last=False)
        known = self._known.get(key)
        if known is None or _has_failed(known[2]):
            known = self._known[key] = now, asked, asyncio.create_task(work(*said))
        elif known[1] != asked:
            told = f"This {HEADER} was sent with something else; each request needs its own."
            raise ProblemError(422, told)
        return await asyncio.shield(known[2])

    def forget(self, conversation: str) -> None:
        """Drop the answers of a conversation."""
        for key, (_, _, task) in list(self._known.items()):
            if task.done() and not _has_failed(task) and task.result().conversation == conversation:
                del self._known[key]


def _has_failed(task: asyncio.Task[Answer]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
