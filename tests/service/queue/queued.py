"""A queue over an inbox that can fail, and a handler that does as a test says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from bot.errors import StoreError
from bot.service.health import Health
from bot.service.queue.update_queue import UpdateQueue
from bot.store.async_store import AsyncStore
from bot.store.shared import InboxItem
from tests.fake_store import FakeStore, settled


def new(number: int, chat: int = 7, payload: str = "words", person: str | None = None) -> InboxItem:
    """An update that has just come in."""
    return InboxItem(number, time.time(), f"{number} {chat} {payload} {person or ''}", person)


def left(number: int, chat: int = 7, tries: int = 0, person: str = "") -> InboxItem:
    """What an earlier process did not answer."""
    return InboxItem(number, time.time() - 60, f"{number} {chat} words {person}", tries=tries)


FULL = StoreError("the disk is full")


class FlakyInbox(FakeStore):
    """An inbox that fails while there is something that it raises."""

    refusing: Exception | None = None

    def receive(self, items: Sequence[InboxItem]) -> list[int]:
        self._fail()
        self.marks += [("record", item.update_id) for item in items]
        return super().receive(items)

    def backlog(self) -> Sequence[InboxItem]:
        self._fail()
        return super().backlog()

    def _fail(self) -> None:
        if self.refusing is not None:
            raise self.refusing


def set_aside(bench: Bench) -> float | None:
    """How many updates were given up on."""
    return bench.health.registry.get_sample_value("faq_bot_updates_set_aside_total")


async def nothing(number: int) -> None:
    """What handling an update means where a test says nothing else."""


class Bench:
    """A queue, and what came of its updates: an `UpdateHandler`.

    Attributes:
        tried: the ids in the order in which their handling began.
        handled: the ids in the order in which it ended.
        sorry: the ids of those that somebody apologised for.
        work: what handling one means.
        finish: what work that is held waits for.
    """

    def __init__(self) -> None:
        self.inbox = inbox = FlakyInbox()
        self.thread = AsyncStore(lambda: inbox)
        self.health = Health()
        self.tried: list[int] = []
        self.handled: list[int] = []
        self.sorry: list[int] = []
        self.finish = asyncio.Event()
        self.work: Callable[[int], Awaitable[None]] = nothing
        self.apologise: Callable[[int], Awaitable[None]] = nothing
        self.queue = UpdateQueue(self.thread, self, self.health)

    def parse(self, payload: str) -> int:
        number, _, words, *_ = payload.split()
        if words == "unreadable":
            raise KeyError(words)
        return int(number)

    def lane(self, payload: str) -> int:
        return int(payload.split()[1])

    def sender(self, payload: str) -> str | None:
        return "".join(payload.split()[3:]) or None

    async def handle(self, update: int) -> None:
        self.tried.append(update)
        await self.work(update)
        self.handled.append(update)

    async def give_up(self, update: int) -> None:
        self.sorry.append(update)
        await self.apologise(update)

    def holding(self, *numbers: int) -> Callable[[int], Awaitable[None]]:
        """Work on these, or on all, that ends when it may `finish`."""

        async def work(number: int) -> None:
            if not numbers or number in numbers:
                await self.finish.wait()

        return work

    async def take(self, *items: InboxItem) -> None:
        await self.queue.take(items)

    async def settle(self) -> None:
        """Wait until all is handled and noted."""
        while self.health.depth:
            await asyncio.sleep(0.001)
        settled(self.thread)

    async def began(self, count: int = 1) -> None:
        """Wait until the handling of so many has begun."""
        while len(self.tried) < count:
            await asyncio.sleep(0.001)

    @property
    def open(self) -> list[int]:
        return [item.update_id for item in FakeStore.backlog(self.inbox)]

    def marks(self, kind: str) -> list[int]:
        """The ids that were marked so, such as "record"."""
        return [int(str(mark[1])) for mark in self.inbox.marks if mark[0] == kind]


def failing(*numbers: int, error: Exception | None = None) -> Callable[[int], Awaitable[None]]:
    async def work(number: int) -> None:
        if number in numbers:
            raise error or RuntimeError("words of a person")

    return work
