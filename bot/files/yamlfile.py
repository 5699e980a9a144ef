"""YAML text → values that know their line, and nothing that could surprise the person who wrote it.

PyYAML's loader lets a duplicate key win in silence, reads `no` as False and `007` as 7, expands
aliases without limit and builds Python objects from tags. So the file is read from the parser's
events instead: every scalar keeps the text as written beside the kind YAML takes it for, and what
could mislead is refused with its line.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from bot.errors import Problem, ProblemList, cannot_be_read
from bot.lru import Lru

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 12
_PIPED = Path("/dev/fd")  # where a shell shows what a command writes

# The parser written in C reads a large FAQ some ten times faster; both give the same events.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER = yaml.SafeLoader("")
_CORE = "tag:yaml.org,2002:"
_TAGS = ("str", "int", "float", "bool", "null", "seq", "map")
_NOT_ALLOWED = (
    "which this bot does not allow. Remove it, or put the text in quotes if the {} is meant."
)
_SWALLOWED = (
    "what follows # is a comment to YAML and would be dropped. Put the whole text in quotes, or "
    "write a space after the # of a comment."
)
_TOO_DEEP = "nested too deep"
_TAB = "this line is indented with a tab. Use spaces."
# A comment is written with a space after its sign, a number ("order #1") or a tag without.
_TAG_LIKE = re.compile(r"[ \t]+#[^\s#]")
_INDENTING_TAB = re.compile(r" *\t\s*[^\s#]")
_NO_BREAK = "this line is indented with a no-break space, which looks like a space. Use spaces."
_INDENTING_NO_BREAK = re.compile("[ \\t]*[\u00a0\u2007\u202f]\\s*[^\\s#]")
# U+0085, U+2028 and U+2029 are line breaks to YAML but to no editor: lines would be miscounted.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


class Kind(StrEnum):
    """What YAML 1.1 takes a scalar for."""

    TEXT = "text"
    NUMBER = "a number"
    BOOL = "yes/no"
    DATE = "a date"
    NULL = "nothing"


_KINDS = {
    "int": Kind.NUMBER,
    "float": Kind.NUMBER,
    "bool": Kind.BOOL,
    "timestamp": Kind.DATE,
    "null": Kind.NULL,
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as it was written: `text` is its characters, `kind` what YAML makes of them.

    Attributes:
        keeps_lines: it stands behind a "|": each of its lines is one of the file's, from the next
            on.
    """

    line: int
    text: str
    kind: Kind
    keeps_lines: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    line: int
    values: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping; its keys are unique. A key whose value was refused has a line only."""

    line: int
    values: dict[str, Node]
    key_lines: dict[str, int]


Node = Scalar | Items | Fields


def texts_in(node: Node | None) -> Iterator[tuple[str, int]]:
    """The texts of a value and of all values in it, stripped, each with its line."""
    if isinstance(node, Scalar):
        yield node.text.strip(), node.line
    elif node is not None:
        for value in node.values if isinstance(node, Items) else node.values.values():
            yield from texts_in(value)


def read_yaml(
    notes: ProblemList, max_bytes: int = MAX_BYTES, content: bytes | None = None
) -> Node | None:
    """Read the file that `notes` names; what is refused is noted there.

    A duplicate key, an anchor, an alias, a foreign tag and a comment without a space are refused
    and the rest is still read, so that every other mistake can be told along with them.

    Args:
        content: what the file is taken to hold; None: what it does hold.

    Returns:
        Its values; None if it holds nothing but comments, or (with a problem noted) cannot be read,
        is no UTF-8, too large or too deep, or no YAML.
    """
    if content is None:
        content = _read(notes, max_bytes)
    if content is None:
        return None
    known = _KNOWN.get((notes.shown, max_bytes))
    if known is None or known.content != content:
        own = ProblemList(notes.shown)
        node = _parsed(own, read_text(own, max_bytes, content))
        _KNOWN[notes.shown, max_bytes] = known = _Known(content, node, own.problems)
    notes.problems += known.problems
    return known.node


def _parsed(notes: ProblemList, text: str | None) -> Node | None:
    if text is None:
        return None
    if found := FORBIDDEN.search(text):
        line = text.count("\n", 0, found.start()) + 1
        code = f"U+{ord(found.group()):04X}"
        notes.note(line, f"the invisible control character {code} stands here. Delete it.")
        return None
    lines = f"{text}\n".split("\n")
    try:
        return _Builder(notes, lines).document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        line, meaning = _explain(error, len(text.rstrip().split("\n")))
        if meaning == _MISFIT:
            meaning = _misfit(lines[line - 1])
        for number, near in enumerate(lines[max(0, line - 2) : line + 1], start=max(1, line - 1)):
            for sign, told in ((_INDENTING_TAB, _TAB), (_INDENTING_NO_BREAK, _NO_BREAK)):
                if sign.match(near):
                    notes.note(number, told)
                    return None
        notes.note(line, meaning)
        return None


@dataclass(frozen=True, slots=True)
class _Known:
    """What a file held when it was read last: of many files, few change from reload to reload."""

    content: bytes
    node: Node | None
    problems: list[Problem]


_KNOWN: Lru[tuple[str, int], _Known] = Lru(1_000)


def read_text(
    notes: ProblemList, max_bytes: int = MAX_BYTES, content: bytes | None = None
) -> str | None:
    """Read the file that `notes` names, of UTF-8; every line ends in "\\n".

    Returns:
        None if it cannot be read, is no UTF-8, or too large, which is noted.
    """
    raw = _read(notes, max_bytes) if content is None else content
    if raw is None:
        return None
    if len(raw) > max_bytes:
        most = f"{max_bytes // 1024 // 1024} MB"
        notes.note(None, f"the file is larger than {most}. Split it into several.")
        return None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        notes.note(1, "the file is saved as UTF-16. Save it as UTF-8.")
        return None
    try:
        # YAML reads all three line ends alike; here, as in an editor, they count alike too.
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        notes.note(line, f"byte 0x{raw[error.start]:02x} is not UTF-8. Save the file as UTF-8.")
        return None


def _read(notes: ProblemList, max_bytes: int) -> bytes | None:
    path = Path(notes.shown)
    try:
        mode = path.stat().st_mode
        is_piped = path.parent == _PIPED and stat.S_ISFIFO(mode)
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or is_piped):
            notes.note(None, "this is a pipe or a device; a file is needed.")  # it may never end
            return None
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except OSError as error:
        told = {
            FileNotFoundError: "there is no such file.",
            IsADirectoryError: "this is a folder; a file is needed.",
        }.get(type(error), cannot_be_read("file", error))
        notes.note(None, told)
        return None


class _Builder:
    """Turns parser events into nodes, noting everything that is refused along the way."""

    def __init__(self, notes: ProblemList, lines: Sequence[str]) -> None:
        self._note = notes.note
        self._lines = lines

    def document(self, events: Iterator[yaml.Event]) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self._note(
                        _line(event.start_mark),
                        "a second document starts here (---). Remove that line, or move what "
                        "follows into a file of its own.",
                    )
                    break
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, events, depth=0)
        # A file of comments alone is, to the parser, one empty scalar or no document.
        empty = isinstance(root, Scalar) and root.kind is Kind.NULL and root.text == ""
        return None if empty else root

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Node | None:
        """The node that begins with this event; None for an alias, which stands for no value."""
        line = _line(event.start_mark)
        if depth > MAX_DEPTH:
            mark = event.start_mark
            raise yaml.MarkedYAMLError(problem=_TOO_DEEP, problem_mark=mark)  # type: ignore[arg-type]
        if isinstance(event, yaml.AliasEvent):
            told = (
                "is an alias, which this bot does not allow. Write the value out, or put the text"
            )
            self._note(line, f"*{event.anchor} {told} in quotes if the * is meant.")
            return None
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            self._note(line, f"&{event.anchor} is an anchor, {_NOT_ALLOWED.format('&')}")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            self._check_tag(event.tag, line)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, line)
        if isinstance(event, yaml.SequenceStartEvent):
            values = []
            for inner in events:
                if isinstance(inner, yaml.SequenceEndEvent):
                    break
                values.append(self._node(inner, events, depth + 1))
            return Items(line, tuple(value for value in values if value is not None))
        return self._fields(line, events, depth)

    def _fields(self, line: int, events: Iterator[yaml.Event], depth: int) -> Fields:
        values: dict[str, Node] = {}
        key_lines: dict[str, int] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if key is None:
                continue
            if not isinstance(key, Scalar):
                self._note(
                    key.line, "a key must be a single word, not a list or a group of values."
                )
            elif key.text in key_lines:
                self._note(
                    key.line,
                    f"the key {key.text!r} stands here a second time (first in line "
                    f"{key_lines[key.text]}). Remove one of the two.",
                )
            else:
                key_lines[key.text] = key.line
                if value is not None:
                    values[key.text] = value
        return Fields(line, values, key_lines)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> Scalar:
        end = event.end_mark
        # A plain value has no style: to one parser None, to the other "".
        if not event.style and end and _TAG_LIKE.match(self._lines[end.line], end.column):
            self._note(_line(end), _SWALLOWED)
        if not event.implicit[0] or event.tag is not None:
            return Scalar(line, event.value, Kind.TEXT, keeps_lines=event.style == "|")
        tag: str = _RESOLVER.resolve(yaml.ScalarNode, event.value, (True, False))  # type: ignore[no-untyped-call]
        return Scalar(line, event.value, _KINDS.get(tag.removeprefix(_CORE), Kind.TEXT))

    def _check_tag(self, tag: str | None, line: int) -> None:
        if tag not in {None, "!", *(_CORE + name for name in _TAGS)}:
            shown = str(tag).replace(_CORE, "!!")
            self._note(line, f"{shown} is a tag, {_NOT_ALLOWED.format('!')}")


def _line(mark: Any) -> int:
    """The line of a mark, of which each of the two parsers has a kind of its own."""
    return 1 if mark is None else int(mark.line) + 1  # the parser counts from 0


_MISFIT = (
    "this line does not fit the ones above it: items of one list and keys of one entry must"
    " begin in the same column. Check the indentation, and quotes inside a text."
)
_BEGINNING = re.compile(r"""\s*(?:- +)*(?:[\w-]+: +|(?<=- ))(?P<sign>[\[{"'])""")
_NO_SPACE = re.compile(r"\s*-[^\s-]")
_CLOSING = {"[": "]", "{": "}"}


def _misfit(line: str) -> str:
    """Why a line fits nothing above it.

    Often its text begins with what YAML takes for its own, as an answer that begins with a link.
    """
    if _NO_SPACE.match(line):
        return "a list item begins with a dash and a space. Write the space."
    found = _BEGINNING.match(line)
    if found is None:
        return _MISFIT
    sign = found["sign"]
    if sign in "[{":
        return (
            f"a text that begins with {sign} must be in quotes as a whole, or stand below a |. If"
            f" it is no text, nothing may follow its {_CLOSING[sign]}."
        )
    return (
        f"the text goes on after its second {sign}. Put all of it in quotes of the other kind, or"
        " let it stand below a |."
    )


# What the parser says, in the words of somebody who has never heard of scalars and mappings.
# Both parsers of PyYAML word the same mistake differently, so each row lists fragments of both.
_EXPLANATIONS = {
    _TOO_DEEP: (
        f"values are nested more than {MAX_DEPTH} deep; no file of this bot needs that. Check the "
        "brackets and the indentation here."
    ),
    "found a tab | character '\\t'": _TAB,
    "mapping values are not allowed": (
        "there is a colon where none can stand, or the line is indented wrongly. Put a text "
        'that holds ": " in quotes, and begin keys of one entry in the same column.'
    ),
    "<document start> | directive | incompatible YAML | tag handle '!'": (
        "this line does not belong to the list or the keys above it, or begins with %. Check "
        "the indentation, delete a line of three dots (...), and put a text that begins with % "
        "in quotes."
    ),
    "alphabetic or numeric character | undefined tag handle | ing a tag": (
        "a text that begins with &, * or ! must be in quotes."
    ),
    "unknown escape | hexdecimal | hexadecimal numbers, but found | invalid Unicode": (
        "a backslash inside \"…\" starts an escape. Write \\\\, or use '…' quotes."
    ),
    "while scanning a quoted scalar": "a quotation mark is opened here and never closed. Close it.",
    "cannot start any token": "a text cannot begin with this character. Put the text in quotes.",
    "could not find expected ':' | could not found expected ':'": (
        "this line is neither a list item (- …) nor a key with a colon (key: …). Check the "
        "colon and the indentation."
    ),
    "entries are not allowed": (
        "a list item (- …) cannot begin in the middle of a line. Put it in a line of its own."
    ),
    "did not find expected ',' or ']' | expected ',' or ']'": (
        "a [ is opened and not closed in the way a list needs. Put the text in quotes if the "
        "bracket is meant."
    ),
    "did not find expected ',' or '}' | expected ',' or '}'": (
        "a { is opened and not closed in the way a group needs. Put the text in quotes if the "
        "brace is meant."
    ),
    "node content": (
        "a bracket, brace or comma stands here where none can, or is never closed. Put the text"
        " in quotes if it is meant."
    ),
    "keys are not allowed": (
        "a text cannot begin with a question mark and a space. Put the text in quotes."
    ),
    "did not find expected key | expected <block end> | '-' indicator": _MISFIT,
    "while scanning a block scalar": (
        "after | or > nothing else may stand in the line. Put the text in the next line, or in"
        " quotes if the sign is meant."
    ),
}


def _explain(error: yaml.MarkedYAMLError, last: int) -> tuple[int, str]:
    said = f"{error.context or ''} {error.problem or ''}"
    mark = error.problem_mark or error.context_mark
    line = _line(mark)
    opens = ("scanning a quoted scalar", "simple key", "flow")
    if error.context_mark is not None and any(fragment in said for fragment in opens):
        line = _line(error.context_mark)  # where it opens, not where the file ends
    for fragments, meaning in _EXPLANATIONS.items():
        if any(fragment in said for fragment in fragments.split(" | ")):
            return min(line, last), meaning
    return min(line, last), f"this is not YAML: {said.strip()}. Check the line and the one above."
