"""What goes out to Telegram, and what is tried when Telegram refuses it."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TypeVar

from telegram import Bot, CallbackQuery, InlineKeyboardMarkup, Message, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, NetworkError, RetryAfter, TelegramError

from bot.channels.telegram.api.render import MessageText, reply_parts, text_parts
from bot.domain import Attachment, FileKind, Reply
from bot.errors import StoreError
from bot.lru import Lru
from bot.service.health import Health
from bot.store.async_store import AsyncStore

logger = logging.getLogger(__name__)

_TRIES = 4
_FIRST_PAUSE_S = 0.5
_LONGEST_WAIT_S = 30.0  # beyond it an answer comes too late, and a stop takes too long
_MAX_TOAST_CHARS = 200
_MAX_FILES = 1_000  # whose ids at Telegram are remembered

Markup = InlineKeyboardMarkup | None
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Address:
    """A place in Telegram.

    Attributes:
        thread_id: of a forum topic, or None.
        reply_to: the message it answers, or None.
    """

    chat_id: int
    thread_id: int | None = None
    reply_to: int | None = None


class EditOutcome(Enum):
    """What became of an edit."""

    DONE = "done"
    ALREADY = "already"  # pressed twice: it stands there already
    REFUSED = "refused"


class Sender:
    """Sends and edits messages through one account, wherever a chat is now.

    A group that becomes a supergroup gets another id: a chat migration, known over restarts too.

    Args:
        health: counts what could not be sent.
        team: the id that the configuration names as telegram.handoff_chat, or None.
    """

    def __init__(self, bot: Bot, store: AsyncStore, health: Health, team: int | None) -> None:
        self._bot = bot
        self._store = store
        self._health = health
        self._team = team
        self._migrations: dict[int, int] = {}
        self._files: Lru[tuple[str, int], str] = Lru(_MAX_FILES)

    async def load(self) -> None:
        """Read the chat migrations of earlier times."""
        try:
            self._migrations |= await self._store.moved_chats()
        except StoreError as error:
            logger.warning("which groups have moved is not known: %s", error)

    def present(self, chat_id: int) -> int:
        """The present id of a chat."""
        while chat_id in self._migrations:
            chat_id = self._migrations[chat_id]
        return chat_id

    def follow(self, old: int, new: int) -> None:
        """Remember a chat migration; told once, by either of two messages or by a refusal."""
        if self.present(old) == self.present(new):
            return
        self._migrations[old] = new
        logger.warning("the group %d is now the supergroup %d", old, new)
        if self._team is not None and self._team != new == self.present(self._team):
            logger.warning("put %d into config.yaml as telegram.handoff_chat", new)
        self._store.move_chat(old, new)

    async def text(self, address: Address, text: str, markup: Markup = None) -> list[Message]:
        """Send a plain sentence of the bot, in as many messages as it takes."""
        *parts, last = text_parts(text) or [""]
        sent = [await self.message(address, part, None, None) for part in parts]
        return [*sent, await self.message(address, last, None, markup)]

    async def reply(
        self, address: Address, reply: Reply, markup: Markup, *, first: int = 0
    ) -> list[Message]:
        """Send a reply, its buttons under the last part, and return its messages.

        Args:
            first: the part to begin with, from 0.
        """
        parts = reply_parts(reply)
        sent: list[Message] = []
        for part in parts[first:-1]:
            sent += await self._part(address, part, None)
        try:
            sent += await self._part(address, parts[-1], markup)
        except BadRequest as error:
            if not reply.links:
                raise
            # Telegram refuses some addresses on buttons; the answer must not be lost for that.
            logger.warning("links are sent as text: %s", error)
            *tail, last = reply_parts(reply, links=True)[len(parts) - 1 :]
            for part in tail:
                sent += await self._part(address, part, None)
            sent += await self._part(address, last, _without_links(markup))
        return sent

    async def turn_into(
        self, query: CallbackQuery, address: Address, reply: Reply, markup: Markup
    ) -> EditOutcome:
        """Turn the message of a pressed button into a reply."""
        parts = reply_parts(reply)
        under = markup if len(parts) == 1 else None
        outcome = await self.edit(query, parts[0].html, under, ParseMode.HTML)
        if outcome is EditOutcome.DONE and len(parts) > 1:
            await self.reply(address, reply, markup, first=1)
        return outcome

    async def edit(
        self, query: CallbackQuery, text: str, markup: Markup, parse_mode: str | None = None
    ) -> EditOutcome:
        """Replace the text of a pressed button's message."""
        if query.message is None or not query.message.is_accessible:
            return EditOutcome.REFUSED
        try:
            await with_retry(
                lambda: query.edit_message_text(text, parse_mode=parse_mode, reply_markup=markup)
            )
        except BadRequest as error:
            is_there = "not modified" in str(error).lower()
            return EditOutcome.ALREADY if is_there else EditOutcome.REFUSED
        except ChatMigrated:  # the old group's messages cannot be changed any more
            return EditOutcome.REFUSED
        return EditOutcome.DONE

    async def set_keyboard(self, query: CallbackQuery, markup: Markup) -> None:
        """Replace the buttons of a pressed button's message; that they stay does no harm."""
        try:
            await with_retry(lambda: query.edit_message_reply_markup(markup))
        except TelegramError as error:
            logger.debug("buttons could not be replaced: %s", error)

    async def toast(self, query: CallbackQuery, text: str = "") -> None:
        """End the spinner on a pressed button, with words that are shown for a moment."""
        try:
            await query.answer(text[:_MAX_TOAST_CHARS] or None)
        except TelegramError as error:  # too old to be answered; the press still counts
            logger.debug("a press could not be acknowledged: %s", error)

    async def attachment(self, address: Address, file: Attachment) -> bool:
        """Send a file; False, with a line in the log, where that cannot be done."""
        try:
            await self._file(address, file)
        except (TelegramError, OSError) as error:
            logger.warning("%s could not be sent: %s", file.source, error)
            return False
        return True

    async def message(
        self, address: Address, text: str, parse_mode: str | None, markup: Markup
    ) -> Message:
        """Send one message, of a size that Telegram takes."""
        return await self._to(
            address,
            lambda chat_id, reply: self._bot.send_message(
                chat_id,
                text,
                parse_mode=parse_mode,
                reply_markup=markup,
                message_thread_id=address.thread_id,
                reply_parameters=reply,
            ),
        )

    async def typing(self, address: Address) -> None:
        """Show that something is being written; raises TelegramError where that fails."""
        await self._bot.send_chat_action(
            self.present(address.chat_id),
            ChatAction.TYPING,
            message_thread_id=address.thread_id,
        )

    async def quietly(self, address: Address, text: str) -> None:
        """Send a sentence that is owed to somebody; that it cannot be sent is only logged."""
        try:
            await self.text(address, text)
        except TelegramError as error:
            logger.warning("a message could not be sent: %s", error)

    async def delete(self, chat_id: int, message_id: int) -> None:
        """Delete a message, where Telegram lets a bot: it must not be older than 48 hours."""
        try:
            await self._bot.delete_message(self.present(chat_id), message_id)
        except TelegramError as error:
            logger.info("a message could not be deleted: %s", error)

    async def rewrite(self, chat_id: int, message_id: int, html: str) -> None:
        """Replace what a message says."""
        try:
            await self._bot.edit_message_text(
                html, self.present(chat_id), message_id, parse_mode=ParseMode.HTML
            )
        except TelegramError as error:
            logger.info("a message could not be changed: %s", error)

    async def copy(self, address: Address, message: Message) -> int:
        """Send what stands in a message once more, whatever it is; return the copy's id."""
        copied = await self._to(
            address,
            lambda chat_id, reply: self._bot.copy_message(
                chat_id,
                message.chat.id,
                message.message_id,
                message_thread_id=address.thread_id,
                reply_parameters=reply,
            ),
        )
        return copied.message_id

    async def _to(
        self, address: Address, send: Callable[[int, ReplyParameters | None], Awaitable[T]]
    ) -> T:
        """Send to a chat, wherever it is now."""
        reply = None
        chat_id = self.present(address.chat_id)
        if address.reply_to is not None and chat_id == address.chat_id:
            reply = ReplyParameters(address.reply_to, allow_sending_without_reply=True)
        try:
            return await with_retry(lambda: send(chat_id, reply))
        except ChatMigrated as error:
            moved = error.new_chat_id
        except TelegramError:
            self._health.failed_sends.inc()
            raise
        self.follow(chat_id, moved)
        return await with_retry(lambda: send(moved, None))  # its messages have other ids there

    async def _part(self, address: Address, part: MessageText, markup: Markup) -> list[Message]:
        try:
            return [await self.message(address, part.html, ParseMode.HTML, markup)]
        except BadRequest as error:
            if "parse entities" not in str(error).lower():
                raise
            # Better without formatting than not at all.
            logger.warning("an answer is sent without its formatting: %s", error)
            return await self.text(address, part.plain, markup)

    async def _file(self, address: Address, file: Attachment) -> None:
        """Send a file, by the id it got at Telegram where it was sent before as it is now."""
        known = None
        content: str | Path = file.source
        if not file.is_web:
            content = Path(file.source)
            known = (file.source, content.stat().st_mtime_ns)
            content = self._files.get(known, content)
        caption = file.caption or None
        is_photo = file.kind is FileKind.PHOTO

        def send(chat_id: int, reply: ReplyParameters | None) -> Awaitable[Message]:
            kept = {"message_thread_id": address.thread_id, "reply_parameters": reply}
            if is_photo:
                return self._bot.send_photo(chat_id, content, caption, **kept)  # type: ignore[arg-type]
            return self._bot.send_document(chat_id, content, caption, **kept)  # type: ignore[arg-type]

        sent = await self._to(address, send)
        as_sent = (sent.photo[-1] if sent.photo else None) if is_photo else sent.document
        if known is not None and as_sent is not None:
            self._files[known] = as_sent.file_id


