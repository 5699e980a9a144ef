"""Chats that are none of Telegram's, to which the sender sends all the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from telegram import InlineKeyboardMarkup, MessageEntity

from bot.domain import Reply


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

    def delete(self, chat_id: int, message_id: int) -> None:
        """Take a message back."""
