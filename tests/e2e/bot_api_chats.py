"""The chats of the stand-in for Telegram's Bot API: people, messages, what bots do with them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from tests.e2e.bot_api_rules import bad_request, chat_id_in, keyboard, text_content, utf16_units
from tests.e2e.bot_api_types import Json, SentMessage, Upload

_TYPED_ENTITY = re.compile(r"(?<!\S)(?:(/\w{1,32}(?:@\w+)?)|(@\w{4,32}))")


class Chats:
    """Every chat with one bot, and the Bot API methods that read or change it.

    It takes no lock: whoever shares it between threads does.

    Attributes:
        methods: carries out a Bot API method, given the parameters; returns the "result".
    """

    def __init__(self, bot: Json) -> None:
        self._bot = bot
        self._last_message_id = 0
        # Never changed in place: an edit replaces the message, so answers given stay as given.
        self._messages: dict[tuple[int, int], Json] = {}
        self._raw_texts: dict[tuple[int, int], str] = {}
        self._chats: dict[int, Json] = {}
        self._users: dict[int, Json] = {}
        self.methods: dict[str, Callable[[Json], Any]] = {
            "sendMessage": self._send_message,
            "sendDocument": lambda params: self._send_file(params, "document"),
            "sendPhoto": lambda params: self._send_file(params, "photo"),
            "copyMessage": self._copy_message,
            "editMessageText": self._edit_message_text,
            "editMessageReplyMarkup": lambda params: self._edit(params, {}),
            "deleteMessage": self._delete_message,
            "sendChatAction": lambda params: chat_id_in(params) != 0,
            "getChat": self._get_chat,
            "getChatMember": self._get_chat_member,
        }

    def message(self, chat_id: int, message_id: int) -> Json:
        """A message as it stands now; KeyError if there is none."""
        return self._messages[chat_id, message_id]

    def of_bot(self, chat_id: int) -> list[SentMessage]:
        """The bot's messages in one chat as they stand now, oldest first."""
        return [
            _as_seen(message, self._raw_texts[key])
            for key, message in self._messages.items()
            if key[0] == chat_id and message["from"]["id"] == self._bot["id"]
        ]

    def user(self, user_id: int) -> Json:
        """A person, made up at the first mention."""
        new = {"id": user_id, "is_bot": False, "first_name": f"User {user_id}"}
        return self._users.setdefault(user_id, new)

    def write(
        self,
        text: str,
        chat_id: int,
        user_id: int,
        *,
        chat_type: str,
        language_code: str | None,
        reply_to: int | None,
    ) -> Json:
        """A person writes; return the message. The arguments are those of `BotApi.say`."""
        user = {**self.user(user_id), "language_code": language_code}
        self._users[user_id] = user
        self._chats[chat_id] = _new_chat(chat_id, chat_type)
        content: Json = {"text": text, "from": user, "entities": _typed_entities(text)}
        if reply_to is not None:
            content["reply_to_message"] = self._messages[chat_id, reply_to]
        return self._store(chat_id, content, text)

    def _send_message(self, params: Json) -> Json:
        return self._send(params, text_content(params, "text"), str(params["text"]))

    def _send_file(self, params: Json, kind: str) -> Json:
        content = text_content(params, "caption")
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
            raise bad_request("message to copy not found")
        source = self._messages[key]
        copied = ("text", "caption", "document", "photo")
        content = {name: source[name] for name in copied if name in source}
        return {"message_id": self._send(params, content, self._raw_texts[key])["message_id"]}

    def _send(self, params: Json, content: Json, raw_text: str) -> Json:
        chat_id = chat_id_in(params)
        content |= {"from": self._bot, **keyboard(params)}
        reply = params.get("reply_parameters")
        if reply is not None:
            replied = self._messages.get((chat_id, int(reply["message_id"])))
            if replied is not None:
                content["reply_to_message"] = replied
            elif not reply.get("allow_sending_without_reply"):
                raise bad_request("message to be replied not found")
        return self._store(chat_id, content, raw_text)

    def _edit_message_text(self, params: Json) -> Json:
        content = text_content(params, "text")
        return self._edit(params, content, str(params["text"]))

    def _edit(self, params: Json, content: Json, raw_text: str | None = None) -> Json:
        key = (chat_id_in(params), int(params["message_id"]))
        old = self._messages.get(key)
        if old is None:
            raise bad_request("message to edit not found")
        if old["from"]["id"] != self._bot["id"]:
            raise bad_request("message can't be edited")
        if "text" in content and "text" not in old:
            raise bad_request("there is no text in the message to edit")
        raw_text = self._raw_texts[key] if raw_text is None else raw_text
        # Buttons not sent along with an edit disappear, as they do in Telegram.
        new = {name: value for name, value in old.items() if name != "reply_markup"}
        new |= {**content, **keyboard(params)}
        if new == old and raw_text == self._raw_texts[key]:
            raise bad_request(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        new["edit_date"] = int(time.time())
        self._messages[key], self._raw_texts[key] = new, raw_text
        return new

    def _delete_message(self, params: Json) -> bool:
        if self._messages.pop((chat_id_in(params), int(params["message_id"])), None) is None:
            raise bad_request("message to delete not found")
        return True

    def _get_chat(self, params: Json) -> Json:
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
        accepted = dict.fromkeys((*gifts, "gifts_from_channels"), False)
        full = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": accepted}
        return {**self._chat(chat_id_in(params)), **full}

    def _get_chat_member(self, params: Json) -> Json:
        user_id = int(params["user_id"])
        user = self._bot if user_id == self._bot["id"] else self.user(user_id)
        return {"status": "member", "user": user}

    def _store(self, chat_id: int, content: Json, raw_text: str) -> Json:
        self._last_message_id += 1
        head = {"message_id": self._last_message_id, "date": int(time.time())}
        wire = {**head, "chat": self._chat(chat_id), **content}
        self._messages[chat_id, self._last_message_id] = wire
        self._raw_texts[chat_id, self._last_message_id] = raw_text
        return wire

    def _chat(self, chat_id: int) -> Json:
        kind = "private" if chat_id > 0 else "supergroup"
        return self._chats.setdefault(chat_id, _new_chat(chat_id, kind))


def _new_chat(chat_id: int, kind: str) -> Json:
    name = "first_name" if kind == "private" else "title"
    return {"id": chat_id, "type": kind, name: f"Chat {chat_id}"}


def _typed_entities(text: str) -> list[Json]:
    # Telegram, not the bot, marks commands and mentions; command handlers look at nothing else.
    return [
        {
            "type": "bot_command" if found[1] else "mention",
            "offset": utf16_units(text[: found.start()]),
            "length": utf16_units(found[0]),
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
