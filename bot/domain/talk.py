"""What people say to the bot, what it does about that, and what it says back, in any channel."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.domain.faq import Attachment, Link, Thresholds


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
        unavailable: nothing could be compared, as the encoder or the index does not serve. It says
            nothing about the FAQ, and counts neither as asked nor as unanswered.
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
    unavailable: bool = False

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


class KeepText(StrEnum):
    """Which words of people are kept: those of unanswered questions are what an FAQ grows by."""

    NONE = "none"
    UNANSWERED = "unanswered"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button, or a choice typed: an entry, or None for "none of these".

    Attributes:
        decision_id: of the follow-up it belongs to; "" where it stands elsewhere.
        shows_others: "not this" under a tentative answer: what else could be meant is asked about.
    """

    entry_id: str | None
    decision_id: str = ""
    shows_others: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """What one person sent to one chat, whatever the channel.

    Attributes:
        conversation: names it within its channel: one person's part in one chat.
        content: the text as it was typed, or the button that was pressed.
        lang: the code of the person's language, such as "en" or "zh-hans"; None if unknown.
        person: names the person within the channel; None where the channel knows none.
        only_if_sure: say nothing at all unless the answer is sure.
        decision_id: what its decision is remembered by; "" where it is not.
        at: when it was said; seconds since 1970.
        read_at: when it is answered, which may be much later.
    """

    conversation: str
    content: str | Press
    lang: str | None = None
    person: str | None = None
    only_if_sure: bool = False
    decision_id: str = ""
    at: float = 0.0
    read_at: float = 0.0

    @property
    def shown_at(self) -> float:
        """When what is said to it is shown."""
        return max(self.at, self.read_at)


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry offered to a person: a follow-up's choice or a related question."""

    entry_id: str
    label: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question the bot could not answer.

    Attributes:
        question: as it was typed; None where the words are no longer known.
        nearest: the entries that came closest, best first.
        decision_id: of the decision on it; "" where that is not remembered.
        is_refused: whoever asked has said that it is none of `nearest`.
    """

    question: str | None
    nearest: tuple[Hit, ...] = ()
    decision_id: str = field(default="", compare=False)
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text that is formatted in one way.

    Attributes:
        code: shown in a typewriter's letters.
        url: where the text leads, or None.
        strike: struck out, which says that it no longer holds.
        quote: set off as said by somebody, or beside the point.
    """

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    url: str | None = None
    strike: bool = False
    quote: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot says back, whatever the channel.

    Attributes:
        text: plain text; of an answer, what is left of it without formatting.
        spans: an answer with its formatting; empty where the bot itself speaks.
        choices: a follow-up's choices, best first.
        tentative: this is the answer of what was probably meant; "not this" belongs under it.
        related: questions offered under an answer.
        attachments: files that go with an answer.
        topics: what people may look through instead, by name.
        decision: why, or None where no score was needed (a choice was made, a command given).
        decision_id: under which the decision that led here is remembered; "" where there is none.
        answered: the entries whose answers this is.
        unanswered: what a person could be asked instead.
        choice: what was chosen of a follow-up, to be remembered once this reply is out.
        joined: what was read, where that is the message with the question before it.
        points_to: the decision under whose answer this is said; "" where that is none.
        passed_on: what is said instead, once the team was shown the question; "" where it is not.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    related: tuple[Choice, ...] = ()
    links: tuple[Link, ...] = ()
    decision: Decision | None = None
    spans: tuple[Span, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    topics: tuple[str, ...] = ()
    decision_id: str = ""
    answered: tuple[str, ...] = ()
    unanswered: Unanswered | None = None
    choice: Press | None = None
    tentative: bool = False
    joined: str | None = None
    points_to: str = ""
    passed_on: str = ""

    def below(self, line: str) -> Reply:
        """The reply with a line above it."""
        spans = (Span(line, italic=True), Span("\n\n"), *self.spans) if self.spans else ()
        return replace(self, text=f"{line}\n\n{self.text}", spans=spans)


SILENCE = Reply("")
