"""What becomes of one update: handled, retried with exponential backoff, or set aside.

An update stays in the inbox until its reply is out: at least once, over any crash. What fails five
times, or was under way when ten processes ended, is set aside with its reason.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, Protocol, TypeVar

from bot.errors import StoreError
from bot.service.health import Health
from bot.service.queue.share import Share, Shares
from bot.store.async_store import AsyncStore
from bot.store.shared import InboxItem

logger = logging.getLogger(__name__)

U = TypeVar("U")
Drops = Callable[[InboxItem], Awaitable[bool]]

MAX_TRIES = 5
MAX_ENDINGS = 10  # processes that ended while they handled it
_FIRST_PAUSE_S = 0.5  # before the second try; each is twice as long as the one before
_LONGEST_ASKED_S = 60.0
_MOST_SHOWN = 10  # ids in one log line
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


class Queue(Protocol):
    """Has what arrives handled, in the order of each chat."""

    async def replay(self) -> None:
        """Begin, with what is open from before."""

    async def take(self, items: Sequence[InboxItem]) -> None:
        """Record updates and have them handled; one that is known already is not handled again.

        Raises:
            NotTakenError: some are neither recorded nor handled. Let them be sent again; those that
                are under way are known by their ids.
        """

    async def stop(self) -> None:
        """Let what is under way come to its end; what has not begun stays in the inbox."""


class Carrier(Generic[U]):
    """Carries out updates that are given to it; in which order, its heirs say.

    Args:
        inbox: where updates are recorded before anybody answers them.
        health: notes how many wait, and how long they took.
        drops: which updates are neither recorded nor handled; None: none is.
        share: of a process with several bots; None: there is one.
    """

    def __init__(
        self,
        inbox: AsyncStore,
        handler: UpdateHandler[U],
        health: Health,
        drops: Drops | None = None,
        share: Share | None = None,
    ) -> None:
        self._inbox = inbox
        self._handler = handler
        self._health = health
        self._drops = drops
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_stopping = False
        self._share = share or Share(Shares())

    async def _wanted(self, items: Sequence[InboxItem]) -> Sequence[InboxItem]:
        """The updates that are not to be dropped."""
        if self._drops is None:
            return items
        return [item for item in items if not await self._drops(item)]

    async def _finish(self) -> None:
        """Let what is under way come to its end, for as long as a stop may take."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_STOP_S)
        for task in self._tasks:
            task.cancel()

    def _enter(self, item: InboxItem) -> None:
        """Note that an update is to be handled here."""
        self._inbox.under_way.add(item)
        self._health.depth += 1
        if self._health.depth == 1:
            self._health.progressed = time.monotonic()  # nothing has stood still until now

    def _leave(self, item: InboxItem) -> None:
        self._inbox.under_way.remove(item)
        self._health.depth -= 1
        self._health.update_over(time.time() - item.at)

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
                    self._begun(item)
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

    def _begun(self, item: InboxItem) -> None:
        """Note that an update is tried once more."""
        self._inbox.begin(item.update_id)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def tell_of_known(update_ids: Sequence[int]) -> None:
    """Say that updates came again and are not handled again, so that no silence is a riddle."""
    if update_ids:
        shown = ", ".join(map(str, update_ids[:_MOST_SHOWN]))
        more = ", …" if len(update_ids) > _MOST_SHOWN else ""
        logger.info("came again and is known: update %s%s", shown, more)
