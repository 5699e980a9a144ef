"""The durable queue of several processes on one database, which keeps the order for all of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from bot.errors import StoreError
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
from bot.service.replicas import Replicas
from bot.store.async_store import AsyncStore
from bot.store.shared import INBOX, InboxItem

TELLS = 1  # what whoever shows what anybody wrote leads meanwhile; no account has this number
FORGOTTEN = "forgotten"  # what replicas are told of a person who was
logger = logging.getLogger(__name__)

_MOST_AT_ONCE = 64  # of one replica: what is more is left to the others
_POLL_S = 1.0  # without being woken: for what a replica that has ended leaves
_PAUSE_S = 0.5  # after the database could not be asked
_QUIET_S = 10.0  # that a wish to be forgotten waits for the other replicas
_LOOK_S = 0.05
_WRITTEN_S = 10.0  # that a replica which ends stays among the others, to note what it has done


class SharedQueue(Carrier[U]):
    """A `Queue` of one replica: it records for all, and handles what the database leases to it.

    What cannot be recorded is not handled either: nobody could say what another replica does
    meanwhile. It waits where it came from.
    """

    def __init__(
        self,
        inbox: AsyncStore,
        handler: UpdateHandler[U],
        health: Health,
        replicas: Replicas,
        drops: Drops | None = None,
        share: Share | None = None,
    ) -> None:
        super().__init__(inbox, handler, health, drops, share)
        self._name = replicas.name
        self._under_way: set[int] = set()
        self._came: set[int] = set()  # what the others are still to be told of
        self._woken = asyncio.Event()
        self._leasing: asyncio.Task[None] | None = None
        replicas.on(INBOX, lambda _: self._woken.set())

    async def replay(self) -> None:
        """Begin to take what is open, whoever has recorded it."""
        self._leasing = asyncio.create_task(self._lease())

    async def take(self, items: Sequence[InboxItem]) -> None:
        """Record updates; see `Queue.take`."""
        wanted = [replace(item, lane=self._lane(item)) for item in await self._wanted(items)]
        if not wanted:
            return
        try:
            new = await self._inbox.receive(wanted)
        except StoreError as error:
            raise NotTakenError(f"what arrived is not written down: {error}") from None
        tell_of_known([item.update_id for item in wanted if item.update_id not in new])
        self._came.update(new)
        self._woken.set()

    async def stop(self) -> None:
        """See `Queue.stop`."""
        self._is_stopping = True
        if self._leasing is not None:
            self._leasing.cancel()
            await asyncio.gather(self._leasing, return_exceptions=True)
        await self._finish()
        # Once this replica has left, others take what is not noted as done.
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(_WRITTEN_S):
                await self._inbox.written()

    async def _lease(self) -> None:
        is_sure = False  # that nothing was leased of which this replica was not told
        while True:
            self._woken.clear()
            room = _MOST_AT_ONCE - len(self._tasks)
            leased: Sequence[InboxItem] = ()
            if room:
                own = None if is_sure else {*self._under_way}
                try:
                    leased, is_sure = await self._inbox.lease(self._name, room, own), True
                except StoreError as error:
                    logger.debug("nothing can be taken now: %s", error)
                    is_sure = False
                    await asyncio.sleep(_PAUSE_S)
            for item in leased:
                item = replace(item, person=self._sender(item))
                self._under_way.add(item.update_id)
                self._enter(item)
                self._begin(self._deal_with(item))
            await self._summon(self._came.difference(self._under_way))
            with suppress(TimeoutError):
                async with asyncio.timeout(_POLL_S):
                    await self._woken.wait()

    async def _summon(self, came: Collection[int]) -> None:
        """Tell the others what is left to them, of all that has come meanwhile at once."""
        self._came.clear()
        if came:
            with suppress(StoreError):  # they look for themselves, only later
                await self._inbox.summon(self._name, came)

    async def _deal_with(self, item: InboxItem) -> None:
        try:
            await self._share.turn()
            await self._carry_out(item)
        finally:
            self._leave(item)
            self._under_way.discard(item.update_id)
            self._woken.set()  # the next of its chat is due

    def _begun(self, item: InboxItem) -> None:
        """Nothing: it was noted with the lease."""


@asynccontextmanager
async def telling(store: AsyncStore, replicas: Replicas) -> AsyncIterator[None]:
    """Read what anybody wrote, and show it: no replica forgets anybody between the two.

    Raises:
        StoreError: another replica shows something, or forgets somebody, for long.
    """
    async with replicas.alone(TELLS), store.under_way.telling():
        yield


@asynccontextmanager
async def kept_from_others(
    store: AsyncStore, replicas: Replicas, person: str, wish: int | None
) -> AsyncIterator[None]:
    """Forget a person while no replica does anything that began before, or shows anything.

    Raises:
        StoreError: the store cannot tell, or what another has under way takes too long.
    """
    if not replicas.is_shared:
        yield
        return
    try:
        others = await store.hold_back(replicas.name, person, wish)
        try:
            async with asyncio.timeout(_QUIET_S):
                while others and await store.still_open(others):
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise StoreError("another replica has something under way for long") from None
        async with replicas.alone(TELLS):
            yield
        store.tell(FORGOTTEN, person)
    finally:
        store.let_go()
