"""Updates: how they come in, by polling or to a webhook, and who said what in them.

Rights and memory hang on the numeric id of the person behind the update. An anonymous admin, a
channel or another bot is nobody, and whoever forwards a command has not given it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterable, Mapping
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
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TimedOut

from bot.channels.telegram.api.client import Client
from bot.channels.telegram.api.sender import Address, retry_after_s
from bot.domain import Incoming, Press
from bot.errors import StoreError
from bot.service.health import Health
from bot.service.update_queue import NotTakenError, UpdateQueue
from bot.store.store import InboxItem

logger = logging.getLogger(__name__)

KINDS = ["message", "callback_query"]
MAX_CHARS = 4_096  # of a message as people send it; what is longer is cut before it costs anything
ANONYMOUS_ADMIN = 1_087_968_824
_MAX_NAME_CHARS = 64
_MAX_ID = 2**63  # beyond it no database holds a number
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 15.0
_LONGEST_ASKED_S = 60.0
_STEADY_S = 60.0  # without a conflict, until it counts as over: two programs poll by turns
_SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (a header's name)


class Poller:
    """Fetches updates and has them recorded before it tells Telegram that they arrived."""

    def __init__(self, client: Client, queue: UpdateQueue[Update], health: Health) -> None:
        self._client = client
        self._queue = queue
        self._health = health
        self._offset: int | None = None

    async def run(self) -> None:
        """Poll until cancelled. Nothing that a server can say ends it."""
        pause_s = 0.0
        told: type[Exception] | None = None  # of what people know, until a poll succeeds
        failed = 0.0
        self._health.polled = time.monotonic()  # patience begins here
        while True:
            try:
                found = await self._client.raw_updates(self._offset, KINDS)
                items = inbox_items(found)
                if found and not items:  # it would say the same again at once
                    raise NetworkError("the server's answer holds no update that has a number")
                self._health.poll_answered()
                if told is not None and self._is_over(told, failed):
                    logger.info("Telegram is polled again")
                    told = None
                pause_s = 0.0
                if items:
                    await self._queue.take(items)
                    self._offset = max(item.update_id for item in items) + 1
                continue
            except TimedOut:  # of a half-open connection, most likely; a new one may do better
                pause_s = min(_LONGEST_PAUSE_S, max(_FIRST_PAUSE_S, 1.5 * pause_s))
                logger.debug("a poll had no answer in time")
            except NotTakenError:  # the memory has said why; what is new comes with it
                pause_s = _FIRST_PAUSE_S
            except RetryAfter as error:
                logger.warning(
                    "Telegram asks to wait %.0f s before the next poll", retry_after_s(error)
                )
                pause_s = min(_LONGEST_ASKED_S, max(_FIRST_PAUSE_S, retry_after_s(error)))
            except Exception as error:  # noqa: BLE001  (a bot that no longer polls is deaf)
                self._health.is_refused = isinstance(error, InvalidToken)
                if told is not type(error):
                    _report(error)
                told, failed = type(error), time.monotonic()
                pause_s = min(_LONGEST_PAUSE_S, max(_FIRST_PAUSE_S, 1.5 * pause_s))
            await asyncio.sleep(pause_s)

    @staticmethod
    def _is_over(told: type[Exception], failed: float) -> bool:
        """Whether one good poll shows that what people were told of has ended."""
        return told is not Conflict or time.monotonic() - failed >= _STEADY_S

    async def confirm(self) -> None:
        """Tell the server what has arrived, so that it is not sent again after a stop."""
        try:
            if self._offset is not None:
                await self._client.raw_updates(self._offset, KINDS, wait_s=0)
        except Exception as error:  # noqa: BLE001  (they are sent again, and known by their numbers)
            logger.debug("the last updates could not be confirmed: %s", error)


def _report(error: Exception) -> None:
    if isinstance(error, Conflict):
        logger.error("another program polls Telegram with this token; stop one of the two")
    elif isinstance(error, InvalidToken):  # its text can hold the token
        logger.error(
            "Telegram refuses the token just now, trying again. If that goes on, copy it again "
            "from @BotFather into TELEGRAM_BOT_TOKEN."
        )
    else:
        logger.warning("Telegram cannot be polled, trying again", exc_info=error)


class WebhookRoute:
    """Takes one update a request, whatever its path: 200 means that it is recorded.

    Args:
        secret: Telegram sends it along; whoever does not is turned away.
    """

    def __init__(self, secret: str, queue: UpdateQueue[Update]) -> None:
        self._secret = secret.encode()
        self._queue = queue

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Whether the secret is right; see `PostRoute.admits`."""
        given = headers.get(_SECRET, "").encode("utf-8", "replace")
        return hmac.compare_digest(given, self._secret)

    async def take(self, body: bytes) -> int:
        """Record an update; see `PostRoute.take`."""
        try:
            items = inbox_items([json.loads(body)])
        except (ValueError, RecursionError):
            items = []
        if not items:
            return 400
        try:
            await self._queue.take(items)
        except StoreError:  # neither recorded nor answered; Telegram sends it again
            return 503
        return 200


