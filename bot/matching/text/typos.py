"""Typing errors → the FAQ's own words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_MIN_LETTERS = 4
# Contractions typed without their apostrophe are one letter away from words that turn the meaning
# around: "dont" is not "done".
_CONTRACTIONS = frozenset(
    re.findall(
        r"\w+",
        """
        arent cant couldnt didnt doesnt dont hadnt hasnt havent isnt mightnt mustnt neednt shant
        shouldnt wasnt werent wont wouldnt aint theres theyre theyve theyll whats wheres whos hows
        thats youre youve youll weve hasn doesn didn isn aren wasn weren couldn wouldn shouldn
        """,
    )
)


class TypoRepair:
    """Replaces words nobody knows by the FAQ's word that is one typing error away.

    A word is touched only if it has four letters or more, stands neither in the FAQ nor in the
    model's vocabulary, and is no contraction. One typing error is a letter too many, missing,
    wrong, or two neighbours swapped (Damerau 1964). Of several words the FAQ's most frequent is
    taken. Candidates are found by deleting letters from both sides (Garbe's SymSpell, 2012).

    Args:
        texts: the FAQ's wordings.
        vocabulary: whole words the model knows, in lower case.
    """

    def __init__(self, texts: Iterable[str], vocabulary: Container[str]) -> None:
        self._vocabulary = vocabulary
        self._frequency: Counter[str] = Counter()
        self._by_deletion: dict[str, tuple[str, ...]] = {}
        for word, times in sorted(Counter(_words(texts)).items()):
            self._frequency[word] = times
            for shorter in _forms(word):
                self._by_deletion[shorter] = (*self._by_deletion.get(shorter, ()), word)

    def repair(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text with repaired words, and what was done, such as 'read "retrun" as "return"'."""
        done: list[str] = []

        def replace(match: re.Match[str]) -> str:
            better = self._better(match[0].casefold())
            if better is None:
                return match[0]
            done.append(f'read "{match[0]}" as "{better}"')
            return better

        return _WORD.sub(replace, text), tuple(done)

    def _better(self, word: str) -> str | None:
        if (
            len(word) < _MIN_LETTERS
            or not word.isascii()
            or not word.isalpha()
            or word in self._frequency
            or word in self._vocabulary
            or word in _CONTRACTIONS
        ):
            return None
        near = {
            candidate
            for shorter in (word, *_deletions(word))
            for candidate in self._by_deletion.get(shorter, ())
            if _is_one_error(word, candidate)
        }
        return min(near, key=lambda known: (-self._frequency[known], known)) if near else None


def _words(texts: Iterable[str]) -> Iterator[str]:
    return (word.casefold() for text in texts for word in _WORD.findall(text))


def _forms(word: str) -> set[str]:
    """What a word is found by; nothing for one that is never meant."""
    return {word, *_deletions(word)} if len(word) >= _MIN_LETTERS and word.isalpha() else set()


def _deletions(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def _is_one_error(typed: str, meant: str) -> bool:
    if len(typed) == len(meant):
        differing = [place for place in range(len(typed)) if typed[place] != meant[place]]
        if len(differing) == 2:
            first, second = differing
            return (
                second == first + 1
                and typed[first] == meant[second]
                and typed[second] == meant[first]
            )
        return len(differing) == 1
    longer, shorter = (typed, meant) if len(typed) > len(meant) else (meant, typed)
    return len(longer) - len(shorter) == 1 and shorter in set(_deletions(longer))
