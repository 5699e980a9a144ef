"""What a change of thresholds, or of everything, would have done to messages of the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain import Decision, Thresholds
from bot.labels.from_log import Log, people_say
from bot.labels.outcomes import Done, done, fate
from bot.labels.scored import policy_at
from bot.matching.build import Matcher
from bot.store.store import Record

Totals = Mapping[Done, int]


@dataclass(frozen=True, slots=True)
class Flip:
    """A message that would meet another fate: something else is done, or other answers are shown.

    Attributes:
        before: what the change is compared with.
        after: what it makes of the message.
        is_certain: False where that hangs on words that are not kept.
    """

    record: Record
    before: Decision
    after: Decision
    is_certain: bool

    @property
    def is_better(self) -> bool | None:
        """Whether people said so: a right answer is won, or a wrong one spared. False where they
        said the contrary, None where they said nothing of it."""
        ranks = {False: 0, None: 1, True: 2}
        before, after = (
            ranks[people_say(self.record, decision)] for decision in (self.before, self.after)
        )
        return None if before == after else after > before


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
    def kinds(self) -> Mapping[tuple[Done, Done], Sequence[Flip]]:
        """The flips by what is done before and after, the most frequent first."""
        groups: dict[tuple[Done, Done], list[Flip]] = {}
        for flip in self.flips:
            groups.setdefault((done(flip.before), done(flip.after)), []).append(flip)
        return dict(sorted(groups.items(), key=lambda it: (-len(it[1]), it[0])))


def replay(matcher: Matcher, log: Log, proposed: Thresholds | None) -> Replay:
    """Decide on every message again.

    With proposed thresholds, these are compared with the configuration's own. Without, the
    configuration is compared with what the bot did.
    """
    present = matcher.decider.policy
    changed = present if proposed is None else policy_at(present, proposed)
    did: list[Decision] = [logged.record.decision for logged in log.messages]
    now = [logged.decide(present) for logged in log.messages]
    then = now if proposed is None else [logged.decide(changed) for logged in log.messages]
    before = did if proposed is None else now
    flips = [
        Flip(
            logged.record,
            one,
            other,
            log.is_certain(logged, one, present) and log.is_certain(logged, other, changed),
        )
        for logged, one, other in zip(log.messages, before, then, strict=True)
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


def _totals(decisions: Sequence[Decision]) -> Totals:
    counts = Counter(map(done, decisions))
    return {it: counts[it] for it in Done}
