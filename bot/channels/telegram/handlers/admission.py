"""Who is listened to: in time, within the limits, where it is for the bot."""

from __future__ import annotations

import time

from telegram import CallbackQuery, Update

from bot.channels.telegram.api.sender import Sender
from bot.channels.telegram.keyboard import Keyboards
from bot.channels.telegram.updates import (
    address_of,
    conversation_of,
    is_addressed,
    is_edit,
    lang_of,
    person_of,
    said_at,
    text_of,
)
from bot.files.config.telegram import TelegramSettings
from bot.lru import Lru
from bot.service.limits import Buckets, Limiter, Verdict
from bot.service.live import Live
from bot.store.async_store import AsyncStore

_MAX_TOLD = 10_000  # conversations that were told that the bot was away


class Admission:
    """Lets updates through, or tells whoever is turned away, once."""

    def __init__(
        self,
        settings: TelegramSettings,
        live: Live,
        store: AsyncStore,
        sender: Sender,
        keyboards: Keyboards,
    ) -> None:
        self._settings = settings
        self._clock = store.clock
        self._live = live
        self._sender = sender
        self._keyboards = keyboards
        self._limiter = Limiter(settings.limits, Buckets(store))
        self._told_late: Lru[str, None] = Lru(_MAX_TOLD)

    async def admits(self, update: Update) -> bool:
        """Whether an update is to be answered: in time, within the limits, by whom it is for.

        Whoever is turned away is told so, once.
        """
        if update.callback_query is None:
            return await self._admits_message(update)
        return await self._admits_press(update, update.callback_query)

    async def _admits_message(self, update: Update) -> bool:
        conversation, is_told = conversation_of(update), is_addressed(update)
        age_s = time.time() - said_at(update)
        is_old = age_s > self._settings.max_age * 60
        if is_old and self._clock.knows_age:  # no answer helps any more
            # An edit is dropped: for what was said first, an apology is there already.
            if (
                is_told and not is_edit(update) and conversation not in self._told_late
            ):  # since the bot was away
                await self._sender.text(address_of(update), self._live.texts(lang_of(update)).late)
                self._told_late[conversation] = None
            return False
        self._told_late.pop(conversation, None)
        verdict, seconds = await self._take(update)
        if verdict is Verdict.NOTICE and is_told:
            notice = self._live.texts(lang_of(update)).slow_down
            told = notice.replace("{seconds}", str(seconds))
            await self._sender.text(address_of(update), told)
        return verdict is Verdict.TAKE

    async def _admits_press(self, update: Update, query: CallbackQuery) -> bool:
        is_somewhere = query.message is not None and not query.from_user.is_bot
        if not is_somewhere or (await self._take(update))[0] is not Verdict.TAKE:
            await self._sender.toast(query)
            return False
        button = self._keyboards.read(query.data or "")
        chat_id = address_of(update).chat_id
        if button and not self._keyboards.is_for(button, person_of(update), chat_id):
            await self._sender.toast(query, self._live.texts(lang_of(update)).not_yours)
            return False
        return True

    async def _take(self, update: Update) -> tuple[Verdict, int]:
        person = person_of(update) or conversation_of(update)
        words = text_of(update) if update.callback_query is None else None
        chat = str(address_of(update).chat_id)
        return await self._limiter.take(person, chat, len(words or ""))
