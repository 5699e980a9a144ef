"""The one place where a text is cleaned before it is compared, utterances and phrasings alike.

Only what carries no meaning is touched. Stop words and endings stay: removing them costs this
kind of encoder 1 to 13 points of top-1 accuracy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

MAX_UTTERANCE_CHARS = 4_096  # a Telegram message holds no more

_REPEATED = re.compile(r"([!?.,;:…。！？，、~-])\1+")
_KEPT_CONTROLS = frozenset("\t\n\r\v\f\x85")  # they separate words, so they become spaces


def normalise(text: str) -> str:
    """Return the text in NFKC, without invisible characters, with single spaces.

    Zero-width, bidirectional and control characters, lone surrogates and private-use characters
    are dropped; runs of the same punctuation mark become one. Applying it twice changes nothing.
    """
    visible = "".join(
        character
        for character in unicodedata.normalize("NFKC", text)
        if character in _KEPT_CONTROLS or unicodedata.category(character)[0] != "C"
    )
    # Dropping a character can bring two together that compose, so compose once more.
    composed = unicodedata.normalize("NFKC", visible)
    return " ".join(_REPEATED.sub(r"\1", composed).split())


class Synonyms:
    """Business words → plain words, in utterances and phrasings alike.

    Case makes no difference. Words in scripts that set words apart are replaced as whole words.

    Args:
        table: no plain word holds a business word, so that replacing twice changes nothing.
    """

    def __init__(self, table: Mapping[str, str]) -> None:
        self._plain = {normalise(word).casefold(): normalise(table[word]) for word in table}
        longest_first = sorted(self._plain, key=lambda word: (-len(word), word))
        self._pattern = re.compile("|".join(map(_as_whole, longest_first)), re.IGNORECASE)

    def apply(self, text: str) -> str:
        """Clean a text and put the plain words in."""
        text = normalise(text)
        if not self._plain:
            return text
        return self._pattern.sub(lambda found: self._plain[found[0].casefold()], text)


def _as_whole(word: str) -> str:
    before = r"\b" if word[0].isascii() else ""
    after = r"\b" if word[-1].isascii() else ""
    return f"{before}{re.escape(word)}{after}"


def same_wording(text: str) -> str:
    """A key that is equal for two texts a person would call the same wording."""
    return normalise(text).casefold().strip(" .!?。！？…")


def has_words(text: str) -> bool:
    """Whether there is anything to read: one letter or digit of any script."""
    return any(character.isalnum() for character in text)
