"""A store that holds nobody up: it works on a thread of its own, with retry and backoff.

What must be kept whatever happens is queued, and tried again with backoff until it is written; the
future that comes back may be awaited or not. What is asked is awaited, and raises StoreError where
there is no answer within 5 s.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.errors import StoreError
from bot.store.clock import STEADY_S, Clock
from bot.store.shared import InboxItem
from bot.store.store import RowError, Store
from bot.store.under_way import UnderWay

logger = logging.getLogger(__name__)

T = TypeVar("T")
P = ParamSpec("P")

MAX_WAITING = 10_000  # operations; beyond, the oldest is dropped
SWEEP_EVERY_S = 3600.0
_ANSWER_S = 5.0  # whoever asks waits no longer
_FIRST_PAUSE_S = 0.5  # before the second try of what is kept; each is twice as long as the last
_LONGEST_PAUSE_S = 5.0
_CLOSING_PAUSE_S = 0.1  # between two tries while the store is closed
_LET_GO_S = 0.5  # beyond the time-out of `close`, to let go of the store


@dataclass(frozen=True, slots=True, eq=False)
class _Operation:
    """Something to be done with the store.

    Attributes:
        is_kept: it is tried again until it succeeds.
    """

    run: Callable[[Store], Any]
    is_kept: bool
    result: Future[Any] = field(default_factory=Future)

    def fail(self, error: Exception) -> None:
        """Let whoever asked know, unless they have cancelled it."""
        if self.result.running() or self.result.set_running_or_notify_cancel():
            self.result.set_exception(error)


def _kept(
    method: Callable[Concatenate[Any, P], T],
) -> Callable[Concatenate[AsyncStore, P], Future[T]]:
    """A method of `Store`, queued until it is done."""

    def keep(self: AsyncStore, /, *args: P.args, **named: P.kwargs) -> Future[T]:
        return self._keep(lambda store: getattr(store, method.__name__)(*args, **named))

    return keep


def _asked(
    method: Callable[Concatenate[Any, P], T],
) -> Callable[Concatenate[AsyncStore, P], Coroutine[Any, Any, T]]:
    """A method of `Store`, awaited."""

    async def ask(self: AsyncStore, /, *args: P.args, **named: P.kwargs) -> T:
        return await self._ask(lambda store: getattr(store, method.__name__)(*args, **named))

    return ask


class AsyncStore:
    """A `Store` on a thread of its own; see there what each method means. Call it from any thread.

    A plain method queues what must be kept; an async one asks, and raises StoreError.

    Opening the store and sweeping it, at the start and every hour, happen on that thread too. While
    what is kept fails, nothing is asked. The log says once that it fails, and once that it works
    again.

    Args:
        open_store: called on the thread, again and again until it succeeds.
        is_shared: replicas may use the same store.
    Attributes:
        clock: compared with what is remembered when the store is opened.
        under_way: what is about to be written of whom.
    """

    def __init__(self, open_store: Callable[[], Store], *, is_shared: bool = False) -> None:
        self._open_store = open_store
        self.is_shared = is_shared
        self.clock = Clock()
        self.under_way = UnderWay()
        self._store: Store | None = None  # used by the thread alone; what follows goes by the lock
        self._changed = threading.Condition()
        self._waiting: deque[_Operation] = deque()
        self._running: _Operation | None = None
        self._trouble: str | None = None  # why the store fails
        self._is_stuck = False  # what runs is kept, and has failed
        self._is_dropping = False
        self._sweep_at = 0.0  # of monotonic time, like the next
        self._give_up_at = math.inf
        self._closing = threading.Event()
        # In the context of whoever opens it, which says to the log whose store it is.
        work = partial(copy_context().run, self._work)
        self._thread = threading.Thread(target=work, name="store", daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str | None:
        """Why nothing can be kept now; None where all is well. What was to be kept waits."""
        return self._trouble

    # What must be kept.
    record = _kept(Store.record)
    label = _kept(Store.label)
    shown = _kept(Store.shown)
    save_ticket = _kept(Store.save_ticket)
    add_post = _kept(Store.add_post)
    block = _kept(Store.block)
    unblock = _kept(Store.unblock)
    ignore = _kept(Store.ignore)
    claim = _kept(Store.claim)
    begin = _kept(Store.begin)
    done = _kept(Store.done)
    set_aside = _kept(Store.set_aside)
    lost = _kept(Store.lost)
    give_up_lost = _kept(Store.give_up_lost)
    let_go = _kept(Store.let_go)
    tell = _kept(Store.tell)
    reopen = _kept(Store.close)  # by the next operation

    # What is done now or not at all; to `forget` somebody, see `UnderWay.forgetting`.
    blocked_until = _asked(Store.blocked_until)
    blocked = _asked(Store.blocked)
    decision_shown = _asked(Store.decision_shown)
    last_decision = _asked(Store.last_decision)
    stats = _asked(Store.stats)
    behind = _asked(Store.behind)
    glimpses = _asked(Store.glimpses)
    note = _asked(Store.note)
    take_note = _asked(Store.take_note)
    faq_since = _asked(Store.faq_since)
    knows_faq = _asked(Store.knows_faq)
    publish_faq = _asked(Store.publish_faq)
    take_tokens = _asked(Store.take_tokens)
    missed = _asked(Store.missed)
    kept_of = _asked(Store.kept_of)
    forget = _asked(Store.forget)
    tickets = _asked(Store.tickets)
    ticket = _asked(Store.ticket)
    posts = _asked(Store.posts)
    posts_of = _asked(Store.posts_of)
    receive = _asked(Store.receive)
    lease = _asked(Store.lease)
    summon = _asked(Store.summon)
    hold_back = _asked(Store.hold_back)
    still_open = _asked(Store.still_open)

    async def backlog(self) -> Sequence[InboxItem]:
        """Ask `Store.backlog`, for as long as it takes."""
        return await asyncio.wrap_future(self._keep(lambda store: store.backlog()))

    async def written(self) -> None:
        """Wait until all that was queued before is written, for as long as it takes."""
        await asyncio.wrap_future(self._keep(lambda _: None))

    def close(self, timeout_s: float = 5.0) -> None:
        """Do what still waits, trying so long at most, and let go of the store."""
        with self._changed:
            self._give_up_at = min(self._give_up_at, time.monotonic() + timeout_s)
            self._closing.set()
            self._changed.notify()
        self._thread.join(timeout_s + _LET_GO_S)
        with self._changed:
            lost = [*self._waiting]
            self._waiting.clear()
            hanging = [] if self._running is None else [self._running]  # it may end yet
            reason = self._trouble or "there was no time left"
        unsaved = [each for each in lost + hanging if each.is_kept and each.run != self._sweep]
        if unsaved:
            logger.warning("%d to be remembered could not be saved (%s)", len(unsaved), reason)
        for each in lost:
            each.fail(StoreError(reason))

    # --- queueing --------------------------------------------------------------------------------

    def _keep(self, run: Callable[[Store], T]) -> Future[T]:
        """Queue what is tried again until it succeeds; RowError alone ends it. Nothing cancels it.

        Its result is a StoreError where it could not be kept after all: too much waited, or the
        bot stopped.
        """
        operation = _Operation(run, is_kept=True)
        operation.result.set_running_or_notify_cancel()  # from now on nobody can cancel it
        self._queue(operation)
        return operation.result

    async def _ask(self, run: Callable[[Store], T]) -> T:
        """Have the store asked, after all that was queued before.

        Raises:
            StoreError: it cannot answer now; at once where something that is kept is stuck.
        """
        operation = _Operation(run, is_kept=False)
        self._queue(operation)
        try:
            async with asyncio.timeout(_ANSWER_S):
                return await asyncio.wrap_future(operation.result)
        except TimeoutError:
            raise StoreError(f"no answer within {_ANSWER_S:.0f} s") from None

    def _queue(self, operation: _Operation) -> None:
        with self._changed:
            if self._closing.is_set():
                operation.fail(StoreError("the memory is closed"))
            elif self._is_stuck and not operation.is_kept:
                operation.fail(StoreError(self._trouble))
            else:
                self._waiting.append(operation)
                self._changed.notify()
            if len(self._waiting) > MAX_WAITING:
                self._waiting.popleft().fail(StoreError("too much waits to be remembered"))
                if not self._is_dropping:
                    self._is_dropping = True
                    logger.warning(
                        "more than %d wait to be remembered; the oldest are lost", MAX_WAITING
                    )

    # --- on the thread ---------------------------------------------------------------------------

    def _work(self) -> None:
        while (operation := self._next()) is not None:
            self._carry_out(operation)
        if self._store is not None:
            self._store.close()

    def _next(self) -> _Operation | None:
        """Wait for what is next: the first that waits, or else a sweep; None at the end."""
        with self._changed:
            self._running, self._is_stuck = None, False
            self._changed.wait_for(
                lambda: self._waiting or self._closing.is_set(),
                max(0.0, self._sweep_at - time.monotonic()),
            )
            if self._waiting and time.monotonic() < self._give_up_at:
                self._running = self._waiting.popleft()
            elif not self._closing.is_set():
                self._running = _Operation(self._sweep, is_kept=True)
            return self._running

    def _sweep(self, store: Store) -> None:
        """Sweep the store, which proves that it can be written."""
        may_erase = self.clock.may_erase
        self._sweep_at = time.monotonic() + (SWEEP_EVERY_S if may_erase else STEADY_S)
        store.sweep(time.time() if may_erase else 0.0)  # as long as nothing is old

    def _carry_out(self, operation: _Operation) -> None:
        """Run an operation; what is kept, until it succeeds or there is no time left."""
        if not operation.is_kept and not operation.result.set_running_or_notify_cancel():
            return
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                if self._store is None:
                    opened = self._open_store()
                    self.clock.compare(opened.newest())
                    self._store = opened
                outcome = operation.run(self._store)
            except RowError as error:
                logger.warning("something cannot be remembered: %s", error)
                operation.fail(error)
                return
            except StoreError as error:
                if not self._is_tried_again(operation, error):
                    return
            except Exception as error:
                logger.exception("the memory was asked for something that went wrong")
                operation.fail(error)
                return
            else:
                break
            if self._closing.wait(pause_s):
                time.sleep(_CLOSING_PAUSE_S)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        with self._changed:
            # That something else was done proves nothing: it may not have had to write.
            is_proof = self._is_stuck or operation.run == self._sweep
            if is_proof and self._trouble is not None:
                self._trouble, self._is_dropping = None, False
                logger.info("the memory works again; what waited is written now")
        operation.result.set_result(outcome)

    def _is_tried_again(self, operation: _Operation, error: StoreError) -> bool:
        """Note that the store cannot do something now, and let nobody who asks wait behind it."""
        with self._changed:
            if self._trouble is None:
                logger.warning(
                    "the memory cannot be written (%s); answers go on, what is to be remembered "
                    "waits",
                    error,
                )
            self._trouble = str(error)
            refused = [each for each in self._waiting if not each.is_kept]
            self._waiting = deque(each for each in self._waiting if each.is_kept)
            is_over = time.monotonic() >= self._give_up_at
            self._is_stuck = operation.is_kept
            self._sweep_at = min(self._sweep_at, time.monotonic() + _LONGEST_PAUSE_S)
            if not operation.is_kept:
                refused.append(operation)
            elif is_over:
                self._waiting.appendleft(operation)
        for each in refused:
            each.fail(error)
        return operation.is_kept and not is_over
