"""The words of all languages together: what denies, what is contrary, what carries no meaning.

Nothing here asks which language a text is in: a message of three words does not tell, and what
denies in one language is hardly ever a word of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from bot.matching.words.languages.every import EVERY
from bot.matching.words.languages.words import Words

_ALL = tuple(EVERY.values())
_REMEMBERED = 4_096  # texts: what people ask, and the phrasings near to it
_WORDS_REMEMBERED = 16_384
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\d_]+(?:['’][^\W\d_]+)?")
# l'aéroport is the airport like any other; English has no such words.
_ELIDED = re.compile(r"^(?:[cdjlmnst]|qu|dell|all|nell|sull|dall)['’](?=\w\w)")
_ENDINGS = ("ing", "ed", "es", "s")
_FEWEST = 3  # letters that are left of a word without its ending or its prefix

Side = tuple[int, int]  # the number of a contrast, and which of its two sides


@dataclass(frozen=True, slots=True)
class Told:
    """A text, as far as its words tell.

    Attributes:
        words: in lower case without apostrophes; Chinese characters one by one.
        content: stems of those that carry meaning and do not deny.
        telling: of these words, as they stand and each once, those that say what it is about.
        denies: whether it denies something, in any of the languages.
        sides: of the contrasts it speaks of, with the stems of its words for each.
    """

    text: str
    words: tuple[str, ...]
    stems: frozenset[str]
    content: frozenset[str]
    telling: tuple[str, ...]
    denies: bool
    sides: Mapping[Side, frozenset[str]]


@lru_cache(_REMEMBERED)
def told_by(text: str) -> Told:
    """What the words of a text tell."""
    words = _words(text)
    return Told(
        text=text,
        words=words,
        stems=frozenset(map(stem, words)),
        content=frozenset(stem(word) for word in words if word not in _EMPTY),
        telling=tuple(
            word for word in dict.fromkeys(words) if len(word) > 1 and word not in _SAYING_LITTLE
        ),
        denies=_denies(text, words),
        sides=_sides_in(text, words),
    )


@lru_cache(_WORDS_REMEMBERED)
def stem(word: str) -> str:
    """A word in lower case without the commonest endings of English.

    What is left need not be a word; it is the same for the forms of most words.
    """
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _FEWEST:
            word = word.removesuffix(ending)
            break
    if len(word) > _FEWEST and word[-1] == "e":
        word = word[:-1]
    if len(word) > _FEWEST and word[-1] == word[-2]:
        word = word[:-1]
    return f"{word[:-1]}i" if len(word) > _FEWEST and word[-1] == "y" else word


def contrary_words(said: Told, other: Told, among: Sequence[Told] = ()) -> frozenset[str]:
    """The stems of two texts that are each other's contrary, where neither has both sides.

    Args:
        among: texts that go with `other`; what one of them shares with `said` is in no contrast.
    """
    shared_sides = {side for one in (other, *among) for side in one.sides}
    shared_stems = {its for one in (other, *among) for its in one.stems}
    found: set[str] = set()
    for (contrast, side), mine in said.sides.items():
        across = (contrast, 1 - side)
        is_shared = (contrast, side) in shared_sides or across in said.sides
        if across in other.sides and not is_shared:
            found |= mine | other.sides[across]
    for mine_alone in said.stems - shared_stems:
        turned = other.stems.intersection(turned_of(mine_alone)) - said.stems
        found |= turned | {mine_alone} if turned else frozenset()
    return frozenset(found)


def are_contrary(one: str, other: str) -> bool:
    """Whether two words are each other's contrary: late/early, lock/unlock, anmelden/abmelden."""
    return bool(contrary_words(told_by(one), told_by(other)))


def _words(text: str) -> tuple[str, ...]:
    return tuple(
        _ELIDED.sub("", word).replace("'", "").replace("’", "")
        for word in map(str.casefold, _WORD.findall(text))
    )


def _is_sign(word: str) -> bool:
    """Whether it is of a script that does not set words apart: Thai, Chinese, Japanese, Korean."""
    return "\u3040" <= word[0] <= "\ud7af" or "\u0e00" <= word[0] <= "\u0e7f"


# --- denials

_DENIALS = frozenset(word for language in _ALL for word in language.denials.split())
_HARMLESS = re.compile(
    "|".join(one.not_denying for one in _ALL if one.not_denying and not one.denying)
)
_FUNCTION_WORDS = frozenset(word for one in _ALL for word in one.function_words.split())
_EMPTY = _DENIALS | _FUNCTION_WORDS | frozenset("不没無无未别別勿非沒")
_SAYING_LITTLE = _EMPTY | frozenset(word for one in _ALL for word in one.generic.split())
# Languages that deny inside words, by the letters that tell them. Japanese has Chinese letters too.
_DENYING_INSIDE = (
    ("\u3040", "\u30ff", EVERY["ja"]),
    ("\u4e00", "\u9fff", EVERY["zh"]),
    ("\uac00", "\ud7af", EVERY["ko"]),
    ("\u0e00", "\u0e7f", EVERY["th"]),
)
_TURKISH = re.compile(r"[ığş]|\b(?:mi|mu|nasil|bir|bu|için|icin|ne|gelme\w*)\b|[iıuü]yor")


