"""What admins can ask the bot about itself: /why, /stats, /unanswered, /reload."""

from __future__ import annotations

import time

from telegram import InlineKeyboardMarkup, Update
from telegram.error import BadRequest, Forbidden

from bot.channels.telegram.api.sender import Address
from bot.channels.telegram.handlers.people import People, rest_of
from bot.channels.telegram.handlers.reports import STATS_DAYS, explanation, listed, statistics
from bot.channels.telegram.keyboard import Button, ButtonKind
from bot.channels.telegram.updates import (
    address_of,
    is_group,
    lang_of,
    message_of,
    person_of,
    press_of,
)
from bot.service.drift import DriftWatch, lines_of
from bot.service.live import Live
from bot.service.repeats import Grouping, Repeats
from bot.store.store import Record
from bot.texts import TeamTexts

_DAY_S = 24 * 3600.0
_PER_PAGE = 5
_MOST_UNANSWERED = 1_000  # that are put together, the newest
_Page = tuple[str, InlineKeyboardMarkup | None]


class Admins:
    """The admins' commands. Whoever is no admin learns nothing of them.

    A StoreError is told by whoever calls.
    """

    def __init__(self, people: People) -> None:
        self._people = people
        self._grouping = Grouping(people.live)
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

    async def unanswered(self, update: Update, _: object) -> None:
        """/unanswered: the first page of questions without an answer, those alike together."""
        await self._privately(update, *await self._page(update, 0))

    async def turn(self, update: Update, _: object) -> None:
        """Turn to another page of unanswered questions."""
        button = await self._pressed(update)
        if button is not None:
            await self._show(update, int(button.field("number")))

    async def done(self, update: Update, _: object) -> None:
        """Take questions that were dealt with off the list; one asked again stands there anew."""
        button = await self._pressed(update)
        if button is None:
            return
        decision_id = button.field("decision")
        for group in await self._groups():
            shown = next((each.at for each in group.records if each.id == decision_id), None)
            if shown is not None:  # what was asked since the page was made is not on it
                self._people.store.deal_with([r.id for r in group.records if r.at <= shown])
        await self._show(update, int(button.field("number")))

    async def reload(self, update: Update, _: object) -> None:
        """/reload: read the files anew, and say what came of it."""
        told = await self._live.reload(self._texts(update), person_of(update))
        await self._people.say(update, told)

    async def _pressed(self, update: Update) -> Button | None:
        """The button that an admin has pressed; None where somebody else has."""
        people, query = self._people, press_of(update)
        if query.from_user.id not in people.settings.telegram.admins:
            await people.sender.toast(query, people.texts(update).old_button)
            return None
        await people.sender.toast(query)  # ends the spinner on the button
        return people.keyboards.read(query.data or "")

    async def _show(self, update: Update, number: int) -> None:
        query, page = press_of(update), await self._page(update, number)
        if query.message is not None and is_group(query.message.chat):
            await self._privately(update, *page)
        else:
            await self._people.turn_page(update, query, *page)

    async def _privately(
        self, update: Update, text: str, markup: InlineKeyboardMarkup | None
    ) -> None:
        """Say something that quotes people: in a group, to the admin alone."""
        people, user, chat = self._people, update.effective_user, update.effective_chat
        if chat is None or user is None or not is_group(chat):
            await people.say(update, text, markup)
            return
        told = self._texts(update).sent_privately
        try:
            await people.sender.text(Address(user.id), text, markup)
        except (BadRequest, Forbidden):  # a bot cannot be the first to write to somebody
            told = self._texts(update).start_privately
        await people.say(update, told)

    async def _groups(self) -> list[Repeats]:
        return await self._grouping.of(await self._people.store.unanswered(_MOST_UNANSWERED))

    async def _page(self, update: Update, number: int) -> _Page:
        texts, keyboards = self._texts(update), self._people.keyboards
        groups = await self._groups()
        if not groups:
            return texts.unanswered_empty, None
        last = (len(groups) - 1) // _PER_PAGE
        number = min(number, last)  # some were erased or dealt with since the button was made
        first = number * _PER_PAGE
        shown = groups[first : first + _PER_PAGE]
        buttons = [
            keyboards.button(
                texts.done.replace("{number}", str(place)),
                *(ButtonKind.DONE, group.newest.id, str(number)),
            )
            for place, group in enumerate(shown, start=first + 1)
        ]
        rows = [buttons, *keyboards.arrows(number, last, ButtonKind.UNANSWERED)]
        total = sum(len(group.records) for group in groups)
        return listed(shown, first, total, texts), InlineKeyboardMarkup(rows)

    @property
    def _live(self) -> Live:
        return self._people.live

    def _texts(self, update: Update) -> TeamTexts:
        return self._people.texts(update).team
