"""Hits → Decision: the three bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from bot.domain import Action, Decision, Hit, Thresholds
from bot.matching.decide.guards import Doubt

# How far below the best entry another may lie and still be offered beside it, though it misses the
# follow-up line. On five public FAQs that puts the right entry among the choices in 1 to 3 % more
# of the messages, at half a choice more to read. Plain cosines lie closer together.
NEAR = 0.20
NEAR_IN_COSINE = 0.10


@dataclass(frozen=True, slots=True)
class Policy:
    """What scores are compared with.

    Attributes:
        own: entries that have lines of their own, by entry id.
        choices: a follow-up offers at most so many entries, at least 1.
        near: an entry this close to the best is offered beside it.
        careful: hear the guards, and look for several questions in a message. False is the plain
            rule: one score, two thresholds.
        fingerprint: of FAQ, model and settings; every decision carries it.
    """

    thresholds: Thresholds
    own: Mapping[str, Thresholds] = field(default_factory=lambda: MappingProxyType({}))
    choices: int = 3
    near: float = NEAR
    careful: bool = True
    fingerprint: str = ""

    def lines(self, entry_id: str) -> Thresholds:
        """The lines that hold for an entry."""
        return self.own.get(entry_id, self.thresholds)


def decide(hits: Sequence[Hit], policy: Policy, remarks: Sequence[str] = ()) -> Decision:
    """Compare the best scores with the lines.

    Only the best entry may answer, and only strictly above its answer line. Otherwise, if an
    entry is on or above its own follow-up line, the bot asks about it and those near it. If none
    is, it falls back.

    Args:
        hits: one per entry, best first.
        remarks: what else the reason should say, such as that the utterance was cut.
    """
    if not hits:
        return _decision(Action.FALLBACK, (), "nothing to compare", policy, remarks)
    best = hits[0]
    lines = policy.lines(best.entry_id)
    if best.score > lines.answer:
        reason = f"{best.score:.4f} is above the answer line {_shown(lines.answer, best, policy)}"
        return _decision(Action.ANSWER, hits[: policy.choices], reason, policy, remarks)
    offered = _offered(hits, policy)
    if not offered:
        line = _shown(lines.follow_up, best, policy)
        reason = f"{best.score:.4f} is below the follow-up line {line}"
        return _decision(Action.FALLBACK, hits[: policy.choices], reason, policy, remarks)
    first = offered[0]
    lines = policy.lines(first.entry_id)
    if first.score > lines.answer:  # the best entry is stricter than this one
        reason = f"{first.score:.4f} would answer, but {best.entry_id} is nearer"
    else:
        reason = (
            f"{first.score:.4f} is from the follow-up line {_shown(lines.follow_up, first, policy)}"
            f" to the answer line {_shown(lines.answer, first, policy)}"
        )
    return _decision(Action.FOLLOW_UP, offered[: policy.choices], reason, policy, remarks)


def ask_instead(decision: Decision, hits: Sequence[Hit], policy: Policy, doubt: Doubt) -> Decision:
    """Turn an answer into a follow-up, as a guard doubts it."""
    return replace(
        decision,
        action=Action.FOLLOW_UP,
        candidates=_offered(hits, policy)[: policy.choices],
        reason=f"{decision.reason}; but {doubt.reason}, so it asks",
        guard=doubt.guard,
    )


def _offered(hits: Sequence[Hit], policy: Policy) -> tuple[Hit, ...]:
    reaching = [hit for hit in hits if hit.score >= policy.lines(hit.entry_id).follow_up]
    if not reaching:
        return ()
    near = reaching[0].score - policy.near
    # An entry with lines of its own is offered by those alone: somebody was careful with it.
    return tuple(
        hit
        for hit in hits
        if hit in reaching or (hit.score >= near and hit.entry_id not in policy.own)
    )


def _shown(value: float, hit: Hit, policy: Policy) -> str:
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
        thresholds=policy.thresholds,
    )
