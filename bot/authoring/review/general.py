"""Wordings that say so little that they draw in what people ask about other entries.

Vectors hardly show them. Words do: none is left but such as any question has, or the few that are
left stand in the wordings of many other entries, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bot.authoring.review.finding import Finding, of_entry
from bot.authoring.review.words import stems_of, told_by
from bot.domain import FaqEntry
from bot.files.findings import Code
from bot.matching.words.lexicon import stem

_SHORT = 4  # words: a longer wording has more than its words to tell it by
_SHARE, _FEWEST = 0.25, 5  # of the other entries, and at least so many, that have the same words
# What a question begins with, and what it is about no more clearly with than without.
_OPENINGS = frozenset(
    stem(word)
    for word in (
        *("help", "need", "want", "question", "problem", "issue"),
        *("info", "information", "please", "hello", "hi"),
    )
)


def too_general(entries: Sequence[FaqEntry]) -> Iterator[Finding]:
    """The wordings that could stand in any other entry, or of which every word does in many."""
    held_by: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        for its in frozenset[str]().union(*map(stems_of, entry.wordings)):
            held_by[its].add(entry.id)
    least = max(_FEWEST, _SHARE * (len(entries) - 1))
    for entry in entries if len(entries) > 1 else ():
        for wording in entry.wordings:
            if not wording.isascii() or len(wording.split()) > _SHORT:
                continue
            told = told_by(wording)
            if not told.words:
                continue
            others = [len(held_by[its] - {entry.id}) for its in told.content - _OPENINGS]
            if not told.telling:
                yield _finding(entry, wording, "could stand in any other entry", 1.0)
            elif others and min(others) >= least:
                why = f"has no word that does not stand in {min(others)} other entries"
                yield _finding(entry, wording, why, min(others) / len(entries))


def _finding(entry: FaqEntry, wording: str, why: str, severity: float) -> Finding:
    told = (
        f"“{wording}” {why}, so it draws in what people ask about those. Say in it what only "
        f"{entry.id} is about."
    )
    return of_entry(entry, wording, Code.TOO_GENERAL, told, severity=severity)