def _without_links(markup: Markup) -> Markup:
    rows = [] if markup is None else markup.inline_keyboard
    kept = [row for row in rows if all(button.url is None for button in row)]
    return InlineKeyboardMarkup(kept) if kept else None


def retry_after_s(error: RetryAfter) -> float:
    """How long Telegram asks to wait, in seconds."""
    asked = error.retry_after
    return asked.total_seconds() if isinstance(asked, datetime.timedelta) else float(asked)


async def with_retry(send: Callable[[], Awaitable[T]]) -> T:
    """Wait as long as Telegram asks for, and for a network that is away: no answer is lost.

    What a server took without saying so is sent twice: the Bot API has no way to tell, and an
    answer that comes twice is better than none.
    """
    for left in reversed(range(_TRIES)):
        try:
            return await send()
        except RetryAfter as error:
            wait_s = retry_after_s(error)
            if left == 0 or wait_s > _LONGEST_WAIT_S:
                raise
            logger.warning("Telegram asks to wait %.0f s before the next message", wait_s)
        except BadRequest:  # a NetworkError by name alone: it will be refused again
            raise
        except NetworkError as error:
            if left == 0:
                raise
            wait_s = _FIRST_PAUSE_S * 2 ** (_TRIES - 1 - left)
            logger.info("a message could not be sent, trying again in %.1f s: %s", wait_s, error)
        await asyncio.sleep(wait_s)
    raise AssertionError("unreachable: the last try returns or raises")
