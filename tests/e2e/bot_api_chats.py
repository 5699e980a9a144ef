"""The chats of the stand-in for Telegram's Bot API: messages, and what bots do with them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.e2e.bot_api_files import Files, file_id_in, kind_of
from tests.e2e.bot_api_people import ANONYMOUS_ADMIN, People
from tests.e2e.bot_api_rules import (
    DELETABLE_S,
    bad_request,
    chat_id_in,
    keyboard,
    reaction,
    text_content,
    utf16_units,
)
from tests.e2e.bot_api_types import Json, SentMessage, Upload, Writing

_TYPED_ENTITY = re.compile(r"(?<!\S)(?:(/\w{1,32}(?:@\w+)?)|(@\w{4,32}))")


class Chats:
    """Every chat with one bot, and the Bot API methods that read or change it.

    It takes no lock: whoever shares it between threads does.

    Attributes:
        methods: carries out a Bot API method, given the parameters; returns the "result".
        people: who writes, and where.
        files: what was ever sent beside text.
    """

    def __init__(self, bot: Json) -> None:
        self._bot = bot
        self.people = People(bot)
        self.files = Files()
        self._last_message_id = 0
        # Never changed in place: an edit replaces the message, so answers given stay as given.
        self._messages: dict[tuple[int, int], Json] = {}
        self._raw_texts: dict[tuple[int, int], str] = {}
        self._sent_files: dict[tuple[int, int], Upload | str] = {}
        self._reactions: dict[tuple[int, int], tuple[str, ...]] = {}
        self.methods: dict[str, Callable[[Json], Any]] = {
            "sendMessage": self._send_message,
            "sendDocument": lambda params: self._send_file(params, "document"),
            "sendPhoto": lambda params: self._send_file(params, "photo"),
            "copyMessage": self._copy_message,
            "editMessageText": self._edit_message_text,
            "editMessageReplyMarkup": lambda params: self._edit(params, {}),
            "deleteMessage": self._delete_message,
            "setMessageReaction": self._set_message_reaction,
            "sendChatAction": self._send_chat_action,
            "getChat": self._get_chat,
            "getChatMember": self._get_chat_member,
        }

    def message(self, chat_id: int, message_id: int) -> Json:
        """A message as it stands now; KeyError if there is none."""
        return self._messages[chat_id, message_id]

    def inaccessible(self, chat_id: int, message_id: int) -> Json:
        """What Telegram tells of a message that it no longer shows to bots."""
        return {"chat": self.people.chat(chat_id), "message_id": message_id, "date": 0}

    def of_bot(self, chat_id: int) -> list[SentMessage]:
        """The bot's messages in one chat as they stand now, oldest first."""
        return [
            _as_seen(message, self._raw_texts[key], self._sent_files.get(key))
            for key, message in self._messages.items()
            if key[0] == chat_id and message["from"]["id"] == self._bot["id"]
        ]

    def reaction(self, chat_id: int, message_id: int) -> tuple[str, ...]:
        """The emoji the bot set under a message."""
        return self._reactions.get((chat_id, message_id), ())

    def backdate(self, chat_id: int, message_id: int, hours: float) -> None:
        """Let a message be so much older; KeyError if there is none."""
        old = self._messages[chat_id, message_id]
        self._messages[chat_id, message_id] = {**old, "date": old["date"] - int(hours * 3600)}

    def write(self, content: Json, how: Writing) -> Json:
        """A person writes a text, or sends what `Files.of_person` made; return the message."""
        chat_id, thread_id = how.get("chat_id", 1), how.get("thread_id")
        reply_to = how.get("reply_to")
        replied = None if reply_to is None else self._messages[chat_id, reply_to]
        if replied is not None and "thread_id" not in how and "is_topic_message" in replied:
            thread_id = replied["message_thread_id"]
        self.people.settle(chat_id, how.get("chat_type"), thread_id)
        field = "text" if "text" in content else "caption"
        text = content.get(field, "")
        entities = self._entities(text, how.get("mentions", {}))
        if entities:
            content["entities" if field == "text" else "caption_entities"] = entities
        if replied is None and thread_id is not None:
            # In a topic, what replies to nothing replies to the notice that opened it.
            replied = self._opening(chat_id, thread_id)
        # A private chat bears the person's name, so the name is learnt before the chat is told.
        who = self.people.sender(chat_id, how, int(time.time()))
        return self._store(chat_id, who | content, text, thread_id, replied)

    def migrate(self, old_id: int, new_id: int, user_id: int | None) -> tuple[Json, Json]:
        """A group becomes a supergroup; return the service message of each."""
        self.people.settle(old_id, "group", None)
        self.people.settle(new_id, "supergroup", None)
        admin = self.people.user(abs(old_id) if user_id is None else user_id)
        left = self._store(old_id, {"from": admin, "migrate_to_chat_id": new_id}, "")
        moved = {"from": ANONYMOUS_ADMIN, "sender_chat": self.people.chat(new_id)}
        return left, self._store(new_id, {**moved, "migrate_from_chat_id": old_id}, "")

    def _entities(self, text: str, mentions: Mapping[str, int]) -> list[Json]:
        # Telegram, not the bot, marks commands and mentions; command handlers look at nothing else.
        found = [
            _entity("bot_command" if match[1] else "mention", text, match.start(), match[0])
            for match in _TYPED_ENTITY.finditer(text)
        ]
        for name, user_id in mentions.items():
            entity = _entity("text_mention", text, text.index(name), name)
            found.append({**entity, "user": self.people.user(user_id)})
        return sorted(found, key=lambda entity: int(entity["offset"]))

    def _send_message(self, params: Json) -> Json:
        return self._send(params, text_content(params, "text"), str(params["text"]))

    def _send_file(self, params: Json, kind: str) -> Json:
        caption = text_content(params, "caption")
        content, file = self.files.of_bot(kind, params)
        return self._send(params, content | caption, str(params.get("caption", "")), file)

    def _copy_message(self, params: Json) -> Json:
        key = (int(params["from_chat_id"]), int(params["message_id"]))
        source = self._messages.get(key)
        if source is None:
            raise bad_request("message to copy not found")
        kind = kind_of(source)
        if kind not in source:
            raise bad_request("message can't be copied")  # a service message
        content, raw_text = {kind: source[kind]}, self._raw_texts[key]
        if "caption" in params and kind != "text":
            content |= text_content(params, "caption")
            raw_text = str(params["caption"])
        else:
            copied = ("entities", "caption", "caption_entities")
            content |= {name: source[name] for name in copied if name in source}
        file = self._sent_files.get(key, file_id_in(source))
        return {"message_id": self._send(params, content, raw_text, file)["message_id"]}

    def _send(
        self, params: Json, content: Json, raw_text: str, file: Upload | str | None = None
    ) -> Json:
        chat_id, thread_id = chat_id_in(params), self._thread(params)
        content |= {"from": self._bot, **keyboard(params)}
        reply, replied = params.get("reply_parameters"), None
        if reply is not None:
            replied = self._messages.get((chat_id, int(reply["message_id"])))
            if replied is None and not reply.get("allow_sending_without_reply"):
                raise bad_request("message to be replied not found")
        message = self._store(chat_id, content, raw_text, thread_id, replied)
        if file is not None:
            self._sent_files[chat_id, message["message_id"]] = file
        return message

    def _thread(self, params: Json) -> int | None:
        thread_id = int(params.get("message_thread_id", 0))
        if thread_id == 0:
            return None
        if not self.people.has_topic(chat_id_in(params), thread_id):
            raise bad_request("message thread not found")
        return thread_id

    def _send_chat_action(self, params: Json) -> bool:
        chat_id_in(params)
        self._thread(params)
        return True

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
        key = (chat_id_in(params), int(params["message_id"]))
        message = self._messages.get(key)
        if message is None:
            raise bad_request("message to delete not found")
        if time.time() - message["date"] > DELETABLE_S:
            raise bad_request("message can't be deleted for everyone")
        del self._messages[key]
        return True

    def _set_message_reaction(self, params: Json) -> bool:
        key = (chat_id_in(params), int(params["message_id"]))
        if key not in self._messages:
            raise bad_request("message to react not found")
        self._reactions[key] = reaction(params)
        return True

    def _get_chat(self, params: Json) -> Json:
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
        accepted = dict.fromkeys((*gifts, "gifts_from_channels"), False)
        full = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": accepted}
        return {**self.people.chat(chat_id_in(params)), **full}

    def _get_chat_member(self, params: Json) -> Json:
        return {"status": "member", "user": self.people.user(int(params["user_id"]))}

    def _store(
        self,
        chat_id: int,
        content: Json,
        raw_text: str,
        thread_id: int | None = None,
        replied: Json | None = None,
    ) -> Json:
        self._last_message_id += 1
        head = {"message_id": self._last_message_id, "date": int(time.time())}
        wire = {**head, "chat": self.people.chat(chat_id), **content}
        if replied is not None:
            # Telegram tells one message back, never the whole chain.
            nested = {name: told for name, told in replied.items() if name != "reply_to_message"}
            wire["reply_to_message"] = nested
        if thread_id is not None:
            wire |= {"message_thread_id": thread_id, "is_topic_message": True}
        elif replied is not None and wire["chat"]["type"] == "supergroup":
            # Replies form a thread that is no topic and to which nothing can be sent.
            root = replied.get("message_thread_id", replied["message_id"])
            wire["message_thread_id"] = root
        self._messages[chat_id, self._last_message_id] = wire
        self._raw_texts[chat_id, self._last_message_id] = raw_text
        return wire

    def _opening(self, chat_id: int, thread_id: int) -> Json:
        chat = self.people.chat(chat_id)
        place = {"message_id": thread_id, "date": int(time.time()), "chat": chat}
        place |= {"from": ANONYMOUS_ADMIN, "sender_chat": chat}
        topic = {"name": f"Topic {thread_id}", "icon_color": 7322096}
        thread = {"message_thread_id": thread_id, "is_topic_message": True}
        return {**place, **thread, "forum_topic_created": topic}


def _entity(kind: str, text: str, start: int, word: str) -> Json:
    place = {"offset": utf16_units(text[:start]), "length": utf16_units(word)}
    return {"type": kind, **place}


def _as_seen(message: Json, raw_text: str, file: Upload | str | None) -> SentMessage:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    keys = [key for row in rows for key in row]
    return SentMessage(
        message_id=message["message_id"],
        chat_id=message["chat"]["id"],
        text=str(message.get("text", message.get("caption", ""))),
        raw_text=raw_text,
        buttons=tuple((key["text"], key.get("callback_data"), key.get("url")) for key in keys),
        edited="edit_date" in message,
        thread_id=message["message_thread_id"] if "is_topic_message" in message else None,
        reply_to=message.get("reply_to_message", {}).get("message_id"),
        kind=kind_of(message),
        file=file,
    )
