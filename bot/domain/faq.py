"""An FAQ, as its files say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
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


class Expect(StrEnum):
    """What a test of an entry wants of the bot."""

    ANSWER = "answer"
    ASKED = "asked"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class FaqTest:
    """Something that people could write, to find out whether an entry is shown for it.

    Attributes:
        expect: None: its answer is shown, firmly or tentatively.
        place: where it stands.
    """

    text: str
    expect: Expect | None = None
    place: Place | None = field(default=None, compare=False)


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
        tests: no decision depends on them.
        valid_from: it is there from then on; by the clock on the wall, without a zone.
        valid_until: it is there until then, and not at that very moment any more.
        silence: findings of a review that are not told of this entry: their codes, and why.
        place: where the entry begins.
        lines: of its texts, stripped, the line in which each first stands; kept for a review only.
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
    tests: tuple[FaqTest, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    silence: Mapping[str, str] = field(default_factory=dict, compare=False)
    place: Place | None = field(default=None, compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def wordings(self) -> tuple[str, ...]:
        """The question and its phrasings: every text this entry is found by in its language."""
        return (self.question, *self.phrasings)

    @property
    def answer_texts(self) -> tuple[str, ...]:
        """All that its answer says: its text, and what links and attachments are called."""
        links = (link.text for link in self.links)
        return (self.answer, *links, *(attachment.caption for attachment in self.attachments))

    @property
    def validity(self) -> tuple[datetime | None, datetime | None]:
        """From and until when it is there."""
        return self.valid_from, self.valid_until

    def is_valid(self, moment: datetime) -> bool:
        """Whether it is there at a moment by the clock on the wall."""
        has_begun = self.valid_from is None or self.valid_from <= moment
        return has_begun and (self.valid_until is None or moment < self.valid_until)

    def place_of(self, text: str) -> Place:
        """Where one of its texts stands; where the entry begins, if that is not known."""
        place = self.place or Place("", 1)
        return Place(place.path, self.lines.get(text, place.line))

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
        labelled: paths of the labelled sets in its folder, by which it is tested.
        every: the entries of the files, those among them that are not valid now; None: these are
            all.
    """

    entries: tuple[FaqEntry, ...]
    remarks: tuple[Problem, ...] = field(default=(), compare=False, repr=False)
    labelled: tuple[str, ...] = field(default=(), compare=False, repr=False)
    every: tuple[FaqEntry, ...] | None = field(default=None, compare=False, repr=False)
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

    def at(self, moment: datetime) -> Faq:
        """The same files with the entries that are valid at a moment; itself where it has those.

        Args:
            moment: by the clock on the wall.
        """
        every = self.entries if self.every is None else self.every
        there = [entry for entry in every if entry.is_valid(moment)]
        if [entry.id for entry in there] == [entry.id for entry in self.entries]:
            return self
        ids = {entry.id for entry in there}
        entries = (
            replace(entry, related=tuple(other for other in entry.related if other in ids))
            for entry in there
        )
        return replace(self, entries=tuple(entries), every=every)

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
