"""What the words of a whole FAQ tell, each text read once."""

from __future__ import annotations

from functools import lru_cache

from bot.matching.words import lexicon
from bot.matching.words.lexicon import Told

_REMEMBERED = 65_536  # texts; the bot that serves remembers fewer


@lru_cache(_REMEMBERED)
def told_by(text: str) -> Told:
    """What the words of a text tell."""
    return lexicon.told_by.__wrapped__(text)
