"""The chats of the stand-in for Telegram's Bot API: who writes, and what a bot does with it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from tests.e2e.bot_api_messages import HELD, Standing, as_seen, entity_of, kind_of
from tests.e2e.bot_api_rules import RefusedError, bad_request, chat_id_in, keyboard, text_in
from tests.e2e.bot_api_types import (
    Json,
    MediaKind,
    Person,
    SentMessage,
    Upload,
    Writing,
    utf16_units,
)

_TYPED_ENTITY = re.compile(r"(?<!\S)(?:(/\w{1,32}(?:@\w+)?)|(@\w{4,32}))")
CHANNEL: Json = {"id": -1001000000001, "type": "channel", "title": "News"}
# The accounts that Telegram puts where a message has no person behind it.
ACCOUNTS: dict[str, Json] = {
    "anonymous_admin": {"id": 1087968824, "is_bot": True, "first_name": "Group"},
    "channel": {"id": 136817688, "is_bot": True, "first_name": "Channel"},
    "linked_channel": {"id": 777000, "is_bot": False, "first_name": "Telegram"},
}


class Chats:
    """Every chat with one bot, and the Bot API methods that read or change it.

    It takes no lock: whoever shares it between threads does.

    Attributes:
        methods: carries out a Bot API method, given the parameters; returns the "result".
        refuses_urls: True: Telegram fails to fetch every URL.
        standing: what the bot is in a chat, as a ChatMember without its user; a member elsewhere.
        permissions: what members may do in a chat, as ChatPermissions; anything elsewhere.
        refuses_reactions: True: no chat allows any.
        reactions: the bot's, by chat and message.
    """

    def __init__(self, bot: Json) -> None:
        self._bot = bot
        self._users: dict[int, Json] = {}
        self._types: dict[int, str] = {}
        self._topics: set[tuple[int, int]] = set()  # chat id, thread id
        self._opened: set[tuple[int, int]] = set()  # those of the bot
        self._messages: dict[tuple[int, int], Standing] = {}
        self._last_id = 0
        self._files: dict[str, str] = {}  # kinds, by file id
        self._supergroups: dict[int, int] = {}
        self.refuses_urls = False
        self.standing: dict[int, Json] = {}
        self.permissions: dict[int, Json] = {}
        self.refuses_reactions = False
        self.reactions: dict[tuple[int, int], str] = {}
        self.methods: dict[str, Callable[[Json], Any]] = {
            "sendMessage": self._send_message,
            "sendPhoto": partial(self._send_file, "photo"),
            "sendDocument": partial(self._send_file, "document"),
            "sendChatAction": lambda params: self._place(params) is not None,
            "copyMessage": self._copy_message,
            "getFile": self._get_file,
            "editMessageText": lambda params: self._edit(params, text_in(params, "text")),
            "editMessageReplyMarkup": lambda params: self._edit(params, {}),
            "deleteMessage": self._delete,
            "getChat": self._get_chat,
            "getChatMember": self._get_member,
            "setMessageReaction": self._react,
            "createForumTopic": self._create_topic,
            "deleteForumTopic": self._delete_topic,
        }

    # --- what tests look at and do ---------------------------------------------------------------

    def message(self, chat_id: int, message_id: int) -> Json:
        """A message as it stands now; KeyError if there is none."""
        return self._messages[chat_id, message_id].wire

    def of_bot(self, chat_id: int) -> list[SentMessage]:
        """The bot's messages in one chat as they stand now, oldest first."""
        return [
            as_seen(standing)
            for (chat, _), standing in self._messages.items()
            if chat == chat_id and standing.wire["from"]["id"] == self._bot["id"]
        ]

    def user(self, user_id: int, seen: Person | None = None) -> Json:
        """A person, who shows what is given; made up at the first mention."""
        if user_id == self._bot["id"]:
            return self._bot
        user = {"id": user_id, "is_bot": False, "first_name": f"User {user_id}"}
        user = {**user, "language_code": "en", **self._users.get(user_id, {})}
        seen = seen or {}
        name = seen.get("user_name")
        if name is not None:
            user["first_name"], _, user["last_name"] = name.partition(" ")
        shown = ("username", "language_code", "is_bot")
        user |= {field: seen[field] for field in shown if field in seen}  # type: ignore[literal-required]
        self._users[user_id] = user
        # What is not known is left out, never sent empty.
        return {field: value for field, value in user.items() if value is not None and value != ""}

    def chat(self, chat_id: int) -> Json:
        """A chat, with the type last given."""
        kind = self._types.get(chat_id, "private" if chat_id > 0 else "supergroup")
        chat: Json = {"id": chat_id, "type": kind}
        if kind == "private":
            user = self.user(chat_id)
            shown = ("first_name", "last_name", "username")
            return chat | {field: user[field] for field in shown if field in user}
        is_forum = any(chat_id == forum for forum, _ in self._topics)
        return chat | {"title": f"Chat {chat_id}"} | ({"is_forum": True} if is_forum else {})

    def write(self, how: Writing, text: str | None, kind: MediaKind | None = None) -> Json:
        """A person writes a text, or sends a new file with or without a caption."""
        chat_id, thread_id, reply_to = how.get("chat_id", 1), how.get("thread_id"), None
        if how.get("reply_to") is not None:
            reply_to = self._messages[chat_id, how["reply_to"] or 0].wire
            if "thread_id" not in how and "is_topic_message" in reply_to:
                thread_id = reply_to["message_thread_id"]
        if "chat_type" in how:
            self._types[chat_id] = how["chat_type"]
        if thread_id is not None:
            self._topics.add((chat_id, thread_id))
            self._types[chat_id] = "supergroup"
        if thread_id is not None and reply_to is None:
            # In a topic, what replies to nothing replies to the notice that opened it.
            topic = {"name": f"Topic {thread_id}", "icon_color": 7322096}
            place: Json = {"message_id": thread_id, "message_thread_id": thread_id, "date": 1}
            is_bots = (chat_id, thread_id) in self._opened
            by = self._bot if is_bots else ACCOUNTS["anonymous_admin"]
            place |= {"chat": self.chat(chat_id), "from": by}
            reply_to = {**place, "is_topic_message": True, "forum_topic_created": topic}
        # A private chat bears the person's name, so the name is learnt before the chat is told.
        content = self._sender(chat_id, how)
        if "quote" in how and reply_to is not None:
            quoted_at = utf16_units(reply_to["text"].partition(how["quote"])[0])
            content["quote"] = {"text": how["quote"], "position": quoted_at}
        if "media_group_id" in how:
            content["media_group_id"] = how["media_group_id"]
        content |= {} if kind is None else self._held(kind, size=how.get("file_size"))
        if text is not None:
            content["text" if kind is None else "caption"] = text
            entities = self._entities(text, how.get("mentions", {}), how.get("formats", {}))
            name = "entities" if kind is None else "caption_entities"
            content |= {name: entities} if entities else {}
        return self._store(chat_id, Standing(content, text or ""), thread_id, reply_to)

    def delete_topic(self, chat_id: int, thread_id: int) -> None:
        """Delete a forum topic and all that stands in it."""
        if (chat_id, thread_id) not in self._topics:
            raise bad_request("TOPIC_ID_INVALID")
        self._topics.discard((chat_id, thread_id))
        for key, message in list(self._messages.items()):
            if key[0] == chat_id and message.wire.get("message_thread_id") == thread_id:
                del self._messages[key]

    def change(self, chat_id: int, message_id: int, text: str) -> Json:
        """A person changes the words of their message; return it as it is now."""
        old = self._messages[chat_id, message_id]
        prefix = "" if "text" in old.wire else "caption_"
        new = {prefix[:-1] or "text": text, f"{prefix}entities": self._entities(text, {}, {})}
        wire = {**old.wire, **new, "edit_date": int(time.time())}
        self._messages[chat_id, message_id] = replace(old, wire=wire, raw_text=text)
        return wire

    def migrate(self, old_id: int, new_id: int, user_id: int | None) -> tuple[Json, Json]:
        """A group becomes a supergroup; return the service message of each."""
        self._types |= {old_id: "group", new_id: "supergroup"}
        self._supergroups[old_id] = new_id
        admin = self.user(abs(old_id) if user_id is None else user_id)
        moved = {"from": ACCOUNTS["anonymous_admin"], "sender_chat": self.chat(new_id)}
        return (
            self._store(old_id, Standing({"from": admin, "migrate_to_chat_id": new_id})),
            self._store(new_id, Standing({**moved, "migrate_from_chat_id": old_id})),
        )

    def refuse_moved(self, params: Json) -> None:
        """Refuse a call about a group that is a supergroup now, and tell its new id."""
        for chat_id in (params.get("chat_id"), params.get("from_chat_id")):
            if chat_id in self._supergroups:
                raise RefusedError(
                    400,
                    "Bad Request: group chat was upgraded to a supergroup chat",
                    migrate_to_chat_id=self._supergroups[chat_id],
                )

    def _sender(self, chat_id: int, how: Writing) -> Json:
        sender, first, now = how.get("sender"), how.get("forwarded_from"), int(time.time())
        post = {"type": "channel", "date": now, "chat": CHANNEL, "message_id": 1}
        if sender is None:
            user_id = how.get("user_id")
            fields: Json = {"from": self.user(abs(chat_id) if user_id is None else user_id, how)}
        else:
            is_admin = sender == "anonymous_admin"
            shown = self.chat(chat_id) if is_admin else CHANNEL
            fields = {"from": ACCOUNTS[sender], "sender_chat": shown}
        if sender == "linked_channel":
            fields |= {"is_automatic_forward": True, "forward_origin": post}
        elif isinstance(first, str):
            hidden = {"type": "hidden_user", "date": now, "sender_user_name": first}
            fields["forward_origin"] = hidden
        elif first is not None:
            origin = {"type": "user", "date": now, "sender_user": self.user(first)}
            fields["forward_origin"] = origin
        return fields

    def _entities(
        self, text: str, mentions: Mapping[str, int], formats: Mapping[str, Json]
    ) -> list[Json]:
        # Telegram, not the bot, marks commands and mentions; command handlers look at nothing else.
        found = [
            entity_of("bot_command" if match[1] else "mention", text, match.start(), match[0])
            for match in _TYPED_ENTITY.finditer(text)
        ]
        found += [
            {**entity_of("text_mention", text, text.index(name), name), "user": self.user(user_id)}
            for name, user_id in mentions.items()
        ]
        found += [
            entity_of("", text, text.index(words), words) | told for words, told in formats.items()
        ]
        return sorted(found, key=lambda entity: int(entity["offset"]))

    # --- the methods of the Bot API --------------------------------------------------------------

    def _send_message(self, params: Json) -> Json:
        return self._send(params, Standing(text_in(params, "text"), str(params["text"])))

    def _send_file(self, kind: str, params: Json) -> Json:
        file = params.get(kind, "")
        if file == "":
            raise bad_request(f"there is no {kind} in the request")
        if isinstance(file, Upload):
            if file.content == b"":
                raise bad_request("file must be non-empty")
        elif file.startswith(("http://", "https://")):
            if self.refuses_urls:
                raise bad_request("failed to get HTTP URL content")
        elif self._files.get(file) != kind:
            raise bad_request("wrong file identifier/HTTP URL specified")
        known = file if isinstance(file, str) and file in self._files else None
        content = self._held(kind, known) | text_in(params, "caption")
        return self._send(params, Standing(content, str(params.get("caption", "")), file))

    def _copy_message(self, params: Json) -> Json:
        source = self._messages.get((int(params["from_chat_id"]), int(params["message_id"])))
        if source is None:
            raise bad_request("message to copy not found")
        kind = kind_of(source.wire)
        copied = (kind, "entities", "caption", "caption_entities")
        content = {field: source.wire[field] for field in copied if field in source.wire}
        if not content:
            raise bad_request("message can't be copied")  # a service message
        if "caption" in params:
            content = {name: told for name, told in content.items() if "caption" not in name}
            content |= text_in(params, "caption")
        return {"message_id": self._send(params, replace(source, wire=content))["message_id"]}

    def _send(self, params: Json, standing: Standing) -> Json:
        chat_id, thread_id = self._place(params)
        content = {**standing.wire, "from": self._bot, **keyboard(params)}
        reply, replied = params.get("reply_parameters"), None
        if reply is not None:
            replied = self._messages.get((chat_id, int(reply["message_id"])))
            if replied is None and not reply.get("allow_sending_without_reply"):
                raise bad_request("message to be replied not found")
        reply_to = None if replied is None else replied.wire
        return self._store(chat_id, replace(standing, wire=content), thread_id, reply_to)

    def _place(self, params: Json) -> tuple[int, int | None]:
        chat_id, thread_id = chat_id_in(params), int(params.get("message_thread_id", 0))
        if thread_id and (chat_id, thread_id) not in self._topics:
            raise bad_request("message thread not found")
        return chat_id, thread_id or None

    def _found(self, params: Json, verb: str) -> tuple[int, int]:
        key = (chat_id_in(params), int(params["message_id"]))
        if key not in self._messages:
            raise bad_request(f"message to {verb} not found")
        return key

    def _edit(self, params: Json, content: Json) -> Json:
        key = self._found(params, "edit")
        old = self._messages[key]
        if old.wire["from"]["id"] != self._bot["id"]:
            raise bad_request("message can't be edited")
        # Buttons not sent along with an edit disappear, as they do in Telegram.
        lost = {"reply_markup", *(["entities"] if content else [])}
        kept = {field: value for field, value in old.wire.items() if field not in lost}
        raw_text = str(params["text"]) if content else old.raw_text
        new = replace(old, wire={**kept, **content, **keyboard(params)}, raw_text=raw_text)
        if new == old:
            raise bad_request(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        self._messages[key] = replace(new, wire={**new.wire, "edit_date": int(time.time())})
        return self._messages[key].wire

    def _delete(self, params: Json) -> bool:
        del self._messages[self._found(params, "delete")]
        return True

    def _create_topic(self, params: Json) -> Json:
        chat_id, name = chat_id_in(params), str(params["name"])
        if not self.chat(chat_id).get("is_forum"):
            raise bad_request("the chat is not a forum")
        if not self.standing.get(chat_id, {}).get("can_manage_topics"):
            raise bad_request("not enough rights to create a topic")
        if not 1 <= utf16_units(name) <= 128:
            raise bad_request("TOPIC_TITLE_INVALID")
        self._last_id += 1
        self._topics.add((chat_id, self._last_id))
        self._opened.add((chat_id, self._last_id))
        return {"message_thread_id": self._last_id, "name": name, "icon_color": 7322096}

    def _delete_topic(self, params: Json) -> bool:
        self.delete_topic(chat_id_in(params), int(params["message_thread_id"]))
        return True

    def _react(self, params: Json) -> bool:
        (reaction,) = params["reaction"]
        if self.refuses_reactions or reaction["emoji"] not in {"👍", "👎", "👀"}:
            raise bad_request("REACTION_INVALID")
        self.reactions[self._found(params, "react")] = reaction["emoji"]
        return True

    def _get_chat(self, params: Json) -> Json:
        chat_id = chat_id_in(params)
        told: Json = {"accent_color_id": 0, "max_reaction_count": 11}
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
        told |= {"accepted_gift_types": dict.fromkeys((*gifts, "gifts_from_channels"), True)}
        held = self.permissions.get(chat_id)
        return {**self.chat(chat_id), **told, **({} if held is None else {"permissions": held})}

    def _get_file(self, params: Json) -> Json:
        file_id = str(params["file_id"])
        if file_id not in self._files:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        return {"file_id": file_id, "file_unique_id": f"unique-{file_id}", "file_path": file_id}

    def _get_member(self, params: Json) -> Json:
        standing = self.standing.get(chat_id_in(params), {"status": "member"})
        return {**standing, "user": self.user(int(params["user_id"]))}

    # --- both ------------------------------------------------------------------------------------

    def _held(self, kind: str, file_id: str | None = None, size: int | None = None) -> Json:
        """The field of a message that holds a file or a contact; a file is new without its id."""
        held = HELD[kind]
        if kind != "contact":
            file_id = file_id or f"{kind}-{len(self._files) + 1}"
            self._files[file_id] = kind
            held = {**held, "file_id": file_id, "file_unique_id": f"unique-{file_id}"}
            held |= {} if size is None else {"file_size": size}
        return {kind: [held] if kind == "photo" else held}

    def _store(
        self,
        chat_id: int,
        standing: Standing,
        thread_id: int | None = None,
        reply_to: Json | None = None,
    ) -> Json:
        self._last_id += 1
        wire: Json = {"message_id": self._last_id, "date": int(time.time())}
        wire |= {"chat": self.chat(chat_id), **standing.wire}
        if reply_to is not None:
            # Telegram tells one message back, never the whole chain.
            nested = {name: told for name, told in reply_to.items() if name != "reply_to_message"}
            wire["reply_to_message"] = nested
        if thread_id is not None:
            wire |= {"message_thread_id": thread_id, "is_topic_message": True}
        elif reply_to is not None and wire["chat"]["type"] == "supergroup":
            # Replies form a thread that is no topic and to which nothing can be sent.
            wire["message_thread_id"] = reply_to.get("message_thread_id", reply_to["message_id"])
        self._messages[chat_id, self._last_id] = replace(standing, wire=wire)
        return wire
