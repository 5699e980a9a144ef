"""An answer as it is written in an FAQ file → formatted text.

Bold, italic, struck out, code, quotes and links are shown by every channel. What stands there of
Markdown and HTML beyond that becomes something that can be read: a heading is bold, a table its
cells line by line, a picture its name and where it is. All else stays as it was typed: line breaks,
list markers, marks without a partner, tags that are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest

from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token

from bot.domain import Span
from bot.markup.markdown import blocks, inline
from bot.markup.writer import RULE, Writer

_KNOWN = 256  # answers that were read lately
_MOST_TIMES = 10  # longer than it is written; a table beyond is shown as typed
_LANGUAGE = re.compile(r"[A-Za-z][\w+#.-]*")  # behind the mark that begins code
_QUOTE_MARK = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_MORE_THAN = re.compile(r"^[ \t]*>[ \t]*[\d=<$€£¥]", re.MULTILINE)  # > 5 kg
_LIST_MARK = re.compile(r"[ \t]*(?:[-*+]|\d+[.)])[ \t]")
_SENTENCE_END = (".", "!", "?", ":", ";", ",", "。", "！", "？", "：")
_NONE = "–"  # in a cell


@lru_cache(maxsize=_KNOWN)
def parse(source: str) -> tuple[Span, ...]:
    """An answer as runs of equally formatted text, none of them empty.

    Marks have their partner in the same paragraph. An answer that would show nothing but white
    space is shown as it was typed.
    """
    spans = _read(source).spans
    if any(span.text.strip() for span in spans):
        return tuple(spans)
    return (Span(source),) if source else ()


def remarks(source: str) -> list[tuple[int, str]]:
    """What of an answer cannot be shown as it is written: lines, from 0, and what is shown."""
    return _read(source).remarks


def _read(source: str) -> Writer:
    writer = Writer()
    _Blocks(source, writer).write()
    return writer


class _Blocks:
    """The blocks of a text, to be written.

    Args:
        first: the line of the answer that the text begins with.
    """

    def __init__(self, source: str, writer: Writer, first: int = 0) -> None:
        self._lines = source.split("\n")
        self._writer = writer
        self._first = first
        self._found: dict[str, object] = {}
        self._tokens = blocks(source, self._found)

    def write(self) -> None:
        """Write all of them, with what stands between them as it was typed."""
        used, done = self._used(), 0
        for begin, end, tokens in _outermost(self._tokens):
            if begin < done:  # the last line of one that is typed
                continue
            self._as_typed(done, begin)
            is_used = tokens[0].type == "definition" and tokens[0].meta["id"] in used
            if not is_used:
                self._begin(begin)
                self._write(tokens, begin, end)
            done = end
        self._as_typed(done, len(self._lines))

    def _write(self, tokens: Sequence[Token], begin: int, end: int) -> None:
        kind, lines = tokens[0].type, self._lines[begin:end]
        if kind == "heading_open":
            self._heading(tokens, lines)
        elif kind == "fence":
            self._code(tokens[0], lines)
        elif kind == "hr":
            self._writer.text(RULE)
        elif kind == "definition":
            self._writer.text("\n".join(lines))
        elif kind == "table_open":
            self._table(lines)
        elif kind == "blockquote_open" and not _MORE_THAN.search("\n".join(lines)):
            self._writer.style("quote", 1)
            inner = _QUOTE_MARK.sub("", "\n".join(lines))
            _Blocks(inner, self._writer, self._first + begin).write()
            self._writer.style("quote", -1)
        else:
            self._inline("\n".join(lines))

    def _heading(self, tokens: Sequence[Token], lines: Sequence[str]) -> None:
        underlined = tokens[0].markup in "-="
        title = "\n".join(lines[:-1]) if underlined else tokens[1].content
        if not underlined or _is_title(title):
            self._writer.style("bold", 1)
            self._inline(title)
            self._writer.style("bold", -1)
        else:  # a line that parts what is above it from what is below
            self._inline(title)
            self._writer.text(f"\n{RULE}")

    def _code(self, token: Token, lines: Sequence[str]) -> None:
        told, info = token.content.removesuffix("\n"), token.info.strip()
        end = "" if len(lines) == 1 else lines[-1].strip()
        if set(end) != {"`"} or len(end) < len(token.markup):
            self._writer.remark("code begins here and never ends. Write ``` below its last line.")
        if info and not (told.strip() and _LANGUAGE.fullmatch(info)):
            told = f"{info}\n{told}".removesuffix("\n")
        self._writer.text(told, code=True)

    def _table(self, lines: Sequence[str]) -> None:
        """A line for each cell, behind its column's head, and a blank line between rows."""
        heads, *rows = (_cells(line) for line in (lines[0], *lines[2:]))
        told = [_NONE, *(cell for row in rows for cell in row)]
        size = sum(map(len, told)) + len(rows) * sum(len(head) + 4 for head in heads)
        if size > _MOST_TIMES * sum(map(len, lines)):
            self._inline("\n".join(lines))
            return
        self._writer.remark("a table is shown line by line, each cell after its column's heading.")
        if not rows:
            self._inline(" | ".join(heads))
        for number, row in enumerate(rows):
            self._writer.text("\n\n" if number else "")
            for place, (head, cell) in enumerate(zip_longest(heads, row, fillvalue="")):
                self._writer.text("\n" if place else "")
                self._inline(f"{head}: " if head else "")
                self._inline(cell or _NONE)

    def _inline(self, text: str) -> None:
        self._writer.tokens(inline(text, self._found))

    def _as_typed(self, begin: int, end: int) -> None:
        for line in range(begin, end):
            self._begin(line)
            self._writer.text(self._lines[line])

    def _begin(self, line: int) -> None:
        if line:
            self._writer.text("\n")
        self._writer.line = self._first + line

    def _used(self) -> set[object]:
        """The names of addresses that stand by themselves and are referred to."""
        if "references" not in self._found:
            return set()
        defined = [token.map or [0, 0] for token in self._tokens if token.type == "definition"]
        apart = {line for begin, end in defined for line in range(begin, end)}
        rest = (line for number, line in enumerate(self._lines) if number not in apart)
        tokens = inline("\n".join(rest), self._found)
        return {token.meta["label"] for token in tokens if "label" in token.meta}


def _outermost(tokens: Sequence[Token]) -> Iterator[tuple[int, int, Sequence[Token]]]:
    """The lines of each block that stands in no other, and its tokens."""
    place = 0
    while place < len(tokens):
        first = tokens[place]
        begin, end = first.map or (0, 0)
        last = place
        while first.nesting and not (tokens[last].nesting < 0 and tokens[last].level == 0):
            last += 1
        yield begin, end, tokens[place : last + 1]
        place = last + 1


def _cells(line: str) -> list[str]:
    cells = [cell.strip() for cell in escapedSplit(line.strip())]
    return cells[cells[0] == "" : len(cells) - (cells[-1] == "")]


def _is_title(text: str) -> bool:
    """Whether a text over a line of its own is a heading."""
    return "\n" not in text and not text.endswith(_SENTENCE_END) and not _LIST_MARK.match(text)
