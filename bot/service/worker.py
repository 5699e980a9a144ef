"""The one thread that matches: what came in while it worked is encoded together."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")

_MOST_AT_ONCE = 128  # utterances encoded together; with more, the first wait for the last


class Reader(Protocol):
    """What encodes utterances together that wait together."""

    def read_ahead(self, utterances: Sequence[str]) -> None:
        """Encode them, so that each is then decided on without being encoded again."""
        ...


@dataclass(slots=True, eq=False)
class _Unread:
    """An utterance that waits."""

    utterance: str
    is_read: bool = False


class Worker:
    """Runs functions one after another, in the order they came, on a thread of its own.

    Loading the model, encoding and searching all happen there: libraries that share one runtime
    for their threads slow each other down when several threads call them. Nobody waits for a batch
    to fill: the utterances that came in while the worker was busy are the next batch.

    Attributes:
        reader: encodes a batch, before the functions that its utterances came with run one by one.
    """

    def __init__(self) -> None:
        self.reader: Reader | None = None
        self._unread: deque[_Unread] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="matching")

    def submit(
        self, function: Callable[..., T], *arguments: Any, utterance: str | None = None
    ) -> Future[T]:
        """Have a function run with its arguments, after all that was asked for before.

        Args:
            utterance: what the function is going to encode.
        """
        unread = None if utterance is None else _Unread(utterance)
        if unread is not None:
            self._unread.append(unread)
        return self._thread.submit(self._run, unread, function, *arguments)

    async def run(
        self, function: Callable[..., T], *arguments: Any, utterance: str | None = None
    ) -> T:
        """Await a function's result; see `submit`."""
        return await asyncio.wrap_future(self.submit(function, *arguments, utterance=utterance))

    async def flush(self) -> None:
        """Wait until all has run that was asked for before."""
        await self.run(lambda: None)

    def in_turn(self, function: Callable[[], T]) -> T:
        """Have a function run and wait for it; not to be called on the worker itself."""
        return self.submit(function).result()

    def close(self) -> None:
        """Finish what runs; what only waits is cancelled."""
        self._thread.shutdown(cancel_futures=True)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _run(self, unread: _Unread | None, function: Callable[..., T], *arguments: Any) -> T:
        if unread is not None and not unread.is_read:
            self._read_ahead()
        return function(*arguments)

    def _read_ahead(self) -> None:
        count = min(len(self._unread), _MOST_AT_ONCE)
        batch = [self._unread.popleft() for _ in range(count)]
        for unread in batch:
            unread.is_read = True
        if len(batch) < 2 or self.reader is None:
            return
        try:
            self.reader.read_ahead([unread.utterance for unread in batch])
        except Exception:  # whoever's utterance it is meets the error too, and alone
            logger.exception("utterances could not be read together")
