"""One update → what is done about it."""

from __future__ import annotations

from telegram import Update

from bot.channels.telegram.handlers.buttons import PressHandlers
from bot.channels.telegram.handlers.context import Desk
from bot.channels.telegram.handlers.messages import MessageHandlers
from bot.channels.telegram.updates.incoming import Address, read_message


class Handlers:
    """Hands messages and presses to those who know them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._messages = MessageHandlers(desk)
        self._presses = PressHandlers(desk)

    async def handle(self, update: Update) -> None:
        """Carry out one update; raises where that failed and may be tried again."""
        if update.message is not None:
            await self._messages.on_message(update.message, update)
        elif update.callback_query is not None:
            await self._presses.on_press(update.callback_query, update.update_id)

    async def give_up(self, update: Update) -> None:
        """Tell a person that what they sent could not be handled."""
        address = self._address(update)
        if address is not None:
            user = update.effective_user
            texts = self._desk.texts(None if user is None else user.language_code)
            await self._desk.sender.text(address, texts.trouble)

    def _address(self, update: Update) -> Address | None:
        if update.message is not None:
            arrival = read_message(update.message, self._desk.me)
            return arrival.address if arrival is not None and arrival.is_addressed else None
        chat = update.effective_chat
        return None if chat is None else Address(chat.id)
