"""Chats that are none of Telegram's, to which the sender sends all the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from telegram import InlineKeyboardMarkup, Message, MessageEntity

from bot.domain import Reply


class NotTakenError(Exception):
    """A message holds what cannot be shown in a chat; nothing of it was sent."""


class Elsewhere(Protocol):
    """Chats that are none of Telegram's, by numbers that it gives to none."""

    def takes(self, chat_id: int) -> bool:
        """Whether a chat is one of them; the other methods are for those alone."""

    def reply(self, chat_id: int, reply: Reply, markup: InlineKeyboardMarkup | None) -> None:
        """Send a reply."""

    def words(
        self,
        chat_id: int,
        text: str,
        entities: Sequence[MessageEntity],
        message_id: int | None = None,
    ) -> int:
        """Send a text, or change what a message says; returns the message's id."""

    def file(
        self,
        chat_id: int,
        above: str,
        message: Message,
        text: str,
        entities: Sequence[MessageEntity],
    ) -> int:
        """Send a file that a message holds, with words above and beneath it; returns the id.

        Raises:
            NotTakenError: it is none, or too large.
        """
        ...

    def delete(self, chat_id: int, message_id: int) -> None:
        """Take a message back."""
