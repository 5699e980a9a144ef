"""What happens with messages that are no commands: questions, most of all."""

from __future__ import annotations

import asyncio
import logging

from telegram import Message, Update
from telegram.error import TelegramError

from bot.channels.telegram.api.chat_migrations import ChatMigrations
from bot.channels.telegram.handlers.context import Context
from bot.channels.telegram.updates.incoming import (
    address_of,
    conversation_of,
    is_group,
    message_of,
    text_of,
)
from bot.files.config_telegram import Groups
from bot.lru import Lru

logger = logging.getLogger(__name__)

_TYPING_AFTER_S = 0.5  # an answer that is there at once needs no announcement
_MAX_ALBUMS = 1_000  # whose other pictures get no reply of their own


class Questions:
    """Answers what people write."""

    def __init__(self, context: Context, migrations: ChatMigrations) -> None:
        self._context = context
        self._migrations = migrations
        self._albums: Lru[str, None] = Lru(_MAX_ALBUMS)

    async def ignore(self, update: Update, _: object) -> None:
        """Do nothing about it."""

    async def migrated(self, update: Update, _: object) -> None:
        """Follow a group that has become a supergroup; each of the two is told."""
        message = message_of(update)
        if message.migrate_to_chat_id is not None:
            self._migrations.follow(message.chat.id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            self._migrations.follow(message.migrate_from_chat_id, message.chat.id)

    async def from_team(self, update: Update, _: object) -> None:
        """Pass on what the team replies to a post."""
        await self._context.handoff.from_team(update)

    async def to_team(self, update: Update, _: object) -> None:
        """Pass on what a person writes while a conversation with the team is open."""
        await self._context.handoff.from_person(update)

    async def without_words(self, update: Update, _: object) -> None:
        """Say once that only words are read: of an album every picture comes by itself."""
        message = message_of(update)
        is_answered = self._is_answered_album(message)
        if not self.reads_along(update) and not is_answered:
            await self._context.say(update, self._context.texts(update).not_text)

    async def answer(self, update: Update, _: object) -> None:
        """Answer a question."""
        message = message_of(update)
        self._is_answered_album(message)
        only_if_sure = self.reads_along(update)
        typing = None if only_if_sure else asyncio.create_task(self._show_typing(update))
        try:
            await self._context.answer(update, text_of(update) or "", only_if_sure=only_if_sure)
        finally:
            if typing is not None:
                typing.cancel()

    def is_in_team_chat(self, update: Update) -> bool:
        """Whether it is said where the team is."""
        return message_of(update).chat.id == self._context.handoff.chat_id

    def is_with_team(self, update: Update) -> bool:
        """Whether the person's conversation with the team is open."""
        return self._context.handoff.is_open(conversation_of(update))

    def reads_along(self, update: Update) -> bool:
        """Whether the bot reads all that is said there, and answers only what it is sure of."""
        groups = self._context.settings.telegram.groups
        return is_group(message_of(update).chat) and groups is Groups.SILENT_UNLESS_SURE

    def _is_answered_album(self, message: Message) -> bool:
        album = message.media_group_id
        if album is None:
            return False
        is_answered = album in self._albums
        self._albums[album] = None
        return is_answered

    async def _show_typing(self, update: Update) -> None:
        await asyncio.sleep(_TYPING_AFTER_S)
        try:
            await self._context.sender.typing(address_of(update))
        except TelegramError as error:  # a courtesy; the answer comes all the same
            logger.debug("typing could not be shown: %s", error)
