"""One FAQ file → its entries, and what must be told apart from those of other files."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path

from bot.domain import (
    Expect,
    FaqEntry,
    FaqTest,
    Link,
    Place,
    Thresholds,
    Translation,
    is_web_address,
)
from bot.errors import ProblemList, nearest
from bot.files.config.settings import THRESHOLD_KEYS, read_thresholds
from bot.files.faq.attachments import MAX_URL_CHARS, read_attachments
from bot.files.findings import Code
from bot.files.section import Section, describe, describe_text, wording_key
from bot.files.when import Span, read_validity
from bot.files.yamlfile import Fields, Items, Node, Scalar, read_yaml, texts_in
from bot.lru import Lru
from bot.markup.addresses import broken

TESTS_ENDING = ".tests.yaml"  # of labelled sets in an FAQ's folder, which hold tests and no entry
_KEYS = tuple(key.name for key in fields(FaqEntry) if key.name not in {"place", "lines"})
_NEEDED = {
    "id": "a short name of the entry, unique over all files",
    "question": "the wording people see on buttons",
    "answer": "what the bot replies",
}
_TRANSLATION_KEYS = ("question", "answer")
_SILENCE_NEEDED = (
    "findings of check are needed, each with the reason why it is none here, such as  competing: "
    "both are asked in these words"
)
_LANG_NEEDED = "a language code is needed, such as en or zh."
_TEST_KEYS = ("text", "expect")
_TEST_EXAMPLE = "- can i send it back"
_LINK_KEYS = ("text", "url")
_LINK_EXAMPLE = "{text: Start a return, url: https://shop.example.com/returns}"
_ID = re.compile(r"[A-Za-z0-9._-]+")
_LANG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MAX_ID_CHARS = 200
MAX_WORDING_CHARS = 2_000
MAX_ANSWER_CHARS = 40_000  # ten Telegram messages
_MAX_LABEL_CHARS = 200
_MAX_TEST_CHARS = 4_096  # a message of Telegram's


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording of an entry.

    Attributes:
        key: see `wording_key`.
        span: when the entry is valid.
    """

    text: str
    key: str
    entry_id: str
    place: Place
    span: Span


class FaqFile:
    """What one file says, as far as it can be told without the others.

    Attributes:
        related: entry id, another's id, and where that stands.
        every_id_known: whether no id could hide in something that was refused.
    """

    def __init__(
        self,
        root: Node | None,
        notes: ProblemList,
        folder: Path,
        thresholds: Thresholds,
        *,
        reviews: bool,
    ) -> None:
        self._folder = folder
        self._reviews = reviews
        self._thresholds = thresholds
        self.root = root
        self.problems, self.remarks = notes.problems, notes.remarks
        self.every_id_known = not notes.problems
        self.ids: list[tuple[str, Place]] = []
        self.wordings: list[Wording] = []
        self.related: list[tuple[str, str, Place]] = []
        found = (
            self._entry(Section(node, notes, known=_KEYS), notes.shown)
            for node in _entries(root, notes)
        )
        self.entries = [entry for entry in found if entry is not None]

    def _entry(self, section: Section, shown: str) -> FaqEntry | None:
        for key, meaning in _NEEDED.items():
            section.require(key, meaning)
        needed = "only the letters a-z and A-Z, digits, - _ and . may stand in it."
        entry_id = section.text("id", max_chars=_MAX_ID_CHARS, fits=_ID.fullmatch, needed=needed)
        question = section.text("question", max_chars=MAX_WORDING_CHARS)
        answer = section.text("answer", max_chars=MAX_ANSWER_CHARS)
        phrasings = section.texts("phrasings", max_chars=MAX_WORDING_CHARS)
        own = section.part("thresholds", known=THRESHOLD_KEYS)
        tags = section.texts("tags", max_chars=_MAX_LABEL_CHARS)
        related = section.texts("related", max_chars=_MAX_ID_CHARS)
        links = _links(section)
        attachments = read_attachments(section, self._folder)
        lang = section.text(
            "lang", max_chars=_MAX_LABEL_CHARS, fits=_LANG.fullmatch, needed=_LANG_NEEDED
        )
        translations = _translations(section)
        tests = _read_tests(section, shown)
        valid_from, valid_until = read_validity(section)
        silence = _silence(section)
        lines = read_thresholds(own, self._thresholds, "the configuration")
        if self._reviews:
            _review(section)
        if entry_id is None:
            return None
        self.ids.append((entry_id, Place(shown, section.line_of("id"))))
        asked = [] if question is None else [(question, section.line_of("question"))]
        asked += [(each.question, line) for each, line in translations]
        for wording, line in [*asked, *phrasings]:
            place, span = Place(shown, line), (valid_from, valid_until)
            self.wordings.append(Wording(wording, wording_key(wording), entry_id, place, span))
            if not any(character.isalnum() for character in wording):
                told = "has no letter and no digit, so no message will ever match it."
                section.remark(line, f"{describe_text(wording)} {told}", Code.NO_LETTERS)
        self.related += [(entry_id, other, Place(shown, line)) for other, line in related]
        if question is None or answer is None:
            return None
        return FaqEntry(
            id=entry_id,
            question=question,
            phrasings=tuple(text for text, _ in phrasings),
            answer=answer,
            tags=tuple(text for text, _ in tags),
            lang=lang,
            related=tuple(text for text, _ in related),
            links=links,
            attachments=attachments,
            thresholds=lines if own.keys else None,
            translations=tuple(each for each, _ in translations),
            tests=tests,
            valid_from=valid_from,
            valid_until=valid_until,
            silence=silence,
            place=Place(shown, section.line),
            lines=_lines(section, *asked, *phrasings) if self._reviews else {},
        )


