"""What is said and logged when something fails."""

from __future__ import annotations

import logging

from telegram import Update
from telegram.error import Conflict, TelegramError
from telegram.ext import ContextTypes

from bot.channels.telegram.arrival import Address, read_message
from bot.channels.telegram.desk import Desk

logger = logging.getLogger(__name__)


class Failures:
    """The last resort: what nobody else has dealt with."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def on_error(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Log what failed, and tell the person where that is possible."""
        if update is None:
            _log_polling(context.error)
            return
        logger.error("an update failed", exc_info=context.error)
        if not isinstance(update, Update) or isinstance(context.error, TelegramError):
            return  # there is nobody to tell, or telling is what failed
        address = _address(update, context)
        if address is not None:
            user = update.effective_user
            texts = self._desk.texts(None if user is None else user.language_code)
            await self._desk.sender.quietly(address, texts.trouble)


def _address(update: Update, context: ContextTypes.DEFAULT_TYPE) -> Address | None:
    if update.message is not None:
        arrival = read_message(update.message, context.bot.bot)
        return arrival.address if arrival is not None and arrival.is_addressed else None
    chat = update.effective_chat
    return None if chat is None else Address(chat.id)


def _log_polling(error: Exception | None) -> None:
    if isinstance(error, Conflict):
        logger.error("another program polls Telegram with this token; stop one of the two")
    else:
        logger.warning("Telegram cannot be polled, trying again", exc_info=error)
