"""The commands that anybody may use."""

from __future__ import annotations

import logging

from telegram import Update

from bot.channels.telegram.handlers.context import Context
from bot.channels.telegram.updates.incoming import (
    command_of,
    conversation_of,
    lang_of,
    person_of,
)
from bot.domain import KeepText, Unanswered
from bot.errors import StoreError

logger = logging.getLogger(__name__)


class Commands:
    """What each command does."""

    def __init__(self, context: Context) -> None:
        self._context = context

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
        page = context.keyboards.menu.topics(context.live.topics, lang_of(update), texts)
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

    async def close_by_team(self, update: Update, _: object) -> None:
        """/close, in reply to a post: end the conversation that it speaks of."""
        await self._context.handoff.from_team(update, closes=True)

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
        if person is None:  # an anonymous admin, of whom nothing is kept
            await self._context.say(update, texts.forgotten)
            return
        try:
            gone = await self._context.live.forget(person)
        except StoreError as error:
            logger.warning("a person could not be forgotten: %s", error)
            await self._context.say(update, texts.not_forgotten)
            return
        await self._context.handoff.forget(person, gone.posts)
        await self._context.say(update, texts.forgotten)


def _rest(update: Update) -> str:
    """What stands behind the command."""
    command = command_of(update)
    return "" if command is None else command.rest
