"""The true Telegram channel in this process, with Telegram's side of every request played here."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import ExitStack, closing
from typing import Any, cast

import pytest
from telegram.request import RequestData

from bot.channels.telegram.api import client
from bot.channels.telegram.api.client import Client, Delivery
from bot.channels.telegram.api.request import Request
from bot.channels.telegram.arrivals import Poller, inbox_items
from bot.channels.telegram.handlers.routes import Handlers
from bot.errors import ModelError
from bot.matching.build import Matcher
from bot.service.health import Health
from bot.service.live import Live
from bot.service.queue import carrying
from bot.service.queue.update_queue import UpdateQueue
from bot.service.replicas import Replicas
from bot.service.source import Files
from bot.service.visitors.team import Line
from bot.service.worker import Worker
from bot.store.async_store import AsyncStore
from bot.store.store import Store
from tests.fake_learning import FakeLearning
from tests.fake_store import FakeStore, settled

Json = dict[str, Any]
TOKEN = "123456:TEST-TOKEN"
ME = {"id": 123456, "is_bot": True, "first_name": "FAQ", "username": "faq_test_bot"}
ADA = {"id": 7, "is_bot": False, "first_name": "Ada", "language_code": "en"}
PRIVATE = {"id": 7, "type": "private"}
LONG_S = 60.0  # how long a test waits for what takes milliseconds
_UNSEEN = {"getMe", "setMyCommands", "deleteWebhook", "getUpdates"}


class Served:
    """A running channel, to be given updates; a context manager.

    Attributes:
        calls: (method, parameters) of every request that can be seen, in order.
        troubles: what the next requests of a method fail with.
        pause_s: how long a request takes, but for those that show "typing".
        fetched: what getUpdates gives next, one list for each call.
        offsets: of the calls of getUpdates so far.
        learning: what the admins' wing is asked.
    """

    def __init__(self, matcher: Matcher, store: Store | None = None) -> None:
        self.calls: list[tuple[str, Json]] = []
        self.troubles: dict[str, list[Exception]] = {}
        self.pause_s = 0.0
        self.fetched: list[list[Any]] = []
        self.offsets: list[int | None] = []
        self.health = Health()
        self.learning = FakeLearning({it.id: it.question for it in matcher.faq.entries})
        self._matcher = matcher
        self._store = FakeStore() if store is None else store
        self._numbers = iter(range(1, 1_000_000))
        self._message_ids = iter(range(100, 1_000_000))
        self._stack = ExitStack()

    def __enter__(self) -> Served:
        self._patched = self._stack.enter_context(pytest.MonkeyPatch.context())
        self._patched.setattr(Request, "do_request", self._do_request())
        self._patched.setattr(client, "_FIRST_PAUSE_S", 0.0)
        store = self._memory = AsyncStore(lambda: self._store)
        self._stack.callback(store.close)
        worker = self._stack.enter_context(closing(Worker()))
        self._runner = self._stack.enter_context(asyncio.Runner())
        team = self._matcher.settings.telegram.handoff_chat
        self._delivery = Delivery(self.health, team)
        self._client = Client(TOKEN, "https://api.telegram.org", self._delivery)
        self._run(self._start(store, worker))
        self._stack.callback(lambda: self._run(self._stop()))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @property
    def out(self) -> list[str]:
        """Every text that was sent, and every edit with "edit: " before it."""
        prefixes = {"sendMessage": "", "editMessageText": "edit: "}
        return [
            prefixes[method] + more["text"] for method, more in self.calls if method in prefixes
        ]

    @property
    def set_aside(self) -> float | None:
        """How many updates were given up on."""
        return self.health.registry.get_sample_value("faq_bot_updates_set_aside_total")

    def decided(self, action: str) -> float | None:
        """How many decisions were such."""
        labels = {"action": action}
        return self.health.registry.get_sample_value("faq_bot_decisions_total", labels)

    def keyboard(self, place: int = -1) -> list[tuple[str, str]]:
        """(label, data or address) of the buttons of one of the messages or edits."""
        prefixes = {"sendMessage", "editMessageText"}
        shown = [more for method, more in self.calls if method in prefixes]
        rows = shown[place].get("reply_markup", {}).get("inline_keyboard", [])
        buttons = [button for row in rows for button in row]
        return [
            (button["text"], button.get("callback_data") or button["url"]) for button in buttons
        ]

    def says(self, text: str, *, age_s: float = 0.0, **more: Any) -> None:
        """Somebody says something; a word that begins with a slash is a command."""
        message = {"message_id": 1, "date": int(time.time() - age_s), "chat": PRIVATE, "from": ADA}
        if text.startswith("/"):
            command = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
            message["entities"] = [command]
        self.update(message=message | {"text": text} | more)

    def presses(self, data: str, **more: Any) -> None:
        """Somebody presses a button of a message of the bot's."""
        shown = {"message_id": 100, "date": int(time.time()), "chat": PRIVATE, "text": "…"}
        press = {"id": "1", "from": ADA, "chat_instance": "1", "data": data, "message": shown}
        self.update(callback_query=press | more)

    def update(self, number: int | None = None, **content: Any) -> None:
        """Have one update handled."""
        number = next(self._numbers) if number is None else number
        self.take({"update_id": number, **content})

    def take(self, raw: Any) -> None:
        """Have an update handled as it comes from Telegram."""
        self._run(self._queue.take(inbox_items([raw])))
        self._run(self._quiet())

    def check(self) -> None:
        """Have the handoff look whether its chat can be reached, as at the start."""
        self._run(self._handoff.reach.check())

    def tick(self) -> None:
        """Have the handoff do what is due."""
        self._run(self._handoff.tick())

    def poll(self, last: int) -> None:
        """Poll until an update of some number is confirmed."""
        self._run(self._polled(last))

    def later(self, seconds: float) -> None:
        """Let some time pass."""
        self._run(asyncio.sleep(seconds))

    async def _start(self, store: AsyncStore, worker: Worker) -> None:
        await self._client.initialize()
        self.live = Live(self._matcher, Files(_load), worker, store, self.health)
        settings = self._matcher.settings
        self._patched.setattr(carrying, "_FIRST_PAUSE_S", 0.0)
        handlers = Handlers(
            *(settings, self.live, self._client, self._delivery, store, self.learning, Line()),
            replicas=Replicas(),
        )
        self._queue = UpdateQueue(store, handlers, self.health, handlers.drops)
        self._handoff = handlers.handoff
        await handlers.handoff.load()

    async def _stop(self) -> None:
        await self._queue.stop()
        await self._client.shutdown()

    async def _quiet(self) -> None:
        while self.health.depth:
            await asyncio.sleep(0.001)
        settled(self._memory)

    async def _polled(self, last: int) -> None:
        poller = Poller(self._client, self._queue, self.health)
        polling = asyncio.create_task(poller.run())
        while last + 1 not in self.offsets:
            await asyncio.sleep(0.01)
        polling.cancel()
        await self._quiet()

    def _run(self, work: Any) -> None:
        self._runner.run(asyncio.wait_for(work, LONG_S))

    def _do_request(self) -> Any:
        async def do_request(
            _: Request,
            url: str,
            method: str,
            request_data: RequestData | None = None,
            **timeouts: object,
        ) -> tuple[int, bytes]:
            parameters = {} if request_data is None else request_data.parameters
            result = await self._answer(url.rsplit("/", 1)[1], cast(Json, parameters))
            return 200, json.dumps({"ok": True, "result": result}).encode()

        return do_request

    async def _answer(self, method: str, parameters: Json) -> Any:
        if method == "getMe":
            return ME
        if method == "getUpdates":
            self.offsets.append(parameters.get("offset"))
            await asyncio.sleep(0)
            return self.fetched.pop(0) if self.fetched else []
        if method != "sendChatAction":
            await asyncio.sleep(self.pause_s)
        if self.troubles.get(method):
            raise self.troubles[method].pop(0)
        if method not in _UNSEEN:
            self.calls.append((method, parameters))
        if method == "copyMessage":
            return {"message_id": next(self._message_ids)}
        if not method.startswith("send") and method != "editMessageText":
            return True
        if method == "sendChatAction":
            return True
        chat = {"id": parameters.get("chat_id", 7), "type": "private"}
        return {"message_id": next(self._message_ids), "date": 1, "chat": chat, "from": ME}


def _load() -> Any:
    raise ModelError("the model is away")
