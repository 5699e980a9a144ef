"""A stand-in for Telegram's Bot API server, for tests that run the true bot over a real socket.

It keeps the promises a bot leans on (long polling, redelivery, edits) and refuses what Telegram
refuses, in Telegram's words. It knows HTML as the only parse mode, and stores a webhook's address
without ever calling it.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote

Json = dict[str, Any]
T = TypeVar("T")

MAX_TEXT, MAX_CAPTION, MAX_ALERT = 4096, 1024, 200  # UTF-16 units, after entity parsing
MAX_CALLBACK_DATA = 64  # bytes of UTF-8

# Forms do not tell text from JSON: a text such as "123" or "[1]" must stay the text it is.
_TEXT_FIELDS = {"text", "caption", "parse_mode", "callback_query_id", "url", "language_code"}
_TAGS = {"a", "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre"}
_TAGS |= {"span", "tg-spoiler", "tg-emoji", "blockquote"}
_TAG = re.compile(r"""<(/?)([^\s>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>""")
# Telegram decodes these four names and numbers only; "&nbsp;" reaches people as it stands.
_ESCAPE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(lt|gt|amp|quot)(?![A-Za-z]));?")
_BROKEN = "can't parse entities: "
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_TYPED_ENTITY = re.compile(r"(?<!\S)(?:(/\w{1,32}(?:@\w+)?)|(@\w{4,32}))")


@dataclass(frozen=True, slots=True)
class Call:
    """One finished request of the bot.

    Attributes:
        method: the Bot API method, such as "sendMessage".
        params: its parameters, nested JSON decoded; a file is an `Upload`.
        time_s: `time.monotonic()` when the call took effect, seconds.
        result: what was answered under "result"; None if the call was refused.
        error: "<status> <description>" if the call was refused, else None.
    """

    method: str
    params: Json
    time_s: float
    result: Any
    error: str | None


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message of the bot as it stands now, after edits.

    Attributes:
        text: what people see: tags stripped, escapes decoded; a file's caption.
        raw_text: what the bot sent.
        buttons: (text, callback_data, url) of each inline button, row by row.
        edited: True once its text or buttons were changed.
    """

    message_id: int
    chat_id: int
    text: str
    raw_text: str
    buttons: tuple[tuple[str, str | None, str | None], ...]
    edited: bool


@dataclass(frozen=True, slots=True)
class Upload:
    """A file the bot sent: its name, its content type, its bytes."""

    file_name: str
    mime_type: str
    content: bytes


class _RefusedError(Exception):
    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(f"{status} {description}")
        self.body: Json = {"ok": False, "error_code": status, "description": description}
        if retry_after is not None:
            self.body["parameters"] = {"retry_after": retry_after}


def _bad(what: str) -> _RefusedError:
    return _RefusedError(400, f"Bad Request: {what}")


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
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._calls: list[Call] = []
        self._updates: list[Json] = []
        self._last_update_id = 1000
        self._last_message_id = 0
        self._confirmed_offset = 0
        self.polls = 0  # begun so far, so also the number of the newest one
        self._allowed: frozenset[str] = frozenset()
        self._webhook_url = ""
        self._commands: dict[tuple[str, str], list[Json]] = {}
        # Never changed in place: an edit replaces the message, so answers given stay as given.
        self._messages: dict[tuple[int, int], Json] = {}
        self._raw_texts: dict[tuple[int, int], str] = {}
        self._chats: dict[int, Json] = {}
        self._users: dict[int, Json] = {}
        self._query_ids: set[str] = set()
        self._failures: defaultdict[str, deque[_RefusedError]] = defaultdict(deque)
        self._delays_s: dict[str, float] = {}
        self._methods: dict[str, Callable[[Json], Any]] = {
            "getMe": lambda _: self.bot,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": lambda params: self._set_webhook({**params, "url": ""}),
            "getWebhookInfo": self._get_webhook_info,
            "sendMessage": self._send_message,
            "sendDocument": lambda params: self._send_file(params, "document"),
            "sendPhoto": lambda params: self._send_file(params, "photo"),
            "copyMessage": self._copy_message,
            "editMessageText": self._edit_message_text,
            "editMessageReplyMarkup": lambda params: self._edit(params, {}),
            "deleteMessage": self._delete_message,
            "answerCallbackQuery": self._answer_callback_query,
            "sendChatAction": lambda params: _chat_id(params) != 0,
            "setMyCommands": self._set_my_commands,
            "getMyCommands": lambda params: self._commands.get(_command_scope(params), []),
            "getChat": self._get_chat,
            "getChatMember": self._get_chat_member,
        }

    def __enter__(self) -> BotApi:
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        assert self._server is not None
        assert self._thread is not None
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The server's address, "http://127.0.0.1:<port>"; the bot's base URL is this + "/bot"."""
        assert self._server is not None, "BotApi listens only inside its with block"
        return f"http://127.0.0.1:{self._server.server_address[1]}"

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
            return [
                _as_seen(message, self._raw_texts[key])
                for key, message in self._messages.items()
                if key[0] == chat_id and message["from"]["id"] == self.bot["id"]
            ]

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
            user_id = abs(chat_id) if user_id is None else user_id
            user = {**self._user(user_id), "language_code": language_code}
            self._users[user_id] = user
            self._chats[chat_id] = _new_chat(chat_id, chat_type)
            content: Json = {"text": text, "from": user}
            content["entities"] = _typed_entities(text)
            if reply_to is not None:
                content["reply_to_message"] = self._messages[chat_id, reply_to]
            return self.push({"message": self._store(chat_id, content, text)})

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
                "from": self._user(abs(chat_id) if user_id is None else user_id),
                "message": self._messages[chat_id, message_id],
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
                self._failures[method].append(_RefusedError(status, description, retry_after))

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
                    raise _RefusedError(401, "Unauthorized")
                if self._failures[method]:
                    raise self._failures[method].popleft()
                if method not in self._methods:
                    raise _RefusedError(404, "Not Found")
                result = self._methods[method](params)
            except _RefusedError as error:
                refusal = error
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                refusal = _bad(f"the stand-in cannot read it: {error!r}")
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
            raise _RefusedError(
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
            raise _RefusedError(
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

    def _send_message(self, params: Json) -> Json:
        return self._send(params, _text_content(params, "text", MAX_TEXT), str(params["text"]))

    def _send_file(self, params: Json, kind: str) -> Json:
        content = _text_content(params, "caption", MAX_CAPTION)
        file = params[kind]  # an upload, or the id of a file sent before
        told: Json = {"file_id": str(file), "file_unique_id": str(file)}
        if isinstance(file, Upload):
            told = dict.fromkeys(told, f"{kind}-{self._last_message_id + 1}")
            told |= {"file_name": file.file_name, "mime_type": file.mime_type}
        sizes = [{**told, "width": 90, "height": 90}]
        content[kind] = sizes if kind == "photo" else told
        return self._send(params, content, str(params.get("caption", "")))

    def _copy_message(self, params: Json) -> Json:
        key = (int(params["from_chat_id"]), int(params["message_id"]))
        if key not in self._messages:
            raise _bad("message to copy not found")
        source = self._messages[key]
        copied = ("text", "caption", "document", "photo")
        content = {name: source[name] for name in copied if name in source}
        return {"message_id": self._send(params, content, self._raw_texts[key])["message_id"]}

    def _send(self, params: Json, content: Json, raw_text: str) -> Json:
        chat_id = _chat_id(params)
        content |= {"from": self.bot, **_keyboard(params)}
        reply = params.get("reply_parameters")
        if reply is not None:
            replied = self._messages.get((chat_id, int(reply["message_id"])))
            if replied is not None:
                content["reply_to_message"] = replied
            elif not reply.get("allow_sending_without_reply"):
                raise _bad("message to be replied not found")
        return self._store(chat_id, content, raw_text)

    def _edit_message_text(self, params: Json) -> Json:
        content = _text_content(params, "text", MAX_TEXT)
        return self._edit(params, content, str(params["text"]))

    def _edit(self, params: Json, content: Json, raw_text: str | None = None) -> Json:
        key = (_chat_id(params), int(params["message_id"]))
        old = self._messages.get(key)
        if old is None:
            raise _bad("message to edit not found")
        if old["from"]["id"] != self.bot["id"]:
            raise _bad("message can't be edited")
        if "text" in content and "text" not in old:
            raise _bad("there is no text in the message to edit")
        raw_text = self._raw_texts[key] if raw_text is None else raw_text
        # Buttons not sent along with an edit disappear, as they do in Telegram.
        new = {name: value for name, value in old.items() if name != "reply_markup"}
        new |= {**content, **_keyboard(params)}
        if new == old and raw_text == self._raw_texts[key]:
            raise _bad(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        new["edit_date"] = int(time.time())
        self._messages[key], self._raw_texts[key] = new, raw_text
        return new

    def _delete_message(self, params: Json) -> bool:
        if self._messages.pop((_chat_id(params), int(params["message_id"])), None) is None:
            raise _bad("message to delete not found")
        return True

    def _answer_callback_query(self, params: Json) -> bool:
        if params["callback_query_id"] not in self._query_ids:
            raise _bad("query is too old and response timeout expired or query ID is invalid")
        if _utf16_units(params.get("text", "")) > MAX_ALERT:
            raise _bad("MESSAGE_TOO_LONG")
        return True

    def _set_my_commands(self, params: Json) -> bool:
        self._commands[_command_scope(params)] = params["commands"]
        return True

    def _get_chat(self, params: Json) -> Json:
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
        accepted = dict.fromkeys((*gifts, "gifts_from_channels"), False)
        full = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": accepted}
        return {**self._chat(_chat_id(params)), **full}

    def _get_chat_member(self, params: Json) -> Json:
        user_id = int(params["user_id"])
        user = self.bot if user_id == self.bot["id"] else self._user(user_id)
        return {"status": "member", "user": user}

    def _store(self, chat_id: int, content: Json, raw_text: str) -> Json:
        self._last_message_id += 1
        head = {"message_id": self._last_message_id, "date": int(time.time())}
        wire = {**head, "chat": self._chat(chat_id), **content}
        self._messages[chat_id, self._last_message_id] = wire
        self._raw_texts[chat_id, self._last_message_id] = raw_text
        return wire

    def _user(self, user_id: int) -> Json:
        new = {"id": user_id, "is_bot": False, "first_name": f"User {user_id}"}
        return self._users.setdefault(user_id, new)

    def _chat(self, chat_id: int) -> Json:
        kind = "private" if chat_id > 0 else "supergroup"
        return self._chats.setdefault(chat_id, _new_chat(chat_id, kind))


def _new_chat(chat_id: int, kind: str) -> Json:
    name = "first_name" if kind == "private" else "title"
    return {"id": chat_id, "type": kind, name: f"Chat {chat_id}"}


def _chat_id(params: Json) -> int:
    chat_id = params.get("chat_id", "")
    if chat_id == "":
        raise _bad("chat_id is empty")
    if not isinstance(chat_id, int) or chat_id == 0:
        raise _bad("chat not found")
    return chat_id


def _command_scope(params: Json) -> tuple[str, str]:
    scope = params.get("scope", {"type": "default"})
    return json.dumps(scope, sort_keys=True), params.get("language_code", "")


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _typed_entities(text: str) -> list[Json]:
    # Telegram, not the bot, marks commands and mentions; command handlers look at nothing else.
    return [
        {
            "type": "bot_command" if found[1] else "mention",
            "offset": _utf16_units(text[: found.start()]),
            "length": _utf16_units(found[0]),
        }
        for found in _TYPED_ENTITY.finditer(text)
    ]


def _as_seen(message: Json, raw_text: str) -> SentMessage:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    keys = [key for row in rows for key in row]
    return SentMessage(
        message_id=message["message_id"],
        chat_id=message["chat"]["id"],
        text=str(message.get("text", message.get("caption", ""))),
        raw_text=raw_text,
        buttons=tuple((key["text"], key.get("callback_data"), key.get("url")) for key in keys),
        edited="edit_date" in message,
    )


def _keyboard(params: Json) -> Json:
    markup = params.get("reply_markup") or {}
    for row in markup.get("inline_keyboard", []):
        for button in row:
            if not button.get("text"):
                raise _bad("inline keyboard button text must be non-empty")
            if len(button) == 1:
                raise _bad("text buttons are unallowed in inline keyboard")
            size = len(str(button.get("callback_data", "-")).encode())
            if not 1 <= size <= MAX_CALLBACK_DATA:
                raise _bad("BUTTON_DATA_INVALID")
    return {"reply_markup": markup} if markup.get("inline_keyboard") else {}


def _text_content(params: Json, field: str, limit: int) -> Json:
    text, mode = str(params.get(field, "")), str(params.get("parse_mode", ""))
    if field == "text" and text == "":
        raise _bad("message text is empty")
    if mode.lower() == "html":
        text = _visible_text(text)
    elif mode != "":
        # Passing it on unread would let a broken text through a test.
        raise _bad("unsupported parse_mode (the stand-in knows HTML only)")
    text = text.strip()
    if field == "text" and text == "":
        raise _bad("text must be non-empty")
    if _utf16_units(text) > limit:
        what = "message" if field == "text" else "message caption"
        raise _bad(f"{what} is too long")
    return {field: text} if text else {}


def _visible_text(html: str) -> str:
    text, position = "", 0
    opened: list[str] = []
    while (at := html.find("<", position)) >= 0:
        text += _unescape(html[position:at])
        where = f"at byte offset {len(html[:at].encode())}"
        tag = _TAG.match(html, at)
        if tag is None:
            raise _bad(_BROKEN + f"Unclosed start tag {where}")
        name, position = tag[2].lower(), tag.end()
        if not tag[1]:
            if name not in _TAGS:
                raise _bad(_BROKEN + f'Unsupported start tag "{name}" {where}')
            if name == "span" and "tg-spoiler" not in tag[3]:
                raise _bad(_BROKEN + f'Tag "span" must have class "tg-spoiler" {where}')
            opened.append(name)
        elif not opened:
            raise _bad(_BROKEN + f"Unexpected end tag {where}")
        elif (expected := opened.pop()) != name:
            told = f'expected "</{expected}>", found "</{name}>"'
            raise _bad(_BROKEN + f"Unmatched end tag {where}, {told}")
    if opened:
        raise _bad(_BROKEN + f'Can\'t find end tag corresponding to start tag "{opened[-1]}"')
    return text + _unescape(html[position:])


def _unescape(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        if found[3] is not None:
            return _NAMED[found[3]]
        code = int(found[1]) if found[1] is not None else int(found[2], 16)
        return chr(code) if 0 < code < 0x10FFFF else found[0]

    return _ESCAPE.sub(character, text)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close() waits for every connection's thread

    def __init__(self, api: BotApi) -> None:
        self.api = api
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End idle keep-alive connections, whose threads would wait for a next request."""
        with self._guard:
            for connection in self._open:
                with suppress(OSError):  # the other side was faster
                    connection.shutdown(socket.SHUT_RD)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds without a byte; bounds a client that stops in mid-request
    disable_nagle_algorithm = True  # head and body leave in two writes

    server: _Server

    def do_POST(self) -> None:
        """Answer /bot<token>/<method>."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        found = re.fullmatch(r"/bot([^/]+)/(\w+)", unquote(self.path))
        if found is None:
            status, answer = 404, _RefusedError(404, "Not Found").body
        else:
            fields = _fields(self.headers.get("Content-Type", ""), body)
            params = {name: _decoded(name, value) for name, value in fields.items()}
            status, answer = self.server.api.answer(found[1], found[2], params)
        data = json.dumps(answer).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            self.close_connection = True  # a bot that was killed no longer listens

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Say nothing: `BotApi.calls` is the log."""


def _fields(content_type: str, body: bytes) -> Json:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return dict(json.loads(body or b"{}"))
    if kind != "multipart/form-data":
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    fields: Json = {}
    boundary = message_from_bytes(f"Content-Type: {content_type}\n\n".encode()).get_boundary("")
    for part in body.split(f"--{boundary}".encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        headers = message_from_bytes(head.lstrip())
        content = content.removesuffix(b"\r\n")
        name = str(headers.get_param("name", header="Content-Disposition"))
        file_name = headers.get_filename()
        if file_name is None:
            fields[name] = content.decode()
        else:
            fields[name] = Upload(file_name, headers.get_content_type(), content)
    return fields


def _decoded(name: str, value: Any) -> Any:
    if name in _TEXT_FIELDS or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
