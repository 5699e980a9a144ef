"""Updates: who said what in them, and where.

Rights and memory hang on the numeric id of the person behind the update. An anonymous admin, a
channel or another bot is nobody, and whoever forwards a command has not given it.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass

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

from bot.channels.telegram.api.sender import Address
from bot.domain import Incoming, Press
from bot.formatting import is_blank, one_line

MAX_CHARS = 4_096  # of a message as people send it; what is longer is cut before it costs anything
ANONYMOUS_ADMIN = 1_087_968_824
_MAX_NAME_CHARS = 64


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


def read_update(payload: str, bot: Bot) -> Update:
    """Read an update as it was sent.

    Raises:
        Exception: of any kind; it is none that can be handled. The text may hold people's words.
    """
    return Update.de_json(json.loads(payload), bot)


def read_incoming(update: Update, content: str | Press, *, only_if_sure: bool = False) -> Incoming:
    """What somebody has said or pressed.

    The same update has the same decision id, so that one that is handled again is remembered once.
    """
    named = f"{update.get_bot().id}:{update.update_id}"
    return Incoming(
        conversation=conversation_of(update),
        content=content,
        lang=lang_of(update),
        person=person_of(update),
        only_if_sure=only_if_sure,
        decision_id=hashlib.sha256(named.encode()).hexdigest()[:16],
        at=said_at(update),
    )


def message_of(update: Update) -> Message:
    """The message of an update, new or edited; handlers of messages are given no other updates."""
    message = update.message or update.edited_message
    if message is None:
        raise ValueError("the update holds no message")
    return message


def is_edit(update: Update) -> bool:
    """Whether somebody has changed what they wrote."""
    return update.message is None and update.edited_message is not None


def said_at(update: Update) -> float:
    """When somebody said or changed something, in seconds since 1970; a press is made now."""
    message = update.message or update.edited_message
    if message is None:
        return time.time()
    return (message.edit_date or message.date if is_edit(update) else message.date).timestamp()


def press_of(update: Update) -> CallbackQuery:
    """The press of an update; handlers of buttons are given no other updates."""
    if update.callback_query is None:
        raise ValueError("the update holds no press")
    return update.callback_query


def address_of(update: Update) -> Address:
    """Where replies go: into the same topic, and in a group beneath the message."""
    message = _place_of(update)
    if not isinstance(message, Message):
        return Address(message.chat.id)
    return Address(
        message.chat.id,
        message.message_thread_id if message.is_topic_message else None,
        message.message_id if is_group(message.chat) else None,
    )


def conversation_of(update: Update) -> str:
    """One person's part in one chat or topic."""
    address = address_of(update)
    return f"{address.chat_id}:{address.thread_id or 0}:{person_of(update) or 0}"


def user_of(update: Update) -> User | None:
    """The person behind an update; None for an anonymous admin."""
    user = update.effective_user
    return None if user is None or user.is_bot else user


def person_of(update: Update) -> str | None:
    """How the person is called in the store."""
    user = user_of(update)
    return None if user is None else str(user.id)


def lang_of(update: Update) -> str | None:
    """The code of the language of the person's Telegram."""
    user = user_of(update)
    return None if user is None else user.language_code


def name_of(update: Update) -> str:
    """How the person calls themselves, with the name that Telegram finds them by."""
    user = user_of(update)
    if user is None:
        return ""
    name = one_line((user.full_name or "")[:_MAX_NAME_CHARS])  # None: the account is deleted
    return f"{name} (@{user.username})" if user.username else name


def is_group(chat: Chat) -> bool:
    """Whether several people can write in a chat."""
    return chat.type in {Chat.GROUP, Chat.SUPERGROUP}


def group_of(update: Update) -> str | None:
    """What the group is called in which somebody writes; None in private."""
    chat = update.effective_chat
    if chat is None or not is_group(chat):
        return None
    return one_line((chat.title or "")[:_MAX_NAME_CHARS])


def is_from_nobody(update: Update) -> bool:
    """Whether a message is a channel's, another bot's, or the bot's own."""
    message = message_of(update)
    user = message.from_user
    if message.chat.type == Chat.CHANNEL or message.is_automatic_forward or user is None:
        return True
    is_anonymous = user.id == ANONYMOUS_ADMIN and message.sender_chat == message.chat
    return (user.is_bot or message.sender_chat is not None) and not is_anonymous


def is_addressed(update: Update) -> bool:
    """Whether it is said to the bot: in private, by its name, in reply to it, as a command."""
    message = message_of(update)
    if not is_group(message.chat):
        return True
    text, entities = words_of(message)
    command = command_of(update)
    is_named = any(_names_bot(entity, text or "", message) for entity in entities)
    if is_named or command is not None:
        return True
    return is_reply_to_bot(update) and not any(map(_is_command, entities))  # another bot's


