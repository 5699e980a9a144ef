"""The one thread that matches: fair to all bots and all who ask, never busy for long at one go."""

from __future__ import annotations

import asyncio
import heapq
import logging
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.lru import Lru
from bot.matching.build import Matcher
from bot.matching.encoder.encoder import Vectors
from bot.matching.encoder.supply import Supply, VectorsMissing, supplied
from bot.service.health import Health

logger = logging.getLogger(__name__)

T = TypeVar("T")

_MOST_READ_AT_ONCE = 128  # utterances encoded together; with more, the first wait for the last
_MOST_READ_OF_ONE = 4  # of one bot beside others, whose next messages wait for all of them
_GIVES_WAY_S = 0.05  # at once: what goes on beside the messages slows down, and ends all the same
_GOES_ON_S = 0.01  # before it gives way again, where so long was not enough for all who wrote
_PATIENCE_S = 6.0  # with an encoder elsewhere, over all that one message needs of it
_MOST_ROUNDS = 6
_MAX_OWNERS = 20_000  # the least recently served are forgotten; then they have not waited yet


@dataclass(slots=True, order=True)
class _Job:
    """A function that waits for its turn.

    Attributes:
        since: when it began to wait, in monotonic seconds.
        turn: what the order goes by; of two alike the first that came.
        utterance: what the function is going to encode; None for nothing.
        is_read: whether it is encoded already.
        supply: what has come for it from an encoder elsewhere; None: it waits for that itself.
        rounds: how often it stepped aside for that.
    """

    turn: int
    number: int
    since: float = field(compare=False)
    run: Callable[[], Any] = field(compare=False)
    utterance: str | None = field(compare=False)
    is_read: bool = field(compare=False, default=False)
    supply: Supply | None = field(compare=False, default_factory=Supply)
    rounds: int = field(compare=False, default=0)
    result: Future[Any] = field(compare=False, default_factory=Future)


class MatchingThread:
    """The thread of one worker, or of those of several bots, which take turns.

    A bot that many write to holds the others up by one turn, however many wait there: start-time
    fair queueing, as between the people of one bot.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._began: float | None = None  # what runs, in monotonic seconds
        self._turn = 0  # of the worker that runs
        self._due: dict[Worker, int] = {}  # the next turn of each
        self._unread = 0  # utterances that wait, or are being read
        self._is_free = threading.Event()  # of those
        self._is_free.set()
        self._goes_on_until = 0.0  # in monotonic seconds: what goes on beside has waited in vain
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="matching")

    @property
    def busy_s(self) -> float:
        """For how long it has been busy with one job; 0 where it waits for the next."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def join(self, worker: Worker) -> None:
        """Let a worker have its turns."""
        with self.lock:
            self._due[worker] = self._turn

    def leave(self, worker: Worker) -> None:
        """Let a worker have no more of them; to be called with the lock."""
        self._due.pop(worker, None)

    def wake(self, worker: Worker) -> None:
        """Have one more job run; to be called with the lock, before the worker has that job.

        Raises:
            RuntimeError: the worker was closed.
        """
        if worker not in self._due:
            raise RuntimeError("the worker is closed")
        self._executor.submit(self._run_next)
        if not worker.is_waiting:
            self._due[worker] = max(self._turn, self._due[worker])

    def read_with(self, worker: Worker, reader: Matcher) -> list[tuple[Matcher, _Job]]:
        """What is to be encoded together with the utterance of a worker whose turn it is.

        Returns:
            The jobs that come next, of all workers whose readers have the same encoder.
        """
        found: list[tuple[int, Matcher, _Job]] = []
        most = _MOST_READ_OF_ONE if len(self._due) > 1 else _MOST_READ_AT_ONCE
        with self.lock:
            for each, due in self._due.items():
                own = each.reader
                if own is not None and own.encoder is reader.encoder:
                    # More of another's would hold up this one; their own turns bring them.
                    jobs = each.unread(most - 1 if each is worker else 1)
                    found += [(turn, own, job) for turn, job in enumerate(jobs, due)]
        found.sort(key=lambda one: one[0])
        return [(own, job) for _, own, job in found[: _MOST_READ_AT_ONCE - 1]]

    def count_unread(self, *utterances: str | None, come: bool) -> None:
        """Note that some have come, or are dealt with; to be called with the lock."""
        count = sum(each is not None for each in utterances)
        self._unread += count if come else -count
        if self._unread:
            self._is_free.clear()
        else:
            self._is_free.set()

    def give_way(self) -> None:
        """Wait while there are utterances to be read, but not for long, nor twice in a row."""
        if time.monotonic() >= self._goes_on_until and not self._is_free.wait(_GIVES_WAY_S):
            self._goes_on_until = time.monotonic() + _GOES_ON_S

    def close(self) -> None:
        """Finish what runs."""
        self._executor.shutdown(cancel_futures=True)

    def _run_next(self) -> None:
        with self.lock:
            waiting = [worker for worker in self._due if worker.is_waiting]
            if not waiting:  # whoever had it wanted has left
                return
            worker = min(waiting, key=self._due.__getitem__)
            self._turn = self._due[worker]
            self._due[worker] += 1
            job = worker.next_job()
        self._began = time.monotonic()
        worker.run_job(job)
        self._began = None
        with self.lock:
            self.count_unread(job.utterance, come=False)


