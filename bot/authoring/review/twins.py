"""Pairs of entries whose questions differ in one word: block my card, unblock my card.

As texts the two are nearly the same, to the model too. Only wordings of its own keep one from being
answered with the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.authoring.review.finding import Finding, Level, of_entry
from bot.authoring.review.texts import ENOUGH
from bot.authoring.review.words import told_by
from bot.domain import FaqEntry
from bot.files.findings import Code
from bot.files.when import meet
from bot.gently import gently
from bot.matching.words.lexicon import Told, contrary_words, stem

_ARTICLES = frozenset({"a", "an", "the"})
_MOST_ALIKE = 12  # entries with the same words but one: then that word is a name, not a twin's


@dataclass(frozen=True, slots=True)
class _Side:
    """An entry of a pair.

    Attributes:
        words: what only its question has, in lower case.
    """

    entry: FaqEntry
    words: tuple[str, ...]

    @property
    def own(self) -> int:
        """How many of its wordings have such a word."""
        wanted = set(map(stem, self.words))
        return sum(not wanted.isdisjoint(told_by(one).stems) for one in self.entry.wordings)


def twins(entries: Sequence[FaqEntry]) -> Iterator[Finding]:
    """The pairs of which one side or both have too few wordings of their own."""
    for one, other, is_contrary in _pairs(entries):
        poor = [side for side in (one, other) if side.own < ENOUGH]
        if poor:
            yield _finding(one, other, poor, is_contrary=is_contrary)


def _finding(one: _Side, other: _Side, poor: Sequence[_Side], *, is_contrary: bool) -> Finding:
    first = poor[0]
    second = other if first is one else one
    theirs, mine = " ".join(second.words), " ".join(first.words)
    place = second.entry.place_of(second.entry.question)
    needing = " and ".join(f"{side.entry.id} ({' '.join(side.words)})" for side in poor)
    return of_entry(
        first.entry,
        first.entry.question,
        Code.TWINS,
        f"“{first.entry.question}” and “{second.entry.question}” ({place}) differ only in "
        f"“{mine}” and “{theirs}”, which is easily missed. Give {needing} at least {ENOUGH} "
        "wordings with that word, or one that means the same.",
        Level.WARNING if is_contrary else Level.HINT,
        1 / (1 + min(side.own for side in poor)),
        place,
    )


def _pairs(entries: Iterable[FaqEntry]) -> Iterator[tuple[_Side, _Side, bool]]:
    """The pairs, and whether the two words are each other's contrary."""
    frames: dict[frozenset[str], list[FaqEntry]] = defaultdict(list)
    for entry in gently(entries):
        telling = frozenset(map(stem, told_by(entry.question).telling))
        for frame in {telling, *(telling - {word} for word in telling)}:
            if frame:
                frames[frame].append(entry)
    seen: set[frozenset[str]] = set()
    for alike in frames.values():
        if len(alike) > _MOST_ALIKE:
            continue
        for one, other in combinations(alike, 2):
            pair = frozenset((one.id, other.id))
            if pair not in seen:
                seen.add(pair)
                yield from _compared(one, other)


def _compared(one: FaqEntry, other: FaqEntry) -> Iterator[tuple[_Side, _Side, bool]]:
    here, there = told_by(one.question), told_by(other.question)
    if here.denies != there.denies or not meet(one.validity, other.validity):
        return
    contrary = contrary_words(here, there)
    mine, theirs = _only(here, there, contrary), _only(there, here, contrary)
    if contrary and mine and theirs:
        yield _Side(one, mine), _Side(other, theirs), True
    elif len(mine) == len(theirs) == 1 and _is_frame(here, there):
        yield _Side(one, mine), _Side(other, theirs), False


def _is_frame(here: Told, there: Told) -> bool:
    """Whether all else is the same, small words too."""
    differing = (here.stems ^ there.stems) - _ARTICLES
    return len(differing) == 2


def _only(said: Told, other: Told, contrary: frozenset[str]) -> tuple[str, ...]:
    """The words that tell a question from another one."""
    words = dict.fromkeys(said.words) if contrary else said.telling
    return tuple(
        word
        for word in words
        if stem(word) not in other.stems and (not contrary or stem(word) in contrary)
    )
