"""Reply → what Telegram takes: HTML in parts of at most 4,096 units."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from bot.domain import Reply, Span
from bot.formatting import plain_text

MAX_UNITS = 4_096  # UTF-16 code units, counted after entities are resolved
_BREAKS = ("\n\n", "\n", "。", ". ", " ")


@dataclass(frozen=True, slots=True)
class MessageText:
    """What goes out in one message.

    Attributes:
        html: for parse mode HTML; what people see of it fits into one message.
        plain: the same without formatting, in case Telegram refuses the HTML; with the addresses
            of links, so it may be longer than a message.
    """

    html: str
    plain: str


def reply_parts(reply: Reply, *, links: bool = False) -> list[MessageText]:
    """A reply's text as Telegram takes it: an answer formatted, a sentence of the bot as it is.

    Args:
        links: write the links out, for when Telegram refuses an address on a button.
    """
    spans = reply.spans or (Span(reply.text),)
    if links:
        spans += (Span("\n\n" + "\n".join(f"{link.text}: {link.url}" for link in reply.links)),)
    return parts_of(spans)


def parts_of(spans: Sequence[Span], limit: int = MAX_UNITS) -> list[MessageText]:
    """Split formatted text at the same breaks as plain text; a span that is cut goes on formatted.

    Args:
        limit: visible UTF-16 code units per part, at least 2.
    """
    text = "".join(span.text for span in spans)
    cut = [_cut(spans, start, end) for start, end in _ranges(text, limit)]
    return [MessageText(as_html(part), plain_text(part)) for part in cut]


def text_parts(text: str, limit: int = MAX_UNITS) -> list[str]:
    """Split plain text into parts that Telegram takes, at the best break near each end.

    Args:
        limit: UTF-16 code units per part, at least 2.
    """
    return [text[start:end] for start, end in _ranges(text, limit)]


def as_html(spans: Sequence[Span]) -> str:
    """Formatted text for parse mode HTML."""
    told = ""
    for url, linked in groupby(spans, key=lambda span: span.url):
        inner = "".join(map(_span_as_html, linked))
        told += inner if url is None else f'<a href="{html.escape(url)}">{inner}</a>'
    return told


def _span_as_html(span: Span) -> str:
    told = html.escape(span.text, quote=False)
    if span.code and span.url is None:  # Telegram takes nothing around or inside of code
        return f"<code>{told}</code>"
    if span.italic:
        told = f"<i>{told}</i>"
    return f"<b>{told}</b>" if span.bold else told


def _ranges(text: str, limit: int) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends, without the white space around it."""
    start, end = _trimmed(text, 0, len(text))
    while start < end:
        stop = start + len(_longest_prefix(text[start:end], limit))
        if stop < end:
            stop = start + _break_before(text[start:stop])
        yield _trimmed(text, start, stop)
        start, end = _trimmed(text, stop, end)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return start, start + len(piece.strip())


def _cut(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """What of the spans stands between two places of their text."""
    found, place = [], 0
    for span in spans:
        inside = span.text[max(0, start - place) : max(0, end - place)]
        if inside:
            found.append(replace(span, text=inside))
        place += len(span.text)
    return found


def utf16_units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def _longest_prefix(text: str, limit: int) -> str:
    units = 0
    for place, character in enumerate(text):
        units += 2 if ord(character) > 0xFFFF else 1
        if units > limit:
            return text[:place]
    return text


def _break_before(text: str) -> int:
    """Where to end a part: after the last good break of its second half, or at its very end."""
    for mark in _BREAKS:
        place = text.rfind(mark, len(text) // 2)
        if place > 0:
            return place + len(mark)
    return len(text)
