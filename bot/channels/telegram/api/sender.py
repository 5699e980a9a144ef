"""What goes out to Telegram, and what is tried when Telegram refuses it."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from telegram import (
    Bot,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    MessageEntity,
    ReplyParameters,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.channels.telegram.api.client import Delivery
from bot.channels.telegram.api.elsewhere import Elsewhere
from bot.channels.telegram.api.membership import trouble_with
from bot.domain import Attachment, FileKind, Reply, Span
from bot.formatting import reply_parts
from bot.lru import Lru

logger = logging.getLogger(__name__)

_MAX_TOAST_CHARS = 200
_MAX_FILES = 1_000  # whose ids at Telegram are remembered
_LINK = re.compile('<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_TAG = re.compile("<[^>]*>")

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

    @property
    def beneath(self) -> ReplyParameters | None:
        """The message it answers, as python-telegram-bot takes it."""
        if self.reply_to is None:
            return None
        return ReplyParameters(self.reply_to, allow_sending_without_reply=True)


class Sender:
    """Sends and edits messages.

    Args:
        bot: sends by way of the delivery.
        elsewhere: None: all chats are Telegram's.
    """

    def __init__(self, bot: Bot, delivery: Delivery, elsewhere: Elsewhere | None = None) -> None:
        self._bot = bot
        self._elsewhere = elsewhere
        self.delivery = delivery
        self._files: Lru[tuple[str, int], str] = Lru(_MAX_FILES)

    async def text(self, address: Address, text: str, markup: Markup = None) -> None:
        """Send a sentence of the bot, in as many messages as it takes."""
        await self.reply(address, Reply(text), markup)

    async def reply(
        self, address: Address, reply: Reply, markup: Markup, *, first: int = 0
    ) -> list[Message]:
        """Send a reply, its buttons under the last part, and return its messages.

        Args:
            first: the part to begin with, from 0.
        """
        if (elsewhere := self._other(address.chat_id)) is not None:
            elsewhere.reply(address.chat_id, reply, markup)
            return []
        *parts, last = reply_parts(reply)
        sent = [await self.message(address, part) for part in parts[first:]]
        try:
            return [*sent, await self.message(address, last, markup)]
        except BadRequest as error:
            if not reply.links:
                raise
            # Telegram refuses some addresses on buttons; the answer must not be lost for that.
            logger.warning("links are sent as text: %s", error)
        links = "\n\n" + "\n".join(f"{link.text}: {link.url}" for link in reply.links)
        told = replace(reply, spans=(*(reply.spans or (Span(reply.text),)), Span(links)), links=())
        rest = await self.reply(address, told, _without_links(markup), first=len(parts))
        return [*sent, *rest]

    async def turn_into(
        self, message_id: int | None, address: Address, reply: Reply, markup: Markup
    ) -> bool:
        """Turn a message of the bot's into a reply; False where that is refused.

        Args:
            message_id: None where the message cannot be changed any more.
        """
        parts = reply_parts(reply)
        under = markup if len(parts) == 1 else None
        if message_id is None:
            return False
        try:
            await self._bot.edit_message_text(
                parts[0], address.chat_id, message_id, parse_mode=ParseMode.HTML, reply_markup=under
            )
        except ChatMigrated:  # the old group's messages cannot be changed any more
            return False
        except BadRequest as error:
            if "not modified" not in str(error).lower():  # else it was pressed twice
                return False
        if len(parts) > 1:
            await self.reply(address, reply, markup, first=1)
        return True

    async def set_keyboard(self, query: CallbackQuery, markup: Markup) -> None:
        """Replace the buttons of a pressed button's message; that they stay does no harm."""
        try:
            await query.edit_message_reply_markup(markup)
        except TelegramError as error:
            logger.debug("buttons could not be replaced: %s", error)

    async def toast(self, query: CallbackQuery, text: str = "") -> None:
        """End the spinner on a pressed button, with words that are shown for a moment."""
        try:
            await query.answer(text[:_MAX_TOAST_CHARS] or None)
        except TelegramError as error:  # too old to be answered; the press still counts
            logger.debug("a press could not be acknowledged: %s", error)

    async def attachments(self, address: Address, reply: Reply, away: str) -> None:
        """Send the files of a reply that is out.

        Args:
            away: what is said of one that cannot be sent, which must not bring the reply once more.
        """
        for file in () if self._other(address.chat_id) else reply.attachments:
            try:
                await self._file(address, file)
            except (TelegramError, OSError) as error:
                logger.warning("%s could not be sent: %s", file.source, error)
                where = f"\n{file.source}" if file.is_web else ""
                await self.quietly(address, f"{away}{where}")

    async def message(
        self, address: Address, text: str, markup: Markup = None, *, is_silent: bool = False
    ) -> Message:
        """Send one message.

        Args:
            text: HTML of a size that Telegram takes; it is sent without formatting where Telegram
                refuses that.
            is_silent: no telephone makes a sound.
        """
        try:
            return await self._message(address, text, ParseMode.HTML, markup, is_silent=is_silent)
        except BadRequest as error:
            if "parse entities" not in str(error).lower():
                raise
            logger.warning("an answer is sent without its formatting: %s", error)
        plain = html.unescape(_TAG.sub("", _LINK.sub(r"\2 (\1)", text)))
        return await self._message(address, plain, None, markup, is_silent=is_silent)

    async def typing(self, address: Address) -> None:
        """Show that something is being written."""
        try:
            await self._bot.send_chat_action(
                address.chat_id, ChatAction.TYPING, message_thread_id=address.thread_id
            )
        except TelegramError as error:  # a courtesy; the answer comes all the same
            logger.debug("typing could not be shown: %s", error)

    async def trouble_with(self, chat_id: int) -> str | None:
        """Why the bot cannot post in a chat; see `membership.trouble_with`."""
        return await trouble_with(self._bot, chat_id)

    async def quietly(self, address: Address, text: str, markup: Markup = None) -> None:
        """Send a sentence that is owed to somebody; that it cannot be sent is only logged."""
        try:
            await self.text(address, text, markup)
        except TelegramError as error:
            logger.warning("a message could not be sent: %s", error)

    async def delete(self, chat_id: int, message_id: int) -> bool:
        """Delete a message; False where that is refused, as after 48 hours.

        Raises:
            TelegramError: Telegram is away, or asks to wait.
        """
        if (elsewhere := self._other(chat_id)) is not None:
            elsewhere.delete(chat_id, message_id)
            return True
        return bool(await _unless_refused(self._bot.delete_message(chat_id, message_id)))

    async def erase(self, chat_id: int, message_id: int) -> None:
        """Delete a message, or empty it where that is refused; see `delete`."""
        if not await self.delete(chat_id, message_id):
            await self.rewrite(chat_id, message_id, "…")

    async def html_of(self, chat_id: int, message_id: int) -> str | None:
        """What a message of the bot's own says; None where that is refused.

        Telegram shows it only to who changes something about it: it gets a button, which goes with
        the next `rewrite`.

        Raises:
            TelegramError: as for `delete`.
        """
        button = InlineKeyboardButton("…", callback_data="…")
        shown = await _unless_refused(
            self._bot.edit_message_reply_markup(
                chat_id, message_id, reply_markup=InlineKeyboardMarkup([[button]])
            )
        )
        return shown.text_html if isinstance(shown, Message) else None

    async def rewrite(
        self, chat_id: int, message_id: int, text: str, markup: Markup = None
    ) -> bool:
        """Replace what a message says, by HTML, and its buttons; False where that is refused.

        Raises:
            TelegramError: as for `delete`.
        """
        changed = self._bot.edit_message_text(
            text, chat_id, message_id, parse_mode=ParseMode.HTML, reply_markup=markup
        )
        return await _unless_refused(changed) is not None

    async def thumb(self, message: Message) -> None:
        """Show by a reaction that a message got where it was to go; a chat may refuse them."""
        try:
            await self._bot.set_message_reaction(message.chat.id, message.message_id, "👍")
        except TelegramError as error:
            logger.debug("a reaction was refused: %s", error)

    async def formatted(
        self, address: Address, text: str, entities: Sequence[MessageEntity]
    ) -> int:
        """Send a text of a size that Telegram takes, formatted as somebody else's was.

        Returns:
            The message's id.
        """
        if (elsewhere := self._other(address.chat_id)) is not None:
            return elsewhere.words(address.chat_id, text, entities)
        sent = await self._bot.send_message(
            address.chat_id,
            text,
            entities=entities,
            message_thread_id=address.thread_id,
            reply_parameters=address.beneath,
        )
        return sent.message_id

    async def reformat(
        self, chat_id: int, message_id: int, text: str, entities: Sequence[MessageEntity]
    ) -> bool:
        """Replace what a message says; see `formatted`. False where that is refused."""
        if (elsewhere := self._other(chat_id)) is not None:
            elsewhere.words(chat_id, text, entities, message_id)
            return True
        try:
            await self._bot.edit_message_text(text, chat_id, message_id, entities=entities)
        except BadRequest as error:
            return "not modified" in str(error).lower()
        return True

    async def file(
        self,
        address: Address,
        above: str,
        message: Message,
        text: str,
        entities: Sequence[MessageEntity],
    ) -> int:
        """Send what somebody's message holds beside text; return the id of what was sent.

        Args:
            above: what is said before it; "": nothing.
            text: what is said beneath it, formatted by the entities.
        Raises:
            NotTakenError: see `Elsewhere.file`.
        """
        if (elsewhere := self._other(address.chat_id)) is not None:
            return elsewhere.file(address.chat_id, above, message, text, entities)
        if above:
            await self.text(address, above)
        caption = None if text == (message.caption or "") else text
        return await self.copy(address, message.chat.id, message.message_id, caption, entities)

    async def copy(
        self,
        address: Address,
        chat_id: int,
        message_id: int,
        caption: str | None = None,
        entities: Sequence[MessageEntity] = (),
    ) -> int:
        """Send what stands in a message once more, whatever it is; return the copy's id.

        Args:
            caption: what is said beneath it instead; None: the same.
            entities: how that is formatted.
        """
        copied = await self._bot.copy_message(
            address.chat_id,
            chat_id,
            message_id,
            caption=caption,
            caption_entities=entities or None,
            message_thread_id=address.thread_id,
            reply_parameters=address.beneath,
        )
        return copied.message_id

    def _other(self, chat_id: int) -> Elsewhere | None:
        """Where a chat is that is none of Telegram's; None of those that are."""
        if self._elsewhere is not None and self._elsewhere.takes(chat_id):
            return self._elsewhere
        return None

    async def _message(
        self,
        address: Address,
        text: str,
        parse_mode: str | None,
        markup: Markup,
        *,
        is_silent: bool,
    ) -> Message:
        return await self._bot.send_message(
            address.chat_id,
            text,
            parse_mode,
            disable_notification=is_silent or None,
            reply_markup=markup,
            message_thread_id=address.thread_id,
            reply_parameters=address.beneath,
        )

    async def _file(self, address: Address, file: Attachment) -> None:
        """Send a file, by the id it got at Telegram where it was sent before as it is now."""
        known = None
        content: str | Path = file.source
        if not file.is_web:
            content = Path(file.source)
            known = (file.source, content.stat().st_mtime_ns)
            content = self._files.get(known, content)
        is_photo = file.kind is FileKind.PHOTO
        send = self._bot.send_photo if is_photo else self._bot.send_document
        sent = await send(
            address.chat_id,
            content,
            caption=file.caption or None,
            message_thread_id=address.thread_id,
            reply_parameters=address.beneath,
        )
        as_sent = (sent.photo[-1] if sent.photo else None) if is_photo else sent.document
        if known is not None and as_sent is not None:
            self._files[known] = as_sent.file_id


async def _unless_refused(request: Awaitable[T]) -> T | None:
    """What a request gives; None where Telegram refuses it."""
    try:
        return await request
    except (BadRequest, ChatMigrated, Forbidden) as error:
        logger.info("a message could not be changed: %s", error)
        return None


def _without_links(markup: Markup) -> Markup:
    rows = [] if markup is None else markup.inline_keyboard
    kept = [row for row in rows if all(button.url is None for button in row)]
    return InlineKeyboardMarkup(kept) if kept else None
