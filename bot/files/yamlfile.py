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

import yaml

from bot.errors import Problem, ProblemList, cannot_be_read
from bot.files.yaml_errors import MAX_DEPTH, TOO_DEEP, explained, line_of
from bot.lru import Lru

MAX_BYTES = 16 * 1024 * 1024
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
# A comment is written with a space after its sign, a number ("order #1") or a tag without.
_TAG_LIKE = re.compile(r"[ \t]+#[^\s#]")
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
        notes.note(*explained(error, text))
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
                        line_of(event.start_mark),
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
        line = line_of(event.start_mark)
        if depth > MAX_DEPTH:
            mark = event.start_mark
            raise yaml.MarkedYAMLError(problem=TOO_DEEP, problem_mark=mark)  # type: ignore[arg-type]
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
            self._note(line_of(end), _SWALLOWED)
        if not event.implicit[0] or event.tag is not None:
            return Scalar(line, event.value, Kind.TEXT, keeps_lines=event.style == "|")
        tag: str = _RESOLVER.resolve(yaml.ScalarNode, event.value, (True, False))  # type: ignore[no-untyped-call]
        return Scalar(line, event.value, _KINDS.get(tag.removeprefix(_CORE), Kind.TEXT))

    def _check_tag(self, tag: str | None, line: int) -> None:
        if tag not in {None, "!", *(_CORE + name for name in _TAGS)}:
            shown = str(tag).replace(_CORE, "!!")
            self._note(line, f"{shown} is a tag, {_NOT_ALLOWED.format('!')}")
