"""A durable queue: updates are recorded, handled in their order, retried, and set aside.

Chats are answered beside each other, and the updates of one chat (a lane) in their order. An update
stays in the inbox until its reply is out: at least once, over any crash. What fails is retried with
exponential backoff; what fails five times, or was under way when ten processes ended, is set aside
with its reason, and those behind it go on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Generic, Protocol, TypeVar

from bot.errors import StoreError
from bot.lru import Lru
from bot.service.health import Health
from bot.store.async_store import AsyncStore
from bot.store.store import InboxItem

logger = logging.getLogger(__name__)

U = TypeVar("U")

MAX_TRIES = 5
MAX_ENDINGS = 10  # processes that ended while they handled it
MAX_WAITING = 5_000  # updates at hand; backpressure: what is more waits at the sender
_MOST_AT_ONCE = 256
_SUSPECT_TRIES = 2  # begun so often by processes that ended: it is handled before the next such
_SUSPECT_S = 10.0  # and for so long; then the next one begins
_FIRST_PAUSE_S = 0.5  # before the second try; each is twice as long as the one before
_LONGEST_ASKED_S = 60.0
_MAX_KNOWN = 10_000  # ids, by which what comes again is known without asking the inbox
_MOST_SHOWN = 10  # ids in one log line
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
        """What an update is answered in order with, such as its chat; raises whatever it likes."""
        ...

    def sender(self, payload: str) -> str | None:
        """Who sent an update, as in `InboxItem.person`; raises whatever it likes."""
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


class UpdateQueue(Generic[U]):
    """Hands updates to a handler.

    Args:
        inbox: where updates are recorded before anybody answers them.
        health: notes how many wait, and how long they took.
        drops: which updates are neither recorded nor handled; None: none is.
    """

    def __init__(
        self,
        inbox: AsyncStore,
        handler: UpdateHandler[U],
        health: Health,
        drops: Callable[[InboxItem], Awaitable[bool]] | None = None,
    ) -> None:
        self._inbox = inbox
        self._handler = handler
        self._health = health
        self._drops = drops
        self._lanes: dict[int, deque[InboxItem]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(_MOST_AT_ONCE)
        # Deduplicates; with the end of those that stand in no inbox, and None for the others.
        self._known: Lru[int, asyncio.Event | None] = Lru(_MAX_KNOWN)
        self._recording = asyncio.Lock()
        self._takes_more = asyncio.Event()
        self._takes_more.set()
        self._replaying: asyncio.Task[None] | None = None
        self._is_stopping = False

    async def replay(self) -> None:
        """Take up what an earlier process did not answer, or go on and do so once that is known."""
        self._inbox.under_way.is_complete.clear()
        self._replaying = asyncio.create_task(self._take_up())
        done, _ = await asyncio.wait({self._replaying}, timeout=_REPLAY_S)
        if not done:
            logger.warning("what was not answered before the start is not known yet")

    async def take(self, items: Sequence[InboxItem]) -> None:
        """Record updates and have them handled; one that is known already is not handled again.

        Returns when they are recorded. Where that cannot be done, it returns when they are handled,
        so that whoever calls may tell the sender in either case that they arrived.

        Raises:
            NotTakenError: some are neither, for they take long or the bot stops. Let them be sent
                again; those that are under way are known by their ids.
        """
        if not self._is_stopping:
            await self._takes_more.wait()
        if self._drops is not None:
            items = [item for item in items if not await self._drops(item)]
        by_id = {item.update_id: item for item in items}
        async with self._recording:
            new = [item for key, item in by_id.items() if key not in self._known]
            known = [key for key in by_id if self._known.get(key, self) is None]
            _tell_of_known([*known, *await self._record(new)])
        try:
            async with asyncio.timeout(_DIRECT_S):  # a slow chat must not keep others
                for over in filter(None, map(self._known.get, by_id)):
                    await over.wait()
        except TimeoutError:
            raise NotTakenError("what arrived is neither written down nor answered") from None

    async def stop(self) -> None:
        """Let what is under way come to its end; what has not begun stays in the inbox."""
        self._is_stopping = True
        if self._replaying is not None:
            self._replaying.cancel()
        self._takes_more.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_STOP_S)
        for task in self._tasks:
            task.cancel()

    async def _record(self, items: Sequence[InboxItem]) -> list[int]:
        """Record items and have the new ones handled; returns the ids of those that were known."""
        if not items:
            return []
        try:
            new = await self._inbox.receive(items)
        except Exception:  # noqa: BLE001  (the inbox has logged it; else they come for ever)
            for item in items:
                self._enqueue(item, asyncio.Event())
            return []
        for item in items:
            if item.update_id in new:
                self._enqueue(item)
        return [item.update_id for item in items if item.update_id not in new]

    def _enqueue(self, item: InboxItem, over: asyncio.Event | None = None) -> None:
        """Have an item handled in its turn.

        Args:
            over: to be set once it is handled or set aside; None where it stands in the inbox.
        """
        lane = self._lane(item)
        self._known[item.update_id] = over
        self._inbox.under_way.add(item)
        self._health.depth += 1
        if self._health.depth == 1:
            self._health.progressed = time.monotonic()  # nothing has stood still until now
        if self._health.depth >= MAX_WAITING:
            self._takes_more.clear()
        if lane not in self._lanes:
            self._lanes[lane] = deque()
            self._begin(self._drain(lane))
        self._lanes[lane].append(item)

    def _lane(self, item: InboxItem) -> int:
        try:
            return self._handler.lane(item.payload)
        except Exception:  # noqa: BLE001  (it cannot be read, and is set aside in its turn)
            return 0

    def _sender(self, item: InboxItem) -> str | None:
        try:
            return self._handler.sender(item.payload)
        except Exception:  # noqa: BLE001  (likewise)
            return None

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _drain(self, lane: int) -> None:
        """Handle the updates of one chat, first come, first served."""
        queue = self._lanes[lane]
        try:
            while queue:
                async with self._room:
                    await self._deal_with(queue.popleft())
        finally:
            del self._lanes[lane]

    async def _deal_with(self, item: InboxItem) -> None:
        try:
            over = self._known.get(item.update_id)
            if not self._is_stopping and await self._carry_out(item) and over is not None:
                over.set()
        finally:
            self._inbox.under_way.remove(item)
            self._health.depth -= 1
            self._health.update_over(time.time() - item.at)
            if self._health.depth < MAX_WAITING:
                self._takes_more.set()

    async def _carry_out(self, item: InboxItem) -> bool:
        """Handle an update or set it aside; False where the next start is to do so."""
        try:
            update = self._handler.parse(item.payload)
        except Exception as error:  # noqa: BLE001  (the parser raises whatever it likes)
            self._set_aside(item, f"it cannot be read ({type(error).__name__})")
            return True
        reason, pause_s = "the process ended whenever it was handled", _FIRST_PAUSE_S
        most = MAX_TRIES if item.tries < MAX_ENDINGS else 0
        for number in range(1, most + 1):
            try:
                async with self._inbox.under_way.handling(item) as is_wanted:
                    if not is_wanted:
                        return True
                    self._inbox.begin(item.update_id)
                    await self._handler.handle(update)
            except NobodyThereError as error:
                logger.info("nobody is there to read the reply: %s", error)
            except Exception as error:
                logger.error("an update failed, try %d of %d", number, most, exc_info=error)
                self._health.progressed = time.monotonic()  # it fails, but nothing stands still
                reason = type(error).__name__  # not its text, which may hold the person's words
                asked_s = error.seconds if isinstance(error, RetryAfterError) else 0.0
                if number < most:
                    if self._is_stopping:
                        return False
                    await asyncio.sleep(max(pause_s, min(asked_s, _LONGEST_ASKED_S)))
                    pause_s *= 2
                continue
            self._inbox.done(item.update_id)
            return True
        self._set_aside(item, reason)
        try:
            await self._handler.give_up(update)
        except Exception as error:  # noqa: BLE001  (what broke the update may break this too)
            logger.warning("the apology could not be sent: %s", error)
        return True

    def _set_aside(self, item: InboxItem, reason: str) -> None:
        logger.error("update %d is set aside: %s", item.update_id, reason)
        self._health.set_aside.inc()
        self._inbox.set_aside(item.update_id, reason)

    async def _take_up(self) -> None:
        try:
            found = await self._inbox.backlog()
        except Exception as error:  # noqa: BLE001  (what comes in now is answered all the same)
            logger.warning("what was not answered before the start is not known: %s", error)
            self._inbox.under_way.is_complete.set()
            return
        async with self._recording:  # or it meets what was recorded and has not begun
            left = [
                replace(item, person=self._sender(item))
                for item in found
                if item.update_id not in self._known
            ]
            suspects: dict[int, int] = {}  # tries of what each chat goes on with, by its lane
            for item in left:
                lane = self._lane(item)
                if item.tries >= _SUSPECT_TRIES and lane not in self._lanes:
                    suspects[lane] = item.tries
                    self._lanes[lane] = deque()  # where nothing begins for now
                self._enqueue(item)
            self._begin(self._drain_suspects(_in_turn(suspects)))
        self._inbox.under_way.is_complete.set()
        if left:
            logger.info("%d updates from before the start are answered now", len(left))

    async def _drain_suspects(self, lanes: Sequence[int]) -> None:
        """Handle the chats in which an update was under way when processes ended, one by one.

        Many are under way at once, and one of them may have ended the process. One after another,
        each is blamed for its own deed only.
        """
        for lane in lanes:
            drain = self._begin(self._drain(lane))
            await asyncio.wait({drain}, timeout=_SUSPECT_S)


def _in_turn(suspects: Mapping[int, int]) -> list[int]:
    """The lanes of suspects, in the order in which they are handled.

    Those that were blamed least come first, so that one that ends processes delays nobody else. At
    every other start the one that was blamed most comes before them: where something else ends the
    processes, it would never be reached and be blamed all the same.

    Args:
        suspects: by lane, how often what stands first in it was begun.
    """
    order = sorted(suspects, key=suspects.__getitem__)
    if order and suspects[order[-1]] % 2:
        order.insert(0, order.pop())
    return order


def _tell_of_known(update_ids: Sequence[int]) -> None:
    """Say that updates came again and are not handled again, so that no silence is a riddle."""
    if update_ids:
        shown = ", ".join(map(str, update_ids[:_MOST_SHOWN]))
        more = ", …" if len(update_ids) > _MOST_SHOWN else ""
        logger.info("came again and is known: update %s%s", shown, more)
