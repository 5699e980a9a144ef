"""The durable queue of the one process that serves: its order is kept here.

Chats are answered beside each other, and the updates of one chat (a lane) in their order. What
cannot be recorded is handled all the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.lru import Lru
from bot.service.health import Health
from bot.service.queue.carrying import (
    Carrier,
    Drops,
    NotTakenError,
    U,
    UpdateHandler,
    tell_of_known,
)
from bot.service.queue.share import Share
from bot.store.async_store import AsyncStore
from bot.store.shared import InboxItem

logger = logging.getLogger(__name__)

MAX_WAITING = 5_000  # updates at hand; backpressure: what is more waits at the sender
_MOST_AT_ONCE = 256
_SUSPECT_TRIES = 2  # begun so often by processes that ended: it is handled before the next such
_SUSPECT_S = 10.0  # and for so long; then the next one begins
_MAX_KNOWN = 10_000  # ids, by which what comes again is known without asking the inbox
_DIRECT_S = 1.0  # that `take` waits for replies where nothing can be recorded
_REPLAY_S = 5.0  # that the start waits for what an earlier process left


class UpdateQueue(Carrier[U]):
    """A `Queue` of the one process that serves; see `Carrier` for what it is given."""

    def __init__(
        self,
        inbox: AsyncStore,
        handler: UpdateHandler[U],
        health: Health,
        drops: Drops | None = None,
        share: Share | None = None,
    ) -> None:
        super().__init__(inbox, handler, health, drops, share)
        self._lanes: dict[int, deque[InboxItem]] = {}
        self._room = asyncio.Semaphore(_MOST_AT_ONCE)
        # Deduplicates; with the end of those that stand in no inbox, and None for the others.
        self._known: Lru[int, asyncio.Event | None] = Lru(_MAX_KNOWN)
        self._recording = asyncio.Lock()
        self._takes_more = asyncio.Event()
        self._takes_more.set()
        self._replaying: asyncio.Task[None] | None = None

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
        by_id = {item.update_id: item for item in await self._wanted(items)}
        async with self._recording:
            new = [item for key, item in by_id.items() if key not in self._known]
            known = [key for key in by_id if self._known.get(key, self) is None]
            tell_of_known([*known, *await self._record(new)])
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
        await self._finish()

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
        self._enter(item)
        if self._health.depth >= MAX_WAITING:
            self._takes_more.clear()
        if lane not in self._lanes:
            self._lanes[lane] = deque()
            self._begin(self._drain(lane))
        self._lanes[lane].append(item)

    async def _drain(self, lane: int) -> None:
        """Handle the updates of one chat, first come, first served."""
        queue = self._lanes[lane]
        try:
            while queue:
                async with self._room:
                    await self._share.turn()
                    await self._deal_with(queue.popleft())
        finally:
            del self._lanes[lane]

    async def _deal_with(self, item: InboxItem) -> None:
        try:
            over = self._known.get(item.update_id)
            if not self._is_stopping and await self._carry_out(item) and over is not None:
                over.set()
        finally:
            self._leave(item)
            if self._health.depth < MAX_WAITING:
                self._takes_more.set()

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
