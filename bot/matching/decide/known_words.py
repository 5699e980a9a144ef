"""Which words of a message the FAQ does not have: what people begin to ask about shows there first.

Words count by their stems, and common ones not at all. In scripts that do not set words apart, two
characters side by side count as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise

from bot.domain import FaqEntry
from bot.matching.decide.answer_words import WORD, AnswerWords, stem
from bot.matching.text import CJK, simplified

_RUN = re.compile(f"[{CJK}]+")
_TOKEN = re.compile(f"{WORD.pattern}|{_RUN.pattern}")
_MOST_READ = 500  # characters of a message; what follows would take as long as a decision
_MOST_WORDS = 3  # of a new name, such as "AI agent"
_MOST_CHARACTERS = 6  # the same, where words are not set apart
_GAP = re.compile(r"[\s-]{1,2}")  # between the words of one name


class KnownWords:
    """The words of an FAQ's wordings and answers.

    Args:
        words: of the same entries, those that are set apart.
    """

    def __init__(self, words: AnswerWords, entries: Sequence[FaqEntry]) -> None:
        self._words_apart = words
        self._entries = entries

    def prepare(self) -> None:
        """Gather them, which a question would wait for: 3 ms for 15,000 wordings."""
        _ = self._words_apart.stems, self._pairs

    @cached_property
    def _pairs(self) -> frozenset[str]:
        return frozenset(
            pair
            for entry in self._entries
            for text in (*entry.wordings, *entry.answer_texts)
            if not text.isascii()
            for run in _RUN.findall(simplified(text))
            for pair in _pairs_of(run)
        )

    def unknown_share(self, text: str) -> float | None:
        """The share of a text's words, 0 to 1, that the FAQ does not have; None if none count."""
        are_known = [is_known for *_, is_known in self._words(text)]
        return are_known.count(False) / len(are_known) if are_known else None

    def unknown(self, text: str) -> frozenset[str]:
        """The words that the FAQ does not have, in lower case, and names that they make up."""
        found: set[str] = set()
        name: list[str] = []
        ended = -1
        for word, begin, end, is_known in self._words(text):
            is_run = _RUN.match(word) is not None
            follows = ended > begin if is_run else _GAP.fullmatch(text, ended, begin) is not None
            if is_known or not follows:
                name = []
            ended = end
            if is_known:
                continue
            name = [*name, word]
            found.add(word)
            if is_run and len(name) > 1:
                found.add((name[0] + "".join(pair[1] for pair in name[1:]))[:_MOST_CHARACTERS])
            elif len(name) > 1:
                found.add(" ".join(name[-_MOST_WORDS:]))
        return frozenset(found)

    def _words(self, text: str) -> Iterator[tuple[str, int, int, bool]]:
        """Each word that counts, from where to where it stands, and whether the FAQ has it."""
        text = text[:_MOST_READ]
        for found in _TOKEN.finditer(text if text.isascii() else simplified(text)):
            if _RUN.match(found[0]):
                for place, pair in enumerate(_pairs_of(found[0]), start=found.start()):
                    yield pair, place, place + len(pair), pair in self._pairs
            elif (its := stem(found[0])) is not None:
                yield found[0].casefold(), *found.span(), its in self._words_apart.stems


def _pairs_of(run: str) -> list[str]:
    return ["".join(pair) for pair in pairwise(run)] or [run]
