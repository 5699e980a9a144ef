"""A stand-in for Telegram's Bot API server, for tests that run the true bot over a real socket.

It keeps the promises a bot leans on (long polling, redelivery, edits) and refuses what Telegram
refuses, in Telegram's words. It knows HTML as the only parse mode, and stores a webhook's address
without ever calling it.
"""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tests.e2e.bot_api_chats import Chats
from tests.e2e.bot_api_http import Server
from tests.e2e.bot_api_rules import MAX_ALERT, RefusedError, bad_request, utf16_units
from tests.e2e.bot_api_types import Call, Json, SentMessage, Upload

__all__ = ["BotApi", "Call", "SentMessage", "Upload"]

T = TypeVar("T")


class BotApi:
    """The stand-in server; a context manager that listens on 127.0.0.1 while open.

    Args:
        token: the one token accepted, "<bot id>:<secret>"; any other is answered with 401.
        max_poll_s: upper bound of one long poll in seconds, whatever the bot asks for.
    """

    def __init__(self, token: str = "123456:TEST-TOKEN", *, max_poll_s: float = 2.0) -> None:
        self.token = token
        self.bot: Json = {"id": int(token.partition(":")[0]), "is_bot": True}
        self.bot |= {"first_name": "FAQ", "username": "faq_test_bot"}
        self._max_poll_s = max_poll_s
        self._changed = threading.Condition()
        self._closed = False
        self._server: Server | None = None
        self._calls: list[Call] = []
        self._updates: list[Json] = []
        self._last_update_id = 1000
        self._confirmed_offset = 0
        self.polls = 0  # begun so far, so also the number of the newest one
        self._allowed: frozenset[str] = frozenset()
        self._webhook_url = ""
        self._commands: dict[tuple[str, str], list[Json]] = {}
        self._chats = Chats(self.bot)
        self._query_ids: set[str] = set()
        self._failures: defaultdict[str, deque[RefusedError]] = defaultdict(deque)
        self._delays_s: dict[str, float] = {}
        self._methods: dict[str, Callable[[Json], Any]] = {
            "getMe": lambda _: self.bot,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": lambda params: self._set_webhook({**params, "url": ""}),
            "getWebhookInfo": self._get_webhook_info,
            "answerCallbackQuery": self._answer_callback_query,
            "setMyCommands": self._set_my_commands,
            "getMyCommands": lambda params: self._commands.get(_command_scope(params), []),
            **self._chats.methods,
        }

    def __enter__(self) -> BotApi:
        self._server = Server(self.answer)
        self._server.start()
        return self

    def __exit__(self, *error: object) -> None:
        assert self._server is not None
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._server.stop()

    @property
    def url(self) -> str:
        """The server's address, "http://127.0.0.1:<port>"; the bot's base URL is this + "/bot"."""
        assert self._server is not None, "BotApi listens only inside its with block"
        return self._server.url

    @property
    def calls(self) -> list[Call]:
        """Every finished call, oldest first."""
        with self._changed:
            return list(self._calls)

    @property
    def confirmed_offset(self) -> int:
        """The highest offset polled with: updates below it are never delivered again."""
        with self._changed:
            return self._confirmed_offset

    def sent(self, chat_id: int) -> list[SentMessage]:
        """The bot's messages in one chat as they stand now, oldest first, deleted ones left out."""
        with self._changed:
            return self._chats.of_bot(chat_id)

    def say(
        self,
        text: str,
        *,
        chat_id: int = 1,
        user_id: int | None = None,
        chat_type: str = "private",
        language_code: str | None = "en",
        reply_to: int | None = None,
    ) -> int:
        """Queue a person's message and return its update id.

        Args:
            user_id: who writes; by default the chat's id without its sign.
            chat_type: "private", "group" or "supergroup".
            language_code: the language of the person's app; None: the app does not tell.
            reply_to: the message id replied to; KeyError if there is none.
        """
        with self._changed:
            message = self._chats.write(
                text,
                chat_id,
                abs(chat_id) if user_id is None else user_id,
                chat_type=chat_type,
                language_code=language_code,
                reply_to=reply_to,
            )
            return self.push({"message": message})

    def press(
        self, message_id: int, data: str, *, chat_id: int = 1, user_id: int | None = None
    ) -> int:
        """Queue a press of a button under a message and return its update id.

        `data` need not be on a button of that message: anybody can forge it.

        Raises:
            KeyError: the chat holds no such message.
        """
        with self._changed:
            query = {
                "id": str(4_000_000_000 + self._last_update_id),
                "from": self._chats.user(abs(chat_id) if user_id is None else user_id),
                "message": self._chats.message(chat_id, message_id),
                "chat_instance": str(chat_id),
                "data": data,
            }
            return self.push({"callback_query": query})

    def push(self, update: Mapping[str, Any]) -> int:
        """Queue a raw update (its `update_id` is set here) and return its id.

        An update whose kind the bot left out of `allowed_updates` is dropped, as Telegram does.
        """
        with self._changed:
            self._last_update_id += 1
            if "callback_query" in update:
                self._query_ids.add(str(update["callback_query"].get("id")))
            if not self._allowed or self._allowed.intersection(update):
                self._updates.append({**update, "update_id": self._last_update_id})
            self._changed.notify_all()
            return self._last_update_id

    def fail_next(
        self,
        method: str,
        status: int,
        description: str,
        times: int = 1,
        retry_after: int | None = None,
    ) -> None:
        """Refuse the next `times` calls of a method; `retry_after` in seconds goes with a 429."""
        with self._changed:
            for _ in range(times):
                self._failures[method].append(RefusedError(status, description, retry_after))

    def delay(self, method: str, seconds: float) -> None:
        """Hold back every answer of a method; the call itself takes effect at once. 0 ends it."""
        with self._changed:
            self._delays_s[method] = seconds

    def wait_for(self, predicate: Callable[[], T], timeout_s: float = 20) -> T:
        """Wait until `predicate()` is true and return its value.

        Raises:
            AssertionError: it stayed false for `timeout_s` seconds; the message lists the calls.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while not (value := predicate()):
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    raise AssertionError(f"not so within {timeout_s} s; {self._told_calls()}")
                # The predicate may also look at a file or a process, which notify nobody.
                self._changed.wait(min(left_s, 0.2))
            return value

    def wait_for_messages(
        self, chat_id: int, count: int, timeout_s: float = 20
    ) -> list[SentMessage]:
        """Wait until the bot has at least `count` messages in a chat; raises as `wait_for`."""
        self.wait_for(lambda: len(self.sent(chat_id)) >= count, timeout_s)
        return self.sent(chat_id)

    def answer(self, token: str, method: str, params: Json) -> tuple[int, Json]:
        """Carry out one request and return the HTTP status and body; called by the server."""
        result, refusal = None, None
        with self._changed:
            try:
                if token != self.token:
                    raise RefusedError(401, "Unauthorized")
                if self._failures[method]:
                    raise self._failures[method].popleft()
                if method not in self._methods:
                    raise RefusedError(404, "Not Found")
                result = self._methods[method](params)
            except RefusedError as error:
                refusal = error
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                refusal = bad_request(f"the stand-in cannot read it: {error!r}")
            told = None if refusal is None else str(refusal)
            self._calls.append(Call(method, params, time.monotonic(), result, told))
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closed, self._delays_s.get(method, 0))
        if refusal is not None:
            return int(refusal.body["error_code"]), refusal.body
        return 200, {"ok": True, "result": result}

    def _told_calls(self) -> str:
        told = [
            f"  {call.method} {call.params} -> {call.error or call.result}"
            for call in self._calls
            if call.method != "getUpdates" or call.result or call.error
        ]
        return "\n".join([f"{len(told)} calls (empty polls left out):", *told])

    def _get_updates(self, params: Json) -> list[Json]:
        self.polls += 1
        this_poll = self.polls
        self._changed.notify_all()
        if self._webhook_url:
            raise RefusedError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if "allowed_updates" in params:
            self._allowed = frozenset(params["allowed_updates"])
        offset = int(params.get("offset", 0))
        if offset < 0:  # counted from the end; what lies before is forgotten
            offset = self._updates[offset:][0]["update_id"] if self._updates else 0
        self._confirmed_offset = max(self._confirmed_offset, offset)
        self._updates = [one for one in self._updates if one["update_id"] >= offset]
        self._changed.wait_for(
            lambda: self._updates or self._closed or self.polls != this_poll,
            min(float(params.get("timeout", 0)), self._max_poll_s),
        )
        if self.polls != this_poll:
            raise RefusedError(
                409,
                "Conflict: terminated by other getUpdates request; "
                "make sure that only one bot instance is running",
            )
        return self._updates[: int(params.get("limit", 100))]

    def _set_webhook(self, params: Json) -> bool:
        self._webhook_url = str(params.get("url", ""))
        if params.get("drop_pending_updates"):
            self._updates = []
        return True

    def _get_webhook_info(self, params: Json) -> Json:
        told = {"url": self._webhook_url, "pending_update_count": len(self._updates)}
        return {**told, "has_custom_certificate": False}

    def _answer_callback_query(self, params: Json) -> bool:
        if params["callback_query_id"] not in self._query_ids:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        if utf16_units(params.get("text", "")) > MAX_ALERT:
            raise bad_request("MESSAGE_TOO_LONG")
        return True

    def _set_my_commands(self, params: Json) -> bool:
        self._commands[_command_scope(params)] = params["commands"]
        return True


def _command_scope(params: Json) -> tuple[str, str]:
    scope = params.get("scope", {"type": "default"})
    return json.dumps(scope, sort_keys=True), params.get("language_code", "")
