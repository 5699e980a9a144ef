"""Who is listened to: in time, within the rate limits, and whom a button is for."""

from __future__ import annotations

import time

from telegram import CallbackQuery, Message, Update

from bot.channels.telegram.handlers.buttons import toast
from bot.channels.telegram.handlers.context import Context
from bot.channels.telegram.updates.incoming import (
    address_of,
    conversation_of,
    is_addressed,
    is_group,
    person_of,
)
from bot.files.config_telegram import Presses
from bot.lru import Lru
from bot.service.limits import Verdict

_MAX_TOLD = 10_000  # conversations that were told that the bot was away


class Gate:
    """Admits messages and presses; whoever is turned away is told so, once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._told_late: Lru[str, None] = Lru(_MAX_TOLD)

    async def admits(self, update: Update) -> bool:
        """Whether an update is to be answered."""
        if update.message is not None:
            return await self._admits_message(update, update.message)
        return update.callback_query is not None and await self._admits_press(
            update, update.callback_query
        )

    async def _admits_message(self, update: Update, message: Message) -> bool:
        conversation, is_told = conversation_of(update), is_addressed(update)
        if self._is_late(message):
            if is_told and conversation not in self._told_late:  # since the bot was away
                await self._context.say(update, self._context.texts(update).late)
                self._told_late[conversation] = None
            return False
        self._told_late.pop(conversation, None)
        verdict, seconds = self._take(update)
        if verdict is Verdict.NOTICE and is_told:
            notice = self._context.texts(update).slow_down
            await self._context.say(update, notice.replace("{seconds}", str(seconds)))
        return verdict is Verdict.TAKE

    async def _admits_press(self, update: Update, query: CallbackQuery) -> bool:
        is_somewhere = query.message is not None and not query.from_user.is_bot
        if not is_somewhere or self._take(update)[0] is not Verdict.TAKE:
            await toast(query)
            return False
        if not self._is_theirs(update, query):
            await toast(query, self._context.texts(update).not_yours)
            return False
        return True

    def _take(self, update: Update) -> tuple[Verdict, int]:
        person = person_of(update) or conversation_of(update)
        return self._context.limiter.take(person, address_of(update).chat_id)

    def _is_late(self, message: Message) -> bool:
        """Whether a message has waited so long, while the bot was away, that no answer helps."""
        if message.date is None:  # against what the Bot API promises
            return False
        age_s = time.time() - message.date.timestamp()
        return age_s > self._context.settings.telegram.max_age * 60

    def _is_theirs(self, update: Update, query: CallbackQuery) -> bool:
        """Whether a press counts: in a group, the asker's alone, unless anyone's does.

        Where an anonymous admin asked, anyone's does: a press is never anonymous.
        """
        signer = self._context.keyboards.signer
        button = signer.read(query.data or "")
        asker = "" if button is None else button.field("asker")
        if not asker or query.message is None or not is_group(query.message.chat):
            return True
        is_asker = asker in {signer.asker(person_of(update)), signer.asker(None)}
        return is_asker or self._context.settings.telegram.presses is Presses.ANYONE
