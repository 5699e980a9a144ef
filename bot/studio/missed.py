"""Missed: what people asked in vain, what would answer it, and what that would change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from nicegui import html

from bot.domain import Decision, KeepText
from bot.matching.mask import masked
from bot.service.learning import Adds, Advice, Applied, Group, LearningError, Proposal
from bot.service.proposed import effects_told, proposal_told, refusal_told, remarks_told
from bot.studio import kit
from bot.studio.desk import Desk
from bot.studio.why import action_told
from bot.texts import StudioTexts

_MOST_LISTED = 10  # groups; to prove what would help one takes seconds
_MOST_PHRASINGS = 5  # of a new entry
_MOST_FLIPS = 50  # that are listed
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
        self._desk, self._min_people, texts = desk, _PEOPLE, desk.texts
        with html.div().classes("row"):
            kit.button(texts.look_again, self._look, texts)
            kit.button(texts.missed_all, self._look_at_all, texts, plain=True)
            kit.button(texts.undo_last, self._undo_last, texts, plain=True)
        self._done = html.div().props("role=status").classes("done")
        self._list = html.div().props("aria-busy=true")
        with self._list:
            kit.text(texts.looking)
        kit.beside(self._look)

    async def _look_at_all(self) -> None:
        self._min_people = 1
        await self._look()

    async def _look(self) -> None:
        """Find the groups anew."""
        texts = self._desk.texts
        self._list.props("aria-busy=true")
        try:
            groups = await self._desk.parts.learning.groups(self._min_people)
        except LearningError as error:
            self._say(kit.escape(str(error)))
            groups = []
        self._list.clear()
        self._list.props("aria-busy=false")
        with self._list:
            for group in groups[:_MOST_LISTED]:
                _Card(self._desk, group, self._settled)
            if not groups:
                kit.text(texts.missed_none.replace("{count}", str(self._min_people)))
            if len(groups) > _MOST_LISTED:
                more = len(groups) - _MOST_LISTED
                kit.text(texts.missed_more.replace("{count}", f"{more:,}"))

    async def _settled(self, told: str, applied: Applied | None) -> None:
        """Something was done about a group, which may help others as well."""
        self._say(told, applied)
        await self._look()

    def _say(self, told: str, applied: Applied | None = None) -> None:
        """What was done, and how to take it back.

        Args:
            told: HTML.
        """
        texts = self._desk.texts
        self._done.clear()
        with self._done:
            kit.raw(told)
            for remark in () if applied is None else remarks_told(applied, self._desk.team):
                kit.text(remark)
            if applied is not None and applied.undoes is None:
                number = applied.number

                async def undo() -> None:
                    await self._undo(number)

                made = kit.button(texts.undo, undo, texts, plain=True)
                made.run_method("focus")

    async def _undo_last(self) -> None:
        await self._undo(None)

    async def _undo(self, number: int | None) -> None:
        try:
            applied = await self._desk.parts.learning.undo(number, self._desk.who)
        except LearningError as error:
            self._say(refusal_told(error, self._desk.team))
            return
        told = self._desk.texts.undone.replace("{text}", applied.text)
        await self._settled(kit.escape(told), applied)


class _Card:
    """One group: what was asked, and what can be done about it.

    Args:
        settled: is told what was done, as HTML.
    """

    def __init__(
        self, desk: Desk, group: Group, settled: Callable[[str, Applied | None], Awaitable[None]]
    ) -> None:
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
                kit.text(f"→ {desk.parts.live.faq.by_id[entry_id].question}", "entry")
            adds = group.advice is Advice.PHRASING
            with html.details() as phrasing:
                phrasing.props["open"] = adds
                self._phrasing()
            with html.details() as entry:
                entry.props["open"] = group.advice is Advice.ENTRY
                self._entry()
            kit.button(texts.ignore, self._ignore, texts, plain=True)
            self._shown = html.div().classes("proposal").props("role=status")

    def _phrasing(self) -> None:
        texts, live = self._desk.texts, self._desk.parts.live
        html.summary(texts.add_phrasing)
        likely = dict.fromkeys(self._group.entry_ids)
        entries = {each: live.faq.by_id[each].question for each in likely if each in live.faq.by_id}
        entries |= {entry.id: entry.question for entry in live.faq.entries}
        self._of = kit.Choice(texts.of_entry, entries, next(iter(entries)))
        self._wording = kit.field(texts.wording, self._group.texts[0])
        kit.button(texts.try_change, self._try_phrasing, texts)

    def _entry(self) -> None:
        texts = self._desk.texts
        html.summary(texts.add_entry)
        self._question = kit.field(texts.question, self._group.name)
        self._answer = kit.field(texts.answer, self._group.answer, rows=4)
        kit.button(texts.try_change, self._try_entry, texts)

    async def _try_phrasing(self) -> None:
        learning, lang = self._desk.parts.learning, self._group.lang
        wording = self._wording.value
        await self._try(learning.propose_phrasing(wording, lang, self._of.value))

    async def _try_entry(self) -> None:
        learning, group = self._desk.parts.learning, self._group
        others = group.texts[: _MOST_PHRASINGS + 1]
        question, answer = self._question.value, self._answer.value
        if answer.strip():
            await self._try(learning.propose_entry(question, answer, group.lang, others))

    async def _try(self, proposing: Awaitable[Proposal]) -> None:
        """Show what an edit would change, and the button that makes it."""
        desk, texts = self._desk, self._desk.texts
        self._say(kit.escape(texts.trying))
        try:
            proposal = await proposing
        except LearningError as error:
            self._say(refusal_told(error, desk.team))
            return
        faq = desk.parts.live.faq
        told = "\n".join(effects_told(proposal, faq, desk.team))
        if proposal.adds is Adds.PHRASING:
            told = proposal_told(proposal, faq, desk.team)
        self._say(told + _flips(proposal, texts))
        if proposal.hindrance is None:

            async def add() -> None:
                await self._add(proposal)

            label = texts.add if proposal.harmless else texts.add_despite
            with self._shown:
                kit.button(label, add, texts).run_method("focus")

    async def _add(self, proposal: Proposal) -> None:
        desk = self._desk
        try:
            applied = await desk.parts.learning.apply(
                proposal, desk.who, despite=not proposal.harmless
            )
        except LearningError as error:
            self._say(refusal_told(error, desk.team))
            return
        told = desk.texts.added.replace("{path}", applied.path).replace("{text}", applied.text)
        await self._settled(kit.escape(told), applied)

    async def _ignore(self) -> None:
        store, group = self._desk.parts.store, self._group
        await asyncio.wrap_future(store.ignore(group.decision_ids))
        told = self._desk.texts.ignored.replace("{name}", group.name)
        await self._settled(kit.escape(told), None)

    def _say(self, told: str) -> None:
        self._shown.clear()
        with self._shown:
            kit.raw(told, "told")


def _flips(proposal: Proposal, texts: StudioTexts) -> str:
    """What changes, message by message, as HTML."""
    if not proposal.flips:
        return ""
    items = "".join(
        f"<li>“{kit.escape(flip.text)}”: {kit.escape(_shown(flip.before, texts))} → "
        f"{kit.escape(_shown(flip.after, texts))}</li>"
        for flip in proposal.flips[:_MOST_FLIPS]
    )
    summary = f"{kit.escape(texts.flips)} ({len(proposal.flips):,})"
    return f"<details><summary>{summary}</summary><ul>{items}</ul></details>"


def _shown(decision: Decision, texts: StudioTexts) -> str:
    told = action_told(decision, texts)
    return told if decision.entry_id is None else f"{told} ({decision.entry_id})"
