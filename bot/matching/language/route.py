"""Which encoder reads a message: the second one where the first cannot read its language."""

from __future__ import annotations

from collections.abc import Container
from functools import cached_property

from bot.domain import base_language
from bot.matching.language.detect import ENGLISH, language_of
from bot.matching.text import normalise
from bot.matching.words.languages.every import EVERY

_READ = 1_000  # characters, in which a language shows
# Of a language's function words, if a model reads it: an English one knows 5 to 33 % of those of
# another language, a multilingual one 64 to 92 %.
_MOST = 0.5


class Routes:
    """Tells messages that the second encoder has to read.

    Args:
        vocabulary: of the first encoder; None where it can read nothing of the FAQ, so that it
            should read nothing at all.
    """

    def __init__(self, vocabulary: Container[str] | None) -> None:
        self._vocabulary = vocabulary

    def language(self, utterance: str, hint: str | None = None) -> str | None:
        """The language of a message; see `language_of`.

        Args:
            hint: the code of the language that the person has set.
        """
        return language_of(normalise(utterance[:_READ])[:_READ], hint)

    def is_for_second(self, language: str | None) -> bool:
        """Whether the second encoder has to read messages in a language; None: an unknown one."""
        if language is None or (language == ENGLISH and self._vocabulary is not None):
            return False  # without a look at the words, which takes the first message's time
        return base_language(language) not in self._readable

    @cached_property
    def _readable(self) -> frozenset[str]:
        """The languages that the first encoder reads beside English, as far as its words tell.

        Languages with scripts of their own are not among them.
        """
        if self._vocabulary is None:
            return frozenset()
        found = set()
        for language, its in EVERY.items():
            words = [word.strip("'") for word in its.recognised_by]
            if words and sum(word in self._vocabulary for word in words) >= _MOST * len(words):
                found.add(language)
        return frozenset(found)
