"""FAQ files → entries."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain import Faq, FaqEntry, Link, Place, Thresholds, is_web_address
from bot.errors import FileProblems, Problem, nearest
from bot.files.config import THRESHOLD_KEYS, read_thresholds
from bot.files.faq_attachments import read_attachments
from bot.files.section import ProblemList, Section, describe, describe_text, wording_key
from bot.files.yamlfile import Fields, Items, read_yaml

_KEYS = (
    "id",
    "question",
    "phrasings",
    "answer",
    "tags",
    "lang",
    "related",
    "links",
    "attachments",
    "thresholds",
)
_LINK_KEYS = ("text", "url")
_LINK_EXAMPLE = "{text: Start a return, url: https://shop.example.com/returns}"
_ID = re.compile(r"[A-Za-z0-9._-]+")
_LANG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MAX_ID_CHARS = 200
_MAX_WORDING_CHARS = 2_000
_MAX_ANSWER_CHARS = 40_000  # ten Telegram messages
_MAX_LABEL_CHARS = 200
_MAX_URL_CHARS = 2_048


@dataclass(slots=True)
class _Contents:
    """What one file holds, before it is compared with the others.

    Attributes:
        ids: each id and where it stands; `related` likewise, behind the id of the entry that
            names it.
        wordings: of each its key, itself, its entry's id and where it stands.
        every_id_known: whether no id could hide in something that was refused.
    """

    entries: list[FaqEntry] = field(default_factory=list)
    ids: list[tuple[str, Place]] = field(default_factory=list)
    wordings: list[tuple[str, str, str, Place]] = field(default_factory=list)
    related: list[tuple[str, str, Place]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    every_id_known: bool = True

    def add_wording(self, wording: str, entry_id: str, place: Place) -> None:
        """What makes no difference to the encoder (case, white space, forms of one character)
        makes none here.
        """
        key = wording_key(wording)
        self.wordings.append((key, wording, entry_id, place))

    @property
    def hangs_on_other_files(self) -> bool:
        """Whether a file beside it, a picture for one, was looked at."""
        return any(not one.is_web for entry in self.entries for one in entry.attachments)


class KnownFiles:
    """What FAQ files held when they were last read, so that only changed ones are read again.

    A file is known by its content. One with a mistake is read every time.
    """

    def __init__(self) -> None:
        self._then: dict[Path, tuple[object, _Contents]] = {}
        self._now: dict[Path, tuple[object, _Contents]] = {}

    def contents(self, file: Path, folder: Path, thresholds: Thresholds) -> _Contents:
        """What a file holds; read, unless it is known."""
        key = self._key(file, folder, thresholds)
        known = self._then.get(file)
        if known is None or key is None or known[0] != key:
            contents = _contents(file, folder, thresholds)
            if contents.problems or contents.hangs_on_other_files:
                return contents
            if key is None or self._key(file, folder, thresholds) != key:  # written meanwhile
                return contents
            known = key, contents
        self._now[file] = known
        return known[1]

    def forget_others(self) -> None:
        """Forget what was not asked for since this was last called."""
        self._then, self._now = self._now, {}

    def _key(self, file: Path, folder: Path, thresholds: Thresholds) -> object:
        try:
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").digest()
        except OSError:
            return None
        return digest, str(file), folder, thresholds


def load_faq(path: Path, thresholds: Thresholds, known: KnownFiles | None = None) -> Faq:
    """Read an FAQ: every *.yaml of a folder and the folders in it, or one file.

    Args:
        thresholds: the configured lines, for entries that set only one of their own.
        known: what need not be read again; it makes no difference to the result.
    Raises:
        FileProblems: all mistakes of all files. Nothing is loaded unless everything can be.
    """
    entries: list[FaqEntry] = []
    register = _Register()
    found, problems = _faq_files(path)
    remarks: list[Problem] = []
    folder = path if path.is_dir() else path.parent
    for file in found:
        contents = (
            _contents(file, folder, thresholds)
            if known is None
            else known.contents(file, folder, thresholds)
        )
        register.add(contents)
        entries += contents.entries
        problems += contents.problems
        remarks += contents.remarks
    if known is not None:
        known.forget_others()
    problems += register.problems
    if register.every_id_known:  # an id that could not be read is not a missing one
        problems += register.unknown_related()
    if not found:
        problems.append(
            Problem(str(path), None, "no *.yaml file is in this folder. Add one FAQ file.")
        )
    if problems:
        raise FileProblems(problems)
    return Faq(tuple(entries), tuple(remarks))


def _contents(file: Path, folder: Path, thresholds: Thresholds) -> _Contents:
    contents = _Contents()
    notes = ProblemList(str(file))
    try:
        contents.entries += _entries(file, folder, notes, thresholds, contents)
    except FileProblems as error:
        contents.problems += error.problems
        contents.every_id_known = False
    contents.problems += notes.problems
    contents.remarks += notes.remarks
    return contents


def _faq_files(path: Path) -> tuple[list[Path], list[Problem]]:
    """All FAQ files in a fixed order, and files that look like FAQ files but are not read.

    Names that begin with a dot are left out: editors and synchronising tools put copies there.
    """
    if not path.is_dir():
        return [path], []
    visible = [
        file
        for file in sorted(path.rglob("*"))
        if not any(part.startswith(".") for part in file.relative_to(path).parts)
    ]
    problems = [
        Problem(
            str(file),
            None,
            "this file is not read: the names of FAQ files end in .yaml. Rename it or move it "
            "out of the folder.",
        )
        for file in visible
        if file.suffix.lower() in {".yml", ".yaml"} and file.suffix != ".yaml" and not file.is_dir()
    ]
    # These two rglob passes over in silence.
    for folder in (path, *filter(Path.is_dir, visible)):
        if folder.is_symlink() and folder != path:
            text = "this folder is a link, which is not followed. Put the folder itself here."
            problems.append(Problem(str(folder), None, text))
            continue
        try:
            any(folder.iterdir())
        except OSError as error:
            reason = error.strerror or type(error).__name__
            text = f"the folder cannot be read ({reason}). Check its permissions."
            problems.append(Problem(str(folder), None, text))
    return [file for file in visible if file.suffix == ".yaml" and not file.is_dir()], problems


class _Register:
    """Where each id and each wording stands, over all files: what holds between entries."""

    def __init__(self) -> None:
        self._ids: dict[str, Place] = {}
        self._wordings: dict[str, tuple[str, Place]] = {}
        self._related: list[tuple[str, str, Place]] = []
        self.problems: list[Problem] = []
        self.every_id_known = True

    def add(self, contents: _Contents) -> None:
        """Compare what a file holds with the files before it."""
        self.every_id_known = self.every_id_known and contents.every_id_known
        self._related += contents.related
        for entry_id, place in contents.ids:
            first = self._ids.setdefault(entry_id, place)
            if first is not place:
                self._note(
                    place,
                    f"the id {entry_id!r} is taken: it stands in {first} too. Give one of the two "
                    "entries another id.",
                )
        for key, wording, entry_id, place in contents.wordings:
            owner, first = self._wordings.setdefault(key, (entry_id, place))
            if owner != entry_id:
                self._note(
                    place,
                    f"{describe_text(wording)} stands under two entries: here under {entry_id!r}, "
                    f"and in {first} under {owner!r}. The bot could not tell them apart. Remove "
                    "one.",
                )

    def unknown_related(self) -> list[Problem]:
        """Related ids that no entry has, or that are the entry itself."""
        problems = []
        for entry_id, other, place in self._related:
            if other == entry_id:
                text = f"related names {other!r}, the entry itself. Remove it."
            elif other not in self._ids:
                hint = nearest(other, self._ids) or " Correct or remove it."
                text = f"related names {other!r}, but no entry has this id.{hint}"
            else:
                continue
            problems.append(Problem(place.path, place.line, text))
        return problems

    def _note(self, place: Place, text: str) -> None:
        self.problems.append(Problem(place.path, place.line, text))


def _entries(
    file: Path, folder: Path, notes: ProblemList, thresholds: Thresholds, contents: _Contents
) -> Iterator[FaqEntry]:
    root, problems = read_yaml(file, notes.shown)
    if problems:
        notes.problems += problems
        contents.every_id_known = False
    if root is None or (isinstance(root, Items) and not root.values):
        notes.note(1, "the file holds no entry. Add one (- id: …), or delete the file.")
        return
    if not isinstance(root, Items):
        notes.note(
            root.line,
            f"the file is {describe(root)}; a list of entries is needed. Begin each entry with "
            '"- id: …".',
        )
        return
    for node in root.values:
        if not isinstance(node, Fields):
            notes.note(
                node.line,
                f"an entry is {describe(node)}; keys are needed: id, question, answer.",
            )
            continue
        entry = _entry(Section(node, notes, known=_KEYS), file, folder, thresholds, contents)
        if entry is not None:
            yield entry


def _entry(
    section: Section, file: Path, folder: Path, thresholds: Thresholds, contents: _Contents
) -> FaqEntry | None:
    shown = str(file)
    entry_id = _entry_id(section)
    section.require("question", "the wording people see on buttons")
    section.require("answer", "what the bot replies")
    question = section.text("question", max_chars=_MAX_WORDING_CHARS)
    answer = section.text("answer", max_chars=_MAX_ANSWER_CHARS)
    phrasings = section.texts("phrasings", max_chars=_MAX_WORDING_CHARS)
    own = section.section("thresholds", known=THRESHOLD_KEYS)
    tags = section.texts("tags", max_chars=_MAX_LABEL_CHARS)
    related = section.texts("related", max_chars=_MAX_ID_CHARS)
    links = _links(section)
    attachments = read_attachments(section, file, folder)
    lang = _lang(section)
    lines = None if own is None else read_thresholds(own, thresholds, "the configuration")
    if entry_id is not None:
        contents.ids.append((entry_id, Place(shown, section.line_of("id"))))
        if question is not None:
            contents.add_wording(question, entry_id, Place(shown, section.line_of("question")))
        for phrasing, line in phrasings:
            contents.add_wording(phrasing, entry_id, Place(shown, line))
            if not any(character.isalnum() for character in phrasing):
                section.remark(
                    line,
                    f"{describe_text(phrasing)} has no letter and no digit, so "
                    "no message will ever match it.",
                )
        for other, line in related:
            contents.related.append((entry_id, other, Place(shown, line)))
    if entry_id is None or question is None or answer is None:
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
        thresholds=lines,
        place=Place(shown, section.line),
    )


def _entry_id(section: Section) -> str | None:
    if not section.require("id", "a short name of the entry, unique over all files"):
        return None
    entry_id = section.text("id", max_chars=_MAX_ID_CHARS)
    if entry_id is not None and not _ID.fullmatch(entry_id):
        section.refuse(
            "id",
            f"is {describe_text(entry_id)}; only the letters a-z and A-Z, digits, - _ and . may "
            "stand in it.",
        )
        return None
    return entry_id


def _lang(section: Section) -> str | None:
    lang = section.text("lang", max_chars=_MAX_LABEL_CHARS)
    if lang is not None and not _LANG.fullmatch(lang):
        section.refuse(
            "lang", f"is {describe_text(lang)}; a language code is needed, such as en or zh."
        )
        return None
    return lang


def _links(section: Section) -> tuple[Link, ...]:
    links = []
    for part in section.sections("links", known=_LINK_KEYS, example=_LINK_EXAMPLE):
        part.require("text", "what the link is called")
        part.require("url", "where the link leads")
        text = part.text("text", max_chars=_MAX_LABEL_CHARS)
        url = part.text("url", max_chars=_MAX_URL_CHARS)
        if url is not None and not is_web_address(url):
            part.refuse(
                "url",
                f"is {describe_text(url)}; an address that begins with https:// or http:// is "
                "needed.",
            )
        elif text is not None and url is not None:
            links.append(Link(text, url))
    return tuple(links)
