"""/topics: pages of topics and of their questions, kept in the buttons alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.telegram.buttons import Kind, encode
from bot.channels.telegram.render import button_label
from bot.texts import Texts
from bot.topics import Topics

PER_PAGE = 8
_DATA = re.compile(r"t(?::([0-9a-f]{16}))?:([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class Page:
    """A place in the browser.

    Attributes:
        topic: the hash of a topic's name; None for the list of topics.
        number: from 0 on.
    """

    topic: str | None
    number: int


def read(data: str) -> Page | None:
    """The page a button leads to; None if it is no button of /topics."""
    found = _DATA.fullmatch(data)
    return None if found is None else Page(found[1], int(found[2]))


def show(
    page: Page, topics: Topics, lang: str | None, texts: Texts
) -> tuple[str, InlineKeyboardMarkup] | None:
    """A page's text and buttons; None where the topic is gone, or there is none at all."""
    names = topics.names(lang)
    if page.topic is None:
        buttons = [(button_label(name), _data(name, 0)) for name in names]
        return (texts.topics, _keyboard(buttons, None, page.number, [])) if names else None
    name = next((name for name in names if _short(name) == page.topic), None)
    if name is None:
        return None
    buttons = [
        (button_label(entry.question), encode(Kind.RELATED, entry.id))
        for entry in topics.entries(name, lang)
    ]
    back = [[InlineKeyboardButton(f"‹ {texts.all_topics}", callback_data=_data(None, 0))]]
    return texts.topic.replace("{topic}", name), _keyboard(buttons, name, page.number, back)


def _keyboard(
    buttons: Sequence[tuple[str, str]],
    name: str | None,
    number: int,
    below: list[list[InlineKeyboardButton]],
) -> InlineKeyboardMarkup:
    last = (len(buttons) - 1) // PER_PAGE
    number = min(number, last)  # the FAQ may have shrunk since the button was made
    shown = buttons[number * PER_PAGE : (number + 1) * PER_PAGE]
    rows = [[InlineKeyboardButton(label, callback_data=data)] for label, data in shown]
    turn = []
    if number > 0:
        turn.append(InlineKeyboardButton("‹", callback_data=_data(name, number - 1)))
    if number < last:
        turn.append(InlineKeyboardButton("›", callback_data=_data(name, number + 1)))
    return InlineKeyboardMarkup(rows + ([turn] if turn else []) + below)


def _data(name: str | None, number: int) -> str:
    return f"t:{number}" if name is None else f"t:{_short(name)}:{number}"


def _short(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
