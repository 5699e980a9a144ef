"""The frozen nouns that cross every boundary of the bot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import urlsplit

from bot.errors import Problem


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
class Place:
    """Where a person wrote something: the file as they named it, and the 1-based line."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Link:
    """A labelled web address that goes with an answer."""

    text: str
    url: str


def base_language(code: str) -> str:
    """The language itself, without region or script: "zh" for "zh-hans"."""
    return code.lower().partition("-")[0]


def is_web_address(text: str) -> bool:
    """Whether a text is an address that begins with http:// or https://."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and not any(character.isspace() for character in text)
    )


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


class FileKind(StrEnum):
    """How a file is shown beside an answer."""

    PHOTO = "photo"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with an answer.

    Attributes:
        source: a file's path as named from the working folder, or a web address.
        caption: what is said below it; may be empty.
    """

    kind: FileKind
    source: str
    caption: str = ""

    @property
    def is_web(self) -> bool:
        """Whether the source is a web address, which the channel's server fetches itself."""
        return is_web_address(self.source)


@dataclass(frozen=True, slots=True)
class Translation:
    """An entry's question and answer in another language.

    Attributes:
        lang: a language code such as "de".
    """

    lang: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class FaqEntry:
    """One question, the ways to ask it, and its answer.

    Attributes:
        id: unique over all files; ASCII letters, digits, "-", "_", ".".
        question: the wording people see on buttons.
        phrasings: other ways to ask it, without `question`.
        answer: text with the marks that `bot.markup` reads.
        lang: a language code such as "zh", or None where the file does not say.
        related: ids of entries offered under the answer.
        attachments: files sent after the answer, in this order.
        thresholds: this entry's own lines, or None for those of the configuration.
        translations: what is shown to people of other languages.
        place: where the entry begins.
    """

    id: str
    question: str
    phrasings: tuple[str, ...]
    answer: str
    tags: tuple[str, ...] = ()
    lang: str | None = None
    related: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    thresholds: Thresholds | None = None
    translations: tuple[Translation, ...] = ()
    place: Place | None = field(default=None, compare=False)

    @property
    def wordings(self) -> tuple[str, ...]:
        """The question and its phrasings: every text this entry is found by in its language."""
        return (self.question, *self.phrasings)

    def translated(self, lang: str | None) -> FaqEntry:
        """The entry as somebody is shown it: translated, where there is a translation for them.

        Args:
            lang: the code of the language, such as "de-at"; None if unknown.
        """
        if lang is None or not self.translations:
            return self
        wanted, base = lang.lower(), base_language(lang)
        near = [each for each in self.translations if base_language(each.lang) == base]
        if not near:
            return self
        found = next((each for each in near if each.lang.lower() == wanted), near[0])
        return replace(self, question=found.question, answer=found.answer, lang=found.lang)


@dataclass(frozen=True, slots=True)
class Faq:
    """All entries, in file order, and how to find one by its id.

    Attributes:
        remarks: what is odd in the files but stops nothing.
    """

    entries: tuple[FaqEntry, ...]
    remarks: tuple[Problem, ...] = field(default=(), compare=False, repr=False)
    by_id: Mapping[str, FaqEntry] = field(init=False, compare=False, repr=False)
    _topics: dict[str, dict[str, list[FaqEntry]]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        by_id = MappingProxyType({entry.id: entry for entry in self.entries})
        object.__setattr__(self, "by_id", by_id)
        topics: dict[str, dict[str, list[FaqEntry]]] = {}
        for entry in self.entries:
            for tag in dict.fromkeys(entry.tags):
                of_language = topics.setdefault(base_language(entry.lang or ""), {})
                of_language.setdefault(tag, []).append(entry)
        object.__setattr__(self, "_topics", topics)

    @property
    def languages(self) -> frozenset[str]:
        """The languages that entries name, without region or script; "" where one names none."""
        named = {base_language(entry.lang or "") for entry in self.entries}
        return frozenset(
            named.union(base_language(each.lang) for e in self.entries for each in e.translations)
        )

    def example(self, lang: str | None) -> str:
        """The first question that there is in a person's language; else the first of all.

        Args:
            lang: the code of the person's language; None if unknown.
        """
        for wanted in dict.fromkeys((base_language(lang or ""), "")):
            for entry in self.entries:
                named = (entry.lang or "", *(each.lang for each in entry.translations))
                if wanted in map(base_language, named):
                    return entry.translated(lang).question
        return self.entries[0].question if self.entries else ""

    def topics(self, lang: str | None) -> Mapping[str, Sequence[FaqEntry]]:
        """The entries of each tag, for people who would rather look than ask.

        A person is shown the entries of their language; where no tag has one, those that name no
        language.

        Args:
            lang: the code of the person's language; None if unknown.
        """
        return self._topics.get(base_language(lang or "")) or self._topics.get("", {})


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


class KeepText(StrEnum):
    """Which words of people are kept: those of unanswered questions are what an FAQ grows by."""

    NONE = "none"
    UNANSWERED = "unanswered"
    ALL = "all"


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
    """

    question: str | None
    nearest: tuple[Hit, ...] = ()
    decision_id: str = field(default="", compare=False)


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
