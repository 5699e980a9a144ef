"""The one place where a text is cleaned before it is compared, utterances and phrasings alike.

Only what carries no meaning is touched. Stop words and endings stay: removing them costs this
kind of encoder 1 to 13 points of top-1 accuracy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

MAX_UTTERANCE_CHARS = 4_096  # a Telegram message holds no more

# Scripts that do not set words apart: Chinese, Japanese, and Korean with its particles.
CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"

_LETTER = f"[^\\W{CJK}]"  # of a word that is set apart
_REPEATED = re.compile(r"([!?.,;:…。！？，、~-])\1+")
_KEPT_CONTROLS = frozenset("\t\n\r\v\f\x85")  # they separate words, so they become spaces


def normalise(text: str) -> str:
    """Return the text in NFKC, without invisible characters, with single spaces.

    Zero-width, bidirectional and control characters, lone surrogates and private-use characters
    are dropped; runs of the same punctuation mark become one. Applying it twice changes nothing.
    """
    composed = unicodedata.normalize("NFKC", text)
    if not composed.isprintable():
        visible = "".join(
            character
            for character in composed
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
        plain = {normalise(word): normalise(table[word]) for word in table}
        plain.pop("", None)  # a word of invisible characters
        longest_first = sorted(plain, key=lambda word: (-len(word), word))
        # By the number of the group that matched: "İ" matches "i", but its lower case is another.
        self._plain: dict[int | None, str] = {
            number: plain[word] for number, word in enumerate(longest_first, start=1)
        }
        words = (f"({_as_whole(word)})" for word in longest_first)
        self._pattern = re.compile("|".join(words), re.IGNORECASE)

    def apply(self, text: str) -> str:
        """Clean a text and put the plain words in."""
        text = normalise(text)
        if not self._plain:
            return text
        return self._pattern.sub(lambda found: self._plain[found.lastindex], text)


def _as_whole(word: str) -> str:
    before = f"(?<!{_LETTER})" if re.match(_LETTER, word[0]) else ""
    after = f"(?!{_LETTER})" if re.match(_LETTER, word[-1]) else ""
    return f"{before}{re.escape(word)}{after}"


def same_wording(text: str) -> str:
    """A key that is equal for two texts a person would call the same wording."""
    return normalise(text).casefold().strip(" .!?。！？…")


def has_words(text: str) -> bool:
    """Whether there is anything to read: one letter or digit of any script."""
    return any(character.isalnum() for character in text)
