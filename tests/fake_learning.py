"""A `Learning` that proves nothing and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain import Action, Decision
from bot.domain.flip import Flip, Kind, Turn
from bot.matching.mask import masked
from bot.service.admins.learning import (
    Adds,
    Applied,
    Candidate,
    Group,
    Learning,
    LearningError,
    Proposal,
    Refusal,
    Written,
)

_BEFORE = Decision(Action.ANSWER, "refund", 0.9, (), "why")
_AFTER = Decision(Action.FALLBACK, None, 0.1, (), "why")
BROKEN = Flip(Kind.TEST, "money back", "refund", _BEFORE, _AFTER, Turn.WORSE, True, False, None)


class FakeLearning(Learning):
    """Proposes what it is asked for, as the true one would write it.

    Args:
        questions: of the entries, by id, the likeliest first.
    Attributes:
        harmful: texts of which a proposal breaks a test.
        refusals: why something is refused, by text; by "" whatever is applied or taken back.
        found: the groups.
        applied: all that was made and taken back, in order.
    """

    def __init__(self, questions: Mapping[str, str]) -> None:
        self.questions = dict(questions)
        self.harmful: set[str] = set()
        self.refusals: dict[str, Refusal] = {}
        self.found: list[Group] = []
        self.applied: list[Applied] = []

    async def candidates(self, text: str, lang: str | None) -> Sequence[Candidate]:
        return [Candidate(*each, score=0.5) for each in self.questions.items()]

    async def propose_phrasing(self, text: str, lang: str | None, entry_id: str) -> Proposal:
        self._refuse(text)
        if entry_id not in self.questions:
            raise LearningError(Refusal.NO_ENTRY, f"there is no entry {entry_id!r}.")
        return self._proposal(Adds.PHRASING, entry_id, masked(text), f"    - {masked(text)}", text)

    async def propose_entry(
        self, question: str, answer: str, lang: str | None, phrasings: Sequence[str] = ()
    ) -> Proposal:
        self._refuse(question)
        added = f"- id: new\n  question: {masked(question)}\n  answer: {answer}"
        return self._proposal(Adds.ENTRY, "new", masked(question), added, question, answer)

    async def propose_written(self, written: Written) -> Proposal:
        its, adds = written.entry, Adds.ENTRY if written.was is None else Adds.CHANGE
        self._refuse(its.question)
        return self._proposal(adds, its.id or "new", its.question, its.answer, its.question)

    async def apply(self, proposal: Proposal, who: str, *, despite: bool = False) -> Applied:
        self._refuse("")
        if not (proposal.harmless or despite):
            raise LearningError(Refusal.HARMFUL, "it would break something.")
        if any(one.text == proposal.text and one.undoes is None for one in self.applied):
            raise LearningError(Refusal.KNOWN, "it is a wording already.")
        return self._done(proposal.adds, proposal.entry_id, proposal.text, who)

    async def made(self, text: str) -> Applied | None:
        return next((each for each in self._standing() if each.text == text), None)

    async def undo(self, number: int | None, who: str) -> Applied:
        self._refuse("")
        found = [it for it in self._standing() if number in {None, it.number}]
        if not found:
            raise LearningError(Refusal.NOT_APPLIED, "there is nothing to take back.")
        last = found[-1]
        return self._done(last.adds, last.entry_id, last.text, who, last.number)

    async def groups(self, min_people: int = 2, *, ignored: bool = False) -> Sequence[Group]:
        return [] if ignored else [group for group in self.found if group.people >= min_people]

    def _standing(self) -> list[Applied]:
        gone = {one.undoes for one in self.applied}
        return [it for it in self.applied if it.undoes is None and it.number not in gone]

    def _refuse(self, text: str) -> None:
        if text in self.refusals:
            raise LearningError(self.refusals[text], "it is refused.")

    def _proposal(
        self, adds: Adds, entry_id: str, text: str, added: str, asked: str, answer: str = ""
    ) -> Proposal:
        flips = (BROKEN,) if asked in self.harmful else ()
        where = ("faq/a.yaml", 7, added)
        return Proposal(adds, entry_id, text, answer, *where, flips, 100, None, "state")

    def _done(
        self, adds: Adds, entry_id: str, text: str, who: str, undoes: int | None = None
    ) -> Applied:
        number = len(self.applied) + 1
        made = Applied(number, adds, entry_id, text, "faq/a.yaml", 0.0, who, undoes)
        self.applied.append(made)
        return made
