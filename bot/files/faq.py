"""FAQ files → entries; and with config.yaml, everything people wrote."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType

from bot.domain import (
    Faq,
    FaqEntry,
    Link,
    Place,
    Thresholds,
    Translation,
    is_web_address,
)
from bot.errors import FileProblems, Names, Problem, ProblemList, cannot_be_read, nearest
from bot.files.config import (
    DEFAULT_PATH,
    THRESHOLD_KEYS,
    Settings,
    exists,
    read_settings,
    read_thresholds,
)
from bot.files.faq_attachments import MAX_URL_CHARS, read_attachments
from bot.files.faq_tests import TESTS_ENDING, read_tests
from bot.files.findings import Code
from bot.files.section import Section, describe, describe_text, wording_key
from bot.files.when import Span, meet, read_validity
from bot.files.yamlfile import Fields, Items, Node, Scalar, read_yaml, texts_in
from bot.markup.addresses import broken
from bot.texts import wall_clock

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
_LINK_KEYS = ("text", "url")
_LINK_EXAMPLE = "{text: Start a return, url: https://shop.example.com/returns}"
_ID = re.compile(r"[A-Za-z0-9._-]+")
_LANG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MAX_ID_CHARS = 200
MAX_WORDING_CHARS = 2_000
MAX_ANSWER_CHARS = 40_000  # ten Telegram messages
_MAX_LABEL_CHARS = 200


def load_project(
    config: str = DEFAULT_PATH, faq: str | None = None, *, reviews: bool = False
) -> tuple[Settings, Faq]:
    """Read config.yaml and the FAQ it names, of which the entries are there that are valid now.

    Nothing is written and nothing half-loaded.

    Args:
        config: the configuration's path, relative to the working folder.
        faq: an FAQ path that replaces the configured one, relative to the working folder.
        reviews: see `load_faq`.
    Raises:
        FileProblems: all mistakes of the configuration and of all FAQ files.
    """
    settings, problems = read_settings(config, faq)
    entries = Faq(())
    if faq != "" and exists(settings.faq):  # where it does not, that is among the problems already
        try:
            entries = load_faq(settings.faq, settings.thresholds, reviews=reviews)
            entries = entries.at(wall_clock(time.time(), settings.zone))
            if not entries.entries:
                text = "no entry is valid now. Correct valid_from and valid_until of one."
                raise FileProblems([Problem(str(settings.faq), None, text)])
        except FileProblems as error:
            problems = [*problems, *error.problems]
    if problems:
        raise FileProblems(problems)
    return settings, entries


def load_faq(
    path: Path,
    thresholds: Thresholds,
    *,
    reviews: bool = False,
    instead: Mapping[Path, bytes] = MappingProxyType({}),
) -> Faq:
    """Read an FAQ: every *.yaml of a folder and the folders in it, or one file.

    What ends in .tests.yaml there is a labelled set: it is named, and read by whoever tests.

    Args:
        thresholds: the configured lines, for entries that set only one of their own.
        reviews: remark on what of the answers cannot be shown as it is written, too.
        instead: what some files are taken to hold, there or not, to see what would come of it.
    Raises:
        FileProblems: all mistakes of all files. Nothing is loaded unless everything can be.
    """
    found, problems = _yaml_files(path)
    sets = [file for file in found if file.name.endswith(TESTS_ENDING) and file != path]
    files = [file for file in found if file not in sets]
    if not files:
        text = "no *.yaml file is in this folder. Add one FAQ file."
        problems.append(Problem(str(path), None, text))
    reader = _Reader(path if path.is_dir() else path.parent, thresholds, reviews=reviews)
    for file in sorted({*files, *instead}):
        reader.read(file, instead.get(file))
    problems += reader.problems
    if reader.every_id_known:  # an id that could not be read is not a missing one
        problems += reader.unknown_related()
    if problems:
        raise FileProblems(problems)
    return Faq(tuple(reader.entries), tuple(reader.remarks), tuple(map(str, sets)))


def _yaml_files(path: Path) -> tuple[list[Path], list[Problem]]:
    """All *.yaml in a fixed order, and what looks like one, or holds some, but is not read.

    Names that begin with a dot are left out: editors and synchronising tools put copies there.
    """
    if not path.is_dir():
        beside = path.with_suffix(TESTS_ENDING)
        return [path, beside] if beside.is_file() else [path], []
    files = []
    unread: list[OSError] = []
    told: dict[Path, str] = {}
    for name, folders, names in os.walk(path, onerror=unread.append):
        folders[:] = [folder for folder in folders if not folder.startswith(".")]
        for folder in (Path(name, each) for each in folders):
            if folder.is_symlink():
                told[folder] = (
                    "this folder is a link, which is not followed. Put the folder itself here."
                )
        for file in (Path(name, each) for each in names if not each.startswith(".")):
            if file.suffix == ".yaml":
                files.append(file)
            elif file.suffix.lower() in {".yml", ".yaml"}:
                told[file] = (
                    "this file is not read: the names of FAQ files end in .yaml. Rename it or move "
                    "it out of the folder."
                )
    told |= {Path(error.filename): cannot_be_read("folder", error) for error in unread}
    return sorted(files), [Problem(str(where), None, text) for where, text in told.items()]


class _Reader:
    """Reads file after file, and keeps what must hold between entries of different files.

    Attributes:
        every_id_known: whether no id could hide in something that was refused.
    """

    def __init__(self, folder: Path, thresholds: Thresholds, *, reviews: bool) -> None:
        self._folder = folder
        self._reviews = reviews
        self._thresholds = thresholds
        self._ids: dict[str, Place] = {}
        self._wordings: dict[str, list[tuple[str, Place, Span]]] = {}
        self._related: list[tuple[str, str, Place]] = []
        self.entries: list[FaqEntry] = []
        self.problems: list[Problem] = []
        self.remarks: list[Problem] = []
        self.every_id_known = True

    def read(self, file: Path, content: bytes | None = None) -> None:
        """Read one file; see `read_yaml`."""
        notes = ProblemList(str(file))
        root = read_yaml(notes, content=content)
        self.every_id_known = self.every_id_known and not notes.problems
        for node in _entries(root, notes):
            entry = self._entry(Section(node, notes, known=_KEYS), notes.shown)
            if entry is not None:
                self.entries.append(entry)
        self.problems += notes.problems
        self.remarks += notes.remarks

    def unknown_related(self) -> list[Problem]:
        """Related ids that no entry has, or that are the entry itself."""
        problems, names = [], Names(self._ids)
        for entry_id, other, place in self._related:
            if other == entry_id:
                text = f"related names {other!r}, the entry itself. Remove it."
            elif other not in self._ids:
                hint = names.hint(other) or " Correct or remove it."
                text = f"related names {other!r}, but no entry has this id.{hint}"
            else:
                continue
            problems.append(Problem(place.path, place.line, text))
        return problems

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
        tests = read_tests(section, shown)
        valid_from, valid_until = read_validity(section)
        silence = _silence(section)
        lines = read_thresholds(own, self._thresholds, "the configuration")
        if self._reviews:
            _review(section)
        if entry_id is None:
            return None
        self._add_id(entry_id, Place(shown, section.line_of("id")))
        asked = [] if question is None else [(question, section.line_of("question"))]
        asked += [(each.question, line) for each, line in translations]
        for wording, line in [*asked, *phrasings]:
            self._add_wording(wording, entry_id, Place(shown, line), (valid_from, valid_until))
            if not any(character.isalnum() for character in wording):
                told = "has no letter and no digit, so no message will ever match it."
                section.remark(line, f"{describe_text(wording)} {told}", Code.NO_LETTERS)
        self._related += [(entry_id, other, Place(shown, line)) for other, line in related]
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

    def _add_id(self, entry_id: str, place: Place) -> None:
        first = self._ids.setdefault(entry_id, place)
        if first is not place:
            text = (
                f"the id {entry_id!r} is taken: it stands in {first} too. Give one of the two "
                "entries another id."
            )
            self.problems.append(Problem(place.path, place.line, text))

    def _add_wording(self, wording: str, entry_id: str, place: Place, span: Span) -> None:
        """Note a wording; two entries that are never valid at once may share it."""
        known = self._wordings.setdefault(wording_key(wording), [])
        known.append((entry_id, place, span))
        owner, first, _ = next(it for it in known if it[0] == entry_id or meet(it[2], span))
        if owner != entry_id:
            text = (
                f"{describe_text(wording)} stands under two entries: here under {entry_id!r}, "
                f"and in {first} under {owner!r}. The bot could not tell them apart. Remove one."
            )
            self.problems.append(Problem(place.path, place.line, text))


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
