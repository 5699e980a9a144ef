"""A bot over three entries, started and stopped as a test likes."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack, closing

from bot.domain import Faq, Incoming, Press, Reply
from bot.files.config.settings import Settings
from bot.matching.build import Matcher
from bot.service.health import Health
from bot.service.live import Live
from bot.service.source import Files
from bot.service.worker import Worker
from bot.store.async_store import AsyncStore
from bot.store.store import Record
from tests.fake_store import FakeStore

PAUSE_S = 11  # so that what comes next is no part of the message before
LONG_S = 60.0  # how long a test waits for what takes milliseconds
CHAT = "42:0:7"
VECTORS = {
    "Refund?": (1.0, 0.0, 0.0, 0.0),
    "Return?": (0.0, 1.0, 0.0, 0.0),
    "Hours?": (0.0, 0.0, 1.0, 0.0),
    "back": (0.68, 0.7, 0.2, 0.0),  # a follow-up: return, refund
    **dict.fromkeys(
        ("weather", "that's not it", "rain", "1", "2", "none", "Hello!", "谢谢", "yes", "x" * 4096),
        (0, 0, 0, 1.0),
    ),
}


class NotingStore(FakeStore):
    """Notes what it was told to keep."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Record] = []

    def record(self, record: Record) -> None:
        self.records.append(record)
        super().record(record)


class Server:
    """Starts the bot, each time in a process of its own; its store outlasts it.

    Attributes:
        load: what a reload reads.
    """

    def __init__(self, matcher: Matcher) -> None:
        self.matcher, self.store, self.health = matcher, NotingStore(), Health()
        self.load: Callable[[], tuple[Settings, Faq]] = lambda: (matcher.settings, matcher.faq)
        self._stack = ExitStack()
        self._pauses_s = itertools.count(0, PAUSE_S)

    def start(self, open_store: Callable[[], FakeStore] | None = None) -> None:
        self.stop()
        thread = AsyncStore(open_store or (lambda: self.store))
        self._stack.callback(thread.close, 0.1)
        worker = self._stack.enter_context(closing(Worker()))
        self.live = Live(self.matcher, Files(lambda: self.load()), worker, thread, self.health)

    def stop(self) -> None:
        self._stack.close()

    async def said(
        self,
        *contents: str | Press,
        chat: str = CHAT,
        person: str | None = "7",
        sure: bool = False,
        at: float | None = None,
    ) -> Reply:
        """The reply to the last of several messages of one chat; people pause between two."""
        for content in contents:
            decision_id = secrets.token_hex(8)
            said_at = time.time() + next(self._pauses_s) if at is None else at
            incoming = Incoming(chat, content, "en-GB", person, sure, decision_id, said_at)
            reply = await self.live.reply(incoming)
        return reply

    def recorded(self) -> list[Record]:
        """All that was recorded, once the bot has stopped."""
        self.stop()
        return self.store.records

    def asked_last(self, *chats: str) -> list[str | None]:
        """What a person would be asked about from each chat."""
        found = map(self.live.asked_last, chats)
        return [None if asked is None else asked.question for asked in found]


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    while not condition():
        await asyncio.sleep(0.001)
