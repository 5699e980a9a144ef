"""The one thread that remembers: nobody waits for the database unless they want its answer."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from bot.errors import StoreError
from bot.store.store import RowError

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Kept(Protocol):
    """What a memory runs operations on."""

    def sweep(self, now: float) -> int:
        """Erase what is too old; it succeeds only where something can be written."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


S = TypeVar("S", bound=Kept, covariant=True)

MAX_WAITING = 10_000  # operations to be kept; beyond, the oldest is dropped
_HOUR_S = 3600.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class _Operation(Generic[S]):
    run: Callable[[S], object]
    result: Future[Any]
    keep: bool

    def fail(self, error: Exception) -> None:
        """Let whoever asked know, unless they have cancelled it."""
        if self.result.running() or self.result.set_running_or_notify_cancel():
            self.result.set_exception(error)


class Memory(Generic[S]):
    """Runs operations on a store, in the order they came, on a thread of its own.

    Opening the store and sweeping it, at the start and every hour, happen there too. Call it from
    any thread; the callbacks of a result run on the memory's, so they must be quick.

    Args:
        open_store: called on that thread, again and again until it succeeds.
        sweep_every_s: the time between two sweeps.
        first_pause_s, longest_pause_s: between two tries of an operation that is kept; each pause
            is twice as long as the one before.
        now: the time, in seconds since 1970.
        trouble: shared by the memories of one database.
        is_remembering: whether what it keeps counts as remembered, in the log.
    """

    def __init__(
        self,
        open_store: Callable[[], S],
        *,
        sweep_every_s: float = _HOUR_S,
        first_pause_s: float = _FIRST_PAUSE_S,
        longest_pause_s: float = _LONGEST_PAUSE_S,
        now: Callable[[], float] = time.time,
        trouble: Trouble | None = None,
        is_remembering: bool = True,
    ) -> None:
        self._trouble = Trouble() if trouble is None else trouble
        self._is_remembering = is_remembering
        self._open_store = open_store
        self._sweep_every_s = sweep_every_s
        self._first_pause_s = first_pause_s
        self._longest_pause_s = longest_pause_s
        self._now = now
        self._store: S | None = None  # used by the thread alone; all below goes by the lock
        self._changed = threading.Condition()
        self._waiting: deque[_Operation[S]] = deque()
        self._running: _Operation[S] | None = None
        self._kept = 0  # how many of those that wait or run are kept
        self._is_stuck = False  # the first of those that wait is kept, and has failed
        self._pause_s = first_pause_s
        self._retry_at = 0.0  # monotonic, as all that ends so
        self._sweep_at = 0.0
        self._has_unswept = False  # the last sweep failed
        self._reason: str | None = None  # why the store fails
        self._saved = 0  # since it began to fail
        self._is_dropping = False
        self._give_up_at: float | None = None  # set by `close`
        self._has_given_up = False
        self._thread = threading.Thread(target=self._work, name="memory", daemon=True)
        self._thread.start()

    def do(self, operation: Callable[[S], T], *, keep: bool = False) -> Future[T]:
        """Have something done, after all that was asked for before.

        Args:
            keep: try again until it succeeds; it cannot be cancelled, and RowError alone ends it.
                Without it, StoreError is the result of a failure, and at once where something
                before it has failed and is kept.
        """
        result: Future[T] = Future()
        if keep:
            result.set_running_or_notify_cancel()
        asked = _Operation(operation, result, keep)
        refused: str | None = None
        dropped: _Operation[S] | None = None
        with self._changed:
            if self._give_up_at is not None:
                refused = "the memory is closed"
            elif self._is_stuck and not keep:
                refused = self._reason
            else:
                self._waiting.append(asked)
                self._kept += keep
                dropped = self._drop_oldest()
                self._changed.notify()
        if refused is not None:
            asked.fail(StoreError(refused))
        if dropped is not None:
            dropped.fail(StoreError("too much waits to be remembered"))
        return result

    def close(self, timeout_s: float = 5.0) -> None:
        """Do what still waits, trying so long at most, and let go of the store."""
        with self._changed:
            if self._give_up_at is None:
                self._give_up_at = time.monotonic() + timeout_s
                self._retry_at, self._pause_s = 0.0, self._first_pause_s
                self._changed.notify()
        self._thread.join(timeout_s)
        if self._give_up():
            self._thread.join(timeout_s)  # it only has to let go

    def _work(self) -> None:
        while self._wait():
            if self._running is None:
                self._sweep()
            else:
                self._run(self._running)
        self._give_up()
        if self._store is not None:
            try:
                self._store.close()
            except Exception:
                logger.exception("the memory could not be closed")

    def _wait(self) -> bool:
        """Wait for what is next: take an operation, or none where a sweep is; False at the end."""
        with self._changed:
            while True:
                now = time.monotonic()
                operation_at = self._retry_at if self._is_stuck else 0.0
                dues = [operation_at] if self._waiting else []
                if self._give_up_at is None:
                    dues.append(self._sweep_at)
                elif not self._waiting or self._give_up_at <= now:
                    return False
                else:
                    dues.append(self._give_up_at)
                if min(dues) <= now:
                    break
                self._changed.wait(min(dues) - now)
            if self._waiting and operation_at <= now:
                self._running = self._waiting.popleft()
            return True

    def _run(self, operation: _Operation[S]) -> None:
        if not operation.keep and not operation.result.set_running_or_notify_cancel():
            self._finished(operation)
            return
        try:
            outcome = operation.run(self._opened())
        except RowError as error:
            logger.warning("something cannot be remembered: %s", error)
            self._finished(operation)
            operation.result.set_exception(error)
        except StoreError as error:
            self._failed(operation, error)
        except Exception as error:
            logger.exception("the memory was asked for something that went wrong")
            self._finished(operation)
            operation.result.set_exception(error)
        else:
            self._finished(operation, is_done=True)
            operation.result.set_result(outcome)

    def _opened(self) -> S:
        if self._store is None:
            try:
                self._store = self._open_store()
            except StoreError:
                raise
            except Exception as error:
                raise StoreError(f"{type(error).__name__}: {error}") from error
        return self._store

    def _sweep(self) -> None:
        wait_s, error = self._sweep_every_s, None
        try:
            self._opened().sweep(self._now())
        except StoreError as failure:
            wait_s, error = min(wait_s, self._longest_pause_s), failure
        except Exception:
            logger.exception("the memory could not be swept")
        with self._changed:
            self._sweep_at = time.monotonic() + wait_s
            self._has_unswept = error is not None
            if error is None:
                self._note_recovery()
            else:
                self._note_trouble(error)

    def _finished(self, operation: _Operation[S], *, is_done: bool = False) -> None:
        """Note that an operation has come to an end, whatever the store thought of it."""
        with self._changed:
            self._running = None
            if operation.keep:
                self._kept -= 1
                self._saved += is_done
                self._is_stuck = False
                self._pause_s = self._first_pause_s
            if is_done:
                self._note_recovery()

    def _failed(self, operation: _Operation[S], error: StoreError) -> None:
        """Put back what is kept, and turn away what came after it and is not."""
        turned_away = [operation]
        with self._changed:
            self._running = None
            self._note_trouble(error)
            if operation.keep and not self._has_given_up:
                turned_away = [other for other in self._waiting if not other.keep]
                kept = [other for other in self._waiting if other.keep]
                self._waiting = deque([operation, *kept])
                self._is_stuck = True
                self._retry_at = time.monotonic() + self._pause_s
                self._pause_s = min(2 * self._pause_s, self._longest_pause_s)
            else:  # nothing is tried again that would show when the store works
                soon = time.monotonic() + self._longest_pause_s / 4
                self._sweep_at = min(self._sweep_at, soon)
        for other in turned_away:
            other.fail(error)

    def _give_up(self) -> bool:
        """Turn away all that still waits; False where an operation is under way all the same."""
        with self._changed:
            self._has_given_up = True
            lost, self._waiting = self._waiting, deque()
            unsaved = sum(operation.keep for operation in lost)
            is_running = self._running is not None
            if self._running is not None:
                unsaved += self._running.keep
            reason = self._reason or "there was no time left"
        if unsaved:
            logger.warning("%d to be remembered could not be saved (%s)", unsaved, reason)
        for operation in lost:
            operation.fail(StoreError(reason))
        return not is_running

    def _drop_oldest(self) -> _Operation[S] | None:
        """Make room where too many wait. The lock is held, as in all below."""
        if self._kept <= MAX_WAITING:
            return None
        place = next(n for n, operation in enumerate(self._waiting) if operation.keep)
        dropped = self._waiting[place]
        del self._waiting[place]
        self._kept -= 1
        if not self._is_dropping:
            self._is_dropping = True
            logger.warning("more than %d wait to be remembered; the oldest are lost", MAX_WAITING)
        return dropped

    def _note_trouble(self, error: StoreError) -> None:
        if self._reason is None:
            self._saved = 0
            self._trouble.begins(self, error)
        self._reason = str(error)

    def _note_recovery(self) -> None:
        """Say so when all that waited is written."""
        if self._kept or self._has_unswept:
            return
        if self._reason is not None:
            self._trouble.ends(self, self._saved if self._is_remembering else 0)
        self._reason, self._is_dropping = None, False


class Trouble:
    """Tells the log of a database that fails: once, whichever of its memories notices it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_trouble: set[int] = set()
        self._saved = 0

    def begins(self, memory: object, error: StoreError) -> None:
        """Note that a memory begins to fail."""
        with self._lock:
            if not self._in_trouble:
                self._saved = 0
                logger.warning(
                    "the memory cannot be written (%s); answers go on, what is to be remembered "
                    "waits",
                    error,
                )
            self._in_trouble.add(id(memory))

    def ends(self, memory: object, saved: int) -> None:
        """Note that a memory works again, and how much it had to save."""
        with self._lock:
            self._in_trouble.discard(id(memory))
            self._saved += saved
            if not self._in_trouble:
                logger.info("the memory works again; %d written that waited", self._saved)
