"""A stand-in for Telegram's Bot API server, for tests that run the true bot over a real socket.

It keeps the promises a bot leans on (long polling, redelivery, edits) and refuses what Telegram
refuses, in Telegram's words. It knows HTML as the only parse mode, and stores a webhook's address
without ever calling it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar, Unpack

from aiohttp import web

from tests.e2e.bot_api_chats import Chats
from tests.e2e.bot_api_faults import HALF_OPEN_S, Faults, refusal
from tests.e2e.bot_api_rules import RefusedError, bad_request, commands_in
from tests.e2e.bot_api_server import Server, hung_up, params_of
from tests.e2e.bot_api_types import (
    AnsweredPress,
    Call,
    Json,
    MediaKind,
    Person,
    SentMessage,
    Upload,
    Writing,
    utf16_units,
)
from tests.e2e.bot_api_updates import Updates

__all__ = ["AnsweredPress", "BotApi", "Call", "SentMessage", "Upload"]

T = TypeVar("T")

_MAX_TOAST = 200  # UTF-16 units of what a press is answered with


class BotApi:
    """The stand-in server; a context manager that listens on 127.0.0.1 while open.

    Args:
        token: the one token accepted, "<bot id>:<secret>"; any other is answered with 401.
        max_poll_s: upper bound of one long poll in seconds, whatever the bot asks for.
        port: where it listens; 0: where there is room.
        beside: the stand-in on whose server this one is, too, for a bot of its own.

    Attributes:
        updates: what waits for the bot, and how far it has confirmed.
        chats: what stands in them.
        calls: every finished call, oldest first.
        answered_presses: the bot's answers to presses of buttons, oldest first.
        faults: what goes wrong on the line and in the answers.
        content: what is in every file.
        url: the server's address, "http://127.0.0.1:<port>"; the bot's base URL is this + "/bot".
    """

    def __init__(
        self,
        token: str = "123456:TEST-TOKEN",
        *,
        max_poll_s: float = 2.0,
        port: int = 0,
        beside: BotApi | None = None,
    ) -> None:
        self.token = token
        self.url = ""
        self.bot: Json = {"id": int(token.partition(":")[0]), "is_bot": True}
        self.bot |= {"first_name": "FAQ", "username": "faq_test_bot"}
        self.content = b"a file"
        self.faults = Faults()
        self._changed = threading.Condition()
        self._changes = 0
        self._all: dict[str, BotApi] = {} if beside is None else beside._all
        self._all[token] = self
        self._is_first = beside is None
        self._server: Server = beside._server if beside else Server(self._handle, self._file, port)
        self._max_poll_s = max_poll_s
        self.calls: list[Call] = []
        self.updates = Updates()
        self.chats = Chats(self.bot)
        self._commands: dict[tuple[str, str], dict[str, str]] = {}  # by scope and language
        self._said: dict[int, tuple[int, int]] = {}  # chat and message, by the id of the update
        self._presses: dict[str, int | None] = {}  # who pressed, by the id of the query
        self.answered_presses: list[AnsweredPress] = []
        self._forbidden: dict[int, RefusedError] = {}
        self._delays_s: dict[str, float] = {}
        self._methods: dict[str, Callable[[Json], Any]] = {
            "getMe": lambda _: self.bot,
            "getUpdates": self.updates.get,
            "setWebhook": self.updates.set_webhook,
            "deleteWebhook": lambda params: self.updates.set_webhook({**params, "url": ""}),
            "answerCallbackQuery": self._answer_press,
            "setMyCommands": self._set_commands,
            **self.chats.methods,
        }

    def __enter__(self) -> Self:
        first = next(iter(self._all.values()))
        self.url = f"http://127.0.0.1:{self._server.start()}" if self._is_first else first.url
        return self

    def __exit__(self, *error: object) -> None:
        if self._is_first:
            self._server.stop()

    # --- what the bot did ------------------------------------------------------------------------

    def sent(self, chat_id: int) -> list[SentMessage]:
        """The bot's messages in one chat as they stand now, oldest first, deleted ones left out."""
        with self._changed:
            return self.chats.of_bot(chat_id)

    def commands(self, scope: Json | None = None, language_code: str = "") -> dict[str, str]:
        """The commands set for exactly this scope and language: name to description, in order.

        Args:
            scope: as in the Bot API, such as {"type": "chat", "chat_id": 1}; None: the default.
        """
        with self._changed:
            return self._commands.get(_key(scope, language_code), {})

    def wait_for(self, predicate: Callable[[], T], timeout_s: float = 300) -> T:
        """Wait until `predicate()` is true and return its value.

        Raises:
            AssertionError: it stayed false for `timeout_s` seconds; the message lists the calls.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            seen = self._changes
            if value := predicate():
                return value
            left_s = deadline - time.monotonic()
            assert left_s > 0, f"not so within {timeout_s} s; {self._told_calls()}"
            with self._changed:
                # The predicate may also look at a file or a process, which notify nobody.
                self._changed.wait_for(lambda seen=seen: self._changes != seen, min(left_s, 0.1))  # type: ignore[misc]

    def said(self, update_id: int) -> tuple[int, int]:
        """The chat and the message that somebody's update has told of."""
        return self._said[update_id]

    # --- what people do --------------------------------------------------------------------------

    def say(self, text: str, **how: Unpack[Writing]) -> int:
        """Queue a person's message and return its update id; `Writing` tells what `how` holds."""
        with self._changed:
            return self.push({"message": self.chats.write(how, text)})

    def edit(self, update_id: int, text: str) -> int:
        """Queue what a person changes: the words of a message that they wrote before.

        Args:
            update_id: of the message, or of an edit of it.
        Returns:
            The update id.
        """
        with self._changed:
            changed = self.chats.change(*self._said[update_id], text)
            return self.push({"edited_message": changed})

    def send_media(
        self, kind: MediaKind, caption: str | None = None, **how: Unpack[Writing]
    ) -> int:
        """Queue a person's photo, sticker, voice, ... and return its update id."""
        with self._changed:
            return self.push({"message": self.chats.write(how, caption, kind)})

    def press(
        self,
        message_id: int,
        data: str,
        *,
        chat_id: int = 1,
        inaccessible: bool = False,
        **who: Unpack[Person],
    ) -> int:
        """Queue a press of a button under a message and return its update id.

        `data` need not be on a button of that message: anybody can forge it.

        Args:
            inaccessible: True: the message is too old or deleted, and Telegram tells only its id.
            who: as `Person` tells.

        Raises:
            KeyError: the chat holds no such message, and it is not `inaccessible`.
        """
        with self._changed:
            user_id = who.get("user_id")
            user = self.chats.user(abs(chat_id) if user_id is None else user_id, who)
            gone = {"chat": self.chats.chat(chat_id), "message_id": message_id, "date": 0}
            message = gone if inaccessible else self.chats.message(chat_id, message_id)
            query = {"id": str(4_000_000_000 + len(self._presses)), "from": user, "data": data}
            query |= {"message": message, "chat_instance": str(chat_id)}
            return self.push({"callback_query": query})

    def migrate(
        self, old_chat_id: int, new_chat_id: int, *, user_id: int | None = None
    ) -> tuple[int, int]:
        """A group becomes a supergroup; queue both notices and return their update ids.

        From now on every call with the old id is refused, and told the new one.

        Args:
            user_id: who did it; by default the old chat's id without its sign.
        """
        with self._changed:
            left, moved = self.chats.migrate(old_chat_id, new_chat_id, user_id)
            return self.push({"message": left}), self.push({"message": moved})

    def push(self, update: Mapping[str, Any]) -> int:
        """Queue a raw update (its `update_id` is set here) and return its id.

        An update whose kind the bot left out of `allowed_updates` is dropped, as Telegram does.
        """
        with self._changed:
            if "callback_query" in update:
                query = update["callback_query"]
                self._presses[str(query.get("id"))] = query.get("from", {}).get("id")
            update_id = self.updates.add(update)
            said = update.get("message") or update.get("edited_message")
            if said is not None and "chat" in said and "message_id" in said:
                self._said[update_id] = said["chat"]["id"], said["message_id"]
        self._tell()
        return update_id

    # --- what goes wrong -------------------------------------------------------------------------

    def forbid(
        self,
        chat_id: int,
        description: str = "Forbidden: bot was blocked by the user",
        status: int = 403,
    ) -> None:
        """Refuse what is sent to or asked of a chat until `allow`; edits and presses pass."""
        self._forbidden[chat_id] = RefusedError(status, description)

    def allow(self, chat_id: int) -> None:
        """End `forbid`."""
        self._forbidden.pop(chat_id, None)

    def fail_next(
        self,
        method: str,
        status: int,
        description: str,
        times: int = 1,
        chat_id: int | None = None,
        **parameters: int,
    ) -> None:
        """Refuse the next `times` calls of a method, of one chat if that is given.

        Args:
            parameters: such as `retry_after`, in seconds, which goes with a 429.
        """
        self.faults.plan(method, refusal(status, description, **parameters), times, chat_id)

    def delay(self, method: str, seconds: float) -> None:
        """Hold back every answer of a method; the call itself takes effect at once. 0 ends it."""
        self._delays_s[method] = seconds
        self._tell()

    # --- the server ------------------------------------------------------------------------------

    def answer(self, token: str, method: str, params: Json) -> tuple[int, Json]:
        """Carry out one call and return the HTTP status and body; called by the server."""
        with self._changed:
            try:
                self._refuse(token, method, params)
                return self._finished(method, params, self._methods[method](params))
            except RefusedError as error:
                return self._finished(method, params, error)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                told = f"the stand-in cannot read it: {error!r}"
                return self._finished(method, params, bad_request(told))

    def _refuse(self, token: str, method: str, params: Json) -> None:
        if token != self.token:
            raise RefusedError(401, "Unauthorized")
        if method not in self._methods:
            raise RefusedError(404, "Not Found")
        self.chats.refuse_moved(params)
        if (
            method.startswith(("send", "copy", "getChat"))
            and params.get("chat_id") in self._forbidden
        ):
            raise self._forbidden[params["chat_id"]]

    def _finished(self, method: str, params: Json, result: Any) -> tuple[int, Json]:
        with self._changed:
            if isinstance(result, RefusedError):
                self.calls.append(Call(method, params, None, str(result)))
                status, body = result.status, result.body
            else:
                self.calls.append(Call(method, params, result, None))
                status, body = 200, {"ok": True, "result": result}
        self._tell()
        return status, body

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        token, method = request.match_info["token"], request.match_info["method"]
        if token in self._all and self._all[token] is not self:
            return await self._all[token]._handle(request)
        if self.faults.is_unread(method):
            return hung_up(request)
        params = await params_of(request)
        fault = self.faults.next(method, params)
        status, body = 200, dict[str, Any]()
        if fault.refusal is not None:
            status, body = self._finished(method, params, fault.refusal)
        elif fault.takes_effect:
            if method == "getUpdates" and token == self.token:
                await self._poll(params)
            status, body = self.answer(token, method, params)
            if delay_s := self._delays_s.get(method, 0):
                await self._server.until(lambda: self._delays_s[method] != delay_s, delay_s)
        if fault.spoil is None:
            return hung_up(request)
        data = fault.spoil(json.dumps(body).encode())
        response = web.StreamResponse(status=fault.status or status)
        response.content_type, response.content_length = "application/json", len(data)
        try:
            await response.prepare(request)
            await response.write(data[: len(data) // 2] if fault.hangs else data)
        except ConnectionError:  # whoever asked is gone
            return hung_up(request)
        if fault.hangs:
            await self._server.sleep(HALF_OPEN_S)
            return hung_up(request)
        return response

    async def _file(self, request: web.Request) -> web.StreamResponse:
        is_known = request.match_info["token"] == self.token
        return web.Response(body=self.content) if is_known else web.Response(status=404)

    async def _poll(self, params: Json) -> None:
        with self._changed:
            self.updates.begin(params)
        self._tell()
        timeout_s = min(float(params.get("timeout", 0)), self._max_poll_s)
        await self._server.until(lambda: self.updates.is_over(params), timeout_s)

    def _tell(self) -> None:
        """Something has changed: wake the tests and the polls that wait."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()
        self._server.wake()

    def _answer_press(self, params: Json) -> bool:
        query_id, text = str(params["callback_query_id"]), str(params.get("text", ""))
        if query_id not in self._presses:  # never pressed, or answered before
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        if utf16_units(text) > _MAX_TOAST:
            raise bad_request("MESSAGE_TOO_LONG")
        self.answered_presses.append(AnsweredPress(text, self._presses.pop(query_id)))
        return True

    def _set_commands(self, params: Json) -> bool:
        key = _key(params.get("scope"), params.get("language_code", ""))
        listed = commands_in(params)
        self._commands[key] = {item["command"]: item["description"] for item in listed}
        return True

    def _told_calls(self) -> str:
        told = [
            f"  {call.method} {call.params} -> {call.error or call.result}"
            for call in self.calls
            if call.method != "getUpdates" or call.result or call.error
        ]
        return "\n".join([f"{len(told)} calls (empty polls left out):", *told])


def _key(scope: Json | None, language_code: str) -> tuple[str, str]:
    return json.dumps(scope or {"type": "default"}, sort_keys=True), language_code
