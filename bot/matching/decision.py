"""Hits → Decision: the three bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.domain import Action, Decision, Hit, Thresholds


@dataclass(frozen=True, slots=True)
class Policy:
    """What scores are compared with.

    Attributes:
        own: entries that have lines of their own, by entry id.
        choices: a follow-up offers at most so many entries, at least 1.
        fingerprint: of FAQ, model and settings; every decision carries it.
    """

    thresholds: Thresholds
    own: Mapping[str, Thresholds] = field(default_factory=lambda: MappingProxyType({}))
    choices: int = 3
    fingerprint: str = ""

    def lines(self, entry_id: str) -> Thresholds:
        """The lines that hold for an entry."""
        return self.own.get(entry_id, self.thresholds)


def decide(hits: Sequence[Hit], policy: Policy, remarks: Sequence[str] = ()) -> Decision:
    """Compare the best scores with the lines.

    Only the best entry may answer, and only strictly above its answer line. Otherwise every entry
    on or above its own follow-up line may be offered. Without any, the bot falls back.

    Args:
        hits: one per entry, best first.
        remarks: what else the reason should say, such as that the utterance was cut.
    """
    if not hits:
        return _decision(Action.FALLBACK, (), "nothing to compare", policy, remarks)
    best = hits[0]
    lines = policy.lines(best.entry_id)
    if best.score > lines.answer:
        reason = f"{best.score:.4f} is above the answer line {_line(lines.answer, best, policy)}"
        return _decision(Action.ANSWER, hits[: policy.choices], reason, policy, remarks)
    offered = tuple(hit for hit in hits if hit.score >= policy.lines(hit.entry_id).follow_up)
    if offered:
        first = offered[0]
        lines = policy.lines(first.entry_id)
        reason = (
            f"{first.score:.4f} is not above the answer line "
            f"{_line(policy.lines(first.entry_id).answer, first, policy)} "
            f"but reaches the follow-up line {_line(lines.follow_up, first, policy)}"
            if first.score <= lines.answer
            else f"{first.score:.4f} would answer, but {best.entry_id} is nearer and its answer "
            f"line is {policy.lines(best.entry_id).answer:g}"
        )
        return _decision(Action.FOLLOW_UP, offered[: policy.choices], reason, policy, remarks)
    reason = f"{best.score:.4f} is below the follow-up line {_line(lines.follow_up, best, policy)}"
    return _decision(Action.FALLBACK, hits[: policy.choices], reason, policy, remarks)


def _line(value: float, hit: Hit, policy: Policy) -> str:
    owner = f" of {hit.entry_id}" if hit.entry_id in policy.own else ""
    return f"{value:g}{owner}"


def _decision(
    action: Action,
    candidates: Sequence[Hit],
    reason: str,
    policy: Policy,
    remarks: Sequence[str],
) -> Decision:
    return Decision(
        action=action,
        entry_id=None if action is Action.FALLBACK else candidates[0].entry_id,
        score=candidates[0].score if candidates else 0.0,
        candidates=tuple(candidates),
        reason="; ".join([*remarks, reason]),
        fingerprint=policy.fingerprint,
    )
