"""Telegram's update → who sent what, where, and whether it is meant for the bot.

Rights and memory hang on the numeric id of the person behind the update. An anonymous admin, a
channel or another bot is nobody, and whoever forwards a command has not given it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from telegram import (
    Bot,
    CallbackQuery,
    Chat,
    MaybeInaccessibleMessage,
    Message,
    MessageEntity,
    Update,
    User,
)
from telegram.constants import MessageEntityType

from bot.store.store import InboxItem

MAX_CHARS = 4_096  # of a message as people send it; what is longer is cut before it costs anything
_ANONYMOUS_ADMIN = 1_087_968_824
_MAX_NAME_CHARS = 64


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes.

    Attributes:
        thread_id: of a forum topic, or None.
        reply_to: the message it answers, or None.
    """

    chat_id: int
    thread_id: int | None = None
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command, such as /start ENTRY.

    Attributes:
        name: in lower case, without the slash.
        rest: what stands behind it.
        is_named: it names this bot, as in /help@faq_bot.
    """

    name: str
    rest: str
    is_named: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came in.

    Attributes:
        address: where replies go.
        user: the person behind it; None for an anonymous admin.
        is_forward: the words are somebody else's.
        is_reply: it answers a message of the bot.
        is_addressed: said to the bot: in private, by its name, in reply to it, as a command.
        text: what it says, without the bot's name; None where there are no words.
        update_id: Telegram's number of it.
    """

    address: Address
    user: User | None
    is_group: bool
    is_forward: bool = False
    is_reply: bool = False
    is_addressed: bool = True
    text: str | None = None
    command: Command | None = None
    update_id: int = 0

    @property
    def person(self) -> str | None:
        """How the person is called in the bot's memory."""
        return None if self.user is None else str(self.user.id)

    @property
    def conversation(self) -> str:
        """One person's part in one chat or topic."""
        return f"{self.address.chat_id}:{self.address.thread_id or 0}:{self.person or 0}"

    @property
    def lang(self) -> str | None:
        """The code of the language of the person's Telegram."""
        return None if self.user is None else self.user.language_code

    @property
    def name(self) -> str:
        """How the person calls themselves."""
        return "" if self.user is None else name_of(self.user)


def inbox_item(raw: dict[str, Any]) -> InboxItem:
    """An update that has just come in, as it is written down until it is answered.

    Args:
        raw: holds a whole number as its update_id; all else is as it may be.
    """
    return InboxItem(
        update_id=int(raw["update_id"]),
        at=time.time(),
        payload=json.dumps(raw),
        lane=lane_of(raw),
        person=_sender_of(raw),
    )


def lane_of(raw: dict[str, Any]) -> int:
    """The chat an update belongs to, else the person, else 0: what is answered in order."""
    press, message = _object(raw, "callback_query"), _object(raw, "message")
    held = _object(press, "message") if press else message
    for noun in (_object(held, "chat"), _object(press, "from")):
        number = noun.get("id")
        if type(number) is int:
            return number
    return 0


def _sender_of(raw: dict[str, Any]) -> str | None:
    """Who sent an update; None where it does not say."""
    number = _object(_object(raw, "callback_query") or _object(raw, "message"), "from").get("id")
    return str(number) if type(number) is int else None


def _object(raw: dict[str, Any], key: str) -> dict[str, Any]:
    found = raw.get(key)
    return found if isinstance(found, dict) else {}


def read_update(raw: dict[str, Any], bot: Bot) -> Update:
    """Read an update as it was sent.

    Raises:
        Exception: of any kind; it is none that can be handled. The text may hold people's words.
    """
    update = Update.de_json(raw, bot)
    message, query = update.message, update.callback_query
    if (message is not None and not is_sound(message)) or (
        query is not None and not is_sound_press(query)
    ):
        raise TypeError("a value is missing or of the wrong type")
    return update


def name_of(user: User) -> str:
    """A person's name, with the one that Telegram finds them by."""
    name = user.full_name[:_MAX_NAME_CHARS]
    return f"{name} (@{user.username})" if user.username else name


def is_group(chat: Chat) -> bool:
    """Whether several people can write in a chat."""
    return chat.type in {Chat.GROUP, Chat.SUPERGROUP}


def read_message(message: Message, me: User, update_id: int = 0) -> Arrival | None:
    """Read a message; None where it is nobody's: a channel's, another bot's, the bot's own."""
    if not is_sound(message):
        return None
    chat, user = message.chat, message.from_user
    if chat.type == Chat.CHANNEL or message.is_automatic_forward or user is None:
        return None
    if user.is_bot or message.sender_chat is not None:
        is_admin = user.id == _ANONYMOUS_ADMIN and message.sender_chat == chat
        if not is_admin:
            return None
        user = None
    text, entities = _words(message)
    command = _command(text or "", entities, me)
    names = [entity for entity in entities if _names(entity, text or "", me)]
    is_told = command is not None and (command.is_named or not names)
    is_others = command is None and any(map(_is_command, entities))
    is_reply = _is_reply_to(message, me)
    return Arrival(
        address=Address(
            chat.id,
            message.message_thread_id if message.is_topic_message else None,
            message.message_id if is_group(chat) else None,
        ),
        user=user,
        is_group=is_group(chat),
        is_forward=message.forward_origin is not None,
        is_reply=is_reply,
        is_addressed=not is_group(chat) or bool(names) or is_told or (is_reply and not is_others),
        text=None if text is None else _without(text, names)[:MAX_CHARS],
        command=command,
        update_id=update_id,
    )


