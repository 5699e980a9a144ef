"""The true Telegram channel in this process, with Telegram's side of every request played here."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from telegram import Update
from telegram.request import HTTPXRequest, RequestData

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.polling import Polling
from bot.domain import Faq, KeepText
from bot.files.config import Settings
from bot.files.telegram_section import Limit, Limits, TelegramSettings
from bot.store.database import Database
from bot.store.identity import Identity
from bot.store.memory import Memory
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

    def __enter__(self) -> Served:
        patched = self._stack.enter_context(pytest.MonkeyPatch.context())
        patched.setattr(HTTPXRequest, "do_request", self._request())
        logging.getLogger().addHandler(self)
        self._stack.callback(logging.getLogger().removeHandler, self)
        url = f"sqlite:///{self._folder / 'bot.db'}"
        identity = Identity(bytes(32))
        memory = Memory(lambda: Database(url, identity, KeepText.ALL, retention_days=10))
        self._stack.callback(memory.close)
        settings = Settings(
            cache=self._folder / "cache",
            telegram=TelegramSettings(limits=Limits(_PLENTY, _PLENTY)),
        )
        entries = (entry("parcel", "Where is my parcel?"), entry("refund", "Can I get a refund?"))
        worker = self._stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="matching"))
        bot = worker.submit(bot_over, self._folder, *entries, settings=settings).result()

        def load() -> tuple[Settings, Faq]:
            return settings, bot.faq

        channel = TelegramChannel(lambda: bot, load, memory, TOKEN, {})
        self._runner = self._stack.enter_context(asyncio.Runner())
        self._application = self._runner.run(self._started(channel, bot, worker))
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
        payload = json.dumps({"ok": True, "result": [update]}).encode()
        for read in Polling.parse_json_payload(payload)["result"]:
            self._runner.run(self._handled(Update.de_json(read, self._application.bot)))
        return outcome

    def poll(self, *fetched: list[Json]) -> Outcome:
        """Have updates fetched as lists, one after the other, until all are confirmed."""
        self._outcome = outcome = Outcome()
        self.fetched, self.offsets = list(fetched), []
        last = fetched[-1][-1]["update_id"] + 1
        self._runner.run(asyncio.wait_for(self._polled(lambda: last in self.offsets[1:]), 10))
        return outcome

    async def _started(self, channel: TelegramChannel, *parts: Any) -> Any:
        application = channel._application(*parts)
        await application.initialize()
        await application.start()
        return application

    async def _stopped(self) -> None:
        await self._application.stop()
        await self._application.shutdown()

    async def _handled(self, update: Update) -> None:
        handled = self._application.process_update(update)
        await self._application.update_processor.process_update(update, handled)

    async def _polled(self, is_done: Callable[[], bool]) -> None:
        await self._application.updater.start_polling()
        while not is_done():
            await asyncio.sleep(0.01)
        await self._application.updater.stop()
        await self._application.update_queue.join()

    def _request(self) -> Callable[..., Any]:
        async def request(
            _: HTTPXRequest,
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
            self.offsets.append(parameters.get("offset", 0))
            await asyncio.sleep(0)
            return self.fetched.pop(0) if self.fetched else []
        if method not in {"sendMessage", "editMessageText"}:
            return True
        self._sent += 1
        chat = {"id": parameters.get("chat_id", 7), "type": "private"}
        return {"message_id": self._sent, "date": 1_700_000_000, "chat": chat, "from": ME}
