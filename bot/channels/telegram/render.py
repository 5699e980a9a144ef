"""Reply → what Telegram takes: HTML-escaped parts of at most 4,096 units, and rows of buttons."""

from __future__ import annotations

import html
from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.telegram.buttons import Kind, encode
from bot.domain import Choice, Link, Reply
from bot.texts import Texts

MAX_UNITS = 4_096  # UTF-16 code units, counted after entities are resolved
_MAX_LABEL_CHARS = 100
_BREAKS = ("\n\n", "\n", "。", ". ", " ")


def text_parts(text: str, limit: int = MAX_UNITS) -> list[str]:
    """Split plain text into parts that Telegram takes, at the best break near each end.

    Args:
        limit: UTF-16 code units per part, at least 2.
    """
    parts = []
    rest = text.strip()
    while rest:
        fitting = _longest_prefix(rest, limit)
        if len(fitting) < len(rest):
            fitting = fitting[: _break_before(fitting)]
        if part := fitting.strip():
            parts.append(part)
        rest = rest[len(fitting) :].strip()
    return parts


def escape(text: str) -> str:
    """Plain text for parse mode HTML."""
    return html.escape(text, quote=False)


def keyboard(reply: Reply, texts: Texts, *, links: bool = True) -> InlineKeyboardMarkup | None:
    """The buttons under a reply, one per row; None where it has none."""
    rows = [_choice(Kind.CHOICE, choice) for choice in reply.choices]
    if reply.choices:
        rows.append(InlineKeyboardButton(texts.none_of_these, callback_data=encode(Kind.NONE)))
    if links:
        rows += [InlineKeyboardButton(_label(link.text), url=link.url) for link in reply.links]
    rows += [_choice(Kind.RELATED, choice) for choice in reply.related]
    return InlineKeyboardMarkup([[button] for button in rows]) if rows else None


def links_as_text(links: Sequence[Link]) -> str:
    """Links written out, for when Telegram refuses an address on a button."""
    return "\n".join(f"{link.text}: {link.url}" for link in links)


def _choice(kind: Kind, choice: Choice) -> InlineKeyboardButton:
    return InlineKeyboardButton(_label(choice.label), callback_data=encode(kind, choice.entry_id))


def _label(text: str) -> str:
    return text if len(text) <= _MAX_LABEL_CHARS else text[: _MAX_LABEL_CHARS - 1] + "…"


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
