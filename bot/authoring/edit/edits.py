"""The door of `edit/`: adds one thing to an FAQ's files, and changes nothing else in them.

An `Edit` is made in memory and has passed every check; `write` puts it into the file, and gives
what takes it back.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.authoring.edit.places import Page, Splice
from bot.authoring.edit.written import Data, data_of, read_node
from bot.domain import Expect, Faq, FaqEntry, Thresholds
from bot.errors import BotError, nearest
from bot.files.faq import load_faq
from bot.files.faq_file import TESTS_ENDING
from bot.files.remark import Remark, RemarkError
from bot.files.rewrite import rewrite
from bot.files.section import describe_text, wording_key
from bot.files.when import meet
from bot.files.yamlfile import Fields, Items

_MOST_PLACES = 100  # that are tried to take something back
_BEHIND = {"phrasings": ("question",), "tests": ("phrasings", "question"), "silence": ()}


class EditError(BotError):
    """Something cannot be added, or taken back; its text says why in one line."""


class NoEntryError(EditError):
    """There is no such entry."""


class KnownError(EditError):
    """It stands in the FAQ already."""


class ByHandError(EditError, RemarkError):
    """What stands there is written in a way that takes a person."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What takes an edit back, whatever has changed elsewhere since. Plain values, to be kept.

    Attributes:
        path: of the file.
        entry: whose file it is; `start`, `removed`, `added`: see `Splice`.
        was_made: whether the edit made the file.
    """

    path: str
    entry: str
    start: int
    removed: str
    added: str
    was_made: bool = False


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
    """One thing that is added to a file.

    Attributes:
        path: of the file.
        line: in which it begins, from 1.
        added: what it is, as it is written there.
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
        return self._add(entry, "phrasings", text)

    def add_test(self, entry_id: str, text: str, expect: Expect | None = None) -> Edit:
        """Add something that people could write, for which an entry is to be shown.

        Args:
            expect: see `FaqTest`.
        Raises:
            EditError: there is no such entry, or it has this test already.
        """
        text, entry = _one_line(text, "test"), self._entry(entry_id)
        if text in (test.text for test in entry.tests):
            raise EditError(
                f"{entry.place}: {describe_text(text)} is a test of {entry_id} already."
            )
        value: Data = text if expect is None else {"text": text, "expect": expect.value}
        return self._add(entry, "tests", value)

    def add_silence(self, entry_id: str, code: str, reason: str) -> Edit:
        """Have a finding of the review told no more of an entry.

        Raises:
            EditError: there is no such entry, or it is silenced already.
        """
        entry = self._entry(entry_id)
        if code in entry.silence:
            raise EditError(f"{entry.place}: {code} is silenced for {entry_id} already.")
        return self._add(entry, "silence", {code: _one_line(reason, "reason")})

    def add_entry(
        self,
        path: Path,
        entry_id: str,
        question: str,
        answer: str,
        phrasings: Sequence[str] = (),
        lang: str | None = None,
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
        file = self.faq if self.faq.is_file() else path
        is_read = file.suffix == ".yaml" and not file.name.endswith(TESTS_ENDING)
        if file != path or (file != self.faq and not (is_read and self.faq in file.parents)):
            raise EditError(
                f"{path}: this is no file of the FAQ {self.faq}. Name one of its files."
            )
        source = _Source.of(file) if file.exists() else _Source(str(file), None, "", b"")
        ways = source.page().add_entry(entry)
        return self._checked(source, (entry_id, "", entry), ways)

    def undo(self, undo: Undo) -> None:
        """Take back what was added; see `taken_back` and `Rewrite.write`."""
        self.taken_back(undo).write()

    def taken_back(self, undo: Undo) -> Rewrite:
        """The file without what was added, and with all that has changed elsewhere since.

        Raises:
            EditError: the place has changed since.
            FileProblems: without it the FAQ holds mistakes.
        """
        source = _Source.of(Path(undo.path))
        if undo.was_made and source.text == undo.added:
            return Rewrite(undo.path, source.content, None)
        now = source.data(source.text)
        for start in _places(source.text, undo):
            text = Splice(start, undo.added, undo.removed).apply(source.text)
            found = _addition(source.data(text), now)
            if found is not None and found[0] == undo.entry:
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

    def _add(self, entry: FaqEntry, key: str, value: Data) -> Edit:
        source = _Source.of(Path("" if entry.place is None else entry.place.path))
        page = source.page()
        whole = value if key == "silence" and isinstance(value, dict) else [value]
        ways = (
            splice
            for place in page.entry(source.ids.index(entry.id))
            for splice in place.add(key, whole, _BEHIND[key])
        )
        return self._checked(source, (entry.id, key, value), ways)

    def _checked(
        self, source: _Source, wanted: tuple[str, str, Data], ways: Iterator[Splice]
    ) -> Edit:
        """The first of several edits that adds what was wanted, and nothing else."""
        for splice in ways:
            text = splice.apply(source.text)
            if _addition(source.data(source.text), source.data(text)) == wanted:
                content = source.encoded(text)
                faq = self._load(source, content)
                at = splice.start + len(splice.added) - len(splice.added.lstrip("\r\n"))
                undo = Undo(
                    *(source.path, wanted[0], splice.start, splice.removed, splice.added),
                    was_made=source.content is None,
                )
                line, added = len(f"{text[:at]}.".splitlines()), splice.added.strip("\r\n")
                change = Rewrite(source.path, source.content, content)
                return Edit(source.path, line, added, faq, undo, change)
        words = {"path": source.path, "entry": wanted[0]}
        raise ByHandError(Remark("by_hand_odd", words))

    def _load(self, source: _Source, content: bytes) -> Faq:
        return load_faq(self.faq, self._thresholds, instead={Path(source.path): content})


class _Source:
    """A file that is edited.

    Attributes:
        content: None where there is none yet.
        text: without the mark of byte order, `mark`; its line ends are the file's.
    """

    def __init__(self, path: str, content: bytes | None, text: str, mark: bytes) -> None:
        self.path, self.content, self.text, self._mark = path, content, text, mark
        self.ids: list[Data] = []

    @classmethod
    def of(cls, path: Path) -> _Source:
        """Read a file."""
        try:
            content = path.read_bytes()
            mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
            return cls(str(path), content, content.removeprefix(mark).decode(), mark)
        except FileNotFoundError:
            raise EditError(f"{path}: the file is gone; nothing was written.") from None
        except (OSError, UnicodeDecodeError) as error:
            raise EditError(f"{path}: the file cannot be read ({error}).") from None

    def encoded(self, text: str) -> bytes:
        """A text as it stands in the file."""
        return self._mark + text.encode("utf-8", "surrogatepass")

    def data(self, text: str) -> Data:
        """What the file would say with another text; None where it would hold mistakes."""
        return data_of(read_node(self.path, self.encoded(text))) if text else []

    def page(self) -> Page:
        """The file, taken apart."""
        node = read_node(self.path, self.content or b"")
        entries = node.values if isinstance(node, Items) else ()
        fields = [each for each in entries if isinstance(each, Fields)]
        self.ids = [data_of(each.values.get("id")) for each in fields]
        return Page(self.text, [each.line for each in fields])


def _addition(old: Data, new: Data) -> tuple[str, str, Data] | None:
    """The one thing that the second says beyond the first: an entry's id, a key of it ("" for the
    whole entry) and what stands there anew; None where anything else differs.
    """
    if not isinstance(old, list) or not isinstance(new, list):
        return None
    if len(new) == len(old) + 1:
        added = _more(old, new)
        return (str(added["id"]), "", added) if isinstance(added, dict) else None
    changed = [pair for pair in zip(old, new, strict=False) if pair[0] != pair[1]]
    if len(old) != len(new) or len(changed) != 1:
        return None
    before, after = changed[0]
    if not isinstance(before, dict) or not isinstance(after, dict) or before.keys() - after.keys():
        return None
    keys = [key for key, value in after.items() if before.get(key) != value]
    value = _more(before.get(keys[0]), after[keys[0]]) if len(keys) == 1 else None
    return None if value is None else (str(after["id"]), keys[0], value)


def _more(old: Data, new: Data) -> Data:
    """What a list or a mapping holds beyond what it held; None where it is not one thing."""
    if isinstance(new, list):
        old = old or []
        if not isinstance(old, list) or len(new) != len(old) + 1:
            return None
        at = next((place for place, each in enumerate(old) if each != new[place]), len(old))
        return new[at] if new[:at] + new[at + 1 :] == old else None
    old = old or {}
    if isinstance(new, dict) and isinstance(old, dict):
        more = {key: value for key, value in new.items() if key not in old}
        return more if len(more) == 1 and {**old, **more} == new else None
    return None


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
    if not line:
        raise EditError(f"the {what} is empty; text is needed.")
    try:
        line.encode()
    except UnicodeEncodeError:  # half of an emoji
        raise EditError(f"the {what} holds a character that cannot be written.") from None
    return line
