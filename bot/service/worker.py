"""The one thread that matches: what came in while it worked is encoded together."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

from bot.errors import BusyError

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_WAITING = 1_000
_MOST_AT_ONCE = 128  # utterances encoded together; with more, the first wait for the last


class Reader(Protocol):
    """What reads utterances together that wait together."""

    def read_ahead(self, utterances: Sequence[str]) -> None:
        """Encode them, so that each is then decided on without being encoded again."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    run: Callable[[], Any]
    utterance: str | None
    result: Future[Any] = field(default_factory=Future)

    def carry_out(self) -> None:
        if not self.result.set_running_or_notify_cancel():
            return
        try:
            outcome = self.run()
        except BaseException as error:  # noqa: BLE001  (it belongs to whoever asked)
            self.result.set_exception(error)
        else:
            self.result.set_result(outcome)


class Worker:
    """Runs functions one after another, in the order they came, on a thread of its own.

    Loading the model, encoding and searching all happen there: libraries that share one runtime
    for their threads slow each other down when several threads call them. Nobody waits for a batch
    to fill: what came in while the worker was busy is the next batch.

    Args:
        max_waiting: functions that may wait.

    Attributes:
        reader: reads the utterances of a batch together, before its functions run one by one.
    """

    def __init__(self, max_waiting: int = MAX_WAITING) -> None:
        self.reader: Reader | None = None
        self._max_waiting = max_waiting
        self._changed = threading.Condition()
        self._waiting: deque[_Job] = deque()
        self._is_over = False
        self._thread = threading.Thread(target=self._work, name="matching", daemon=True)
        self._thread.start()

    async def run(
        self, function: Callable[..., T], *arguments: Any, utterance: str | None = None
    ) -> T:
        """Await a function's result; see `submit`."""
        return await asyncio.wrap_future(self.submit(function, *arguments, utterance=utterance))

    def submit(
        self, function: Callable[..., T], *arguments: Any, utterance: str | None = None
    ) -> Future[T]:
        """Have a function run with its arguments, after all that was asked for before.

        Args:
            utterance: what the function is going to encode.
        Raises:
            BusyError: too much waits, or the worker is closed.
        """
        job = _Job(partial(function, *arguments), utterance)
        with self._changed:
            if self._is_over:
                raise BusyError("the bot stops")
            if len(self._waiting) >= self._max_waiting:
                raise BusyError(f"{self._max_waiting:,} messages wait already")
            self._waiting.append(job)
            self._changed.notify()
        return job.result

    def in_turn(self, function: Callable[[], T]) -> T:
        """Have a function run and wait for it; at once where that is asked for on the worker."""
        is_here = threading.current_thread() is self._thread
        return function() if is_here else self.submit(function).result()

    def close(self) -> None:
        """Finish what runs; what only waits is cancelled."""
        with self._changed:
            self._is_over = True
            dropped, self._waiting = self._waiting, deque()
            self._changed.notify()
        for job in dropped:
            job.result.cancel()
        self._thread.join()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _work(self) -> None:
        while batch := self._next():
            self._read(batch)
            for job in batch:
                job.carry_out()

    def _next(self) -> list[_Job]:
        """Everything that waits, up to a batch; nothing at the end."""
        with self._changed:
            while not self._waiting and not self._is_over:
                self._changed.wait()
            count = min(len(self._waiting), _MOST_AT_ONCE)
            return [self._waiting.popleft() for _ in range(count)]

    def _read(self, batch: Sequence[_Job]) -> None:
        utterances = [job.utterance for job in batch if job.utterance is not None]
        if len(utterances) < 2 or self.reader is None:
            return
        try:
            self.reader.read_ahead(utterances)
        except Exception:  # whoever's utterance it is meets the error too, and alone
            logger.exception("utterances could not be read together")
