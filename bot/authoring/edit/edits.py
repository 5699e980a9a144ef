"""The door of `edit/`: adds one thing to an FAQ's files, or changes one entry, and nothing else.

An `Edit` is made in memory and has passed every check; `write` puts it into the file, and gives
what takes it back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.authoring.edit.places import Splice
from bot.authoring.edit.rewording import Value, reworded
from bot.authoring.edit.source import (
    ByHandError,
    EditError,
    KnownError,
    MeanwhileError,
    MistakeError,
    NoEntryError,
    Source,
    addition,
    touched,
)
from bot.authoring.edit.written import Data
from bot.domain import Faq, FaqEntry, Thresholds
from bot.errors import FileProblems, nearest
from bot.files.faq.file import TESTS_ENDING
from bot.files.faq.load import load_faq
from bot.files.section import describe_text, wording_key
from bot.files.when import meet
from bot.files.writing.remark import Remark
from bot.files.writing.rewrite import rewrite

KEYS = ("question", "lang", "phrasings", "answer", "tags", "related")  # that `change` writes
_MOST_PLACES = 100  # that are tried to take something back


@dataclass(frozen=True, slots=True)
class Undo:
    """What takes an edit back, whatever has changed elsewhere since. Plain values, to be kept.

    Attributes:
        path: of the file.
        entry: whose file it is; `start`, `removed`, `added`: see `Splice`.
        was_made: whether the edit made the file.
        is_change: whether it changed an entry, in place of adding something.
    """

    path: str
    entry: str
    start: int
    removed: str
    added: str
    was_made: bool = False
    is_change: bool = False


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What a file holds, and what it is to hold; None: there is no file."""

    path: str
    before: bytes | None = field(repr=False)
    after: bytes | None = field(repr=False)

    def write(self) -> None:
        """Put it there.

        Raises:
            FileProblems: the file has changed meanwhile, is gone, or cannot be written.
        """
        rewrite(Path(self.path), self.before, self.after)


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that is added to a file, or an entry that is changed.

    Attributes:
        path: of the file.
        line: in which it begins, from 1.
        added: what it is, as it is written there; of a change, the whole entry.
        faq: all that is read once it is written.
        undo: what takes it back.
        rewrite: of the file.
    """

    path: str
    line: int
    added: str
    faq: Faq = field(repr=False)
    undo: Undo = field(repr=False)
    rewrite: Rewrite = field(repr=False)

    def write(self) -> Undo:
        """Put it into the file; see `Rewrite.write`."""
        self.rewrite.write()
        return self.undo


class Editor:
    """Changes the files of an FAQ.

    Every method raises FileProblems where the FAQ holds mistakes, or would hold some then.

    Args:
        faq: its folder, or its one file.
        thresholds: see `load_faq`.
    """

    def __init__(self, faq: Path, thresholds: Thresholds) -> None:
        self.faq = faq
        self._thresholds = thresholds

    def add_phrasing(self, entry_id: str, text: str) -> Edit:
        """Add another way to ask an entry's question.

        Raises:
            NoEntryError: there is no such entry.
            KnownError: one has this wording already.
        """
        text, faq = _one_line(text, "phrasing"), load_faq(self.faq, self._thresholds)
        entry = self._entry(entry_id, faq)
        span = entry.valid_from, entry.valid_until
        for each in faq.entries:
            if not meet((each.valid_from, each.valid_until), span):
                continue
            known = [*each.wordings, *(other.question for other in each.translations)]
            if wording_key(text) in map(wording_key, known):
                what = f"{describe_text(text)} is a wording of {each.id} already."
                raise KnownError(f"{each.place}: {what}")
        source = Source.of(Path("" if entry.place is None else entry.place.path))
        places = source.page().entry(source.ids.index(entry_id))
        ways = (splice for place in places for splice in place.add_phrasing(text))
        return self._checked(source, (entry_id, "phrasings", text), ways)

    def add_entry(
        self,
        path: Path,
        entry_id: str,
        question: str,
        answer: str,
        phrasings: Sequence[str] = (),
        lang: str | None = None,
        tags: Sequence[str] = (),
        related: Sequence[str] = (),
    ) -> Edit:
        """Add an entry at the end of a file of the FAQ, which is made if it is not there.

        Args:
            lang: the language that it says it is in; None: it says none.
        Raises:
            EditError: the file does not belong to the FAQ, or cannot be read.
        """
        entry: dict[str, Data] = {"id": entry_id, "question": _one_line(question, "question")}
        if lang is not None:
            entry["lang"] = lang
        if phrasings:
            entry["phrasings"] = [_one_line(each, "phrasing") for each in phrasings]
        entry["answer"] = "\n".join(line.rstrip() for line in answer.strip().splitlines())
        for key, its in (("tags", tags), ("related", related)):
            if its:
                entry[key] = list(its)
        file = self.faq if self.faq.is_file() else path
        is_read = file.suffix == ".yaml" and not file.name.endswith(TESTS_ENDING)
        if file != path or (file != self.faq and not (is_read and self.faq in file.parents)):
            raise EditError(
                f"{path}: this is no file of the FAQ {self.faq}. Name one of its files."
            )
        source = Source.of(file) if file.exists() else Source(str(file), None, "", b"")
        ways = source.page().add_entry(entry)
        return self._checked(source, (entry_id, "", entry), ways)

    def change(self, was: FaqEntry, entry: FaqEntry) -> Edit:
        """Have an entry say what another one says, which differs in its `KEYS` alone.

        Args:
            was: the entry as somebody saw it who wrote the other one.
        Raises:
            NoEntryError: it is there no more.
            MeanwhileError: somebody else has changed it.
            KnownError: nothing of it is to change.
            MistakeError: it cannot say that.
            ByHandError: it is written in a way that takes a person.
        """
        now = self._entry(was.id)
        if now != was:
            raise MeanwhileError(now)
        values = _changed(was, entry)
        if not values:
            raise KnownError(f"{now.place}: nothing of {was.id} is changed.")
        source = Source.of(Path("" if now.place is None else now.place.path))
        page, old = source.page(), source.data(source.text)
        number = source.ids.index(was.id)
        for start, end, place in page.spans(number):
            before = source.text[start:end]
            after = reworded(before, place, values)
            splice = Splice(start, before, after or "")
            text = splice.apply(source.text)
            if after is not None and touched(old, source.data(text)) == was.id:
                return self._made(source, was.id, splice, text, is_change=True)
        raise ByHandError(Remark("by_hand_odd", {"path": source.path, "entry": was.id}))

    def taken_back(self, undo: Undo) -> Rewrite:
        """The file without what was added, and with all that has changed elsewhere since.

        Raises:
            EditError: the place has changed since.
            FileProblems: without it the FAQ holds mistakes.
        """
        source = Source.of(Path(undo.path))
        if undo.was_made and source.text == undo.added:
            return Rewrite(undo.path, source.content, None)
        now = source.data(source.text)
        for start in _places(source.text, undo):
            text = Splice(start, undo.added, undo.removed).apply(source.text)
            before = source.data(text)
            found = addition(before, now)
            its = touched(before, now) if undo.is_change else found and found[0]
            if its == undo.entry:
                content = source.encoded(text)
                self._load(source, content)
                return Rewrite(undo.path, source.content, content)
        raise ByHandError(Remark("by_hand_changed", {"path": undo.path}))

    def _entry(self, entry_id: str, faq: Faq | None = None) -> FaqEntry:
        known = (faq or load_faq(self.faq, self._thresholds)).by_id
        if entry_id not in known:
            raise NoEntryError(
                f"there is no entry {entry_id!r} in {self.faq}.{nearest(entry_id, known)}"
            )
        return known[entry_id]

    def _checked(
        self, source: Source, wanted: tuple[str, str, Data], ways: Iterator[Splice]
    ) -> Edit:
        """The first of several edits that adds what was wanted, and nothing else."""
        for splice in ways:
            text = splice.apply(source.text)
            if addition(source.data(source.text), source.data(text)) == wanted:
                return self._made(source, wanted[0], splice, text)
        raise ByHandError(Remark("by_hand_odd", {"path": source.path, "entry": wanted[0]}))

    def _made(
        self, source: Source, entry_id: str, splice: Splice, text: str, *, is_change: bool = False
    ) -> Edit:
        """The edit that gives a file another text, once that has passed every check."""
        content = source.encoded(text)
        try:
            faq = self._load(source, content)
        except FileProblems as error:
            for problem in error.problems:
                key = source.key_at(content, entry_id, problem)
                if key is not None:
                    raise MistakeError(error.problems, key, problem.text) from None
            raise
        at = splice.start + len(splice.added) - len(splice.added.lstrip("\r\n"))
        undo = Undo(
            *(source.path, entry_id, splice.start, splice.removed, splice.added),
            was_made=source.content is None,
            is_change=is_change,
        )
        line, added = len(f"{text[:at]}.".splitlines()), splice.added.strip("\r\n")
        change = Rewrite(source.path, source.content, content)
        return Edit(source.path, line, added, faq, undo, change)

    def _load(self, source: Source, content: bytes) -> Faq:
        return load_faq(self.faq, self._thresholds, instead={Path(source.path): content})


def _places(text: str, undo: Undo) -> list[int]:
    """Where what was added stands, beginning with where it was put."""
    found: list[int] = []
    at = text.find(undo.added)
    while at >= 0 and len(found) < _MOST_PLACES:
        found.append(at)
        at = text.find(undo.added, at + 1)
    return sorted(found, key=lambda each: abs(each - undo.start))


def _one_line(text: str, what: str) -> str:
    line = " ".join(text.split())
    told = "" if line else "is empty; text is needed."
    try:
        line.encode()
    except UnicodeEncodeError:  # half of an emoji
        told = "holds a character that cannot be written."
    if told:
        error = EditError(f"the {what} {told}")
        error.key = "phrasings" if what == "phrasing" else what
        raise error
    return line


def _changed(was: FaqEntry, entry: FaqEntry) -> dict[str, Value]:
    """What of an entry is to say something else, by key."""
    found: dict[str, Value] = {}
    for key in KEYS:
        before, after = getattr(was, key) or "", getattr(entry, key) or ""
        if key == "question":
            after = _one_line(after, key)
        elif key == "phrasings":
            after = tuple(_one_line(each, "phrasing") for each in after)
        elif isinstance(after, str):
            after = after.strip()
        if (before or "") != (after or ""):
            found[key] = after
    return found
