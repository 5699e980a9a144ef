"""One message → the questions in it."""

from __future__ import annotations

import re

from bot.matching.normalise import MAX_UTTERANCE_CHARS, has_words

MAX_PARTS = 4
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？；])|\n+|(?<=\?)(?=[^\s?!.])")
_CONNECTIVE = re.compile(
    r"\s*[,;]?\s+(?:and also|and|also|plus|as well as|besides)\s+|\s*[;；]\s*"
    r"|[,，]?\s*(?:另外|还有|以及|并且)[,，]?\s*",
    re.IGNORECASE,
)


def sentences(utterance: str) -> list[str]:
    """The sentences of a message with 2 to 4 of them; nothing for any other."""
    return _usable(_SENTENCE_END.split(utterance[:MAX_UTTERANCE_CHARS]))


def clauses(utterance: str) -> list[str]:
    """What stands around one connective ("and", "also", …); nothing where there is not just one."""
    parts = _usable(_CONNECTIVE.split(utterance[:MAX_UTTERANCE_CHARS]))
    return parts if len(parts) == 2 else []


def _usable(parts: list[str]) -> list[str]:
    kept = [part.strip() for part in parts if part and has_words(part)]
    return kept if 2 <= len(kept) <= MAX_PARTS else []
