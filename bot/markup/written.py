"""Formatted text → an answer as it is written in an FAQ file; `answer.parse` reads it back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from bot.domain import Span
from bot.markup.answer import parse

_MARKS = re.compile(r"[\\`*_~\[\]<>#|!&]|^[-=+]", re.MULTILINE)
_ADDRESS = re.compile(r"(https?://[^\s<>\[\]()`]+)")
_PARAGRAPHS = re.compile(r"(\n\s*\n)")
_TICKS = re.compile("`+")
_WRAPS = (("strike", "~~", "s"), ("bold", "**", "b"), ("italic", "*", "i"))


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to write spans.

    Attributes:
        escape: what is put before marks that are meant as they are.
        tagged: the spans, by their numbers, whose formatting is written as HTML.
    """

    escape: Callable[[str], str]
    tagged: frozenset[int] = frozenset()


def write(spans: Sequence[Span]) -> str:
    """An answer that is shown as these spans are.

    It is written with the fewest marks: HTML only where Markdown's could not be told from the
    letters around them. No letter of the text is ever given up.
    """
    glued = frozenset(number for number in range(len(spans)) if _is_glued(spans, number))
    for tagged in dict.fromkeys((frozenset[int](), glued, frozenset(range(len(spans))))):
        for escape in (_escape_where_needed, _escape):
            written = _written(spans, _Way(escape, tagged))
            if _shown(parse(written)) == _shown(spans):
                return written
    plain = [Span("".join(span.text for span in spans))]
    for escape in (_escape_where_needed, _escape):
        written = _written(plain, _Way(escape))
        if _shown(parse(written)) == _shown(plain):
            return written
    return _tidy(plain[0].text)


def _is_glued(spans: Sequence[Span], number: int) -> bool:
    """Whether a letter stands right before or behind a span."""
    before = spans[number - 1].text[-1:] if number else ""
    behind = spans[number + 1].text[:1] if number + 1 < len(spans) else ""
    return before.isalnum() or behind.isalnum()


def _written(spans: Sequence[Span], way: _Way) -> str:
    numbered = list(enumerate(spans))
    runs = groupby(numbered, key=lambda each: each[1].quote)
    return _tidy("".join(_quoted(is_quote, list(run), way) for is_quote, run in runs))


def _quoted(is_quote: bool, run: Sequence[tuple[int, Span]], way: _Way) -> str:
    links = groupby(run, key=lambda each: each[1].url)
    text = "".join(_linked(url, list(part), way) for url, part in links)
    if not is_quote:
        return text
    lines = text.strip("\n").split("\n")
    return "\n" + "\n".join(f"> {line}".rstrip() for line in lines) + "\n"


def _linked(url: str | None, run: Sequence[tuple[int, Span]], way: _Way) -> str:
    text = "".join(_styled(number, span, way) for number, span in run)
    if url is None or not text.strip():
        return text
    told = "".join(span.text for _, span in run)
    if told.strip() == url:  # an address that stands for itself
        return told
    return _around("[", text, f"]({url})")


def _styled(number: int, span: Span, way: _Way) -> str:
    if span.code:
        return _code(span.text)
    parts = _PARAGRAPHS.split(way.escape(span.text))  # marks have their partner in the same one
    for name, mark, tag in _WRAPS:
        if getattr(span, name):
            begin, end = (f"<{tag}>", f"</{tag}>") if number in way.tagged else (mark, mark)
            parts = [_around(begin, part, end) for part in parts]
    return "".join(parts)


def _around(before: str, text: str, after: str) -> str:
    """Marks around a text, but not around the white space at its ends."""
    core = text.strip()
    if not core:
        return text
    start = text.index(core[0])
    return f"{text[:start]}{before}{core}{after}{text[start + len(core) :]}"


def _code(text: str) -> str:
    core = text.strip("\n")
    ticks = "`" * (1 + max(map(len, _TICKS.findall(core)), default=0))
    if "\n" in core:
        fence = max(ticks, "```", key=len)
        return f"\n{fence}\n{core}\n{fence}\n"
    pad = " " if core.startswith("`") or core.endswith("`") else ""
    return text.replace(core, f"{ticks}{pad}{core}{pad}{ticks}", 1) if core.strip() else text


def _escape(text: str) -> str:
    parts = _ADDRESS.split(text)
    parts[::2] = [_MARKS.sub(lambda found: f"\\{found[0]}", part) for part in parts[::2]]
    return "".join(parts)


def _escape_where_needed(text: str) -> str:
    shown = _shown([Span(text)])
    return text if not text.strip() or _shown(parse(text)) == shown else _escape(text)


def _tidy(text: str) -> str:
    """No space at a line's end, and no more than one blank line."""
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")


def _shown(spans: Sequence[Span]) -> tuple[list[str], list[tuple[str, Span]]]:
    """What is seen of it: the lines that hold something, and each letter with its formatting.

    An address that stands for itself is a link in any case.
    """
    lines = "".join(span.text for span in spans).split("\n")
    letters = [
        (letter, replace(span, text="", url=None if span.url == span.text.strip() else span.url))
        for span in spans
        for letter in span.text
        if not letter.isspace()
    ]
    return [line.strip() for line in lines if line.strip()], letters
