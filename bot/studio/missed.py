"""Missed: what people asked in vain, what would answer it, and what that would change."""

from __future__ import annotations

import asyncio

from nicegui import html

from bot.domain import KeepText
from bot.matching.mask import masked
from bot.service.admins.learning import Advice, Group, LearningError
from bot.studio import kit
from bot.studio.desk import Desk
from bot.studio.done import Done
from bot.studio.search import EntryChoice
from bot.studio.trial import Settled, Trial

_MOST_LISTED = 10  # groups; to prove what would help one takes seconds
_MOST_PHRASINGS = 5  # of a new entry
_OTHERS = 3  # wordings beside a group's name
_PEOPLE = 2


def show(desk: Desk) -> None:
    """Fill the page."""
    kit.text(desk.texts.missed_intro, "intro")
    if desk.settings.store.keep_text is KeepText.NONE:
        kit.text(desk.texts.keep_none)
        return
    _Missed(desk)


class _Missed:
    """The groups, as they were found last."""

    def __init__(self, desk: Desk) -> None:
        self._desk, texts = desk, desk.texts
        self._wanted = desk.asked.get("message")  # looked for once
        self._min_people = _PEOPLE if self._wanted is None else 1
        with html.div().classes("row"):
            kit.button(texts.look_again, self._look, texts)
            kit.button(texts.missed_all, self._look_at_all, texts, plain=True)
            kit.button(texts.undo_last, self._undo_last, texts, plain=True)
        self._done = Done(desk, self._look)
        self._list = html.div().props("aria-busy=true")
        with self._list:
            kit.text(texts.looking)
        kit.beside(self._look)

    async def _look_at_all(self) -> None:
        self._min_people = 1
        await self._look()

    async def _undo_last(self) -> None:
        await self._done.undo()

    async def _look(self) -> None:
        """Find the groups anew."""
        texts = self._desk.texts
        self._list.props("aria-busy=true")
        try:
            groups = await self._desk.parts.learning.groups(self._min_people)
        except LearningError as error:
            self._done.say(kit.escape(str(error)))
            groups = []
        if self._wanted is not None:
            groups = sorted(groups, key=lambda group: self._wanted not in group.decision_ids)
            if not groups or self._wanted not in groups[0].decision_ids:
                self._done.say(kit.escape(texts.missed_gone))
            self._wanted = None
        self._list.clear()
        self._list.props("aria-busy=false")
        with self._list:
            for group in groups[:_MOST_LISTED]:
                _Card(self._desk, group, self._done.settled)
            if not groups:
                kit.text(texts.missed_none.replace("{count}", str(self._min_people)))
            if len(groups) > _MOST_LISTED:
                more = len(groups) - _MOST_LISTED
                kit.text(texts.missed_more.replace("{count}", f"{more:,}"))


class _Card:
    """One group: what was asked, and what can be done about it.

    Args:
        settled: is told what was done, as HTML.
    """

    def __init__(self, desk: Desk, group: Group, settled: Settled) -> None:
        self._desk, self._group, self._settled = desk, group, settled
        texts = desk.texts
        count = texts.people.replace("{count}", f"{group.people:,}")
        with kit.section(f"“{group.name}”", "card"):
            kit.text(texts.people_one if group.people == 1 else count, "count")
            others = [each for each in map(masked, group.texts[1:]) if each][:_OTHERS]
            if others:
                quoted = ", ".join(f"“{each}”" for each in others)
                kit.text(f"{texts.others} {quoted}")
            kit.text(getattr(texts, f"advice_{group.advice.value}"))
            for entry_id in group.entry_ids if group.advice is not Advice.ENTRY else ():
                with kit.text("→ ", "entry"):
                    question = desk.parts.live.faq.by_id[entry_id].question
                    html.a(question, href=kit.entry_address(entry_id)).classes("link")
            adds = group.advice is Advice.PHRASING
            with html.details() as phrasing:
                phrasing.props["open"] = adds
                self._phrasing()
            with html.details() as entry:
                entry.props["open"] = group.advice is Advice.ENTRY
                self._entry()
            kit.button(texts.ignore, self._ignore, texts, plain=True)
            self._trial = Trial(desk, settled)

    def _phrasing(self) -> None:
        texts = self._desk.texts
        html.summary(texts.add_phrasing)
        self._of = EntryChoice(
            self._desk, texts.of_entry, self._group.entry_ids, self._group.texts[0]
        )
        self._wording = kit.Field(texts.wording, self._group.texts[0])
        kit.button(texts.try_change, self._try_phrasing, texts)

    def _entry(self) -> None:
        texts = self._desk.texts
        html.summary(texts.add_entry)
        self._question = kit.Field(texts.question, self._group.name)
        self._answer = kit.Field(texts.answer, self._group.answer, rows=4)
        kit.button(texts.try_change, self._try_entry, texts)

    async def _try_phrasing(self) -> None:
        learning, lang = self._desk.parts.learning, self._group.lang
        wording = self._wording.value
        if self._of.value:
            await self._trial.of(learning.propose_phrasing(wording, lang, self._of.value))

    async def _try_entry(self) -> None:
        learning, group = self._desk.parts.learning, self._group
        others = group.texts[: _MOST_PHRASINGS + 1]
        question, answer = self._question.value, self._answer.value
        if answer.strip():
            await self._trial.of(learning.propose_entry(question, answer, group.lang, others))

    async def _ignore(self) -> None:
        store, group = self._desk.parts.store, self._group
        await asyncio.wrap_future(store.ignore(group.decision_ids))
        told = self._desk.texts.ignored.replace("{name}", group.name)
        await self._settled(kit.escape(told), None)
