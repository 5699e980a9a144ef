"""What admins can ask the bot about itself: /why, /stats, /reload."""

from __future__ import annotations

import time

from telegram import Update

from bot.channels.telegram.handlers.people import People, rest_of
from bot.channels.telegram.handlers.reports import STATS_DAYS, explanation, statistics
from bot.channels.telegram.updates import address_of, lang_of, message_of, person_of
from bot.service.admins.drift import DriftWatch, lines_of
from bot.service.live import Live
from bot.store.store import Record
from bot.texts import TeamTexts

_DAY_S = 24 * 3600.0


class Admins:
    """The admins' commands. Whoever is no admin learns nothing of them.

    A StoreError is told by whoever calls.
    """

    def __init__(self, people: People) -> None:
        self._people = people
        self._drift = DriftWatch(people.live, people.store)

    async def why(self, update: Update, _: object) -> None:
        """/why TEXT: what would be decided now; in reply to the bot: what was."""
        replied, texts, live = message_of(update).reply_to_message, self._texts(update), self._live
        words = rest_of(update)
        if words:
            lang = lang_of(update)
            found: Record | None = Record(
                "", time.time(), words, lang, await live.decide(words, lang)
            )
        elif replied is None:
            await self._people.say(update, texts.why_usage)
            return
        else:
            chat = str(address_of(update).chat_id)
            found = await self._people.store.decision_shown(chat, replied.message_id)
        told = texts.why_unknown
        if found is not None:
            told = explanation(found, texts, live.fingerprint)
        await self._people.say(update, told)

    async def stats(self, update: Update, _: object) -> None:
        """/stats: what was asked lately, by day and by entry, and against the time before."""
        store, now = self._people.store, time.time()
        lately = await store.stats(now - STATS_DAYS * _DAY_S)
        both = await store.stats(now - 2 * STATS_DAYS * _DAY_S)
        told = statistics(lately, both, now, self._texts(update))
        if blocked := await store.blocked(now):
            told += f"\n\n{self._texts(update).stats_blocked.replace('{blocked}', str(blocked))}"
        otherwise = lines_of(await self._drift.found(), self._texts(update))
        note = self._live.note(has_old_scores=lately.has_old_scores)
        notes = ["\n".join(otherwise)] if otherwise else []
        notes += [] if note is None else [note]
        await self._people.say(update, "\n\n".join([told, *notes]))

    async def reload(self, update: Update, _: object) -> None:
        """/reload: read the files anew, and say what came of it."""
        told = await self._live.reload(self._texts(update), person_of(update))
        await self._people.say(update, told)

    @property
    def _live(self) -> Live:
        return self._people.live

    def _texts(self, update: Update) -> TeamTexts:
        return self._people.texts(update).team
