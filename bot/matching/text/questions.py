"""One message → the questions in it."""

from __future__ import annotations

import re

from bot.matching.text.normalise import MAX_UTTERANCE_CHARS, has_words

MAX_PARTS = 4
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s|(?<=[。！？；])|\n|(?<=\?)(?=[^\s?!.])")
# On a text whose white space is single spaces: two unbounded runs of it side by side would take
# cubic time on a message of blanks.
_CONNECTIVE = re.compile(
    r"[,;]? (?:and also|and|also|plus|as well as|besides) | ?[;；] ?"
    r"|[,，]? ?(?:另外|还有|以及|并且) ?[,，]? ?",
    re.IGNORECASE,
)


def sentences(utterance: str) -> list[str]:
    """The sentences of a message with 2 to 4 of them; nothing for any other."""
    return _usable(_SENTENCE_END.split(utterance[:MAX_UTTERANCE_CHARS]))


def clauses(utterance: str) -> list[str]:
    """What stands around one connective ("and", "also", …); nothing where there is not just one."""
    flat = " ".join(utterance[:MAX_UTTERANCE_CHARS].split())
    parts = _usable(_CONNECTIVE.split(flat))
    return parts if len(parts) == 2 else []


def _usable(parts: list[str]) -> list[str]:
    kept = [part.strip() for part in parts if part and has_words(part)]
    return kept if 2 <= len(kept) <= MAX_PARTS else []
