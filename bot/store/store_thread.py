"""One thread that works on a store: a queue, retries with backoff, and bounded waiting."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from bot.errors import StoreError
from bot.store.store import RowError

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_WAITING = 10_000  # operations; beyond, the oldest is dropped
_ANSWER_S = 5.0
_SWEEP_EVERY_S = 3600.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_LET_GO_S = 0.5  # beyond the time-out of `close`, to let go of the store


class Sweepable(Protocol):
    """What the thread needs of a store by itself."""

    def sweep(self, now: float) -> int:
        """Erase what is too old; it succeeds only where something can be written."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


S = TypeVar("S", bound=Sweepable)


class Queued(Future[T]):
    """The result of what was queued: await it, or wait for it with `result`."""

    def __await__(self) -> Generator[Any, None, T]:
        return asyncio.wrap_future(self).__await__()


@dataclass(frozen=True, slots=True, eq=False)
class _Operation(Generic[S]):
    run: Callable[[S], Any]
    result: Queued[Any]
    keep: bool

    def fail(self, error: Exception) -> None:
        """Let whoever asked know, unless they have cancelled it."""
        if self.result.running() or self.result.set_running_or_notify_cancel():
            self.result.set_exception(error)


class StoreThread(Generic[S]):
    """Runs operations on a store, in the order they came.

    Opening the store and sweeping it, at the start and every hour, happen on its thread too. Call
    it from any thread.

    Args:
        open_store: called on the thread, again and again until it succeeds.
        trouble: shared by the threads of one database.
        first_pause_s, longest_pause_s: the backoff between two tries of what is kept; each pause
            is twice as long as the one before.
        answer_s: whoever asks waits no longer.
        now: the time, in seconds since 1970.
    """

    counts_saved = True  # whether what it keeps counts as remembered, in the log

    def __init__(
        self,
        open_store: Callable[[], S],
        trouble: Trouble | None = None,
        *,
        sweep_every_s: float = _SWEEP_EVERY_S,
        first_pause_s: float = _FIRST_PAUSE_S,
        longest_pause_s: float = _LONGEST_PAUSE_S,
        answer_s: float = _ANSWER_S,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._open_store = open_store
        self._trouble = Trouble() if trouble is None else trouble
        self._sweep_every_s = sweep_every_s
        self._first_pause_s = first_pause_s
        self._longest_pause_s = longest_pause_s
        self._answer_s = answer_s
        self._now = now
        self._store: S | None = None  # used by the thread alone; all below goes by the lock
        self._changed = threading.Condition()
        self._waiting: deque[_Operation[S]] = deque()
        self._running: _Operation[S] | None = None
        self._is_stuck = False  # what runs is kept, and has failed
        self._sweep_at = 0.0  # of monotonic time, like the next
        self._give_up_at = math.inf
        self._closing = threading.Event()
        self._has_given_up = False
        self._reason: str | None = None  # why the store fails
        self._is_unproven = False  # something failed that is not retried: only a sweep can tell
        self._saved = 0  # since it began to fail
        self._is_dropping = False
        self._thread = threading.Thread(target=self._work, name="store", daemon=True)
        self._thread.start()

    def flush(self) -> Queued[None]:
        """Queue nothing; it is done when all is done that was queued before."""
        return self._keep(lambda store: None)

    def close(self, timeout_s: float = 5.0) -> None:
        """Do what still waits, trying so long at most, and let go of the store."""
        with self._changed:
            if not self._closing.is_set():
                self._give_up_at = time.monotonic() + timeout_s
                self._closing.set()
                self._changed.notify()
        self._thread.join(timeout_s + _LET_GO_S)
        self._give_up()  # where an operation hangs

    def _keep(self, run: Callable[[S], T]) -> Queued[T]:
        """Queue what is tried again until it succeeds; RowError alone ends it. Nothing cancels it.

        Its result is a StoreError where it could not be kept after all: too much waited, or the
        bot stopped.
        """
        result: Queued[T] = Queued()
        result.set_running_or_notify_cancel()
        return self._queue(run, result, keep=True)

    async def _ask(self, run: Callable[[S], T]) -> T:
        """Have the store asked, after all that was queued before.

        Raises:
            StoreError: it cannot answer now; at once where something that is kept is stuck.
        """
        result = self._queue(run, Queued(), keep=False)
        try:
            return await asyncio.wait_for(result, self._answer_s)
        except TimeoutError:
            raise StoreError(f"no answer within {self._answer_s:.0f} s") from None

    def _queue(self, run: Callable[[S], T], result: Queued[T], *, keep: bool) -> Queued[T]:
        asked = _Operation(run, result, keep)
        refused: tuple[_Operation[S], str] | None = None
        with self._changed:
            if self._closing.is_set():
                refused = asked, "the memory is closed"
            elif self._is_stuck and not keep:
                refused = asked, str(self._reason)
            else:
                self._waiting.append(asked)
                self._changed.notify()
                if len(self._waiting) > MAX_WAITING:
                    refused = self._waiting.popleft(), "too much waits to be remembered"
                    self._tell_of_dropping()
        if refused is not None:
            refused[0].fail(StoreError(refused[1]))
        return result

    def _tell_of_dropping(self) -> None:
        if not self._is_dropping:
            self._is_dropping = True
            logger.warning("more than %d wait to be remembered; the oldest are lost", MAX_WAITING)

    def _work(self) -> None:
        while (operation := self._next()) is not None:
            self._carry_out(operation)
        self._give_up()
        if self._store is not None:
            try:
                self._store.close()
            except Exception:
                logger.exception("the memory could not be closed")

    def _next(self) -> _Operation[S] | None:
        """Wait for what is next: the first that waits, or else a sweep; None at the end."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._waiting or self._closing.is_set(),
                max(0.0, self._sweep_at - time.monotonic()),
            )
            if self._waiting and time.monotonic() < self._give_up_at:
                self._running = self._waiting.popleft()
            elif self._closing.is_set():
                return None
            else:
                self._sweep_at = time.monotonic() + self._sweep_every_s
                self._running = _Operation(self._sweep, Queued(), keep=False)
            return self._running

    def _sweep(self, store: S) -> None:
        store.sweep(self._now())
        with self._changed:
            self._is_unproven = False

    def _carry_out(self, operation: _Operation[S]) -> None:
        """Run an operation; what is kept, until it succeeds or there is no time left."""
        if not operation.keep and not operation.result.set_running_or_notify_cancel():
            self._finished(operation)
            return
        pause_s = self._first_pause_s
        while (error := self._attempt(operation)) is not None:
            self._failed(operation, error)
            if not operation.keep or time.monotonic() >= self._give_up_at:
                return
            if self._closing.is_set():
                time.sleep(self._first_pause_s)
            elif not self._closing.wait(pause_s):
                pause_s = min(2 * pause_s, self._longest_pause_s)

    def _attempt(self, operation: _Operation[S]) -> StoreError | None:
        """Run an operation once; returns why the store could not do it now."""
        try:
            outcome = operation.run(self._opened())
        except RowError as error:
            logger.warning("something cannot be remembered: %s", error)
            self._finished(operation)
            operation.result.set_exception(error)
        except StoreError as error:
            return error
        except Exception as error:
            logger.exception("the memory was asked for something that went wrong")
            self._finished(operation)
            operation.result.set_exception(error)
        else:
            self._finished(operation, is_done=True)
            operation.result.set_result(outcome)
        return None

    def _opened(self) -> S:
        if self._store is None:
            try:
                self._store = self._open_store()
            except StoreError:
                raise
            except Exception as error:
                raise StoreError(f"{type(error).__name__}: {error}") from error
        return self._store

    def _finished(self, operation: _Operation[S], *, is_done: bool = False) -> None:
        """Note that an operation has come to an end, whatever the store thought of it."""
        with self._changed:
            self._running, self._is_stuck = None, False
            self._saved += is_done and operation.keep
            if not is_done or self._is_unproven or any(each.keep for each in self._waiting):
                return
            self._is_dropping = False
            if self._reason is not None:
                self._reason = None
                self._trouble.ends(self, self._saved if self.counts_saved else 0)

    def _failed(self, operation: _Operation[S], error: StoreError) -> None:
        """Note that the store cannot do something now, and let nobody who asks wait behind it."""
        turned_away = [operation]
        with self._changed:
            if self._reason is None:
                self._saved = 0
                self._trouble.begins(self, error)
            self._reason = str(error)
            if operation.keep:
                self._is_stuck = True
                turned_away = [each for each in self._waiting if not each.keep]
                self._waiting = deque(each for each in self._waiting if each.keep)
            else:  # nothing is tried again that would show when the store works
                self._running, self._is_unproven = None, True
                self._sweep_at = min(self._sweep_at, time.monotonic() + self._longest_pause_s / 4)
        for each in turned_away:
            each.fail(error)

    def _give_up(self) -> None:
        """Turn away all that still waits, and say how much of it was to be kept."""
        with self._changed:
            lost, running = [*self._waiting], self._running
            self._waiting.clear()
            is_told, self._has_given_up = self._has_given_up, True
            reason = self._reason or "there was no time left"
        if running is not None:
            lost.append(running)
        unsaved = sum(each.keep for each in lost)
        if unsaved and not is_told:
            logger.warning("%d to be remembered could not be saved (%s)", unsaved, reason)
        is_hanging = threading.current_thread() is not self._thread
        for each in lost:
            if each is not running or not is_hanging:
                each.fail(StoreError(reason))


class Trouble:
    """Tells the log of a database that fails: once, whichever of its threads notices it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failing: set[int] = set()
        self._saved = 0

    def begins(self, thread: object, error: StoreError) -> None:
        """Note that a thread's store begins to fail."""
        with self._lock:
            if not self._failing:
                self._saved = 0
                logger.warning(
                    "the memory cannot be written (%s); answers go on, what is to be remembered "
                    "waits",
                    error,
                )
            self._failing.add(id(thread))

    def ends(self, thread: object, saved: int) -> None:
        """Note that a thread's store works again, and how much it had to save."""
        with self._lock:
            self._failing.discard(id(thread))
            self._saved += saved
            if not self._failing:
                logger.info("the memory works again; %d written that waited", self._saved)
