"""Formatted text as plain text, or as HTML in parts that Telegram takes."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby

from bot.domain import Reply, Span

MAX_UNITS = 4_096  # of a message in Telegram: UTF-16 code units, once entities are resolved
MAX_LABEL_CHARS = 100  # of a button: what a telephone shows
# Letters and signs that are drawn as nothing: fillers, joiners, an empty Braille cell.
_EMPTY = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_VARIATIONS = frozenset(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
_BREAKS = ("\n\n", "\n", "。", ". ", " ")
_NOT_IN_A_NAME = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    """A name, which can begin no line of its own and turns no words around it."""
    return " ".join(_NOT_IN_A_NAME.sub(" ", text).split())


def in_short(text: str, most: int) -> str:
    """A text in one line, of which only so many characters are shown."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def button_label(text: str) -> str:
    """A button's text, shortened to what a telephone shows."""
    return text if len(text) <= MAX_LABEL_CHARS else text[: MAX_LABEL_CHARS - 1] + "…"


def is_blank(text: str) -> bool:
    """Whether a text shows nothing: white space, and what nobody can see."""
    return all(
        unicodedata.category(each)[0] in "CZ" or each in _EMPTY or each in _VARIATIONS
        for each in text
    )


def minute(at: float) -> str:
    """A time (seconds since 1970), in UTC, as people of any place read it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def plain_text(spans: Iterable[Span]) -> str:
    """Formatted text for where nothing can be formatted: links become "text (address)"."""
    told = ""
    for (url, strike, quote), alike in groupby(spans, key=_marks_in_text):
        text = "".join(span.text for span in alike)
        text = text if url in {None, text} else f"{text} ({url})"
        text = f"~~{text}~~" if strike else text
        told += "> " + text.replace("\n", "\n> ") if quote else text
    return told


def reply_parts(reply: Reply) -> list[str]:
    """A reply's text as HTML: an answer formatted, a sentence of the bot as it is."""
    return html_parts(reply.spans or (Span(reply.text),))


def html_parts(spans: Sequence[Span], limit: int = MAX_UNITS) -> list[str]:
    """Formatted text as HTML in parts, cut at the best break near each end.

    A span that is cut goes on formatted.

    Args:
        limit: visible UTF-16 code units per part, at least 2.
    """
    text = "".join(span.text for span in spans)
    return [as_html(_cut(spans, start, end)) for start, end in _ranges(text, limit)]


def as_html(spans: Sequence[Span]) -> str:
    """Formatted text for parse mode HTML."""
    told = ""
    for quote, quoted in groupby(spans, key=lambda span: span.quote):
        inner = ""
        for url, linked in groupby(quoted, key=lambda span: span.url):
            shown = "".join(map(_span_as_html, linked))
            inner += shown if url is None else f'<a href="{html.escape(url)}">{shown}</a>'
        told += f"<blockquote>{inner}</blockquote>" if quote else inner
    return told


def utf16_units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def _marks_in_text(span: Span) -> tuple[str | None, bool, bool]:
    return span.url, span.strike, span.quote


def _span_as_html(span: Span) -> str:
    told = html.escape(span.text, quote=False)
    if span.code and span.url is None:  # Telegram takes nothing around or inside of code
        return f"<code>{told}</code>"
    if span.strike:
        told = f"<s>{told}</s>"
    if span.italic:
        told = f"<i>{told}</i>"
    return f"<b>{told}</b>" if span.bold else told


def _ranges(text: str, limit: int) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends, without the white space around it."""
    left = text.strip()
    start = len(text) - len(text.lstrip())
    while left:
        piece = _longest_prefix(left, limit)
        if piece != left:
            piece = piece[: _break_before(piece)]
        yield start, start + len(piece.rstrip())
        rest = left[len(piece) :].lstrip()
        start += len(left) - len(rest)
        left = rest


def _cut(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """What of the spans stands between two places of their text."""
    found, place = [], 0
    for span in spans:
        inside = span.text[max(0, start - place) : max(0, end - place)]
        if inside:
            found.append(replace(span, text=inside))
        place += len(span.text)
    return found


def _longest_prefix(text: str, limit: int) -> str:
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * limit]
    prefix = units.decode("utf-16-le", "surrogatepass")
    return prefix if text.startswith(prefix) else prefix[:-1]  # half a character is left out


def _break_before(text: str) -> int:
    """Where to end a part: after the last good break of its second half, or at its very end."""
    for mark in _BREAKS:
        place = text.rfind(mark, len(text) // 2)
        if place > 0:
            return place + len(mark)
    return len(text)
