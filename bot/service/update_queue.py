"""A durable queue: updates are recorded, handled in their order, retried, and set aside.

Chats are answered beside each other, and the updates of one chat (a lane) in their order. An update
stays in the inbox until its reply is out: at least once, over any crash. What fails is retried with
exponential backoff; what fails five times is set aside with its reason, and those behind it go on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

from bot.errors import StoreError
from bot.lru import Lru
from bot.service.health import Health
from bot.store.async_store import AsyncStore
from bot.store.store import InboxItem

logger = logging.getLogger(__name__)

U = TypeVar("U")

MAX_TRIES = 5
MAX_ENDINGS = 10  # processes that ended while they handled it; alone, but for the first two
MAX_WAITING = 5_000  # updates at hand; backpressure: what is more waits at the sender
_MOST_AT_ONCE = 256
_SUSPECT_TRIES = 2  # begun so often by processes that ended: it is handled alone
_ALONE_S = 10.0  # and for so long; then the others go on
_OTHERS_S = 10.0  # that those who are not suspected go first
_FIRST_PAUSE_S = 0.5
_LONGEST_ASKED_S = 60.0
_MAX_KNOWN = 10_000  # ids, by which what comes again is known without asking the inbox
_DIRECT_S = 1.0  # that `take` waits for replies where nothing can be recorded
_REPLAY_S = 5.0  # that the start waits for what an earlier process left
_STOP_S = 25.0  # for what is under way; whatever else is open is answered after the next start


class NotTakenError(StoreError):
    """Whoever sent the updates must not be told yet that they arrived."""


class NobodyThereError(Exception):
    """Nobody can read the reply any more: the update is done without one."""


class RetryAfterError(Exception):
    """Where the reply goes to, nothing is taken for a while.

    Args:
        seconds: to wait before the next try.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"nothing is taken for {seconds:.0f} s")
        self.seconds = seconds


