"""What a channel may ask of the admins' wing: to make the FAQ better out of what people write.

A proposal is an edit of the FAQ that was tried in memory: all tests were decided on again with it,
and the wordings and messages that it may get in the way of. Nothing is written before `apply`.
`bot.app` says who does all this.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bot.domain import FaqEntry
from bot.domain.flip import Flip, Turn
from bot.errors import BotError
from bot.files.writing.remark import Remark


class Refusal(StrEnum):
    """Why something cannot be proposed, applied or taken back."""

    NOTHING_LEFT = "nothing_left"  # of a text, once it is masked
    KNOWN = "known"  # it is a wording already: somebody else was faster
    NO_ENTRY = "no_entry"
    CHANGED = "changed"  # the FAQ has meanwhile; propose it again
    HARMFUL = "harmful"
    NOT_WRITABLE = "not_writable"
    NOT_APPLIED = "not_applied"  # there is nothing by that number to take back, or not any more
    BY_HAND = "by_hand"  # it is written, or was changed since, in a way that takes a person
    MISTAKE = "mistake"  # the FAQ would hold one, or holds one


class LearningError(BotError):
    """Something is refused; its text says why in one line, for whoever looks after the FAQ.

    Attributes:
        remark: the same in any language; None where its text is of no language, or for `check`.
        key: of the entry, under which a mistake stands; "" where that is not known.
    """

    def __init__(
        self, refusal: Refusal, text: str, remark: Remark | None = None, key: str = ""
    ) -> None:
        super().__init__(text)
        self.refusal, self.remark, self.key = refusal, remark, key


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that a message may ask for.

    Attributes:
        score: see `Hit`.
    """

    entry_id: str
    question: str
    score: float


class Adds(StrEnum):
    """What a proposal adds to the FAQ, or that it changes an entry."""

    PHRASING = "phrasing"
    ENTRY = "entry"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Written:
    """An entry as somebody wrote it, whole.

    Attributes:
        entry: where it has no id, it is new and gets one; where it has no place, it goes to the
            file of the entry that is most like it.
        was: the entry that it takes the place of, as they saw it; None: it is new.
    """

    entry: FaqEntry
    was: FaqEntry | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An edit that was tried, and is not made yet.

    Attributes:
        entry_id: to which a phrasing is added; or of the entry that is added or changed.
        text: the phrasing, or the entry's question, masked as it will be written.
        answer: of an entry that is added or changed.
        path, line: where it will stand.
        added: the lines of the file that are new.
        flips: what changes; tests first, the worse before the better.
        asked: how many utterances were decided again.
        hindrance: why the file cannot be written; None: it can.
        state: of the FAQ that it was tried on; of no meaning to others.
        content: what the file will hold.
        written: what somebody wrote, whole; None: it is made out of what people ask.
    """

    adds: Adds
    entry_id: str
    text: str
    answer: str
    path: str
    line: int
    added: str
    flips: tuple[Flip, ...] = field(repr=False)
    asked: int
    hindrance: Remark | None
    state: str
    phrasings: tuple[str, ...] = ()
    lang: str | None = None
    content: bytes = field(default=b"", repr=False)
    written: Written | None = None

    @property
    def harmful(self) -> tuple[Flip, ...]:
        """The flips that speak against it: a test broke, or somebody is shown a wrong answer."""
        return tuple(flip for flip in self.flips if flip.broke or flip.misleads)

    @property
    def harmless(self) -> bool:
        """Whether nothing speaks against it, so that one tap may apply it."""
        return not self.harmful

    @property
    def turns(self) -> Mapping[Turn, int]:
        """How many flips go which way."""
        counts = Counter(flip.turn for flip in self.flips)
        return {turn: counts[turn] for turn in Turn}


@dataclass(frozen=True, slots=True)
class Applied:
    """An edit that was made, or taken back.

    Attributes:
        number: under which it is taken back, from 1.
        adds, entry_id, text: as in `Proposal`.
        at: seconds since 1970.
        who: as the channel or the command line named them.
        undoes: the number of what it takes back; None: it was made.
        remarks: what did not go as it should, though the file is written: it is not served yet, as
            a sentence, or not committed.
    """

    number: int
    adds: Adds
    entry_id: str
    text: str
    path: str
    at: float
    who: str
    undoes: int | None = None
    remarks: tuple[Remark | str, ...] = ()


class Advice(StrEnum):
    """What is best done about a group."""

    PHRASING = "phrasing"  # to an entry that is there
    ENTRY = "entry"  # nothing answers it
    SPLIT = "split"  # an entry that is asked for two things
    CONFLICT = "conflict"  # two entries claim it
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Group:
    """Messages that were missed and ask the same.

    Attributes:
        name: the most central of them, masked.
        texts: all of them, as they were written, the most central first.
        people: how many asked.
        decision_ids: see `Record.id`; what `Store.ignore` takes. Oldest first.
        entry_ids: the entries that the advice speaks of, the best first.
        answer: what the team has replied to one of them; "" for nothing.
        lang: the code of the language that they are answered in; None if unknown.
    """

    name: str
    texts: tuple[str, ...] = field(repr=False)
    people: int
    decision_ids: tuple[str, ...]
    advice: Advice
    entry_ids: tuple[str, ...] = ()
    answer: str = ""
    lang: str | None = None


class Learning(Protocol):
    """Makes the FAQ better. Every method raises LearningError where it refuses."""

    async def candidates(self, text: str, lang: str | None) -> Sequence[Candidate]:
        """The entries that a message may ask for, the likeliest first; every entry at most once.

        Args:
            lang: the code of the language of the person who wrote it; None if unknown.
        """

    async def propose_phrasing(self, text: str, lang: str | None, entry_id: str) -> Proposal:
        """Try what a message would do as a phrasing of an entry."""

    async def propose_entry(
        self, question: str, answer: str, lang: str | None, phrasings: Sequence[str] = ()
    ) -> Proposal:
        """Try what a new entry would do. Where it is written, the best candidate says."""

    async def propose_written(self, written: Written) -> Proposal:
        """Try what an entry would do as somebody wrote it. It is refused as CHANGED where the one
        that it takes the place of is not any more as they saw it."""

    async def apply(self, proposal: Proposal, who: str, *, despite: bool = False) -> Applied:
        """Write it, serve it, and note it in the audit log.

        Args:
            who: what the log calls the person who decides on it.
            despite: whether they know that it is harmful.
        """

    async def made(self, text: str) -> Applied | None:
        """What added a wording to the FAQ and was not taken back; None: nothing here did."""

    async def undo(self, number: int | None, who: str) -> Applied:
        """Take back what was applied under a number; None: what was applied last."""

    async def groups(self, min_people: int = 2, *, ignored: bool = False) -> Sequence[Group]:
        """What was missed, what helps most people first.

        Args:
            ignored: what admins ignore, and what asks the same, in place of all else.
        """
