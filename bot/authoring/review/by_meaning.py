"""What shows in the vectors of wordings: competing, saying the same, unread."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.authoring.review.competing import Competitor, competing
from bot.authoring.review.finding import Finding, Level, of_entry
from bot.authoring.review.meanings import Meanings
from bot.authoring.review.words import told_by
from bot.domain import Faq, FaqEntry, Place
from bot.files.findings import Code
from bot.files.when import meet
from bot.gently import gently
from bot.matching.index import PhrasingVectors
from bot.matching.words.lexicon import contrary_words

# Cosines of two wordings that say the same: of two entries, of one, and of one in the same words.
_SAME_ELSEWHERE, _SAME, _SAME_WORDS = 0.92, 0.97, 0.93
# Of two entries with one wording each, the nearest to one another. Of such pairs in stackfaq and
# hint3-curekart 94 % are two wordings of one entry at 0.70, 83 % at 0.65.
_SAME_ALONE = 0.70
_CHUNK = 512
_NUMBER = re.compile(r"\d+")


def find(faq: Faq, meanings: Meanings) -> Iterator[Finding]:
    """All of it."""
    yield from _unread(faq, meanings.unread)
    for entry_id, wording in sorted(meanings.too_long):
        told = (
            f"this wording has {len(wording):,} characters, more than the bot reads at once, so "
            "hardly any message is like it. Write what is asked in a sentence or two."
        )
        yield of_entry(faq.by_id[entry_id], wording, Code.LONG_WORDING, told)
    for group in meanings.groups:
        yield from _of_group(faq, group)


def _unread(faq: Faq, unread: Mapping[str, str]) -> Iterator[Finding]:
    for entry_id, language in unread.items():
        told = f"is in a language ({language})" if language else "is in a language"
        yield of_entry(
            faq.by_id[entry_id],
            "",
            Code.LANGUAGE,
            f"{entry_id} {told} that the bot cannot read, so it only finds what is spelt alike. "
            "Add many wordings, or write the entry in a language that it reads "
            "(multilingual_model in config.yaml says which).",
            Level.WARNING,
        )


@dataclass(frozen=True, slots=True)
class _Wording:
    """A wording of a group: its entry, and where it stands."""

    entry: FaqEntry
    text: str

    @property
    def place(self) -> Place:
        return self.entry.place_of(self.text)


def _of_group(faq: Faq, group: PhrasingVectors) -> Iterator[Finding]:
    pairs = zip(group.entry_ids, group.phrasings, strict=True)
    wordings = [_Wording(faq.by_id[entry_id], text) for entry_id, text in pairs]
    alike = {(first, second): cosine for first, second, cosine in _alike(group)}
    competitors = _without_echoes(competing(group), alike)

    def is_ever_both(first: int, second: int) -> bool:
        return meet(wordings[first].entry.validity, wordings[second].entry.validity)

    competitors = [found for found in competitors if is_ever_both(found.row, found.other)]
    alike = {pair: cosine for pair, cosine in alike.items() if is_ever_both(*pair)}
    for found in competitors:
        yield _competing(found, wordings[found.row], wordings[found.other])
    told = {found.row for found in competitors}
    for (first, second), cosine in alike.items():
        one, other = wordings[first], wordings[second]
        if one.entry is other.entry or (first not in told and second not in told):
            yield _says_the_same(one, other, cosine)
    for first, second, cosine in _alone(group):
        if (first, second) not in alike and is_ever_both(first, second):
            yield _may_ask_the_same(wordings[first], wordings[second], cosine)


def _without_echoes(
    competitors: Sequence[Competitor], alike: Container[tuple[int, int]]
) -> list[Competitor]:
    """Of two wordings that each fit the other's entry better, the worse one alone; neither if they
    say the same, which is told by itself.
    """
    others = {found.row: found.other for found in competitors}
    told: dict[int, Competitor] = {}
    for found in competitors:  # worst first
        row, other = found.row, found.other
        is_echoed = others.get(other) == row
        if not is_echoed or (other not in told and (max(row, other), min(row, other)) not in alike):
            told[row] = found
    return [*told.values()]


def _competing(found: Competitor, one: _Wording, other: _Wording) -> Finding:
    told = (
        f"“{one.text}” stands under {one.entry.id}, but fits {other.entry.id} better, such as "
        f"“{other.text}” ({other.place}). Move it there, or say in it what only {one.entry.id} is "
        "about."
    )
    severity = found.severity / (1 + found.severity)
    about = one.entry, one.text
    return of_entry(*about, Code.COMPETING, told, Level.WARNING, severity, other.place)


def _says_the_same(one: _Wording, other: _Wording, cosine: float) -> Finding:
    code, level = Code.NEAR_DUPLICATE, Level.WARNING
    told = (
        f"“{one.text}” says the same as “{other.text}” ({other.place}) under {other.entry.id}, so "
        "the bot can hardly tell the two entries apart. Keep one of them, or merge the entries."
    )
    if one.entry is other.entry:
        code, level = Code.ADDS_NOTHING, Level.HINT
        told = (
            f"“{one.text}” says what “{other.text}” (line {other.place.line}) says in nearly the "
            "same words. Put another way to ask it in its place."
        )
    return of_entry(one.entry, one.text, code, told, level, cosine, other.place)


def _may_ask_the_same(one: _Wording, other: _Wording, cosine: float) -> Finding:
    told = (
        f"“{one.text}” and “{other.text}” ({other.place}) may ask the same, and neither "
        f"{one.entry.id} nor {other.entry.id} has other wordings to tell them apart. Merge the two "
        "entries, or add wordings to each."
    )
    about = one.entry, one.text
    return of_entry(*about, Code.COMPETING, told, Level.HINT, cosine, other.place)


def _alike(group: PhrasingVectors) -> Iterator[tuple[int, int, float]]:
    """Pairs of wordings that say the same, each wording told once, and their cosines.

    In the order of the files the second of a pair, and then the first.
    """
    _, owners = group.numbered
    told: set[int] = set()
    for start in gently(range(0, len(group), _CHUNK)):
        rows = np.arange(start, min(start + _CHUNK, len(group)))
        cosines = group.vectors[rows] @ group.vectors[: rows[-1] + 1].T
        for place, other in np.argwhere(cosines >= _SAME_ELSEWHERE).tolist():
            row, cosine = int(rows[place]), float(cosines[place, other])
            if (
                other < row
                and row not in told
                and _say_the_same(
                    group.texts[row], group.texts[other], cosine, owners[row] == owners[other]
                )
            ):
                told.add(row)
                yield row, other, cosine


def _alone(group: PhrasingVectors) -> Iterator[tuple[int, int, float]]:
    """Wordings of two entries that have no other, each the other's nearest, and their cosines."""
    _, owners = group.numbered
    nearest: dict[int, tuple[int, float]] = {}
    alone = np.flatnonzero(np.bincount(owners)[owners] == 1)
    for start in gently(range(0, len(alone), _CHUNK)):
        rows = alone[start : start + _CHUNK]
        cosines = group.vectors[rows] @ group.vectors.T
        cosines[np.arange(len(rows)), rows] = -1.0
        best = zip(cosines.argmax(axis=1).tolist(), cosines.max(axis=1).tolist(), strict=True)
        nearest.update(zip(rows.tolist(), best, strict=True))
    for row, (other, cosine) in nearest.items():
        is_mutual = other < row and nearest.get(other, (-1, 0.0))[0] == row
        if is_mutual and cosine >= _SAME_ALONE:
            one, another = group.texts[row], group.texts[other]
            if _say_the_same(one, another, cosine, is_one_entry=False):
                yield row, other, cosine


def _say_the_same(one: str, other: str, cosine: float, is_one_entry: bool) -> bool:
    here, there = told_by(one), told_by(other)
    if here.denies != there.denies or contrary_words(here, there):
        return False
    if set(_NUMBER.findall(one)) != set(_NUMBER.findall(other)):
        return False
    if not is_one_entry:
        return True
    return cosine >= _SAME or (cosine >= _SAME_WORDS and here.content == there.content)
