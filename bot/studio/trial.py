"""What an edit of the FAQ would change, before it is made; and the button that makes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import html

from bot.domain import Decision
from bot.service.admins.learning import Adds, Applied, LearningError, Proposal
from bot.service.admins.proposed import effects_told, proposal_told, refusal_told
from bot.studio import kit
from bot.studio.desk import Desk
from bot.studio.why import action_told
from bot.texts import StudioTexts, fill

_MOST_FLIPS = 50  # that are listed
Settled = Callable[[str, Applied | None], Awaitable[None]]
Refused = Callable[[LearningError], Awaitable[bool]]


async def _no(_: LearningError) -> bool:
    return False


class Trial:
    """Tries edits, one after the other, and makes the one that is wanted.

    Args:
        settled: is told what was done, as HTML.
    """

    def __init__(self, desk: Desk, settled: Settled) -> None:
        self._desk, self._settled = desk, settled
        self._shown = html.div().classes("proposal").props("role=status")

    async def of(self, proposing: Awaitable[Proposal], refused: Refused = _no) -> Proposal | None:
        """Show what an edit would change, and the button that makes it; None: it is refused.

        Args:
            refused: is told why, and whether it tells that itself.
        """
        self.say(kit.escape(self._desk.texts.trying))
        try:
            proposal = await proposing
        except LearningError as error:
            if not await refused(error):
                self.say(refusal_told(error, self._desk.team))
            return None
        self._offer(proposal)
        return proposal

    def say(self, told: str) -> None:
        """Tell something in its place; HTML."""
        self._shown.clear()
        with self._shown:
            kit.raw(told, "told")

    def _offer(self, proposal: Proposal) -> None:
        desk, texts = self._desk, self._desk.texts
        faq = desk.parts.live.faq
        told = "\n".join(effects_told(proposal, faq, desk.team))
        if proposal.adds is Adds.PHRASING:
            told = proposal_told(proposal, faq, desk.team)
        self.say(told + _flips(proposal, texts))
        if proposal.hindrance is None:

            async def add() -> None:
                await self._apply(proposal)

            label = texts.add if proposal.harmless else texts.add_despite
            if proposal.adds is Adds.CHANGE:
                label = texts.save if proposal.harmless else texts.save_despite
            with self._shown:
                kit.button(label, add, texts).run_method("focus")

    async def _apply(self, proposal: Proposal) -> None:
        desk = self._desk
        try:
            applied = await desk.parts.learning.apply(
                proposal, desk.who, despite=not proposal.harmless
            )
        except LearningError as error:
            self.say(refusal_told(error, desk.team))
            return
        told = desk.texts.changed if applied.adds is Adds.CHANGE else desk.texts.added
        told = fill(told, path=applied.path, text=applied.text)
        await self._settled(kit.escape(told), applied)


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
