"""Utterance → decision: match, the lines, the guards, and the parts of a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain import Action, Decision
from bot.matching import guards
from bot.matching.decision import Policy, ask_instead, decide
from bot.matching.matcher import Matcher
from bot.matching.parts import clauses, sentences
from bot.matching.ranking import Match


class Decider:
    """Decides on utterances, each by itself.

    Args:
        careful: hear the guards, and look for several questions in a message. False is the plain
            rule: one score, two lines.
    """

    def __init__(self, matcher: Matcher, policy: Policy, *, careful: bool) -> None:
        self._matcher = matcher
        self._policy = policy
        self._careful = careful

    def decide(self, utterance: str) -> Decision:
        """Decide on one utterance, of any length and content."""
        return self.decide_all([utterance])[0]

    def decide_all(self, utterances: Sequence[str]) -> list[Decision]:
        """Decide on each utterance; faster than one by one."""
        decisions = [self._whole(match) for match in self._matcher.match_all(utterances)]
        if not self._careful:
            return decisions
        return [
            decision if decision.action is Action.ANSWER else self._in_parts(utterance) or decision
            for utterance, decision in zip(utterances, decisions, strict=True)
        ]

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

    def _in_parts(self, utterance: str) -> Decision | None:
        """Answer the parts that can be; None where none can.

        A sentence stands for itself. What stands around "and" is two questions only if both are
        answered, by different entries.
        """
        answered = self._answered(sentences(utterance))
        if not answered:
            answered = self._answered(clauses(utterance))
            if len(answered) < 2:
                return None
        first = answered[0]
        told = ", ".join(str(part.entry_id) for part in answered)
        reason = f"the message was answered in parts ({told}); {first.reason}"
        others = tuple(part.candidates[0] for part in answered[1:])
        candidates = (first.candidates[0], *others) if others else first.candidates
        return replace(first, candidates=candidates, reason=reason, parts=tuple(answered))

    def _answered(self, parts: Sequence[str]) -> list[Decision]:
        """The answers among the decisions on parts, each entry once."""
        if not parts:
            return []
        decisions = [self._whole(match) for match in self._matcher.match_all(parts)]
        by_entry: dict[str | None, Decision] = {}
        for decision in decisions:
            if decision.action is Action.ANSWER:
                by_entry.setdefault(decision.entry_id, decision)
        return list(by_entry.values())
