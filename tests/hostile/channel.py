"""The true Telegram channel in this process, with Telegram's side of every request played here."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from telegram.request import RequestData

from bot.channels.telegram.api.client import Account, readable
from bot.channels.telegram.api.request import Request
from bot.channels.telegram.channel import Parts
from bot.channels.telegram.updates.incoming import inbox_item
from bot.channels.telegram.updates.polling import Poller
from bot.domain import Faq, KeepText
from bot.files.config import Settings
from bot.files.config_telegram import Limit, Limits, TelegramSettings
from bot.service.health import Health
from bot.service.live import Live
from bot.service.worker import Worker
from bot.store.async_store import AsyncStore
from bot.store.pseudonyms import Pseudonyms
from bot.store.sql.decisions import SqlStore
from tests.factories import bot_over, entry
from tests.hostile.cases import Json

ME = {"id": 123456, "is_bot": True, "first_name": "FAQ", "username": "faq_test_bot"}
TOKEN = "123456:TEST-TOKEN"
_PLENTY = Limit(10_000, 10_000)
_UNSEEN = {"getMe", "sendChatAction", "setMyCommands", "deleteWebhook", "getUpdates"}


@dataclass
class Outcome:
    """What became of one update.

    Attributes:
        calls: the methods that the bot called, in order, but for those that say nothing.
        errors: what was logged as an error.
    """

    calls: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Served(logging.Handler):
    """A running channel, to be given updates; a context manager.

    Attributes:
        fetched: what getUpdates gives next, one list for each call.
        offsets: of the calls of getUpdates so far.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(logging.ERROR)
        self.fetched: list[list[Json]] = []
        self.offsets: list[int] = []
        self._folder = folder
        self._outcome = Outcome()
        self._stack = ExitStack()
        self._sent = 1_000
        self._number = 1_000_000
        self._base = 2_000_000

    def __enter__(self) -> Served:
        patched = self._stack.enter_context(pytest.MonkeyPatch.context())
        patched.setattr(Request, "do_request", self._request())
        logging.getLogger().addHandler(self)
        self._stack.callback(logging.getLogger().removeHandler, self)
        url = f"sqlite:///{self._folder / 'bot.db'}"
        pseudonyms = Pseudonyms(bytes(32))
        memory = AsyncStore(lambda: SqlStore(url, pseudonyms, KeepText.ALL, retention_days=10))
        self._stack.callback(memory.close)
        settings = Settings(
            cache=self._folder / "cache",
            telegram=TelegramSettings(limits=Limits(_PLENTY, _PLENTY), max_age=float("inf")),
        )
        entries = (entry("parcel", "Where is my parcel?"), entry("refund", "Can I get a refund?"))
        worker = self._stack.enter_context(Worker())
        matcher = worker.in_turn(lambda: bot_over(self._folder, *entries, settings=settings))

        def load() -> tuple[Settings, Faq]:
            return settings, matcher.faq

        self._runner = self._stack.enter_context(asyncio.Runner())
        self._pulse = Health()
        self._account = Account(TOKEN, "https://api.telegram.org")
        self._runner.run(self._account.initialize())

        async def wired() -> Parts:
            live = Live(matcher, load, worker, memory, self._pulse)
            return Parts(settings, live, self._account, memory, self._pulse)

        self._parts = self._runner.run(wired())
        self._stack.callback(lambda: self._runner.run(self._stopped()))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def emit(self, record: logging.LogRecord) -> None:
        """Note an error."""
        self._outcome.errors.append(f"{record.getMessage()} {record.exc_info}")

    def serve(self, update: Json) -> Outcome:
        """Have one update read as it comes from Telegram, and handled."""
        self._outcome = outcome = Outcome()
        if type(update.get("update_id")) is int:  # else an update of that number was here before
            self._number += 1
            update = {**update, "update_id": self._number}
        self._runner.run(self._handled(update))
        return outcome

    def poll(self, *fetched: list[Json]) -> Outcome:
        """Have updates fetched as lists, one after the other, until all are confirmed."""
        self._outcome = outcome = Outcome()
        self._base += 1_000  # a number that was there before would be passed over
        self.fetched = [[self._numbered(update) for update in each] for each in fetched]
        self.offsets = []
        last = fetched[-1][-1]["update_id"] + 1
        self._runner.run(asyncio.wait_for(self._polled(lambda: last in self.offsets[1:]), 10))
        return outcome

    def _numbered(self, update: Any) -> Any:
        if isinstance(update, dict) and type(update.get("update_id")) is int:
            return {**update, "update_id": update["update_id"] + self._base}
        return update

    async def _stopped(self) -> None:
        await self._parts.queue.stop()
        await self._parts.finish()
        await self._account.shutdown()

    async def _handled(self, update: Json) -> None:
        await self._parts.queue.take([inbox_item(update) for update in readable([update])])
        await self._quiet()

    async def _quiet(self) -> None:
        while self._pulse.depth:
            await asyncio.sleep(0.001)

    async def _polled(self, is_done: Callable[[], bool]) -> None:
        polling = asyncio.create_task(Poller(self._account, self._parts.queue, self._pulse).run())
        while not is_done():
            await asyncio.sleep(0.01)
        polling.cancel()
        await self._quiet()

    def _request(self) -> Callable[..., Any]:
        async def request(
            _: Request,
            url: str,
            method: str,
            request_data: RequestData | None = None,
            **timeouts: object,
        ) -> tuple[int, bytes]:
            parameters = {} if request_data is None else request_data.parameters
            result = await self._answer(url.rsplit("/", 1)[1], parameters)
            return 200, json.dumps({"ok": True, "result": result}).encode()

        return request

    async def _answer(self, method: str, parameters: Json) -> Any:
        if method not in _UNSEEN:
            self._outcome.calls.append(method)
        if method == "getMe":
            return ME
        if method == "getUpdates":
            self.offsets.append(int(parameters.get("offset", self._base)) - self._base)
            await asyncio.sleep(0)
            return self.fetched.pop(0) if self.fetched else []
        if method not in {"sendMessage", "editMessageText"}:
            return True
        self._sent += 1
        chat = {"id": parameters.get("chat_id", 7), "type": "private"}
        return {"message_id": self._sent, "date": 1_700_000_000, "chat": chat, "from": ME}
