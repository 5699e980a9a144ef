"""Answers as other programs hold them → as an FAQ file holds them: what is written is shown."""

from __future__ import annotations

import re

from bot.authoring.transfer.draft import Left, Place
from bot.markup.answer import parse, remarks
from bot.markup.written import write

MAX_SOURCE = 200_000  # characters; an answer of more is too long however it is written
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>")


def as_shown(source: str, place: Place, left: Left) -> str:
    """An answer of Markdown, of HTML, or of both; what cannot be shown so is written as it is.

    An answer that is shown as it is written stays, to the letter.
    """
    source = source.strip()
    if len(source) > MAX_SOURCE:
        return source
    told = remarks(source)
    for _, text in told:
        left.out(place, text)
    return write(parse(source)) if told or _TAG.search(source) else source
