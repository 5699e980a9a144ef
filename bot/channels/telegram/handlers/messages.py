"""What happens with each message but those of admins: commands and questions."""

from __future__ import annotations

import asyncio
import logging

from telegram import Message, Update
from telegram.error import TelegramError

from bot.channels.telegram.handlers.context import Context
from bot.channels.telegram.updates.incoming import (
    address_of,
    command_of,
    conversation_of,
    is_group,
    lang_of,
    message_of,
    person_of,
    text_of,
)
from bot.domain import KeepText, Unanswered
from bot.errors import StoreError
from bot.files.config_telegram import Groups
from bot.lru import Lru

logger = logging.getLogger(__name__)

_TYPING_AFTER_S = 0.5  # an answer that is there at once needs no announcement
_MAX_ALBUMS = 1_000  # whose other pictures get no reply of their own


class Messages:
    """What is done about each kind of message."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._albums: Lru[str, None] = Lru(_MAX_ALBUMS)

    async def ignore(self, update: Update, _: object) -> None:
        """Do nothing about it."""

    async def migrated(self, update: Update, _: object) -> None:
        """Follow a group that has become a supergroup; each of the two is told."""
        message, sender = message_of(update), self._context.sender
        if message.migrate_to_chat_id is not None:
            sender.follow(message.chat.id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            sender.follow(message.migrate_from_chat_id, message.chat.id)

    async def start(self, update: Update, _: object) -> None:
        """/start, or a link https://t.me/BOT?start=ENTRY-ID, which is answered at once."""
        entry_id = _rest(update)
        if entry_id in self._context.live.faq.by_id:
            await self._context.show(update, entry_id)
        else:
            await self._context.say(update, self._context.texts(update).welcome)

    async def help(self, update: Update, _: object) -> None:
        """/help, a command that nobody knows, and the bot's name alone."""
        await self._context.say(update, self._context.texts(update).help)

    async def topics(self, update: Update, _: object) -> None:
        """/topics: the list of topics, to be looked through."""
        context, texts = self._context, self._context.texts(update)
        page = context.keyboards.topics(context.live.faq, lang_of(update), texts)
        await context.say(update, *(page or (texts.help, None)))

    async def ask(self, update: Update, _: object) -> None:
        """/ask QUESTION, which is how a question is asked in a group."""
        question = _rest(update)
        if question:
            await self._context.answer(update, question)
        else:
            await self._context.say(update, self._context.texts(update).ask_usage)

    async def person(self, update: Update, _: object) -> None:
        """/person: call somebody of the team, about what stands behind it or was asked last."""
        words = _rest(update)
        owed = self._context.live.unanswered(conversation_of(update))
        unanswered = Unanswered(words) if words else owed or Unanswered(None)
        texts = self._context.texts(update)
        await self._context.say(update, await self._context.handoff.call(update, unanswered, texts))

    async def close(self, update: Update, _: object) -> None:
        """/close: end a person's conversation with the team."""
        await self._context.handoff.close_by_person(update, self._context.texts(update))

    async def privacy(self, update: Update, _: object) -> None:
        """/privacy: what is remembered, as it is configured."""
        kept, texts = self._context.settings.store, self._context.texts(update)
        words = {
            KeepText.ALL: texts.privacy_all,
            KeepText.UNANSWERED: texts.privacy_unanswered,
            KeepText.NONE: texts.privacy_none,
        }[kept.keep_text]
        days = texts.privacy_kept.replace("{days}", str(kept.retention_days))
        team = [texts.privacy_team] if self._context.keyboards.has_team else []
        await self._context.say(update, "\n\n".join([texts.privacy, words, days, *team]))

    async def forget(self, update: Update, _: object) -> None:
        """/forget: erase what is known of a person, and say whether it is done."""
        person, texts = person_of(update), self._context.texts(update)
        if person is not None:  # else an anonymous admin, of whom nothing is kept
            try:
                gone = await self._context.live.forget(person)
            except StoreError as error:
                logger.warning("a person could not be forgotten: %s", error)
                await self._context.say(update, texts.not_forgotten)
                return
            await self._context.handoff.forget(person, gone)
        await self._context.say(update, texts.forgotten)

    async def without_words(self, update: Update, _: object) -> None:
        """Say once that only words are read: of an album every picture comes by itself."""
        is_answered = self._is_answered_album(message_of(update))
        if not self.reads_along(update) and not is_answered:
            await self._context.say(update, self._context.texts(update).not_text)

    async def question(self, update: Update, _: object) -> None:
        """Answer a question."""
        self._is_answered_album(message_of(update))
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


def _rest(update: Update) -> str:
    """What stands behind the command."""
    command = command_of(update)
    return "" if command is None else command.rest
