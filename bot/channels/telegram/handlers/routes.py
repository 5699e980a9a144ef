"""One update → what is done about it."""

from __future__ import annotations

import json

from telegram import Bot, Update
from telegram.error import Forbidden, RetryAfter

from bot.channels.telegram.api.sender import asked_s
from bot.channels.telegram.handlers.buttons import PressHandlers
from bot.channels.telegram.handlers.context import Desk
from bot.channels.telegram.handlers.messages import MessageHandlers
from bot.channels.telegram.updates.incoming import Address, lane_of, read_message, read_update
from bot.service.update_queue import NobodyThereError, RetryAfterError


class Handlers:
    """Hands messages and presses to those who know them; an `UpdateHandler`.

    Args:
        account: what updates are read for.
    """

    def __init__(self, desk: Desk, account: Bot) -> None:
        self._desk = desk
        self._account = account
        self._messages = MessageHandlers(desk)
        self._presses = PressHandlers(desk)

    def parse(self, payload: str) -> Update:
        """Read an update as it was sent; see `read_update`."""
        return read_update(json.loads(payload), self._account)

    def lane(self, payload: str) -> int:
        """The chat that an update belongs to."""
        return lane_of(json.loads(payload))

    async def handle(self, update: Update) -> None:
        """Carry out one update; see `UpdateHandler.handle`."""
        try:
            if update.message is not None:
                await self._messages.on_message(update.message, update)
            elif update.callback_query is not None:
                await self._presses.on_press(update.callback_query, update.update_id)
        except Forbidden as error:  # blocked, or put out of the group
            raise NobodyThereError(str(error)) from error
        except RetryAfter as error:
            raise RetryAfterError(asked_s(error)) from error

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
