"""Utterance → decision: match, the lines, the guards, and the parts of a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain import Action, Decision
from bot.matching import guards
from bot.matching.decision import Policy, ask_instead, decide
from bot.matching.matcher import Matcher, Read
from bot.matching.parts import clauses, sentences
from bot.matching.preference import Foreign
from bot.matching.ranking import Match


class Decider:
    """Decides on utterances, each by itself.

    Args:
        careful: hear the guards, and look for several questions in a message. False is the plain
            rule: one score, two lines.
        foreign: the entries in other languages than a person's.
    """

    def __init__(
        self, matcher: Matcher, policy: Policy, *, careful: bool, foreign: Foreign | None = None
    ) -> None:
        self._matcher = matcher
        self._policy = policy
        self._careful = careful
        self._foreign = Foreign() if foreign is None else foreign

    def decide(self, utterance: str, lang: str | None = None) -> Decision:
        """Decide on one utterance, of any length and content."""
        return self.decide_all([utterance], lang)[0]

    def decide_all(self, utterances: Sequence[str], lang: str | None = None) -> list[Decision]:
        """Decide on each utterance; faster than one by one.

        Args:
            lang: the code of the language of the person who asks; None if unknown.
        """
        foreign = self._foreign.to(lang)
        decisions = self._each(utterances, foreign)
        if not self._careful:
            return decisions
        return [
            self._in_parts(utterance, decision, foreign) or decision
            for utterance, decision in zip(utterances, decisions, strict=True)
        ]

    def _each(self, texts: Sequence[str], foreign: frozenset[str]) -> list[Decision]:
        """Decide on messages, or on the parts of one, each as a whole."""
        return [self._preferring(read, foreign) for read in self._matcher.read_all(texts)]

    def _preferring(self, read: Read, foreign: frozenset[str]) -> Decision:
        """Decide without foreign entries, or with them where that gives nothing.

        A foreign phrasing, word for word, gives way to an answer only. A foreign entry that fits
        better than what is asked about is offered as well: it may be all the FAQ has on the topic.
        """
        among_all = self._whole(self._matcher.rank(read))
        if not foreign:
            return among_all
        own = self._whole(self._matcher.rank(read, foreign))
        is_exact = among_all.action is Action.ANSWER and among_all.score == 1
        if own.action is Action.FALLBACK or (is_exact and own.action is not Action.ANSWER):
            return among_all
        if own == among_all:
            return own
        aside = "entries in other languages were set aside"
        if (
            own.action is Action.FOLLOW_UP
            and among_all.entry_id in foreign
            and self._policy.choices > 1
        ):
            better = among_all.candidates[0]
            aside = f"{aside} except {better.entry_id}, which fits better"
            kept = own.candidates[: self._policy.choices - 1]
            own = replace(own, candidates=(*kept, better))
        return replace(own, reason=f"{aside}; {own.reason}")

    def _whole(self, match: Match) -> Decision:
        decision = decide(match.hits, self._policy, match.remarks)
        if not self._careful or decision.action is not Action.ANSWER or match.word_for_word:
            return decision
        doubts = (
            guards.polarity(match.text, match.close),
            guards.numbers(match.text, match.close),
            guards.close_call(match.hits),
        )
        doubt = next((doubt for doubt in doubts if doubt is not None), None)
        return decision if doubt is None else ask_instead(decision, match.hits, self._policy, doubt)

    def _in_parts(
        self, utterance: str, whole: Decision, foreign: frozenset[str]
    ) -> Decision | None:
        """Answer the parts of a message; None where the decision on the whole should stand.

        A whole that is answered gives way only to parts that hold its own answer and something
        more. Else a sentence stands for itself, and what stands around "and" is two questions only
        if both mean something to the FAQ, and not the same entry: "cut my hair and beard" is one.
        """
        if whole.action is Action.ANSWER:
            if whole.score == 1:  # word for word
                return None
            for split in (sentences, clauses):
                parts = self._understood(split(utterance), foreign)
                if len(parts) > 1 and whole.entry_id in {part.entry_id for part in _answers(parts)}:
                    return _joined(parts)
            return None
        parts = self._understood(sentences(utterance), foreign)
        if _answers(parts):
            return _joined(parts)
        parts = self._understood(clauses(utterance), foreign)
        return _joined(parts) if len(parts) > 1 and _answers(parts) else None

    def _understood(self, parts: Sequence[str], foreign: frozenset[str]) -> tuple[Decision, ...]:
        """The answers and follow-ups among the decisions on parts, each entry once."""
        by_entry: dict[str, Decision] = {}
        for decision in self._each(parts, foreign):
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
