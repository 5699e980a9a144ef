"""Updates → handlers: chats beside each other, the updates of one chat in their order.

An update stays in the inbox until its reply is out. What fails is tried again; what fails five
times is set aside with its reason, and those behind it go on.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from telegram import Update
from telegram.error import Forbidden, RetryAfter

from bot.channels.telegram.api.sender import asked_s
from bot.channels.telegram.updates.incoming import inbox_item, lane_of
from bot.errors import StoreError
from bot.service.health import Pulse
from bot.store.async_store import AsyncInbox
from bot.store.inbox import InboxItem

logger = logging.getLogger(__name__)

MAX_TRIES = 5
MAX_ENDINGS = 10  # processes that ended while they handled it; alone, but for the first two
MAX_WAITING = 5_000  # updates at hand; what is more waits at Telegram
_MOST_AT_ONCE = 256
_SUSPECT_TRIES = 2  # begun so often by processes that ended: it is handled alone
_ALONE_S = 10.0  # and for so long; then the others go on
_OTHERS_S = 10.0  # that those who are not suspected go first
_FIRST_PAUSE_S = 0.5
_LONGEST_ASKED_S = 60.0
_MAX_RECENT = 10_000
_DIRECT_S = 1.0  # that a poll waits for replies where nothing can be recorded
_REPLAY_S = 5.0  # that the start waits for what an earlier process left
_STOP_S = 25.0  # for what is under way; whatever else is open is answered after the next start


class NotTakenError(StoreError):
    """Telegram must not be told yet that something arrived."""


@dataclass(eq=False)
class _Item:
    """An update on its way.

    Attributes:
        is_kept: it stands in the inbox.
        over: nobody works on it any more.
        is_dealt_with: it was handled or set aside, and not left to the next start.
    """

    received: InboxItem
    is_kept: bool
    over: asyncio.Event = field(default_factory=asyncio.Event)
    is_dealt_with: bool = False


class Dispatcher:
    """Hands updates to the handlers.

    Args:
        inbox: where updates are recorded before anybody answers them.
        parse: raw update → Update; raises where it is none.
        handle: carries out one update; raises where it could not.
        give_up: tells a person that what they sent could not be handled at all.
        pulse: notes how many wait, and how long they took.
        first_pause_s: before the second try; each pause is twice as long as the one before.
    """

    def __init__(
        self,
        inbox: AsyncInbox,
        parse: Callable[[dict[str, Any]], Update | None],
        handle: Callable[[Update], Awaitable[None]],
        give_up: Callable[[Update], Awaitable[None]],
        pulse: Pulse,
        *,
        first_pause_s: float = _FIRST_PAUSE_S,
    ) -> None:
        self._inbox = inbox
        self._parse = parse
        self._handle = handle
        self._give_up = give_up
        self._pulse = pulse
        self._first_pause_s = first_pause_s
        self._queues: dict[int, deque[_Item]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(_MOST_AT_ONCE)
        # Known by their numbers; of one that stands in no inbox, what is waited for.
        self._recent: OrderedDict[int, _Item | None] = OrderedDict()
        self._recording = asyncio.Lock()
        self._is_clear = asyncio.Event()  # nothing is being handled alone
        self._is_clear.set()
        self._behind: dict[int, asyncio.Event] = {}  # chats in which a suspect goes first
        self._under_way = 0
        self._left = asyncio.Condition()
        self._replay: asyncio.Task[int] | None = None
        self._is_inbox_known = False
        self._is_stopping = False

    async def replay(self) -> int:
        """Take up what an earlier process did not answer; returns how many there are.

        Where the inbox cannot tell yet, 0: they are taken up when it can.
        """
        self._replay = asyncio.create_task(self._take_up())
        done, _ = await asyncio.wait({self._replay}, timeout=_REPLAY_S)
        if done:
            return self._replay.result()
        logger.warning("what was not answered before the start is not known yet")
        return 0

    async def take(self, updates: Sequence[dict[str, Any]]) -> None:
        """Record updates and have them handled.

        Returns when they are recorded. Where that cannot be done, it returns when they are
        handled, so that whoever calls may tell Telegram in either case that they arrived.

        Raises:
            NotTakenError: some are neither, for they take long or the bot stops. Let Telegram send
                them again; those that are under way are known by their numbers.
        """
        async with self._left:
            await self._left.wait_for(lambda: self._pulse.depth < MAX_WAITING or self._is_stopping)
        async with self._recording:
            received = {each.update_id: each for each in map(inbox_item, updates)}
            await self._record(
                [each for each in received.values() if each.update_id not in self._recent]
            )
            unkept = list(filter(None, map(self._recent.get, received)))
        with suppress(TimeoutError):
            async with asyncio.timeout(_DIRECT_S):  # a slow chat must not keep others from asking
                for item in unkept:
                    await item.over.wait()
        if not all(item.is_dealt_with for item in unkept):
            raise NotTakenError("what arrived is neither written down nor answered")

    async def stop(self) -> None:
        """Let what is under way come to its end; what has not begun stays in the inbox."""
        self._is_stopping = True
        if self._replay is not None:
            self._replay.cancel()
        async with self._left:
            self._left.notify_all()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_STOP_S)
        for task in self._tasks:
            task.cancel()

    async def _take_up(self) -> int:
        try:
            left = await self._inbox.open()
        except Exception as error:  # noqa: BLE001  (what comes in now is answered all the same)
            logger.warning("what was not answered before the start is not known: %s", error)
            return 0
        self._is_inbox_known = True
        async with self._recording:  # or it meets what was recorded and has not begun
            found = [_in_lane(each) for each in left if each.update_id not in self._recent]
            suspects = [_Item(each, is_kept=True) for each in found if _is_suspect(each)]
            self._behind = {each.received.lane: asyncio.Event() for each in suspects}
            others = [_Item(each, is_kept=True) for each in found if not _is_suspect(each)]
            for item in others:
                self._enqueue(item)
            if suspects:
                free = [each for each in others if each.received.lane not in self._behind]
                self._begin(self._one_by_one(suspects, free))
                for item in suspects:
                    self._recent[item.received.update_id] = None
                    self._pulse.depth += 1
        if found:
            logger.info("%d updates from before the start are answered now", len(found))
        return len(found)

    async def _one_by_one(self, suspects: Sequence[_Item], others: Sequence[_Item]) -> None:
        """Handle alone what was under way when processes ended, after the others.

        Many are under way at once, and one of them may have ended the process. Alone, each is
        blamed for its own deed only; those that were blamed least come first, so that a machine
        that fails by itself does not make one of them look guilty.
        """
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_OTHERS_S):
                    for item in others:
                        await item.over.wait()
            self._is_clear.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_ALONE_S), self._left:
                    await self._left.wait_for(lambda: self._under_way == 0)
            for item in sorted(suspects, key=lambda each: each.received.tries):
                task = self._begin(self._deal_with(item))
                await asyncio.wait({task}, timeout=_ALONE_S)
                self._behind[item.received.lane].set()
        finally:
            for event in self._behind.values():
                event.set()
            self._is_clear.set()

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _record(self, received: Sequence[InboxItem]) -> None:
        if not received:
            return
        try:
            new = set(await self._inbox.record(received))
        except Exception:  # noqa: BLE001  (the memory has logged it; else they come for ever)
            for each in received:
                self._enqueue(_Item(each, is_kept=False))
        else:
            for each in received:
                if each.update_id in new:
                    self._enqueue(_Item(each, is_kept=True))

    def _enqueue(self, item: _Item) -> None:
        received = item.received
        self._recent[received.update_id] = None if item.is_kept else item
        if len(self._recent) > _MAX_RECENT:
            self._recent.popitem(last=False)
        self._pulse.depth += 1
        queue = self._queues.get(received.lane)
        if queue is not None:
            queue.append(item)
            return
        self._queues[received.lane] = deque([item])
        if self._pulse.depth == 1:
            self._pulse.progressed = time.monotonic()  # nothing has stood still until now
        self._begin(self._drain(received.lane))

    async def _drain(self, lane: int) -> None:
        """Carry out the updates of one chat, first come, first served."""
        queue = self._queues[lane]
        try:
            if lane in self._behind:
                await self._behind[lane].wait()
            while queue:
                item = queue.popleft()
                async with self._room:
                    await self._is_clear.wait()
                    await self._deal_with(item)
        finally:
            for item in queue:  # cancelled: they are left to the next start
                self._note_over(item)
            del self._queues[lane]

    async def _deal_with(self, item: _Item) -> None:
        self._under_way += 1
        try:
            item.is_dealt_with = await self._carry_out(item)
        finally:
            self._under_way -= 1
            self._note_over(item)
            self._pulse.depth -= 1
            self._pulse.update_over(time.time() - item.received.at)
            async with self._left:
                self._left.notify_all()

    def _note_over(self, item: _Item) -> None:
        item.over.set()
        if item.received.update_id in self._recent:
            self._recent[item.received.update_id] = None

    async def _carry_out(self, item: _Item) -> bool:
        """Handle an update or set it aside; False where the next start is to do so."""
        if self._is_stopping:
            return False
        received = item.received
        try:
            update = self._parse(json.loads(received.payload))
        except Exception as error:  # noqa: BLE001  (the parser raises whatever it likes)
            await self._set_aside(item, None, f"it cannot be read ({type(error).__name__})")
            return True
        if update is None:
            self._note_done(item)
            return True
        tries = received.tries
        most = max(MAX_TRIES, min(tries + 1, MAX_ENDINGS))
        while tries < most:
            tries += 1
            pause_s = self._first_pause_s * 2 ** (tries - 1 - received.tries)
            if self._is_noted(item):
                self._inbox.begin(received.update_id)
            try:
                await self._handle(update)
            except Forbidden as error:  # blocked, or put out of the group: nobody waits any more
                logger.info("nobody is there to read the reply: %s", error)
                break
            except Exception as error:
                logger.error("an update failed, try %d of %d", tries, most, exc_info=error)
                reason = type(error).__name__  # not its text, which may hold the person's words
                if isinstance(error, RetryAfter):
                    pause_s = max(pause_s, min(asked_s(error), _LONGEST_ASKED_S))
            else:
                break
            self._pulse.progressed = time.monotonic()  # it fails, but nothing stands still
            if tries == most:
                await self._set_aside(item, update, reason)
                return True
            if self._is_stopping:
                return False
            await asyncio.sleep(pause_s)
        else:
            await self._set_aside(item, update, "the process ended whenever it was handled")
            return True
        self._note_done(item)
        return True

    async def _set_aside(self, item: _Item, update: Update | None, reason: str) -> None:
        number = item.received.update_id
        logger.error("update %d is set aside: %s", number, reason)
        self._pulse.set_aside += 1
        if self._is_noted(item):
            self._inbox.set_aside(number, reason)
        if update is not None:
            try:
                await self._give_up(update)
            except Exception as error:  # noqa: BLE001  (what broke the update may break this too)
                logger.warning("the apology could not be sent: %s", error)

    def _note_done(self, item: _Item) -> None:
        if self._is_noted(item):
            self._inbox.done(item.received.update_id)

    def _is_noted(self, item: _Item) -> bool:
        # A mark on a row that is not there writes nothing, and would pass for a success. But until
        # the inbox was read, it may hold the row from an earlier process.
        return item.is_kept or not self._is_inbox_known


def _in_lane(item: InboxItem) -> InboxItem:
    """An item as it was read: of earlier versions, its lane was not kept."""
    return item if item.lane else replace(item, lane=lane_of(json.loads(item.payload)))


def _is_suspect(received: InboxItem) -> bool:
    return received.tries >= _SUSPECT_TRIES
