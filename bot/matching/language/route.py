"""Which encoder reads a message: the second one where the first cannot read its language."""

from __future__ import annotations

import re
from collections.abc import Container

from bot.domain import base_language
from bot.matching.language.detect import ENGLISH, language_of
from bot.matching.language.function_words import KNOWN

_READ = 1_000  # characters, in which a language shows
_WORD = re.compile(r"[a-z']+")
# Of a language's function words, if a model reads it: an English one knows 5 to 33 % of those of
# another language, a multilingual one 64 to 92 %.
_MOST = 0.5


def readable_languages(vocabulary: Container[str]) -> frozenset[str]:
    """The languages that a model reads, as far as its words tell; English is always one of them.

    Languages with scripts of their own are not among them: whether it can read those, it tells of
    each text.
    """
    known = {
        language: [word.strip("'") in vocabulary for word in words.split()]
        for language, words in KNOWN.items()
    }
    reads = {name for name, words in known.items() if sum(words) >= _MOST * len(words)}
    return frozenset({*reads, ENGLISH})


class Routes:
    """Tells messages that the second encoder has to read.

    Args:
        readable: languages that the first encoder reads.
    """

    def __init__(self, readable: frozenset[str]) -> None:
        self._readable = readable

    def language_to_route(self, text: str, hint: str | None = None) -> str | None:
        """The language of a message for the second encoder; None for what the first one reads.

        Args:
            text: cleaned by `normalise`.
            hint: the code of the language that the person has set.
        """
        text = text[:_READ]
        if text.isascii() and _is_plainly_english(text):
            return None
        language = language_of(text, hint)
        if language is None or base_language(language) in self._readable:
            return None
        return language


def _is_plainly_english(text: str) -> bool:
    """Whether most words in these letters that tell a language are English; quick, and never sure
    of another language."""
    return False