# By path, and what else counts beside what the file holds: few change from reload to reload.
_KNOWN: Lru[tuple[str, Path, Thresholds, bool], FaqFile] = Lru(1_000)


def read_file(
    file: Path, content: bytes | None, folder: Path, thresholds: Thresholds, *, reviews: bool
) -> FaqFile:
    """Read one file, unless it was read when it held the same; see `read_yaml`."""
    notes = ProblemList(str(file))
    root = read_yaml(notes, content=content)  # the very same, where the file holds the same
    key = (notes.shown, folder, thresholds, reviews)
    known = _KNOWN.get(key)
    if known is not None and known.root is root:
        return known
    found = FaqFile(root, notes, folder, thresholds, reviews=reviews)
    attached = (each for entry in found.entries for each in entry.attachments)
    if root is not None and not found.problems and all(each.is_web for each in attached):
        _KNOWN[key] = found  # what else it says depends on no other file
    return found


def _entries(root: Node | None, notes: ProblemList) -> list[Fields]:
    """The entries of a file; what is none is noted."""
    if root is None and notes.problems:
        return []  # it could not be read
    if root is None or (isinstance(root, Items) and not root.values):
        notes.note(1, "the file holds no entry. Add one (- id: …), or delete the file.")
        return []
    if not isinstance(root, Items):
        notes.note(
            root.line,
            f"the file is {describe(root)}; a list of entries is needed. Begin each entry with "
            '"- id: …".',
        )
        return []
    for node in root.values:
        if not isinstance(node, Fields):
            text = f"an entry is {describe(node)}; keys are needed: id, question, answer."
            notes.note(node.line, text)
    return [node for node in root.values if isinstance(node, Fields)]


def _review(section: Section) -> None:
    """Remark on what of an entry's answers cannot be shown as it is written, or leads nowhere."""
    from bot.markup.answer import remarks

    table = section.node("translations")
    translated = section.part("translations") if isinstance(table, Fields) else None
    others = () if translated is None else (translated.part(lang) for lang in translated.keys)
    for part in (section, *others):
        part.review("answer", remarks, Code.MARKUP)
        part.review("answer", broken, Code.BROKEN_LINK)


def _lines(section: Section, *wordings: tuple[str, int]) -> dict[str, int]:
    """`FaqEntry.lines` of its wordings, answers and links."""
    others = [
        text for key in ("answer", "links", "translations") for text in texts_in(section.node(key))
    ]
    return dict(reversed([*wordings, *others]))


def _links(section: Section) -> tuple[Link, ...]:
    links = []
    for part in section.sections("links", known=_LINK_KEYS, example=_LINK_EXAMPLE):
        part.require("text", "what the link is called")
        part.require("url", "where the link leads")
        text = part.text("text", max_chars=_MAX_LABEL_CHARS)
        needed = "an address that begins with https:// or http:// is needed."
        url = part.text("url", max_chars=MAX_URL_CHARS, fits=is_web_address, needed=needed)
        part.review("url", broken, Code.BROKEN_LINK)
        if text is not None and url is not None:
            links.append(Link(text, url))
    return tuple(links)


def _silence(section: Section) -> dict[str, str]:
    """The findings that are not told of an entry, and why; problems are noted."""
    table = section.part("silence", needed=_SILENCE_NEEDED)
    found = {}
    for code in table.keys:
        node = table.node(code)
        if code not in frozenset(Code):
            table.refuse(code, f"is no finding that check knows.{nearest(code, map(str, Code))}")
        elif isinstance(node, Scalar) and not node.text.strip():
            table.refuse(code, "has no reason. Write behind it, in a few words, why it is right.")
        elif reason := table.text(code, max_chars=MAX_WORDING_CHARS):
            found[code] = reason
    return found


def _translations(section: Section) -> list[tuple[Translation, int]]:
    """The translations of an entry, each with the line of its question; problems are noted."""
    needed = "languages are needed, such as  de: {question: …, answer: …}"
    table = section.part("translations", needed=needed)
    found: list[tuple[Translation, int]] = []
    for lang in table.keys:
        if not _LANG.fullmatch(lang):
            table.refuse(lang, f"stands in the place of a language; {_LANG_NEEDED}")
            continue
        part = table.part(lang, known=_TRANSLATION_KEYS)
        part.require("question", "the wording people of this language see on buttons")
        part.require("answer", "what the bot replies to them")
        question = part.text("question", max_chars=MAX_WORDING_CHARS)
        answer = part.text("answer", max_chars=MAX_ANSWER_CHARS)
        if question is not None and answer is not None:
            found.append((Translation(lang, question, answer), part.line_of("question")))
    return found


def _read_tests(section: Section, shown: str) -> tuple[FaqTest, ...]:
    """What an entry must be shown for; problems are noted there.

    Args:
        shown: the path of its file, as the person named it.
    """
    found = []
    for part in section.sections("tests", known=_TEST_KEYS, example=_TEST_EXAMPLE, plain="text"):
        part.require("text", "what somebody could write")
        text = part.text("text", max_chars=_MAX_TEST_CHARS)
        expect = part.one_of("expect", Expect)
        if text is not None:
            found.append(FaqTest(text, expect, Place(shown, part.line)))
    return tuple(found)
