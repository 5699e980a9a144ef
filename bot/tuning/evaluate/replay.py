"""What a change of thresholds, or of everything, would have done to messages of the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain import Action, Decision, Thresholds
from bot.matching.build import Matcher
from bot.matching.decide.thresholds import Policy
from bot.store.store import Record
from bot.tuning.evaluate.outcomes import answered_entries
from bot.tuning.labels.from_log import Log, Teller, Told
from bot.tuning.labels.log_labels import people_say
from bot.tuning.thresholds.shift import policy_at

Totals = Mapping[Action, int]


@dataclass(frozen=True, slots=True)
class Flip:
    """A message that would meet another fate: another action, or other answers.

    Attributes:
        before: what the change is compared with.
        after: what it makes of the message.
        is_certain: False where that hangs on words that are not kept.
    """

    past: Record
    before: Decision
    after: Decision
    is_certain: bool

    @property
    def is_better(self) -> bool | None:
        """Whether people said so: a right answer is won, or a wrong one spared. False where they
        said the contrary, None where they said nothing of it."""
        ranks = {False: 0, None: 1, True: 2}
        before, after = (
            ranks[people_say(self.past, decision)] for decision in (self.before, self.after)
        )
        return None if before == after else after > before


@dataclass(frozen=True, slots=True)
class Kind:
    """Flips of one kind.

    Attributes:
        uncertain: how many of them hang on words that are not kept.
        better: how many are for the better, by what people pressed.
        worse: how many for the worse.
    """

    before: Action
    after: Action
    messages: int
    uncertain: int
    better: int
    worse: int


@dataclass(frozen=True, slots=True)
class Replay:
    """What would have become of the messages of a log.

    Attributes:
        present: the thresholds of the configuration.
        proposed: those that are tried; None: the configuration itself is, against what happened.
        did: what the bot did with them.
        now: what the configuration makes of them.
        then: what the proposed thresholds make of them; None where there are none.
        flips: newest first.
    """

    log: Log
    present: Thresholds
    proposed: Thresholds | None
    did: Totals
    now: Totals
    then: Totals | None
    flips: tuple[Flip, ...]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The flips by kind, the most frequent first."""
        groups: dict[tuple[Action, Action], list[Flip]] = {}
        for flip in self.flips:
            groups.setdefault((flip.before.action, flip.after.action), []).append(flip)
        kinds = (
            Kind(
                before,
                after,
                messages=len(flips),
                uncertain=sum(not flip.is_certain for flip in flips),
                better=sum(flip.is_better is True for flip in flips),
                worse=sum(flip.is_better is False for flip in flips),
            )
            for (before, after), flips in groups.items()
        )
        return tuple(sorted(kinds, key=lambda kind: (-kind.messages, kind.before, kind.after)))


def replay(bot: Matcher, log: Log, proposed: Thresholds | None) -> Replay:
    """Decide on every message again.

    With proposed thresholds, these are compared with the configuration's own. Without, the
    configuration is compared with what the bot did.
    """
    teller = Teller(bot)
    present = bot.decider.policy
    changed = present if proposed is None else policy_at(present, proposed)
    did: list[Decision] = [told.past.decision for told in log.told]
    now = [teller.decide(told, present) for told in log.told]
    then = now if proposed is None else [teller.decide(told, changed) for told in log.told]
    before = did if proposed is None else now
    flips = [
        Flip(told.past, one, other, _is_certain(teller, told, (one, present), (other, changed)))
        for told, one, other in zip(log.told, before, then, strict=True)
        if fate(one) != fate(other)
    ]
    return Replay(
        log=log,
        present=present.thresholds,
        proposed=proposed,
        did=_totals(did),
        now=_totals(now),
        then=None if proposed is None else _totals(then),
        flips=tuple(reversed(flips)),
    )


def fate(decision: Decision) -> tuple[Action, frozenset[str]]:
    """What a person notices first: what is done, and which answers they get."""
    return decision.action, answered_entries(decision)


def _is_certain(teller: Teller, told: Told, *decided: tuple[Decision, Policy]) -> bool:
    return all(teller.is_certain(told, decision, policy) for decision, policy in decided)


def _totals(decisions: Sequence[Decision]) -> Totals:
    counts = Counter(decision.action for decision in decisions)
    return {action: counts[action] for action in Action}
