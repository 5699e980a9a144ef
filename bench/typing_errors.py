"""Clean messages → the same with typing errors."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

_WORD = re.compile(r"[A-Za-z]{4,}")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _keyboard() -> dict[str, str]:
    """Each letter's neighbours: the keys beside it, and those above and below it."""
    places = {
        letter: (row, column + row / 2)  # each row stands half a key to the right
        for row, letters in enumerate(_ROWS)
        for column, letter in enumerate(letters)
    }
    return {
        letter: "".join(
            other
            for other, (other_row, other_column) in places.items()
            if other != letter and abs(row - other_row) <= 1 and abs(column - other_column) <= 1
        )
        for letter, (row, column) in places.items()
    }


_NEIGHBOURS = _keyboard()


def words(texts: Sequence[str]) -> int:
    """How many words with four letters or more there are to mistype."""
    return sum(len(_WORD.findall(text)) for text in texts)


def with_typing_errors(texts: Sequence[str], share: float, seed: int) -> list[str]:
    """Mistype a share of all words that have four letters or more, rounded to whole words.

    Each such word gets one error: a letter becomes its neighbour on the keyboard, or is left out.
    The same texts, share and seed give the same errors.
    """
    chance = random.Random(f"{seed}:{share}")
    places = [
        (row, match.start(), match.end())
        for row, text in enumerate(texts)
        for match in _WORD.finditer(text)
    ]
    chosen = sorted(chance.sample(places, round(share * len(places))), reverse=True)
    mistyped = list(texts)
    for row, start, end in chosen:  # from the back, so that the places before stay where they are
        text = mistyped[row]
        mistyped[row] = text[:start] + _mistyped(text[start:end], chance) + text[end:]
    return mistyped


def _mistyped(word: str, chance: random.Random) -> str:
    place = chance.randrange(len(word))
    letter = word[place]
    typed = ""
    if chance.random() < 0.5:
        near = chance.choice(_NEIGHBOURS[letter.lower()])
        typed = near.upper() if letter.isupper() else near
    return word[:place] + typed + word[place + 1 :]