class Worker:
    """Runs one bot's functions one after another on a thread, in turn for each who asks.

    Loading the model, encoding and searching all happen there: libraries that share one runtime
    for their threads slow each other down when several threads call them. Nobody waits for a batch
    to fill: utterances that came in while the worker was busy are the next batch.

    Whoever has sixty messages waiting gets one answered, then everybody else who waits gets one
    (start-time fair queueing, Goyal et al. 1996). What one owner asks for keeps its order.

    Nothing here waits for an encoder on another machine: what lacks vectors steps aside, others go
    on, and once they have come it runs again, from its beginning. After some seconds a message does
    without.

    Args:
        thread: which several bots share; None: one of its own.
    Attributes:
        reader: encodes a batch, before the functions that its utterances came with run one by one.
        health: is told of every batch and every message that is done; None tells nobody.
    """

    def __init__(self, thread: MatchingThread | None = None) -> None:
        self.reader: Matcher | None = None
        self.health: Health | None = None
        self._thread = thread or MatchingThread()
        self._owns_thread = thread is None
        self._waiting: list[_Job] = []  # a heap
        self._turn = 0  # of what runs
        self._count = 0
        self._next_turn: Lru[Hashable, int] = Lru(_MAX_OWNERS)
        self._aside: dict[int, _Job] = {}  # by number
        self._is_closed = False
        self._thread.join(self)

    @property
    def is_waiting(self) -> bool:
        """Whether anything waits for its turn."""
        return bool(self._waiting)

    def submit(
        self,
        function: Callable[..., T],
        *arguments: Any,
        utterance: str | None = None,
        owner: Hashable = None,
        may_wait: bool = False,
    ) -> Future[T]:
        """Have a function run with its arguments. It may run more than once.

        Args:
            utterance: what the function is going to encode.
            owner: who asks; what they asked for before runs first.
            may_wait: nobody is served yet: it waits for an encoder elsewhere, and runs once.
        """
        with self._thread.lock:
            turn = max(self._turn, self._next_turn.get(owner) or 0)
            self._next_turn[owner] = turn + 1
            self._count += 1
            job = _Job(turn, self._count, time.monotonic(), lambda: function(*arguments), utterance)
            job.supply = None if may_wait else job.supply
            self._push(job)
        return job.result

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
        """See `MatchingThread.give_way`."""
        self._thread.give_way()

    def close(self) -> None:
        """Finish what runs; what only waits is cancelled."""
        with self._thread.lock:
            self._is_closed = True
            for job in self._waiting:
                _cancel(job)
            self._thread.count_unread(*(job.utterance for job in self._waiting), come=False)
            self._waiting.clear()
            self._thread.leave(self)
        if self._owns_thread:
            self._thread.close()
        with self._thread.lock:
            for job in self._aside.values():
                _cancel(job)
            self._aside.clear()

    def _push(self, job: _Job) -> None:
        """Have a job wait for its turn; to be called with the lock."""
        self._thread.wake(self)
        self._thread.count_unread(job.utterance, come=True)
        heapq.heappush(self._waiting, job)

    def next_job(self) -> _Job:
        """The job whose turn it is, which waits no longer; to be called with the lock."""
        job = heapq.heappop(self._waiting)
        self._turn = max(self._turn, job.turn)  # of one that stepped aside it is long over
        return job

    def unread(self, most: int) -> list[_Job]:
        """The first jobs with an utterance to be encoded; to be called with the lock."""
        unread = (
            job
            for job in self._waiting
            if job.utterance is not None and not job.is_read and not job.result.cancelled()
        )
        return heapq.nsmallest(most, unread)

    def run_job(self, job: _Job) -> None:
        """Run a job, on the thread."""
        if job.rounds == 0 and not job.result.set_running_or_notify_cancel():
            return
        if job.utterance is not None and self.health is not None and job.rounds == 0:
            self.health.turn_s.observe(time.monotonic() - job.since)
        if job.utterance is not None and not job.is_read:
            self._read_ahead(job)
        try:
            with supplied(job.supply):
                job.result.set_result(job.run())
        except VectorsMissing as missing:
            self._step_aside(job, missing.coming)
        except BaseException as error:  # noqa: BLE001  (whoever asked meets it)
            job.result.set_exception(error)
        if job.utterance is not None:
            self._has_progressed()

    def _read_ahead(self, first: _Job) -> None:
        """Have utterances that wait encoded together with the one whose turn it is."""
        reader, count = self.reader, 1
        others = [] if reader is None else self._thread.read_with(self, reader)
        jobs = [first, *(job for _, job in others)]
        try:
            if reader is not None and others:
                readers = [reader, *(each for each, _ in others)]
                with supplied(Supply()):
                    count = reader.read_ahead([job.utterance or "" for job in jobs], readers)
        except VectorsMissing:  # which each of them asks for itself
            count = len(jobs)
        except Exception:  # whoever's utterance it is meets the error too, and alone
            logger.exception("utterances could not be read together")
            count = len(jobs)
        for job in jobs[:count]:
            job.is_read = True
        self._has_progressed()

    def _step_aside(self, job: _Job, coming: Future[Mapping[str, Vectors]]) -> None:
        """Let others go on until vectors have come, or do not come."""
        with self._thread.lock:
            job.rounds += 1
            self._aside[job.number] = job
        coming.add_done_callback(lambda _: self._go_on(job, coming))

    def _go_on(self, job: _Job, coming: Future[Mapping[str, Vectors]]) -> None:
        supply, is_late = job.supply, time.monotonic() - job.since > _PATIENCE_S
        assert supply is not None  # noqa: S101  (or it had waited itself)
        if coming.cancelled() or coming.exception() is not None:
            supply.is_cut_off = True
        else:
            supply.vectors.update(coming.result())
            is_over = is_late and job.utterance is not None
            supply.is_cut_off = is_over or job.rounds >= _MOST_ROUNDS
        with self._thread.lock:
            if self._aside.pop(job.number, None) is None:
                return
            if self._is_closed:
                _cancel(job)
            else:
                self._push(job)

    def _has_progressed(self) -> None:
        if self.health is not None:
            self.health.has_progressed()


def _cancel(job: _Job) -> None:
    if not job.result.cancel() and not job.result.done():  # it has run, and stepped aside
        job.result.set_exception(CancelledError())