@cache
def _denying(one: Words) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What denies and what does not; compiled when a text is in that language."""
    return re.compile(one.denying), re.compile(one.not_denying)


def _denies(text: str, words: Iterable[str]) -> bool:
    lowered = text.casefold()
    harmless = _HARMLESS.sub(" ", lowered)
    if harmless != lowered:
        words = _words(harmless)
    if any(word in _DENIALS for word in words):
        return True
    if not text.isascii():
        for first, last, one in _DENYING_INSIDE:
            if any(first <= letter <= last for letter in text):
                return _has_denial(one, lowered)
    return bool(_TURKISH.search(lowered)) and _has_denial(EVERY["tr"], lowered)


def _has_denial(one: Words, text: str) -> bool:
    denying, not_denying = _denying(one)
    return bool(denying.search(not_denying.sub(" ", text)))


# --- contrasts


def _contrasts() -> Iterator[tuple[Side, str]]:
    """Each word of each side."""
    lines = (line for one in _ALL for line in one.opposites.split("\n") if line.strip())
    for number, line in enumerate(lines):
        for side, words in enumerate(line.split(" / ")):
            yield from (((number, side), word) for word in words.split())


def _by_word(rows: Iterable[tuple[Side, str]]) -> dict[str, frozenset[Side]]:
    found: dict[str, set[Side]] = {}
    for side, word in rows:
        found.setdefault(word, set()).add(side)
    return {word: frozenset(sides) for word, sides in found.items()}


# A word that takes back is found by itself as well as with its "!".
_SIDES = _by_word(
    (side, name) for side, word in _contrasts() for name in {word, word.removeprefix("!")}
)
_WHOLE = {word: sides for word, sides in _SIDES.items() if not word.endswith("*")}
_BEGINNINGS = {word[:-1]: sides for word, sides in _SIDES.items() if word.endswith("*")}
_SHORTEST = min(map(len, _BEGINNINGS))
_SIGNS = frozenset(word for word in _WHOLE if _is_sign(word))
_LONGEST = max(map(len, _SIGNS))


def _sides_in(text: str, words: Iterable[str]) -> Mapping[Side, frozenset[str]]:
    """The sides of the words of a text, but for those that another of its words takes back."""
    spoken = [word for word in words if not _is_sign(word)]
    if not text.isascii() and any(map(_is_sign, text)):
        spoken += _signs_in(text)
    found: dict[Side, set[str]] = {}
    taken_back: set[Side] = set()
    for word in spoken:
        stems = set(_words(word)) if _is_sign(word) else {stem(word)}
        for contrast, side in _sides_of(word):
            found.setdefault((contrast, side), set()).update(stems)
            if (contrast, side) in _sides_of(f"!{word}"):
                taken_back.add((contrast, 1 - side))
    return {side: frozenset(its) for side, its in found.items() if side not in taken_back}


def _signs_in(text: str) -> Iterator[str]:
    """The words of contrasts in a text that does not set words apart, the longest at each place."""
    place = 0
    while place < len(text):
        longest = min(_LONGEST, len(text) - place)
        pieces = (text[place : place + length] for length in range(longest, 0, -1))
        found = next((piece for piece in pieces if piece in _SIGNS), None)
        if found is not None:
            yield found
        place += len(found or " ")


@lru_cache(_WORDS_REMEMBERED)
def _sides_of(word: str) -> frozenset[Side]:
    sides = _WHOLE.get(word, frozenset[Side]())
    for length in range(_SHORTEST, len(word) + 1):
        sides |= _BEGINNINGS.get(word[:length], frozenset())
    return sides


# --- prefixes that turn a word around

_PREFIXES = tuple(sorted({prefix for one in _ALL for prefix in one.prefixes.split()}))
_SWAPS = tuple(
    sorted(
        {
            pair
            for one in _ALL
            for here, there in (swap.split("/") for swap in one.swaps.split())
            for pair in ((here, there), (there, here))
        }
    )
)
_ALIKE = frozenset(
    frozenset(map(stem, pair.split("/"))) for one in _ALL for pair in one.alike.split()
)


@lru_cache(_REMEMBERED)
def turned_of(word: str) -> tuple[str, ...]:
    """What a word would be the contrary of by a prefix, be it a word or not: unlock, relock, …"""
    found = [prefix + word for prefix in _PREFIXES] if len(word) >= _FEWEST else []
    for prefix in _PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= _FEWEST:
            found.append(word.removeprefix(prefix))
    for here, there in _SWAPS:
        if word.startswith(here) and len(word) - len(here) >= _FEWEST:
            found.append(there + word.removeprefix(here))
    return tuple(one for one in found if frozenset((stem(word), stem(one))) not in _ALIKE)
