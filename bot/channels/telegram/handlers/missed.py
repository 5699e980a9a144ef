"""/unanswered: what was missed, by groups of people who ask the same, for admins alone."""

from __future__ import annotations

from telegram import InlineKeyboardMarkup, Update
from telegram.error import BadRequest, Forbidden

from bot.channels.telegram.api.sender import Address, Markup
from bot.channels.telegram.callback_data import Button, ButtonKind
from bot.channels.telegram.handlers.digest_text import group_line
from bot.channels.telegram.handlers.people import People
from bot.channels.telegram.handlers.reports import shortened
from bot.channels.telegram.updates import is_group, press_of
from bot.service.admins.learning import Group, Learning
from bot.service.queue.shared_queue import telling
from bot.service.replicas import Replicas
from bot.store import store
from bot.texts import TeamTexts

_PER_PAGE = 5
_MOST = 1_000  # that are counted, the newest
_MOST_CHARS = 300  # of one message
_MOST_TEXTS = 4  # of one group that are shown, the most central
_Page = tuple[str, Markup]


class Missed:
    """Lists groups, and opens one: under it stand the buttons that make the FAQ better.

    All else is counted alone: one person's words are for nobody but who has the post.
    A StoreError is told by whoever calls.
    """

    def __init__(self, people: People, learning: Learning, replicas: Replicas) -> None:
        self._people = people
        self._learning = learning
        self._replicas = replicas

    async def show(self, update: Update, _: object) -> None:
        """/unanswered: the first page; in a group it goes to the admin alone."""
        async with telling(self._people.store, self._replicas):
            await self._privately(update, *await self._page(update, 0))

    async def turn(self, update: Update, _: object) -> None:
        """Turn to another page."""
        button = await self._pressed(update)
        if button is not None:
            async with telling(self._people.store, self._replicas):
                page = await self._page(update, int(button.field("number")))
                await self._turn_into(update, *page)

    async def open(self, update: Update, _: object) -> None:
        """One group, in the place of the list."""
        button = await self._pressed(update)
        if button is not None:
            async with telling(self._people.store, self._replicas):
                await self._turn_into(update, *await self._opened(update, button))

    async def _opened(self, update: Update, button: Button) -> _Page:
        """One group with its buttons, or the list where it is gone."""
        texts, decision_id = self._texts(update), button.field("decision")
        group = await self._group(decision_id)
        if group is None:
            return await self._page(update, 0)
        lines = [group_line(group, texts, _MOST_CHARS), ""]
        lines += [
            shortened(text, _MOST_CHARS) for text in [*dict.fromkeys(group.texts)][:_MOST_TEXTS]
        ]
        keyboards, faq = self._people.keyboards, self._people.live.faq
        nearest = faq.by_id.get(next(iter(group.entry_ids), ""))
        rows = keyboards.edits(decision_id, "", nearest, texts)
        page = button.field("number")
        rows.append([keyboards.button(f"‹ {texts.unanswered_list}", ButtonKind.UNANSWERED, page)])
        return "\n".join(lines), InlineKeyboardMarkup(rows)

    async def _group(self, decision_id: str) -> Group | None:
        groups = await self._learning.groups()
        return next((each for each in groups if decision_id in each.decision_ids), None)

    async def _pressed(self, update: Update) -> Button | None:
        """The button that an admin has pressed; None where somebody else has."""
        people, query = self._people, press_of(update)
        if query.from_user.id not in people.settings.telegram.admins:
            await people.sender.toast(query, people.texts(update).old_button)
            return None
        await people.sender.toast(query)  # ends the spinner on the button
        return people.keyboards.read(query.data or "")

    async def _turn_into(self, update: Update, text: str, markup: Markup) -> None:
        query = press_of(update)
        if query.message is not None and is_group(query.message.chat):
            await self._privately(update, text, markup)
        else:
            await self._people.turn_page(update, query, text, markup)

    async def _privately(self, update: Update, text: str, markup: Markup) -> None:
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

    async def _page(self, update: Update, number: int) -> _Page:
        texts, keyboards = self._texts(update), self._people.keyboards
        missed = await self._people.store.missed(_MOST)
        groups = await self._learning.groups()
        shown_ids = {each for group in groups for each in group.decision_ids}
        rest = sum(one.record.id not in shown_ids and _is_open(one) for one in missed)
        if not groups and not rest:
            return texts.unanswered_empty, None
        last = max(0, (len(groups) - 1) // _PER_PAGE)
        number = min(number, last)  # some were erased or ignored since the button was made
        first = number * _PER_PAGE
        lines = [texts.unanswered.replace("{total}", str(len(shown_ids) + rest))]
        opens = []
        for place, group in enumerate(groups[first : first + _PER_PAGE], start=first + 1):
            lines += ["", f"{place}. {group_line(group, texts, _MOST_CHARS)}"]
            fields = group.decision_ids[0], str(number)
            opens.append(keyboards.button(f"✎ {place}", ButtonKind.GROUP, *fields))
        if rest:
            lines += ["", texts.unanswered_rest.replace("{count}", str(rest))]
        rows = [opens] if opens else []
        rows += keyboards.arrows(number, last, ButtonKind.UNANSWERED)
        return "\n".join(lines), InlineKeyboardMarkup(rows) if rows else None

    def _texts(self, update: Update) -> TeamTexts:
        return self._people.texts(update).team


def _is_open(one: store.Missed) -> bool:
    """Whether something is left to be done: of a choice that was made the words are gone."""
    is_settled = one.record.text is None and any(
        label.kind is store.LabelKind.CHOICE for label in one.record.labels
    )
    return not (one.is_ignored or is_settled)
