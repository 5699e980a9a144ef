"""The door of `learning/`: what a channel or a command may ask to make the FAQ better.

All of it runs on a thread of its own, one thing after the other; the encoders are used only in turn
with the messages.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from bot.authoring.edit.edits import Rewrite
from bot.authoring.edit.source import (
    ByHandError,
    EditError,
    KnownError,
    MeanwhileError,
    MistakeError,
    NoEntryError,
)
from bot.authoring.learning.audit import Audit, AuditError, Line
from bot.authoring.learning.proofs import Proofs, state_of
from bot.authoring.learning.unanswered import Unanswered
from bot.authoring.learning.wish import Telling, Wish, editor_of, masked_line
from bot.conversation.language import language_of
from bot.domain import Faq, Incoming
from bot.domain.flip import Kind
from bot.errors import BotError, FileProblems
from bot.files.faq.load import load_faq
from bot.files.writing.remark import Remark, RemarkError
from bot.files.writing.rewrite import ChangedError, hindrance
from bot.gently import beside
from bot.lru import Lru
from bot.matching.build import AT_ONCE, Matcher, Turns
from bot.matching.decide.thresholds import Reading
from bot.matching.mask import masked
from bot.matching.text import same_wording
from bot.service.admins.learning import (
    Adds,
    Advice,
    Applied,
    Candidate,
    Group,
    Learning,
    LearningError,
    Proposal,
    Refusal,
    Written,
)
from bot.store.store import Missed, Record
from bot.texts import wall_clock

P = ParamSpec("P")
T = TypeVar("T")

_MOST_CANDIDATES = 8
_MOST_HARMFUL = 10_000  # proposals that are remembered, without their words
_MOST_REACHED = 6  # entries beside its own, whose wordings an edit may get in the way of
_KEPT_S = 600.0  # after a proposal, what the FAQ does: the words of people are among it
_REFUSALS: Mapping[type[BotError], Refusal] = {
    KnownError: Refusal.KNOWN,
    NoEntryError: Refusal.NO_ENTRY,
    MeanwhileError: Refusal.CHANGED,
    AuditError: Refusal.NOT_WRITABLE,
    ByHandError: Refusal.BY_HAND,
}


async def serve_nothing() -> str | None:
    """What is written is read by the bot that serves, if one does."""
    return None


class FaqLearning(Learning):
    """Makes the FAQ that is served better.

    Args:
        served: gives what decides now.
        log: gives what was asked whose words are kept.
        audit: where edits are noted.
        turns: where the encoders may be used.
        serve: has what was written served; gives why it is not, as a sentence, or None.
        missed: gives what could not be answered, newest first.
        hindrance: says why a file cannot be changed; see `bot.files.writing.rewrite`.
    """

    def __init__(
        self,
        served: Callable[[], Matcher],
        log: Callable[[], Sequence[Record]],
        audit: Audit,
        turns: Turns = AT_ONCE,
        serve: Callable[[], Awaitable[str | None]] = serve_nothing,
        missed: Callable[[], Sequence[Missed]] = tuple,
        hindrance: Callable[[Path], Remark | None] = hindrance,
    ) -> None:
        self._served = served
        self._log = log
        self._audit = audit
        self._turns = turns
        self._serve = serve
        self._missed = missed
        self._hindrance = hindrance
        self._unanswered = Unanswered(turns)
        self._proofs = Proofs(turns)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="learning")
        self._harmful: Lru[tuple[str, int], bool] = Lru(_MOST_HARMFUL)
        self._dropping: asyncio.TimerHandle | None = None
        self._thread.submit(audit.lines)  # what was under way is settled

    async def candidates(self, text: str, lang: str | None) -> Sequence[Candidate]:
        return await self._run(self._candidates, text, lang)

    async def propose_phrasing(self, text: str, lang: str | None, entry_id: str) -> Proposal:
        return await self._run(self._proposed, Wish(Adds.PHRASING, text, entry_id))

    async def propose_entry(
        self, question: str, answer: str, lang: str | None, phrasings: Sequence[str] = ()
    ) -> Proposal:
        wish = Wish(Adds.ENTRY, question, "", answer, tuple(phrasings), lang)
        return await self._run(self._proposed, wish)

    async def propose_written(self, written: Written) -> Proposal:
        return await self._run(self._proposed, Wish.of_written(written))

    async def apply(self, proposal: Proposal, who: str, *, despite: bool = False) -> Applied:
        if not (proposal.harmless or despite):
            count = len(proposal.harmful)
            what = "1 decision" if count == 1 else f"{count} decisions"
            raise LearningError(Refusal.HARMFUL, f"it makes {what} wrong that are not wrong now.")
        return await self._served_with(await self._run(self._written, proposal, who))

    async def made(self, text: str) -> Applied | None:
        return await self._run(self._made, text)

    async def undo(self, number: int | None, who: str) -> Applied:
        return await self._served_with(await self._run(self._taken_back, number, who))

    async def groups(self, min_people: int = 2, *, ignored: bool = False) -> Sequence[Group]:
        return await self._run(self._groups, min_people, ignored=ignored)

    def close(self) -> None:
        """Finish what runs, and keep nothing more."""
        if self._dropping is not None:
            self._dropping.cancel()
        self._thread.submit(self._proofs.drop)
        self._thread.shutdown()

    async def _run(self, function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        if self._dropping is not None:
            self._dropping.cancel()
        self._dropping = loop.call_later(_KEPT_S, self._thread.submit, self._proofs.drop)
        work = partial(function, *args, **named)
        return await loop.run_in_executor(self._thread, self._beside, work)

    def _beside(self, work: Callable[[], T]) -> T:
        with beside(self._turns.give_way):
            return work()

    async def _served_with(self, applied: Applied) -> Applied:
        remark = await self._serve()
        return replace(applied, remarks=(*applied.remarks, *filter(None, [remark])))

    # --- on the thread ---

    def _groups(self, min_people: int, *, ignored: bool) -> Sequence[Group]:
        missed = self._missed()
        found = self._unanswered.groups(self._served(), missed, min_people, ignored=ignored)
        return [self._harmless_first(group) for group in found]

    def _harmless_first(self, group: Group) -> Group:
        """The group by the name of the first message that was not found harmful as a phrasing."""
        if group.advice is not Advice.PHRASING:
            return group
        known = Telling(self._served().faq)
        for place, text in enumerate(group.texts):
            name = masked_line(text, known)
            if name and (group.entry_ids[0], hash(name)) not in self._harmful:
                texts = (text, *group.texts[:place], *group.texts[place + 1 :])
                return replace(group, name=name if place else group.name, texts=texts)
        return group

    def _candidates(self, text: str, lang: str | None) -> Sequence[Candidate]:
        bot = self._served()
        hits = self._read(bot, text, lang).whole.hits[:_MOST_CANDIDATES]
        questions = {hit.entry_id: bot.faq.by_id[hit.entry_id].question for hit in hits}
        return [Candidate(hit.entry_id, questions[hit.entry_id], hit.score) for hit in hits]

    def _read(self, bot: Matcher, text: str, lang: str | None) -> Reading:
        said = language_of(Incoming("", text, lang))
        (reading,) = self._turns.in_turn(partial(bot.decider.read_all, [text], said))
        return reading

    def _proposed(self, wish: Wish) -> Proposal:
        bot = self._served()
        known = Telling(bot.faq)
        wish = wish.masked(known)
        if wish.adds is Adds.ENTRY:
            wish = wish.placed(bot.faq, self._read(bot, wish.text, wish.lang))
        with _refusing():
            edit = wish.edit(bot)
            before = load_faq(bot.settings.faq, bot.settings.thresholds)
            both = _valid(bot, before), _valid(bot, edit.faq)
            ignored = self._ignored_beside(wish.text, known)
            reached = self._reached(bot, wish)
            found = self._proofs.against(bot, *both, self._log(), ignored, reached)
        shown = tuple(
            replace(flip, text=masked(flip.text, "…")) if flip.kind is Kind.LOGGED else flip
            for flip in found.flips
        )
        proposal = Proposal(
            *(wish.adds, wish.entry_id, wish.text, wish.answer),
            *(edit.path, edit.line, edit.added),
            flips=shown,
            asked=sum(found.asked.values()),
            hindrance=self._hindrance(Path(edit.path)),
            state=state_of(bot, edit.faq),
            phrasings=wish.phrasings,
            lang=wish.lang,
            content=edit.rewrite.after or b"",
            written=wish.written,
        )
        if not proposal.harmless:
            self._harmful[wish.entry_id, hash(wish.text)] = True
        return proposal

    def _reached(self, bot: Matcher, wish: Wish) -> set[str]:
        """The entry, and those whose wordings it may get in the way of."""
        hits = [
            hit for text in wish.new_wordings for hit in self._read(bot, text, wish.lang).whole.hits
        ]
        nearest = dict.fromkeys(hit.entry_id for hit in sorted(hits, key=lambda it: -it.score))
        return {wish.entry_id, *list(nearest)[:_MOST_REACHED]}

    def _ignored_beside(self, text: str, known: Telling) -> set[str]:
        """The ids of what nothing is to be shown for, but that which is now to have an answer."""
        wording = same_wording(text)
        return {
            one.record.id
            for one in self._missed()
            if one.is_ignored and same_wording(masked_line(one.record.text or "", known)) != wording
        }

    def _written(self, proposal: Proposal, who: str) -> Applied:
        bot = self._served()
        with _refusing():
            edit = Wish.of(proposal).edit(bot)
            if state_of(bot, edit.faq) != proposal.state:
                raise LearningError(
                    Refusal.CHANGED, "the FAQ has changed meanwhile; see what comes of it now."
                )
            speaking = [one.text for one in proposal.harmful if one.kind is not Kind.LOGGED]
            line = Line(
                *(0, 0.0, " ".join(who.split()), proposal.adds, proposal.entry_id, proposal.text),
                *(edit.path, edit.undo),
                flips={turn.value: count for turn, count in proposal.turns.items()},
                harmful=speaking,
            )
            applied = self._carried_out(bot, edit.rewrite, line)
        self._proofs.made(bot, _valid(bot, edit.faq))
        return applied

    def _taken_back(self, number: int | None, who: str) -> Applied:
        bot = self._served()
        with _refusing():
            there = self._standing()
            found = [line for line in there if number in {None, line.number}][-1:]
            if not found:
                which = "nothing" if number is None else f"no edit numbered {number}"
                told = f"there is {which} to take back, or not any more."
                raise LearningError(Refusal.NOT_APPLIED, told)
            change = editor_of(bot).taken_back(found[0].undo)
            line = replace(found[0], who=" ".join(who.split()), undoes=found[0].number, commit=None)
            return self._carried_out(bot, change, line)

    def _carried_out(self, bot: Matcher, change: Rewrite, line: Line) -> Applied:
        told = self._hindrance(Path(change.path))
        if told is not None:
            raise LearningError(Refusal.NOT_WRITABLE, f"{change.path}: {told}", told)
        commits = bot.settings.authoring.commit
        try:
            done, remark = self._audit.carry_out(change, line, commits=commits)
        except ChangedError as error:
            raise LearningError(Refusal.CHANGED, str(error)) from None
        except FileProblems as error:
            raise LearningError(Refusal.NOT_WRITABLE, str(error)) from None
        return _applied(done, *filter(None, [remark]))

    def _made(self, text: str) -> Applied | None:
        with _refusing():
            there = (line for line in self._standing() if line.adds != Adds.CHANGE)
            found = [line for line in there if line.text == text][-1:]
        return _applied(found[0]) if found else None

    def _standing(self) -> list[Line]:
        """The edits that were made and not taken back."""
        lines = self._audit.lines()
        gone = {line.undoes for line in lines}
        return [line for line in lines if line.undoes is None and line.number not in gone]


def _applied(line: Line, *remarks: Remark) -> Applied:
    return Applied(
        *(line.number, Adds(line.adds), line.entry, line.text, line.path, line.at, line.who),
        undoes=line.undoes,
        remarks=remarks,
    )


def _valid(bot: Matcher, faq: Faq) -> Faq:
    return faq.at(wall_clock(time.time(), bot.settings.zone))


@contextmanager
def _refusing() -> Iterator[None]:
    """What goes wrong with files is a refusal, told in one line."""
    try:
        yield
    except (EditError, FileProblems, AuditError) as error:
        refusal = _REFUSALS.get(type(error), Refusal.MISTAKE)
        first, *others = str(error).splitlines()
        more = f" (And {len(others)} more like this.)" if others else ""
        remark = error.remark if isinstance(error, RemarkError) else None
        key = error.key if isinstance(error, EditError | MistakeError) else ""
        raise LearningError(refusal, f"{first}{more}", remark, key) from None
