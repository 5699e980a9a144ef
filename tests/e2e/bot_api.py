"""A stand-in for Telegram's Bot API server, for tests that run the true bot over a real socket.

It keeps the promises a bot leans on (long polling, redelivery, edits) and refuses what Telegram
refuses, in Telegram's words. It knows HTML as the only parse mode, and stores a webhook's address
without ever calling it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, Unpack

from tests.e2e.bot_api_chats import Chats
from tests.e2e.bot_api_commands import Commands
from tests.e2e.bot_api_faults import Faults
from tests.e2e.bot_api_files import MediaKind
from tests.e2e.bot_api_http import Server
from tests.e2e.bot_api_presses import Presses
from tests.e2e.bot_api_rules import RefusedError, bad_request
from tests.e2e.bot_api_troubles import Troubles
from tests.e2e.bot_api_types import AnsweredPress, Call, Json, Person, SentMessage, Upload, Writing
from tests.e2e.bot_api_updates import Updates

__all__ = ["AnsweredPress", "BotApi", "Call", "SentMessage", "Upload"]

T = TypeVar("T")


class BotApi:
    """The stand-in server; a context manager that listens on 127.0.0.1 while open.

    Args:
        token: the one token accepted, "<bot id>:<secret>"; any other is answered with 401.
        max_poll_s: upper bound of one long poll in seconds, whatever the bot asks for.
        strict_private: True: the bot may not be the first to write in a private chat.
        port: where it listens; 0: where there is room.

    Attributes:
        faults: what goes wrong on the line and in the answers.
    """

    def __init__(
        self,
        token: str = "123456:TEST-TOKEN",
        *,
        max_poll_s: float = 2.0,
        strict_private: bool = False,
        port: int = 0,
    ) -> None:
        self.token = token
        self.faults = Faults()
        self._port = port
        self.bot: Json = {"id": int(token.partition(":")[0]), "is_bot": True}
        self.bot |= {"first_name": "FAQ", "username": "faq_test_bot"}
        self._changed = threading.Condition()
        self._closed = False
        self._server: Server | None = None
        self._calls: list[Call] = []
        self._updates = Updates(self._changed, max_poll_s)
        self._chats = Chats(self.bot)
        self._presses = Presses()
        self._commands = Commands()
        self._troubles = Troubles(strict_private)
        self._delays_s: dict[str, float] = {}
        self._methods: dict[str, Callable[[Json], Any]] = {
            "getMe": lambda _: self.bot,
            "getUpdates": self._updates.get,
            "setWebhook": self._updates.set_webhook,
            "deleteWebhook": lambda params: self._updates.set_webhook({**params, "url": ""}),
            "getWebhookInfo": self._updates.webhook_info,
            "answerCallbackQuery": self._presses.answer,
            "setMyCommands": self._commands.set,
            "getMyCommands": self._commands.get,
            "deleteMyCommands": self._commands.delete,
            **self._chats.methods,
        }

    def __enter__(self) -> BotApi:
        self._server = Server(self.answer, self.faults, self._port)
        self._server.start()
        return self

    def __exit__(self, *error: object) -> None:
        assert self._server is not None
        with self._changed:
            self._closed = True
            self._updates.close()
            self.faults.closed.set()
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
    def polls(self) -> int:
        """The number of long polls begun so far."""
        with self._changed:
            return self._updates.polls

    @property
    def confirmed_offset(self) -> int:
        """The highest offset polled with: updates below it are never delivered again."""
        with self._changed:
            return self._updates.confirmed_offset

    @property
    def answered_presses(self) -> list[AnsweredPress]:
        """The bot's answers to presses of buttons, oldest first."""
        with self._changed:
            return list(self._presses.answered)

    def sent(self, chat_id: int) -> list[SentMessage]:
        """The bot's messages in one chat as they stand now, oldest first, deleted ones left out."""
        with self._changed:
            return self._chats.of_bot(chat_id)

    def commands(self, scope: Json | None = None, language_code: str = "") -> dict[str, str]:
        """The commands set for exactly this scope and language: name to description, in order.

        Args:
            scope: as in the Bot API, such as {"type": "chat", "chat_id": 1}; None: the default.
        """
        with self._changed:
            return self._commands.of(scope, language_code)

    def reaction(self, message_id: int, *, chat_id: int = 1) -> tuple[str, ...]:
        """The emoji the bot set under a message."""
        with self._changed:
            return self._chats.reaction(chat_id, message_id)

    def say(self, text: str, **how: Unpack[Writing]) -> int:
        """Queue a person's message and return its update id; `Writing` tells what `how` holds."""
        with self._changed:
            return self.push({"message": self._chats.write({"text": text}, how)})

    def send_media(
        self,
        kind: MediaKind,
        caption: str | None = None,
        *,
        media_group_id: str | None = None,
        **how: Unpack[Writing],
    ) -> int:
        """Queue a person's photo, sticker, voice, ... and return its update id.

        An album is one such message for each of its files, all with one `media_group_id`.

        Raises:
            ValueError: in Telegram this kind never has a caption.
        """
        with self._changed:
            content = self._chats.files.of_person(kind, caption)
            if media_group_id is not None:
                content["media_group_id"] = media_group_id
            return self.push({"message": self._chats.write(content, how)})

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
            user = self._chats.people.meet(abs(chat_id) if user_id is None else user_id, who)
            query = {
                "id": str(4_000_000_000 + self._updates.last_id),
                "from": user,
                "message": self._chats.inaccessible(chat_id, message_id)
                if inaccessible
                else self._chats.message(chat_id, message_id),
                "chat_instance": str(chat_id),
                "data": data,
            }
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
            left, moved = self._chats.migrate(old_chat_id, new_chat_id, user_id)
            self._troubles.migrated[old_chat_id] = new_chat_id
            return self.push({"message": left}), self.push({"message": moved})

    def push(self, update: Mapping[str, Any]) -> int:
        """Queue a raw update (its `update_id` is set here) and return its id.

        An update whose kind the bot left out of `allowed_updates` is dropped, as Telegram does.
        """
        with self._changed:
            if "callback_query" in update:
                self._presses.add(update["callback_query"])
            if "message" in update:
                self._troubles.heard_from.add(update["message"].get("chat", {}).get("id", 0))
            return self._updates.add(update)

    def backdate(self, message_id: int, hours: float, *, chat_id: int = 1) -> None:
        """Let a message be so much older; what is older than 48 hours cannot be deleted."""
        with self._changed:
            self._chats.backdate(chat_id, message_id, hours)

    def refuse_urls(self, refuse: bool = True) -> None:
        """Let Telegram fail to fetch every photo or document given by its URL, or end that."""
        with self._changed:
            self._chats.files.refuse_urls = refuse

    def forbid(
        self,
        chat_id: int,
        description: str = "Forbidden: bot was blocked by the user",
        status: int = 403,
    ) -> None:
        """Refuse everything sent to a chat until `allow`; edits and answers to presses pass."""
        with self._changed:
            self._troubles.forbid(chat_id, RefusedError(status, description))

    def allow(self, chat_id: int) -> None:
        """End `forbid`."""
        with self._changed:
            self._troubles.allow(chat_id)

    def fail_next(
        self,
        method: str,
        status: int,
        description: str,
        times: int = 1,
        retry_after: int | None = None,
        chat_id: int | None = None,
    ) -> None:
        """Refuse the next `times` calls of a method, of one chat if that is given.

        Args:
            retry_after: in seconds, goes with a 429.
        """
        with self._changed:
            parameters = None if retry_after is None else {"retry_after": retry_after}
            refusal = RefusedError(status, description, parameters)
            self._troubles.fail_next(method, refusal, times, chat_id)

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
                self._troubles.check(method, params)
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
