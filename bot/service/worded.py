"""People's words in the bot's sentences, as HTML: they can pretend to be nothing else."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from bot.texts import fill

_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
ISOLATE, END = "\u2068", "\u2069"  # whatever way the words run, those around them do not
_SURROGATES = re.compile("[\ud800-\udfff]")


def isolated(text: str) -> str:
    """A person's words: escaped, and with their direction kept to themselves."""
    return f"{ISOLATE}{html.escape(clean(text), quote=False)}{END}"


def filled(sentence: str, words: Mapping[str, str]) -> str:
    """A sentence of the bot with people's words in it, as HTML.

    Args:
        words: by mark, HTML.
    """
    return fill(html.escape(sentence, quote=False), **words)


def with_words(sentence: str, words: Mapping[str, str]) -> str:
    """A sentence of the bot with names and words of people in it, each by its mark, as HTML."""
    return filled(sentence, {mark: isolated(each) for mark, each in words.items()})


def clean(text: str) -> str:
    """Words without marks of direction and half characters."""
    return _SURROGATES.sub("\ufffd", _BIDI.sub("", text))