class UpdateHandler(Protocol[U]):
    """What a channel does with its updates."""

    def parse(self, payload: str) -> U:
        """Read an update; raises whatever it likes where that cannot be done."""
        ...

    def lane(self, payload: str) -> int:
        """The lane of an update that was recorded without it; raises whatever it likes."""
        ...

    async def handle(self, update: U) -> None:
        """Carry out one update.

        Raises:
            NobodyThereError: and it is done.
            RetryAfterError: it is retried, not before the time is over.
            Exception: it is retried.
        """
        ...

    async def give_up(self, update: U) -> None:
        """Tell a person that what they sent could not be handled at all."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """An update on its way.

    Attributes:
        is_recorded: it stands in the inbox.
        over: whether it was handled or set aside, and not left to the next start, once nobody works
            on it any more.
    """

    item: InboxItem
    is_recorded: bool
    over: asyncio.Future[bool] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class UpdateQueue(Generic[U]):
    """Hands updates to a handler.

    Args:
        inbox: where updates are recorded before anybody answers them.
        health: notes how many wait, and how long they took.
        first_pause_s: before the second try; each pause is twice as long as the one before.
    """

    def __init__(
        self,
        inbox: AsyncStore,
        handler: UpdateHandler[U],
        health: Health,
        *,
        first_pause_s: float = _FIRST_PAUSE_S,
    ) -> None:
        self._inbox = inbox
        self._handler = handler
        self._health = health
        self._first_pause_s = first_pause_s
        self._lanes: dict[int, deque[_Waiting]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(_MOST_AT_ONCE)
        # Deduplicates; with the end of those that stand in no inbox, and None for the others.
        self._known: Lru[int, asyncio.Future[bool] | None] = Lru(_MAX_KNOWN)
        self._recording = asyncio.Lock()
        self._is_clear = asyncio.Event()  # nothing is being handled alone
        self._is_clear.set()
        self._under_way = 0
        self._progress = asyncio.Condition()
        self._replaying: asyncio.Task[int] | None = None
        self._is_inbox_read = False
        self._is_stopping = False

    async def replay(self) -> int:
        """Take up what an earlier process did not answer; returns how many there are.

        Where the inbox cannot tell yet, 0: they are taken up when it can.
        """
        self._replaying = asyncio.create_task(self._take_up())
        done, _ = await asyncio.wait({self._replaying}, timeout=_REPLAY_S)
        if done:
            return self._replaying.result()
        logger.warning("what was not answered before the start is not known yet")
        return 0

    async def take(self, items: Sequence[InboxItem]) -> None:
        """Record updates and have them handled; one that is known already is not handled again.

        Returns when they are recorded. Where that cannot be done, it returns when they are handled,
        so that whoever calls may tell the sender in either case that they arrived.

        Raises:
            NotTakenError: some are neither, for they take long or the bot stops. Let them be sent
                again; those that are under way are known by their ids.
        """
        async with self._progress:
            await self._progress.wait_for(
                lambda: self._health.depth < MAX_WAITING or self._is_stopping
            )
        by_id = {item.update_id: item for item in items}
        async with self._recording:
            await self._record([item for key, item in by_id.items() if key not in self._known])
        unrecorded = list(filter(None, map(self._known.get, by_id)))
        if unrecorded:
            await asyncio.wait(unrecorded, timeout=_DIRECT_S)  # a slow chat must not keep others
        if not all(over.done() and over.result() for over in unrecorded):
            raise NotTakenError("what arrived is neither written down nor answered")

    async def stop(self) -> None:
        """Let what is under way come to its end; what has not begun stays in the inbox."""
        self._is_stopping = True
        if self._replaying is not None:
            self._replaying.cancel()
        async with self._progress:
            self._progress.notify_all()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_STOP_S)
        for task in self._tasks:
            task.cancel()

    async def _record(self, items: Sequence[InboxItem]) -> None:
        if not items:
            return
        is_recorded = True
        new: Sequence[int] = [item.update_id for item in items]
        try:
            new = await self._inbox.receive(items)
        except Exception:  # noqa: BLE001  (the inbox has logged it; else they come for ever)
            is_recorded = False
        for item in items:
            if item.update_id in new:
                self._enqueue(_Waiting(item, is_recorded))

    def _enqueue(self, waiting: _Waiting) -> None:
        lane = waiting.item.lane
        self._known[waiting.item.update_id] = None if waiting.is_recorded else waiting.over
        self._health.depth += 1
        if self._health.depth == 1:
            self._health.progressed = time.monotonic()  # nothing has stood still until now
        if lane not in self._lanes:
            self._lanes[lane] = deque()
            self._begin(self._drain(lane))
        self._lanes[lane].append(waiting)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _drain(self, lane: int, *, is_alone: bool = False) -> None:
        """Handle the updates of one chat, first come, first served."""
        queue = self._lanes[lane]
        try:
            while queue:
                waiting = queue.popleft()
                if is_alone:
                    await self._deal_with(waiting)
                    continue
                async with self._room:
                    await self._is_clear.wait()
                    await self._deal_with(waiting)
        finally:
            for waiting in queue:  # cancelled: they are left to the next start
                waiting.over.set_result(False)
            del self._lanes[lane]

    async def _deal_with(self, waiting: _Waiting) -> None:
        self._under_way += 1
        is_dealt_with = False
        try:
            is_dealt_with = await self._carry_out(waiting)
        finally:
            waiting.over.set_result(is_dealt_with)
            self._under_way -= 1
            self._health.depth -= 1
            self._health.update_over(time.time() - waiting.item.at)
            async with self._progress:
                self._progress.notify_all()

    async def _carry_out(self, waiting: _Waiting) -> bool:
        """Handle an update or set it aside; False where the next start is to do so."""
        if self._is_stopping:
            return False
        item = waiting.item
        try:
            update = self._handler.parse(item.payload)
        except Exception as error:  # noqa: BLE001  (the parser raises whatever it likes)
            self._set_aside(waiting, f"it cannot be read ({type(error).__name__})")
            return True
        reason, pause_s = "the process ended whenever it was handled", self._first_pause_s
        most = max(MAX_TRIES, min(item.tries + 1, MAX_ENDINGS))
        for number in range(item.tries + 1, most + 1):
            if self._has_row(waiting):
                self._inbox.begin(item.update_id)
            try:
                await self._handler.handle(update)
            except NobodyThereError as error:
                logger.info("nobody is there to read the reply: %s", error)
                return self._done(waiting)
            except Exception as error:
                logger.error("an update failed, try %d of %d", number, most, exc_info=error)
                reason = type(error).__name__  # not its text, which may hold the person's words
                asked_s = error.seconds if isinstance(error, RetryAfterError) else 0.0
            else:
                return self._done(waiting)
            self._health.progressed = time.monotonic()  # it fails, but nothing stands still
            if number < most:
                if self._is_stopping:
                    return False
                await asyncio.sleep(max(pause_s, min(asked_s, _LONGEST_ASKED_S)))
                pause_s *= 2
        self._set_aside(waiting, reason)
        try:
            await self._handler.give_up(update)
        except Exception as error:  # noqa: BLE001  (what broke the update may break this too)
            logger.warning("the apology could not be sent: %s", error)
        return True

    def _done(self, waiting: _Waiting) -> bool:
        if self._has_row(waiting):
            self._inbox.done(waiting.item.update_id)
        return True

    def _set_aside(self, waiting: _Waiting, reason: str) -> None:
        logger.error("update %d is set aside: %s", waiting.item.update_id, reason)
        self._health.set_aside += 1
        if self._has_row(waiting):
            self._inbox.set_aside(waiting.item.update_id, reason)

    def _has_row(self, waiting: _Waiting) -> bool:
        # A mark on a row that is not there writes nothing, and would pass for a success. But until
        # the inbox was read, it may hold the row from an earlier process.
        return waiting.is_recorded or not self._is_inbox_read

    async def _take_up(self) -> int:
        try:
            found = await self._inbox.backlog()
        except Exception as error:  # noqa: BLE001  (what comes in now is answered all the same)
            logger.warning("what was not answered before the start is not known: %s", error)
            return 0
        self._is_inbox_read = True
        async with self._recording:  # or it meets what was recorded and has not begun
            found = [self._in_lane(item) for item in found if item.update_id not in self._known]
            tries = {  # of the chats in which a suspect goes first
                item.lane: item.tries
                for item in found
                if item.tries >= _SUSPECT_TRIES and item.lane not in self._lanes
            }
            left = [_Waiting(item, is_recorded=True) for item in found]
            others = [each.over for each in left if each.item.lane not in tries]
            self._lanes |= {lane: deque() for lane in tries}  # where nothing begins for now
            for waiting in left:
                self._enqueue(waiting)
            if tries:
                lanes = sorted(tries, key=tries.__getitem__)
                self._begin(self._drain_alone(lanes, others))
        if left:
            logger.info("%d updates from before the start are answered now", len(left))
        return len(left)

    def _in_lane(self, item: InboxItem) -> InboxItem:
        """An item as it was read; earlier versions did not keep its lane."""
        if item.lane:
            return item
        try:
            return replace(item, lane=self._handler.lane(item.payload))
        except Exception:  # noqa: BLE001  (it cannot be read, and is set aside in its turn)
            return item

    async def _drain_alone(self, lanes: list[int], others: list[asyncio.Future[bool]]) -> None:
        """Handle the chats in which an update was under way when processes ended, one by one.

        Many are under way at once, and one of them may have ended the process. Alone, each is
        blamed for its own deed only; those that were blamed least come first, so that a machine
        that fails by itself does not make one of them look guilty.

        Args:
            others: the ends of the updates that go first.
        """
        if others:
            await asyncio.wait(others, timeout=_OTHERS_S)
        self._is_clear.clear()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_ALONE_S), self._progress:
                    await self._progress.wait_for(lambda: self._under_way == 0)
            for lane in lanes:
                drain = self._begin(self._drain(lane, is_alone=True))
                await asyncio.wait({drain}, timeout=_ALONE_S)
        finally:
            self._is_clear.set()
