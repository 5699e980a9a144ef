"""The one thread that matches: fair to all who ask, and never busy for long with one batch."""

from __future__ import annotations

import asyncio
import heapq
import logging
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.lru import Lru
from bot.matching.build import Matcher
from bot.service.health import Health

logger = logging.getLogger(__name__)

T = TypeVar("T")

_MOST_READ_AT_ONCE = 128  # utterances encoded together; with more, the first wait for the last
_GIVES_WAY_S = 0.05  # at once: what goes on beside the messages slows down, and ends all the same
_MAX_OWNERS = 20_000  # the least recently served are forgotten; then they have not waited yet


@dataclass(slots=True, order=True)
class _Job:
    """A function that waits for its turn.

    Attributes:
        since: when it began to wait, in monotonic seconds.
        turn: what the order goes by; of two alike the first that came.
        utterance: what the function is going to encode; None for nothing.
        is_read: whether it is encoded already.
    """

    turn: int
    number: int
    since: float = field(compare=False)
    run: Callable[[], Any] = field(compare=False)
    utterance: str | None = field(compare=False)
    is_read: bool = field(compare=False, default=False)
    result: Future[Any] = field(compare=False, default_factory=Future)


class Worker:
    """Runs functions one after another on a thread of its own, in turn for each who asks.

    Loading the model, encoding and searching all happen there: libraries that share one runtime
    for their threads slow each other down when several threads call them. Nobody waits for a batch
    to fill: utterances that came in while the worker was busy are the next batch.

    Whoever has sixty messages waiting gets one answered, then everybody else who waits gets one
    (start-time fair queueing, Goyal et al. 1996). What one owner asks for keeps its order.

    Attributes:
        reader: encodes a batch, before the functions that its utterances came with run one by one.
        health: is told of every batch and every message that is done; None tells nobody.
    """

    def __init__(self) -> None:
        self.reader: Matcher | None = None
        self.health: Health | None = None
        self._lock = threading.Lock()
        self._waiting: list[_Job] = []  # a heap
        self._turn = 0  # of what runs
        self._count = 0
        self._next_turn: Lru[Hashable, int] = Lru(_MAX_OWNERS)
        self._counting = threading.Lock()
        self._unread = 0  # utterances
        self._is_free = threading.Event()  # of utterances
        self._is_free.set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="matching")

    def submit(
        self,
        function: Callable[..., T],
        *arguments: Any,
        utterance: str | None = None,
        owner: Hashable = None,
    ) -> Future[T]:
        """Have a function run with its arguments.

        Args:
            utterance: what the function is going to encode.
            owner: who asks; what they asked for before runs first.
        """
        with self._lock:
            self._thread.submit(self._run_next)  # it waits for the lock
            turn = max(self._turn, self._next_turn.get(owner) or 0)
            self._next_turn[owner] = turn + 1
            self._count += 1
            job = _Job(turn, self._count, time.monotonic(), lambda: function(*arguments), utterance)
            heapq.heappush(self._waiting, job)
            if utterance is not None:
                self._count_unread(1)
                job.result.add_done_callback(lambda _: self._count_unread(-1))
        return job.result

    def _count_unread(self, more: int) -> None:
        with self._counting:
            self._unread += more
            if self._unread:
                self._is_free.clear()
            else:
                self._is_free.set()

    async def run(
        self,
        function: Callable[..., T],
        *arguments: Any,
        utterance: str | None = None,
        owner: Hashable = None,
    ) -> T:
        """Await a function's result; see `submit`."""
        submitted = self.submit(function, *arguments, utterance=utterance, owner=owner)
        return await asyncio.wrap_future(submitted)

    def in_turn(self, function: Callable[[], T]) -> T:
        """Have a function run and wait for it; not to be called on the worker itself."""
        return self.submit(function).result()

    def give_way(self) -> None:
        """Wait while there are utterances to be read, but not for long."""
        self._is_free.wait(_GIVES_WAY_S)

    def close(self) -> None:
        """Finish what runs; what only waits is cancelled."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            for job in self._waiting:
                job.result.cancel()
        self._thread.shutdown()

    def _run_next(self) -> None:
        with self._lock:
            job = heapq.heappop(self._waiting)
            self._turn = job.turn
        if not job.result.set_running_or_notify_cancel():
            return
        if job.utterance is not None and self.health is not None:
            self.health.turn_s.observe(time.monotonic() - job.since)
        if job.utterance is not None and not job.is_read:
            self._read_ahead(job)
        try:
            job.result.set_result(job.run())
        except BaseException as error:  # noqa: BLE001  (whoever asked meets it)
            job.result.set_exception(error)
        if job.utterance is not None:
            self._has_progressed()

    def _read_ahead(self, first: _Job) -> None:
        """Have utterances that wait encoded together with the one whose turn it is."""
        with self._lock:
            unread = (
                job
                for job in self._waiting
                if job.utterance is not None and not job.is_read and not job.result.cancelled()
            )
            batch = [first, *heapq.nsmallest(_MOST_READ_AT_ONCE - 1, unread)]
        count = 1
        try:
            if len(batch) > 1 and self.reader is not None:
                count = self.reader.read_ahead([job.utterance or "" for job in batch])
        except Exception:  # whoever's utterance it is meets the error too, and alone
            logger.exception("utterances could not be read together")
            count = len(batch)
        for job in batch[:count]:
            job.is_read = True
        self._has_progressed()

    def _has_progressed(self) -> None:
        if self.health is not None:
            self.health.has_progressed()
