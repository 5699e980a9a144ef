"""What the bot does with an utterance, and by which scores."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The lines a score is compared with, all in [-1, 1], follow_up <= tentative <= answer.

    Attributes:
        answer: a score strictly above it answers.
        follow_up: a score from here up to and including `answer` asks; below it falls back.
        tentative: from here up, a follow-up shows the answer of the entry that clearly leads;
            None: it never does.
    """

    answer: float
    follow_up: float
    tentative: float | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """How well one entry fits an utterance.

    Attributes:
        score: in [-1, 1], rounded to four places, so that the number shown is the one compared.
        phrasing: the entry's wording that came closest.
        raw: the score before it was put on the FAQ's own scale; None where there is no such scale.
    """

    entry_id: str
    score: float
    phrasing: str
    raw: float | None = None


class Action(StrEnum):
    """The three things the bot can do with an utterance."""

    ANSWER = "answer"
    FOLLOW_UP = "follow_up"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the bot does with one utterance, and why.

    Attributes:
        entry_id: the entry that is answered, or asked about first; None in a fallback.
        score: the best entry's, in [-1, 1]; 0.0 where nothing could be compared.
        candidates: best first. For a follow-up exactly the entries that are offered (one in
            another language than the person's stands last, however well it fits); otherwise the
            entry answered (or the nearest miss) and its runners-up.
        reason: one sentence for whoever asks why.
        fingerprint: of the FAQ, model and settings that this was decided with.
        parts: where a message was answered in parts, its answers and follow-ups, in order; the
            fields above then speak of the first answer.
        thresholds: what the scores were held against, but for entries with lines of their own;
            None where it is not known, as of decisions of earlier versions.
        guard: the name of the guard that turned an answer into a follow-up, or kept one from
            showing its answer; None where none did.
        tentative: of a follow-up, whether the answer of its first candidate is shown with it, as
            what was probably meant.
        language: the message's; None where it is unknown, or makes no difference.
        foreign: those of the entries spoken of that are in another language than the message.
        small_talk: the kind of a message that asks nothing, such as "greeting"; None of questions.
    """

    action: Action
    entry_id: str | None
    score: float
    candidates: tuple[Hit, ...]
    reason: str
    fingerprint: str = ""
    parts: tuple[Decision, ...] = ()
    thresholds: Thresholds | None = None
    guard: str | None = None
    tentative: bool = False
    language: str | None = None
    foreign: frozenset[str] = frozenset()
    small_talk: str | None = None

    @property
    def answers(self) -> tuple[Decision, ...]:
        """What is answered: nothing, this decision, or several of its parts."""
        if self.action is not Action.ANSWER:
            return ()
        parts = tuple(part for part in self.parts if part.action is Action.ANSWER)
        return parts or (self,)

    @property
    def best(self) -> Hit | None:
        """The entry that came closest, whatever was done about it."""
        return self.candidates[0] if self.candidates else None