def read_press(query: CallbackQuery, update_id: int = 0) -> Arrival | None:
    """Read a pressed button; None where its message is not known."""
    message = query.message
    if message is None or not is_sound_press(query) or query.from_user.is_bot:
        return None
    thread_id = reply_to = None
    if isinstance(message, Message):
        thread_id = message.message_thread_id if message.is_topic_message else None
        reply_to = message.message_id if is_group(message.chat) else None
    return Arrival(
        address=Address(message.chat.id, thread_id, reply_to),
        user=query.from_user,
        is_group=is_group(message.chat),
        update_id=update_id,
    )


def is_sound(message: MaybeInaccessibleMessage) -> bool:
    """Whether what the bot relies on is there, and of the type that Telegram promises.

    python-telegram-bot checks neither.
    """
    chat = message.chat
    if not isinstance(chat, Chat):
        return False
    numbers: list[object] = [chat.id, message.message_id]
    texts: list[object] = [chat.type]
    if isinstance(message, Message):
        replied = message.reply_to_message
        numbers += [] if replied is None else [replied.message_id]
        moved = (message.migrate_to_chat_id, message.migrate_from_chat_id)
        numbers += [number for number in (*moved, message.message_thread_id) if number is not None]
        words = (message.text, message.caption, message.media_group_id)
        texts += [text for text in words if text is not None]
    is_person = not isinstance(message, Message) or _is_sound_user(message.from_user)
    return is_person and _are(int, numbers) and _are(str, texts)


def is_sound_press(query: CallbackQuery) -> bool:
    """The same of a pressed button, wherever it stands."""
    is_under = query.message is None or is_sound(query.message)
    is_person = isinstance(query.from_user, User) and _is_sound_user(query.from_user)
    return is_under and is_person and (query.data is None or _are(str, [query.data]))


def _is_sound_user(user: User | None) -> bool:
    if user is None:  # as in a channel
        return True
    others = (user.last_name, user.username, user.language_code)
    texts = [user.first_name, *(text for text in others if text is not None)]
    return _are(int, [user.id]) and _are(str, texts)


def _are(kind: type, values: Iterable[object]) -> bool:
    return all(isinstance(value, kind) for value in values)


def _words(message: Message) -> tuple[str | None, list[MessageEntity]]:
    text, entities = message.text, message.entities
    if text is None:
        text, entities = message.caption, message.caption_entities
    return text, [entity for entity in entities if _is_range(entity)]


def _is_range(entity: MessageEntity) -> bool:
    return _are(int, [entity.offset, entity.length]) and entity.offset >= 0 and entity.length > 0


def _command(text: str, entities: Iterable[MessageEntity], me: User) -> Command | None:
    """The command that a text begins with; None where it has none or one of another bot."""
    first = next((entity for entity in entities if _is_command(entity)), None)
    if first is None:
        return None
    name, _, bot = _part(text, first)[1:].partition("@")
    if bot and bot.lower() != (me.username or "").lower():
        return None
    rest = _without(text, [first]).strip()
    return Command(name.lower(), rest[:MAX_CHARS], is_named=bool(bot))


def _is_command(entity: MessageEntity) -> bool:
    # Where all of it is bold, that entity begins there too.
    return entity.offset == 0 and entity.type == MessageEntityType.BOT_COMMAND


def _names(entity: MessageEntity, text: str, me: User) -> bool:
    if entity.type == MessageEntityType.TEXT_MENTION:
        return entity.user is not None and entity.user.id == me.id
    is_mention = entity.type == MessageEntityType.MENTION
    return is_mention and _part(text, entity).lower() == f"@{me.username or ''}".lower()


def _is_reply_to(message: Message, me: User) -> bool:
    replied = message.reply_to_message
    if replied is None or replied.from_user is None or replied.forum_topic_created is not None:
        return False  # in a topic, whatever replies to nothing replies to the topic's beginning
    return replied.from_user.id == me.id


def _part(text: str, entity: MessageEntity) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    part = units[2 * entity.offset : 2 * (entity.offset + entity.length)]
    return part.decode("utf-16-le", "surrogatepass")


def _without(text: str, entities: Iterable[MessageEntity]) -> str:
    """A text with the words of some entities left out; their places count UTF-16 units."""
    units = text.encode("utf-16-le", "surrogatepass")
    for entity in sorted(entities, key=lambda entity: entity.offset, reverse=True):
        units = units[: 2 * entity.offset] + units[2 * (entity.offset + entity.length) :]
    return units.decode("utf-16-le", "surrogatepass").strip()
