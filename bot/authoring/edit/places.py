"""Where in a file something new is put, and how it looks there.

ruamel.yaml knows where each value begins and ends. What is new is written as its neighbours are,
and put between two of their characters, so that everything else stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from bot.authoring.edit.written import DOUBLE, PLAIN, SINGLE, Data, block, in_flow, scalar

_BREAK = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"[ \t]*(,?)[ \t]*#[^\r\n]*")
_LIST = re.compile(r"(?m)^( *)phrasings:[ \t]*(?:#.*)?\r?\n(?:[ \t]*(?:#.*)?\r?\n)*( *)-")


@dataclass(frozen=True, slots=True)
class Splice:
    """A change of one place in a text: from `start` on, `added` takes the place of `removed`."""

    start: int
    removed: str
    added: str

    def apply(self, text: str) -> str:
        """The text with the change."""
        return text[: self.start] + self.added + text[self.start + len(self.removed) :]


class Page:
    """A file's text, and where its entries stand in it.

    Args:
        text: with the line ends of the file, and without a mark of byte order.
        lines: the first line of each entry, from 1.
    """

    def __init__(self, text: str, lines: Sequence[int]) -> None:
        self.text = text
        self._starts = [0, *(found.end() for found in _BREAK.finditer(text))]
        self._lines = lines

    def spans(self, number: int) -> tuple[tuple[int, int, int], ...]:
        """Where an entry is found: from where to where in the text, as which of the entries there.

        Lines of its own are taken apart at once, a large file in seconds; so they come first.
        """
        first = self._starts[self._lines[number] - 1]
        following = self._lines[number + 1 : number + 2]
        last = self._starts[following[0] - 1] if following else len(self.text)
        return (first, last, 0), (0, len(self.text), number)

    def entry(self, number: int) -> Iterator[Place]:
        """The place of an entry; another way to find it, if that is of no use."""
        for start, end, place in self.spans(number):
            node = compose(self.text[start:end])
            if isinstance(node, SequenceNode) and place < len(node.value):
                node = node.value[place]
            if isinstance(node, MappingNode):
                yield Place(self.text, node, start)

    def add_entry(self, entry: dict[str, Data]) -> Iterator[Splice]:
        """Ways to put an entry at the end."""
        if not self._lines:
            yield Splice(len(self.text), "", "\n".join(_entry_lines(entry, Look())) + "\n")
            return
        root = compose(self.text)
        if not isinstance(root, SequenceNode):
            return
        whole = Place(self.text, root, 0)
        last = Place(self.text, root.value[-1], 0)
        if root.flow_style:
            yield whole.into_flow(in_flow(entry, last.style))
            return
        dash, gap = whole.dash()
        look = Look(dash, gap, whole.offset, last.style, whole.break_at(len(self.text)))
        lines = _entry_lines(entry, look)
        before = self.text[: self._starts[self._lines[-1] - 1]].rstrip(" ")
        is_apart = len(self._lines) == 1 or re.search(r"(\r\n?|\n)[ \t]*(\r\n?|\n)$", before)
        for each in ([["", *lines]] if is_apart else []) + [lines]:
            yield whole.lines_at(len(self.text), each)
            yield from (whole.lines_at(at, each) for at in whole.after(root))


@dataclass(frozen=True, slots=True)
class Look:
    """How the entries of a file are written.

    Attributes:
        dash: what stands before the dash of an entry; `gap`: between it and the first key.
        offset: how far dashes of phrasings stand behind their key.
        style: of texts.
        end: of lines.
    """

    dash: str = ""
    gap: str = " "
    offset: int = 2
    style: str = PLAIN
    end: str = "\n"


class Place:
    """A value of a file, and what can be put into it.

    Args:
        text: of the file.
        node: the value.
        shift: where the text that it was read from begins.
    """

    def __init__(self, text: str, node: CollectionNode, shift: int) -> None:
        self.text = text
        self._node = node
        self._shift = shift

    def add_phrasing(self, text: str) -> Iterator[Splice]:
        """Ways to add an item to the phrasings of an entry."""
        old = next((v for k, v in self._node.value if k.value == "phrasings"), None)
        if old is None:
            yield from self.add_key("phrasings", [text], ("question",))
            return
        if not isinstance(old, CollectionNode):
            return
        place = Place(self.text, old, self._shift)
        if old.flow_style:
            yield place.into_flow(scalar(text, place.style, in_flow=True))
            return
        dash, gap = place.dash()
        for at in place.after(old):
            yield place.lines_at(at, [f"{dash}-{gap}{scalar(text, place.style)}"])

    def add_key(
        self,
        key: str,
        value: str | Sequence[str],
        behind: Sequence[str],
        *,
        in_one_line: bool = False,
    ) -> Iterator[Splice]:
        """Ways to add a key that is missing, with its value.

        Args:
            behind: it is put behind the first of these keys that is there, or at the end.
        """
        pairs = self._node.value
        found = [v for name in behind for k, v in pairs if k.value == name]
        value_before = (found or [pairs[-1][1]])[0]
        if self._node.flow_style:
            of_key = DOUBLE if self._at(pairs[0][0]) in (DOUBLE, SINGLE) else PLAIN
            its: Data = value if isinstance(value, str) else list(value)
            written = f"{scalar(key, of_key, in_flow=True)}: {in_flow(its, self.style)}"
            yield self._into_flow_behind(value_before, written)
            return
        indent = " " * self.column
        if isinstance(value, str):
            lines = [f"{indent}{key}: {scalar(value)}"]
        elif in_one_line:
            lines = [f"{indent}{key}: {in_flow(list(value), PLAIN)}"]
        else:
            before = f"{indent}{' ' * self.offset}- "
            lines = [f"{indent}{key}:", *(f"{before}{scalar(each, self.style)}" for each in value)]
        for at in self.after(value_before):
            yield self.lines_at(self._past_comments(at), lines)

    # --- how it looks ---

    @property
    def column(self) -> int:
        """Where it begins in its line."""
        start = self._start(self._node)
        return start - self._line_start(start)

    @property
    def style(self) -> str:
        """Of its last text."""
        last = _last_text(self._node)
        found = self._at(last) if last is not None else PLAIN
        return found if found in (SINGLE, DOUBLE) else PLAIN

    @property
    def offset(self) -> int:
        """How far, in this file, the dashes of phrasings stand behind their key."""
        found = _LIST.search(self.text)
        return 2 if found is None else max(0, len(found[2]) - len(found[1]))

    def dash(self) -> tuple[str, str]:
        """What stands before the dash of a list, and behind the last one."""
        start = self._start(self._node)
        before = self.text[self._line_start(start) : start]
        last = self._start(self._node.value[-1])
        gap = re.search(r"-( *)$", self.text[:last])
        return before if not before.strip() else " " * len(before), (gap and gap[1]) or " "

    def break_at(self, at: int) -> str:
        """How the line before a place ends, or else the first one of the file."""
        before = re.search(r"(\r\n|\r|\n)[^\r\n]*$", self.text[:at])
        return before[1] if before is not None else "\n"

    # --- where something is put ---

    def after(self, node: Node) -> Iterator[int]:
        """Where lines may be put that are to follow a value."""
        end = end_of(node) + self._shift
        stripped = len(self.text[:end].rstrip(" "))
        if stripped and self.text[stripped - 1] in "\r\n":  # behind a "|", with its blank lines
            text_end = len(self.text[:end].rstrip())
            yield self._next_line(text_end)
            yield stripped
        else:
            yield self._next_line(end)

    def _past_comments(self, at: int) -> int:
        """Past comments that belong to the value before: they stand deeper than the keys."""
        deeper = re.compile(rf"[ \t]{{{self.column + 1},}}#[^\r\n]*(?:\r\n|\r|\n)")
        while (found := deeper.match(self.text, at)) is not None:
            at = found.end()
        return at

    def lines_at(self, at: int, lines: Sequence[str]) -> Splice:
        """Lines of their own; the file's end stays as it is, with a line break or without."""
        end = self.break_at(at)
        if at and self.text[at - 1] not in "\r\n":
            return Splice(at, "", "".join(f"{end}{line}" for line in lines))
        return Splice(at, "", "".join(f"{line}{end}" for line in lines))

    def into_flow(self, written: str) -> Splice:
        """Something behind the last value in brackets or braces."""
        parts = self._node.value
        if not parts:
            return Splice(self._start(self._node) + 1, "", written)
        last = parts[-1][1] if isinstance(parts[-1], tuple) else parts[-1]
        return self._into_flow_behind(last, written)

    def _into_flow_behind(self, node: Node, written: str) -> Splice:
        end, separator = end_of(node) + self._shift, self._separator()
        rest = self.text[end : self._shift + self._node.end_mark.index - 1]
        comment = _COMMENT.match(rest)
        if comment is not None and separator.strip(", ") and not rest[comment.end() :].strip():
            comma = comment[1]  # the comment stays with what it stands behind
            added = f"{'' if comma else ','}{comment[0]}{separator[1:]}{written}{comma}"
            return Splice(end, comment[0], added)
        if rest.strip() == ",":
            comma_end = end + rest.index(",") + 1
            return Splice(comma_end, "", f"{separator[1:]}{written},")
        return Splice(end, "", f"{separator}{written}")

    def _separator(self) -> str:
        """What stands between two values in brackets or braces, beginning with its comma."""
        spans = [_span(part) for part in self._node.value]
        shift = self._shift
        if len(spans) > 1:
            between = self.text[spans[-2][1] + shift : spans[-1][0] + shift]
            return f",{between[len(between.rstrip()) :] or ' '}"
        before = self.text[self._start(self._node) + 1 : spans[0][0] + shift]
        return f",{before}" if before.isspace() and _BREAK.search(before) else ", "

    def _at(self, node: Node) -> str:
        return self.text[self._start(node)]

    def _start(self, node: Node) -> int:
        return int(node.start_mark.index) + self._shift

    def _line_start(self, at: int) -> int:
        return max(self.text.rfind("\n", 0, at), self.text.rfind("\r", 0, at)) + 1

    def _next_line(self, at: int) -> int:
        found = _BREAK.search(self.text, at)
        return len(self.text) if found is None else found.end()


