"""What the guards cost and what they save."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from bench.sets import Pair, Query
from bot.domain import Action, Decision, Faq, FaqEntry
from bot.labels.outcomes import Outcome, judge, shown_entries
from bot.matching.build import Matcher
from bot.matching.decide import guards

CONTRADICTION, ENTAILMENT = "CONTRADICTION", "ENTAILMENT"
ALMOST_EQUAL = 4.8  # of 5: people said that the two mean the same
GUARDS = tuple(name for name, _ in guards.GUARDS)


@dataclass(frozen=True, slots=True)
class GuardQuality:
    """Answers that the guards turned into follow-ups; counts.

    Attributes:
        right: right answers without any guard.
        right_lost: of these, follow-ups with all guards.
        lost_by: of these, follow-ups with one guard alone, by its name.
        wrong: wrong and out-of-scope answers without any guard.
        wrong_stopped: of these, follow-ups with all guards.
    """

    right: int
    right_lost: int
    lost_by: dict[str, int]
    wrong: int
    wrong_stopped: int


@contextmanager
def silenced(names: Sequence[str] = GUARDS) -> Iterator[None]:
    """Let some guards doubt nothing for a while."""
    heard = tuple(row for row in guards.GUARDS if row[0] not in names)
    with patch.object(guards, "GUARDS", heard):
        yield


def measure_guards(bot: Matcher, queries: Sequence[Query]) -> GuardQuality:
    """Compare decisions with all guards, with each alone, and with none."""
    texts = [query.text for query in queries]
    with silenced():
        bare = bot.decide_all(texts)
    right = [
        row
        for row, (query, decision) in enumerate(zip(queries, bare, strict=True))
        if query.expected is not None and judge(query.expected, decision) is Outcome.RIGHT
    ]
    answered = [row for row, decision in enumerate(bare) if decision.action is Action.ANSWER]
    wrong = sorted(set(answered) - set(right))
    lost_by = {}
    for name in GUARDS:
        with silenced([other for other in GUARDS if other != name]):
            lost_by[name] = _asked(bot.decide_all([texts[row] for row in right]))
    return GuardQuality(
        right=len(right),
        right_lost=_asked(bot.decide_all([texts[row] for row in right])),
        lost_by=lost_by,
        wrong=len(wrong),
        wrong_stopped=_asked(bot.decide_all([texts[row] for row in wrong])),
    )


@dataclass(frozen=True, slots=True)
class Counterparts:
    """An FAQ and messages that each say the contrary of one of its entries, or the same.

    Attributes:
        asked: (message, the entry it goes with).
    """

    faq: Faq
    asked: tuple[tuple[str, str], ...]


def contradictions(pairs: Sequence[Pair], split: str) -> Counterparts:
    """Messages that say the contrary."""
    return _counterparts([it for it in pairs if it.split == split and it.label == CONTRADICTION])


def entailments(pairs: Sequence[Pair], split: str) -> Counterparts:
    """Messages that follow from an entry and mean the same."""
    return _counterparts(
        [
            it
            for it in pairs
            if (it.split, it.label) == (split, ENTAILMENT) and (it.score or 0) >= ALMOST_EQUAL
        ]
    )


def _counterparts(chosen: Sequence[Pair]) -> Counterparts:
    """The distinct first sentences become entries p0, p1, …"""
    ids: dict[str, str] = {}
    for pair in chosen:
        ids.setdefault(pair.a, f"p{len(ids)}")
    entries = tuple(
        FaqEntry(id=entry_id, question=text, phrasings=(), answer=text)
        for text, entry_id in ids.items()
    )
    return Counterparts(Faq(entries), tuple((pair.b, ids[pair.a]) for pair in chosen))


def answered_counterparts(
    asked: Sequence[tuple[str, str]], decisions: Sequence[Decision]
) -> tuple[int, int]:
    """How many were shown the answer of the entry they go with, and of any; tentatively, too."""
    told = [shown_entries(decision) for decision in decisions]
    same = sum(entry in entries for (_, entry), entries in zip(asked, told, strict=True))
    return same, sum(bool(entries) for entries in told)


def _asked(decisions: Sequence[Decision]) -> int:
    return sum(decision.action is Action.FOLLOW_UP for decision in decisions)
