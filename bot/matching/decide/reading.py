"""What was read in an utterance, and what is to be done about it by a policy.

Reading is the slow part (vectors, index, scores) and knows no thresholds; deciding is quick and
needs nothing but what was read. So a reading that is kept can be decided on again, by other
thresholds, and gives exactly what the bot would do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.domain import Action, Decision
from bot.matching.decide.guards import doubt_of
from bot.matching.decide.thresholds import Policy, ask_instead, decide
from bot.matching.score.ranker import Match

SET_ASIDE = "entries in other languages were set aside"


class Reading(Protocol):
    """An utterance that was read, its parts as far as they are asked for.

    Attributes:
        whole: the utterance taken for one question.
        foreign: ids of the entries in other languages than the person's.
    """

    @property
    def whole(self) -> Match: ...

    @property
    def foreign(self) -> frozenset[str]: ...

    def sentences(self) -> Sequence[Match]:
        """Its sentences, where it has 2 to 4 of them."""
        ...

    def clauses(self) -> Sequence[Match]:
        """What stands around its one connective, where it has just one."""
        ...


@dataclass(frozen=True, slots=True)
class KeptReading:
    """A `Reading` that was read to the end, to be decided on as often as one likes."""

    whole: Match
    foreign: frozenset[str] = frozenset()
    its_sentences: tuple[Match, ...] = ()
    its_clauses: tuple[Match, ...] = ()

    def sentences(self) -> Sequence[Match]:
        """See `Reading.sentences`."""
        return self.its_sentences

    def clauses(self) -> Sequence[Match]:
        """See `Reading.clauses`."""
        return self.its_clauses


class Rules:
    """Decides on what was read, by one policy."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def decide(self, reading: Reading) -> Decision:
        """Decide on an utterance."""
        whole = self.decide_match(reading.whole, reading.foreign)
        return (self._in_parts(reading, whole) or whole) if self.policy.careful else whole

    def decide_match(self, match: Match, foreign: frozenset[str]) -> Decision:
        """Decide on one text without foreign entries, or with them where that gives nothing.

        A foreign phrasing, word for word, gives way to an answer only. A foreign entry that fits
        better than what is asked about is offered as well: it may be all the FAQ has on the topic.
        """
        among_all = self._by_thresholds(match)
        if match.own is None:
            return among_all
        own = self._by_thresholds(match.own)
        is_exact = among_all.action is Action.ANSWER and among_all.score == 1
        if own.action is Action.FALLBACK or (is_exact and own.action is not Action.ANSWER):
            return among_all
        if own == among_all:
            return own
        aside = SET_ASIDE
        if (
            own.action is Action.FOLLOW_UP
            and among_all.entry_id in foreign
            and self.policy.choices > 1
        ):
            better = among_all.candidates[0]
            aside = f"{aside} except {better.entry_id}, which fits better"
            kept = own.candidates[: self.policy.choices - 1]
            own = replace(own, candidates=(*kept, better))
        return replace(own, reason=f"{aside}; {own.reason}")

    def _by_thresholds(self, match: Match) -> Decision:
        decision = decide(match.hits, self.policy, match.remarks)
        if not self.policy.careful or decision.action is not Action.ANSWER:
            return decision
        doubt = doubt_of(match)
        return decision if doubt is None else ask_instead(decision, match.hits, self.policy, doubt)

    def _in_parts(self, reading: Reading, whole: Decision) -> Decision | None:
        """Answer the parts of a message; None where the decision on the whole should stand.

        A whole that is answered gives way only to parts that hold its own answer and something
        more. Else a sentence stands for itself, and what stands around "and" is two questions only
        if both mean something to the FAQ, and not the same entry: "cut my hair and beard" is one.
        """
        if whole.action is Action.ANSWER:
            if whole.score == 1:  # word for word
                return None
            for split in (reading.sentences, reading.clauses):
                parts = self._understood(split(), reading.foreign)
                if len(parts) > 1 and whole.entry_id in {part.entry_id for part in _answers(parts)}:
                    return _joined(parts)
            return None
        parts = self._understood(reading.sentences(), reading.foreign)
        if _answers(parts):
            return _joined(parts)
        parts = self._understood(reading.clauses(), reading.foreign)
        return _joined(parts) if len(parts) > 1 and _answers(parts) else None

    def _understood(self, parts: Sequence[Match], foreign: frozenset[str]) -> tuple[Decision, ...]:
        """The answers and follow-ups among the decisions on parts, each entry once."""
        by_entry: dict[str, Decision] = {}
        for match in parts:
            decision = self.decide_match(match, foreign)
            if decision.entry_id is None:
                continue
            known = by_entry.get(decision.entry_id)
            if known is None or (not _answers([known]) and _answers([decision])):
                by_entry[decision.entry_id] = decision
        return tuple(by_entry.values())


def _answers(parts: Sequence[Decision]) -> list[Decision]:
    return [part for part in parts if part.action is Action.ANSWER]


def _joined(parts: Sequence[Decision]) -> Decision:
    """One decision out of answers, at least one, and follow-ups."""
    answers = _answers(parts)
    first = answers[0]
    told = ", ".join(f"{part.entry_id}: {part.action.value}" for part in parts)
    others = tuple(part.candidates[0] for part in answers[1:])
    return replace(
        first,
        candidates=(first.candidates[0], *others) if others else first.candidates,
        reason=f"in parts ({told}); {first.reason}",
        parts=tuple(parts),
    )