def compose(text: str) -> Node | None:
    """A text taken apart; None where it is no YAML."""
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
    except YAMLError:
        return None
    return node


def _span(part: Node | tuple[Node, Node]) -> tuple[int, int]:
    first, last = part if isinstance(part, tuple) else (part, part)
    return first.start_mark.index, end_of(last)


def end_of(node: Node) -> int:
    """Where a value ends; of lists and mappings in lines, where their last value does."""
    if not isinstance(node, CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return end_of(last[1] if isinstance(last, tuple) else last)


def _last_text(node: Node) -> ScalarNode | None:
    if isinstance(node, ScalarNode):
        return node
    if not node.value:
        return None
    if isinstance(node, MappingNode):
        questions = [v for k, v in node.value if k.value in ("question", "text")]
        return _last_text((questions or [node.value[-1][1]])[0])
    return _last_text(node.value[-1])


def _entry_lines(entry: dict[str, Data], look: Look) -> list[str]:
    indent = look.dash + " " + " " * len(look.gap)
    lines: list[str] = []
    for key, value in entry.items():
        if isinstance(value, list):
            lines.append(f"{indent}{key}:")
            before = indent + " " * look.offset
            lines += [f"{before}- {scalar(str(each), look.style)}" for each in value]
            continue
        text = str(value)
        as_block = block(text, f"{indent}  ", look.end) if "\n" in text else None
        plain = scalar(text, look.style if key == "question" else PLAIN)
        lines.append(f"{indent}{key}: {as_block or plain}")
    return [f"{look.dash}-{look.gap}{lines[0].removeprefix(indent)}", *lines[1:]]