def inbox_items(found: list[Any]) -> list[InboxItem]:
    """Updates that have just come in, to be recorded before anybody reads them.

    What has no number is no update.
    """
    return [_inbox_item(raw) for raw in found if isinstance(raw, dict) and _is_numbered(raw)]


def _is_numbered(raw: dict[str, Any]) -> bool:
    number = raw.get("update_id")
    return type(number) is int and 0 <= number < _MAX_ID


def _inbox_item(raw: dict[str, Any]) -> InboxItem:
    sender = _number(_part(_part(raw, "callback_query") or _part(raw, "message"), "from"))
    return InboxItem(
        update_id=int(raw["update_id"]),
        at=time.time(),
        payload=json.dumps(raw),
        person=None if sender is None else str(sender),
    )


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


def lane_of(raw: dict[str, Any]) -> int:
    """The chat an update belongs to, else the person, else 0: what is answered in order."""
    press, message = _part(raw, "callback_query"), _part(raw, "message")
    chat = _number(_part(_part(press, "message") if press else message, "chat"))
    person = _number(_part(press, "from"))
    return next((number for number in (chat, person) if number is not None), 0)


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
    said = update.message
    return Incoming(
        conversation=conversation_of(update),
        content=content,
        lang=lang_of(update),
        person=person_of(update),
        only_if_sure=only_if_sure,
        decision_id=hashlib.sha256(named.encode()).hexdigest()[:16],
        at=time.time() if said is None else said.date.timestamp(),
    )


def message_of(update: Update) -> Message:
    """The message of an update; handlers of messages are given no other updates."""
    if update.message is None:
        raise ValueError("the update holds no message")
    return update.message


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
    name = user.full_name[:_MAX_NAME_CHARS]
    return f"{name} (@{user.username})" if user.username else name


def is_group(chat: Chat) -> bool:
    """Whether several people can write in a chat."""
    return chat.type in {Chat.GROUP, Chat.SUPERGROUP}


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
    message = message_of(update)
    replied = message.reply_to_message
    if replied is None or replied.from_user is None or replied.forum_topic_created is not None:
        return False  # in a topic, whatever replies to nothing replies to the topic's beginning
    return replied.from_user.id == message.get_bot().id


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
    """What a message says, without the bot's name; None where there are no words."""
    message = message_of(update)
    text, entities = words_of(message)
    if text is None:
        return None
    names = [entity for entity in entities if _names_bot(entity, text, message)]
    return _without(text, names)[:MAX_CHARS]


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
    message = update.message if query is None else query.message
    if message is None:
        raise ValueError("the update holds nothing that is said or pressed anywhere")
    return message


def _part(raw: dict[str, Any], name: str) -> dict[str, Any]:
    part = raw.get(name)
    return part if isinstance(part, dict) else {}


def _number(noun: dict[str, Any]) -> int | None:
    number = noun.get("id")
    return number if type(number) is int else None


def words_of(message: Message) -> tuple[str | None, list[MessageEntity]]:
    """What a message says, or what is said beneath its file, and how it is formatted."""
    text, entities = message.text, message.entities
    if text is None:
        text, entities = message.caption, message.caption_entities
    return text, [entity for entity in entities if _is_range(entity)]


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
