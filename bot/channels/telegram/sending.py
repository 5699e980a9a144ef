"""What goes out to Telegram, and what is tried when Telegram refuses it."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, TypeVar

from telegram import CallbackQuery, InlineKeyboardMarkup
from telegram.constants import ParseMode
from telegram.error import BadRequest, RetryAfter
from telegram.ext import ExtBot

from bot.channels.telegram.render import Part, keyboard, reply_parts, text_parts
from bot.domain import Reply

logger = logging.getLogger(__name__)

_TRIES = 4
_LONGEST_WAIT_S = 30.0  # beyond it an answer comes too late, and a stop takes too long

T = TypeVar("T")


class Edited(Enum):
    """What became of an edit."""

    DONE = "done"
    ALREADY = "already"  # pressed twice: it stands there already
    REFUSED = "refused"


class Sender:
    """Sends and edits messages through one account."""

    def __init__(self, bot: ExtBot[Any]) -> None:
        self._bot = bot

    async def text(
        self, chat_id: int, text: str, markup: InlineKeyboardMarkup | None = None
    ) -> None:
        """Send a plain sentence of the bot, in as many messages as it takes."""
        *parts, last = text_parts(text) or [""]
        for part in parts:
            await self._message(chat_id, part, None, None)
        await self._message(chat_id, last, None, markup)

    async def reply(self, chat_id: int, reply: Reply, *, first: int = 0) -> None:
        """Send a reply, its buttons under the last part.

        Args:
            first: the part to begin with, from 0.
        """
        parts = reply_parts(reply)
        for part in parts[first:-1]:
            await self._part(chat_id, part, None)
        try:
            await self._part(chat_id, parts[-1], keyboard(reply))
        except BadRequest as error:
            if not reply.links:
                raise
            # Telegram refuses some addresses on buttons; the answer must not be lost for that.
            logger.warning("links are sent as text: %s", error)
            *tail, last = reply_parts(reply, links=True)[len(parts) - 1 :]
            for part in tail:
                await self._part(chat_id, part, None)
            await self._part(chat_id, last, keyboard(reply, links=False))

    async def turn_into(self, query: CallbackQuery, reply: Reply) -> bool:
        """Turn the message of a pressed button into a reply; False where that cannot be done."""
        parts = reply_parts(reply)
        markup = keyboard(reply) if len(parts) == 1 else None
        edited = await self.edit(query, parts[0].html, markup, ParseMode.HTML)
        if edited is Edited.DONE and len(parts) > 1 and query.message is not None:
            await self.reply(query.message.chat.id, reply, first=1)
        return edited is not Edited.REFUSED

    async def edit(
        self,
        query: CallbackQuery,
        text: str,
        markup: InlineKeyboardMarkup | None,
        parse_mode: str | None = None,
    ) -> Edited:
        """Replace the text of a pressed button's message."""
        try:
            await _patiently(
                lambda: query.edit_message_text(text, parse_mode=parse_mode, reply_markup=markup)
            )
        except BadRequest as error:
            return Edited.ALREADY if "not modified" in str(error).lower() else Edited.REFUSED
        return Edited.DONE

    async def _part(self, chat_id: int, part: Part, markup: InlineKeyboardMarkup | None) -> None:
        try:
            await self._message(chat_id, part.html, ParseMode.HTML, markup)
        except BadRequest as error:
            if "parse entities" not in str(error).lower():
                raise
            # Better without formatting than not at all.
            logger.warning("an answer is sent without its formatting: %s", error)
            await self.text(chat_id, part.plain, markup)

    async def _message(
        self,
        chat_id: int,
        text: str,
        parse_mode: str | None,
        markup: InlineKeyboardMarkup | None,
    ) -> None:
        await _patiently(
            lambda: self._bot.send_message(
                chat_id, text, parse_mode=parse_mode, reply_markup=markup
            )
        )


async def _patiently(send: Callable[[], Awaitable[T]]) -> T:
    """Wait as long as Telegram asks for, a few times, rather than lose an answer."""
    for left in reversed(range(_TRIES)):
        try:
            return await send()
        except RetryAfter as error:
            asked = error.retry_after
            wait_s = (
                asked.total_seconds() if isinstance(asked, datetime.timedelta) else float(asked)
            )
            if left == 0 or wait_s > _LONGEST_WAIT_S:
                raise
            logger.warning("Telegram asks to wait %.0f s before the next message", wait_s)
            await asyncio.sleep(wait_s)
    raise AssertionError("unreachable: the last try returns or raises")