def is_reply_to_bot(update: Update) -> bool:
    """Whether it answers a message of the bot."""
    replied = message_of(update).reply_to_message
    if replied is None or replied.forum_topic_created is not None:
        return False  # in a topic, whatever replies to nothing replies to the topic's beginning
    return is_beneath_bot(update)


def is_beneath_bot(update: Update) -> bool:
    """Whether it answers a message of the bot, or stands in a topic that it has opened."""
    message = message_of(update)
    replied = message.reply_to_message
    author = None if replied is None else replied.from_user
    return author is not None and author.id == message.get_bot().id


def is_said_in_topic(update: Update) -> bool:
    """Whether it stands in a forum topic and answers nobody there but its own author."""
    message = message_of(update)
    replied = message.reply_to_message
    if not message.is_topic_message:
        return False
    if replied is None or replied.forum_topic_created is not None:
        return True
    return user_of(update) is not None and replied.from_user == message.from_user


def is_forwarded(update: Update) -> bool:
    """Whether somebody else has said it first, or the same person elsewhere."""
    return message_of(update).forward_origin is not None


def is_command(update: Update) -> bool:
    """Whether it begins with a command, of whatever name, that is not another bot's."""
    return command_of(update) is not None


def is_command_for_anybody(update: Update) -> bool:
    """Whether it is a command that names no bot where there may be several."""
    command = command_of(update)
    return command is not None and not command.is_named and is_group(message_of(update).chat)


def is_name_alone(update: Update) -> bool:
    """Whether it says the bot's name and nothing else."""
    return text_of(update) == ""


def text_of(update: Update) -> str | None:
    """What a message says, without the bot's name; "" where nobody can see it, and None where there
    are no words."""
    message = message_of(update)
    text, entities = words_of(message)
    if text is None:
        return None
    names = [entity for entity in entities if _names_bot(entity, text, message)]
    words = _without(text, names)[:MAX_CHARS]
    return "" if is_blank(words) else words


def command_of(update: Update) -> Command | None:
    """The command that a message begins with; None where it has none or one of another bot."""
    message = message_of(update)
    text, entities = words_of(message)
    first = next((entity for entity in entities if _is_command(entity)), None)
    if text is None or first is None:
        return None
    name, _, bot = _entity_text(text, first)[1:].partition("@")
    if bot and bot.lower() != message.get_bot().username.lower():
        return None
    rest = _without(text, [first]).strip()
    return Command(name.lower(), rest[:MAX_CHARS], is_named=bool(bot))


def _place_of(update: Update) -> MaybeInaccessibleMessage:
    query = update.callback_query
    message = update.message or update.edited_message if query is None else query.message
    if message is None:
        raise ValueError("the update holds nothing that is said or pressed anywhere")
    return message


def words_of(message: Message) -> tuple[str | None, list[MessageEntity]]:
    """What a message says, or what is said beneath its file, and how it is formatted."""
    text, entities = message.text, message.entities
    if text is None:
        text, entities = message.caption, message.caption_entities
    return text, [entity for entity in entities if _is_range(entity)]


def has_file(message: Message) -> bool:
    """Whether a message holds anything beside text."""
    return message.effective_attachment is not None


def _is_range(entity: MessageEntity) -> bool:
    is_sound = isinstance(entity.offset, int) and isinstance(entity.length, int)
    return is_sound and entity.offset >= 0 and entity.length > 0


def _is_command(entity: MessageEntity) -> bool:
    # Where all of it is bold, that entity begins there too.
    return entity.offset == 0 and entity.type == MessageEntityType.BOT_COMMAND


def _names_bot(entity: MessageEntity, text: str, message: Message) -> bool:
    bot = message.get_bot()
    if entity.type == MessageEntityType.TEXT_MENTION:
        return entity.user is not None and entity.user.id == bot.id
    is_mention = entity.type == MessageEntityType.MENTION
    return is_mention and _entity_text(text, entity).lower() == bot.name.lower()


def _entity_text(text: str, entity: MessageEntity) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    part = units[2 * entity.offset : 2 * (entity.offset + entity.length)]
    return part.decode("utf-16-le", "surrogatepass")


def _without(text: str, entities: Iterable[MessageEntity]) -> str:
    """A text with the words of some entities left out; their places count UTF-16 units."""
    units = text.encode("utf-16-le", "surrogatepass")
    for entity in sorted(entities, key=lambda entity: entity.offset, reverse=True):
        units = units[: 2 * entity.offset] + units[2 * (entity.offset + entity.length) :]
    return units.decode("utf-16-le", "surrogatepass").strip()
