"""Who writes in the stand-in for Telegram's Bot API: people, groups, channels."""

from __future__ import annotations

from collections import defaultdict

from tests.e2e.bot_api_types import Json, Person, Writing

CHANNEL_ID = -1001000000001
# The accounts that Telegram puts where a message has no person behind it.
ANONYMOUS_ADMIN: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
ANONYMOUS_ADMIN |= {"username": "GroupAnonymousBot"}
CHANNEL_BOT: Json = {"id": 136817688, "is_bot": True, "first_name": "Channel"}
CHANNEL_BOT |= {"username": "Channel_Bot"}
TELEGRAM: Json = {"id": 777000, "is_bot": False, "first_name": "Telegram"}


class People:
    """The users and chats, each made up at the first mention."""

    def __init__(self, bot: Json) -> None:
        self._users: dict[int, Json] = {bot["id"]: bot}
        self._chat_types: dict[int, str] = {}
        self._topics: defaultdict[int, set[int]] = defaultdict(set)

    def user(self, user_id: int) -> Json:
        """A user as last seen."""
        # What is not known is left out, never sent empty.
        known = self._known(user_id).items()
        return {name: value for name, value in known if value is not None and value != ""}

    def meet(self, user_id: int, seen: Person) -> Json:
        """A user who shows what is given of name, username, language."""
        user = {**self._known(user_id)}
        name, username = seen.get("user_name"), seen.get("username")
        if name is not None:
            first, _, last = name.partition(" ")
            user |= {"first_name": first, "last_name": last}
        if username is not None:
            user["username"] = username
        if "is_bot" in seen:
            user["is_bot"] = seen["is_bot"]
        if "language_code" in seen:
            user["language_code"] = seen["language_code"]
        self._users[user_id] = {"language_code": "en", **user}
        return self.user(user_id)

    def settle(self, chat_id: int, chat_type: str | None, thread_id: int | None) -> None:
        """A chat gets its type and, with a topic, becomes a forum."""
        if thread_id is not None:
            self._topics[chat_id].add(thread_id)
            chat_type = "supergroup"
        if chat_type is not None:
            self._chat_types[chat_id] = chat_type

    def chat(self, chat_id: int) -> Json:
        """A chat as last seen."""
        at_first = "private" if chat_id > 0 else "supergroup"
        kind = self._chat_types.get(chat_id, at_first)
        chat: Json = {"id": chat_id, "type": kind}
        if kind == "private":
            shown = ("first_name", "last_name", "username")
            user = self.user(chat_id)
            return chat | {name: user[name] for name in shown if name in user}
        chat["title"] = f"Chat {chat_id}"
        return chat | ({"is_forum": True} if self._topics.get(chat_id) else {})

    def has_topic(self, chat_id: int, thread_id: int) -> bool:
        """True if the chat is a forum that has seen this topic."""
        return thread_id in self._topics.get(chat_id, ())

    def sender(self, chat_id: int, how: Writing, date: int) -> Json:
        """The fields of a message that say who sends it and who wrote it first."""
        sender = how.get("sender", "person")
        fields: Json
        if sender == "anonymous_admin":
            fields = {"from": ANONYMOUS_ADMIN, "sender_chat": self.chat(chat_id)}
        elif sender == "channel":
            fields = {"from": CHANNEL_BOT, "sender_chat": _channel(CHANNEL_ID)}
        elif sender == "linked_channel":
            fields = {"from": TELEGRAM, "sender_chat": _channel(CHANNEL_ID)}
            fields |= {"is_automatic_forward": True, "forward_origin": _post(CHANNEL_ID, date)}
        else:
            user_id = how.get("user_id")
            fields = {"from": self.meet(abs(chat_id) if user_id is None else user_id, how)}
        first = how.get("forwarded_from")
        if isinstance(first, str):
            hidden = {"type": "hidden_user", "date": date, "sender_user_name": first}
            fields["forward_origin"] = hidden
        elif first is not None and first < 0:
            fields["forward_origin"] = _post(first, date)
        elif first is not None:
            origin = {"type": "user", "date": date, "sender_user": self.user(first)}
            fields["forward_origin"] = origin
        return fields

    def _known(self, user_id: int) -> Json:
        new = {"id": user_id, "is_bot": False, "first_name": f"User {user_id}"}
        return self._users.setdefault(user_id, new)


def _channel(channel_id: int) -> Json:
    return {"id": channel_id, "type": "channel", "title": f"Channel {channel_id}"}


def _post(channel_id: int, date: int) -> Json:
    return {"type": "channel", "date": date, "chat": _channel(channel_id), "message_id": 1}
