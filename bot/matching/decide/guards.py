"""Doubts that a score does not see.

Each guard is a small pure function that says what makes it doubt, or None; a new one is a function
and a row of `GUARDS`. A doubt turns an answer into a follow-up, never the other way: the person who
asked decides. (What keeps scripts that the model cannot read from the encoder stands before the
score: `blended`.)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.matching.score.ranker import Match
from bot.matching.words.lexicon import Told, contrary_words, told_by

Guard = Callable[[Match], str | None]

CLOSE_CALL = 0.04  # raw margin, which is twice the difference of the two entries' s
# Below this share of common words, a denial says the same thing in other words as often as the
# contrary: "my purchase is not there" and "my purchase is missing".
SAME_WORDS = 0.5
_PARTICLE = 3  # letters of the longest word that may be one: in, out, on, off, up, an, aus
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the bot asks although the score is high.

    Attributes:
        guard: the name of the guard whose doubt it is.
        reason: half a sentence for whoever asks why.
    """

    guard: str
    reason: str


def polarity(match: Match) -> str | None:
    """The one says the contrary of the other in the same words: "it is here", "it is not here".

    Contrary is a denial on one side only, or contrary words such as "on" and "off"; both together
    agree again. One close phrasing that agrees with the utterance is enough to still the doubt.
    Where contrary words are in play, only a phrasing that has the utterance's own word agrees: one
    that has neither word says nothing about it. Contrary words weigh more than a denial, which
    often says the same in other words: they count wherever half of what else one of the two says is
    said by the other. Particles such as "in" and "out" do not. Where meanings alone were compared,
    a denial on one side is enough: between languages no words are shared.
    """
    said = told_by(match.text)
    close = [told_by(phrasing) for phrasing in match.close]
    contrary = [contrary_words(said, one, close) for one in close]
    are_in_play = any(contrary)
    doubted: list[tuple[Told, frozenset[str]]] = []
    for one, words in zip(close, contrary, strict=True):
        if (said.denies != one.denies) != bool(words):
            doubted.append((one, words))
        elif words or not are_in_play:
            return None
    for one, words in doubted:
        mine, theirs = said.content - words, one.content - words
        share = _share_held if any(map(_is_telling, words)) else _share_in_common
        if match.by_meaning or share(theirs, mine) >= SAME_WORDS:
            return f"the message says the contrary of “{one.text}”"
    return None


def numbers(match: Match) -> str | None:
    """The one names other numbers, versions or dates than the other.

    A number that any of the close phrasings shares stills the doubt.
    """
    asked = set(_NUMBER.findall(match.typed or match.text))
    nearest = set(_NUMBER.findall(match.close[0])) if match.close else set()
    known = {number for phrasing in match.close for number in _NUMBER.findall(phrasing)}
    if not asked or not nearest or asked & known:
        return None
    there = ", ".join(sorted(nearest))
    return f"the message says {', '.join(sorted(asked))}, “{match.close[0]}” {there}"


def one_word(match: Match) -> str | None:
    """The message is like a phrasing but for one word, which means something else.

    Which word that is, the ranker tells: it takes vectors to say what means the same.
    """
    if match.odd is None:
        return None
    odd = match.odd
    return f"the message says “{odd.word}” where “{odd.phrasing}” says “{odd.instead_of}”"


def close_call(match: Match) -> str | None:
    """Two entries fit almost equally well."""
    if len(match.hits) < 2:
        return None
    first, second = match.hits[:2]
    if first.raw is None or second.raw is None or first.raw - second.raw >= CLOSE_CALL:
        return None
    return f"{first.entry_id} and {second.entry_id} fit almost equally well"


# By name, in the order in which they are heard; the first doubt counts.
GUARDS: tuple[tuple[str, Guard], ...] = (
    ("polarity", polarity),
    ("numbers", numbers),
    ("one_word", one_word),
    ("close_call", close_call),
)


def doubt_of(match: Match) -> Doubt | None:
    """What speaks against an answer; None for nothing, as for a phrasing typed word for word."""
    if match.word_for_word:
        return None
    if match.doubted_by is not None:
        return Doubt(match.doubted_by, "a guard doubted it when it was asked")
    for name, guard in GUARDS:
        reason = guard(match)
        if reason is not None:
            return Doubt(name, reason)
    return None


def _share_in_common(some: frozenset[str], others: frozenset[str]) -> float:
    """Jaccard's index; 0 for two empty sets."""
    return len(some & others) / max(1, len(some | others))


def _share_held(some: frozenset[str], others: frozenset[str]) -> float:
    """The overlap coefficient: of the fewer words, the share that the others have; 1 of none."""
    return len(some & others) / (min(len(some), len(others)) or 1) if some and others else 1.0


def _is_telling(word: str) -> bool:
    return len(word) > _PARTICLE or not word.isascii()
