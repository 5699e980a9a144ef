"""Decisions → figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from bot.domain import Decision
from bot.labels.outcomes import judge
from bot.tuning.evaluate.metrics import as_share, auroc, count, measures

OUT_OF_SCOPE_TRAFFIC = 0.30  # the share that `precision` supposes
_RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a set was understood. All shares are from 0 to 1; None where nothing was asked.

    Attributes:
        in_scope: messages the FAQ has an answer for.
        out_of_scope: messages it has none for.
        right: of in-scope, answered with the expected entry and no other.
        wrong: of in-scope, answered with another.
        held: of in-scope, asked back with the expected entry among the choices.
        missed: of in-scope, asked back without it. A tentative answer is neither of these two.
        fallback: of in-scope, neither answered nor asked about.
        oos_answered: of out-of-scope, answered.
        oos_asked: of out-of-scope, asked about.
        auroc: whether the best score tells in-scope from out-of-scope.
        top1: of in-scope, the expected entry is the first candidate.
        precision: of all answers, those that are right, if 30 % of messages were out of scope.
        right_shown: of in-scope, answered with the expected entry, firmly or tentatively.
        wrong_shown: of in-scope, answered with another, firmly or tentatively.
        oos_shown: of out-of-scope, answered firmly or tentatively.
    """

    in_scope: int
    out_of_scope: int
    right: float | None
    wrong: float | None
    held: float | None
    missed: float | None
    fallback: float | None
    oos_answered: float | None
    oos_asked: float | None
    auroc: float | None
    top1: float | None
    precision: float | None
    right_shown: float | None
    wrong_shown: float | None
    oos_shown: float | None


MEASURES = tuple(field.name for field in fields(Quality))[2:]
SHOWN = ("right_shown", "wrong_shown", "fallback", "oos_shown", "oos_asked", "missed")
# (right, wrong, out of scope) of firm answers, and of firm and tentative ones.
_INTERVALS = (("right", "wrong", "oos_answered"), ("right_shown", "wrong_shown", "oos_shown"))


def share(part: int, whole: int) -> float | None:
    """A part of a whole; None of nothing."""
    return part / whole if whole else None


def is_top1(expected: str, decision: Decision) -> bool:
    """Whether the expected entry came first, whatever was done about it."""
    return decision.best is not None and decision.best.entry_id == expected


def measure(expected: Sequence[str | None], decisions: Sequence[Decision]) -> Quality:
    """Count what became of each message.

    Args:
        expected: an entry's id per message; None for out-of-scope.
    """
    rows = list(zip(expected, decisions, strict=True))
    inside = [(wanted, decision) for wanted, decision in rows if wanted is not None]
    codes = np.array([judge(wanted, decision).code for wanted, decision in rows], np.int64)
    shares = measures(count(codes), OUT_OF_SCOPE_TRAFFIC)
    return Quality(
        in_scope=len(inside),
        out_of_scope=len(rows) - len(inside),
        right=as_share(shares["right"]),
        wrong=as_share(shares["wrong"]),
        held=as_share(shares["held"]),
        missed=as_share(shares["missed"]),
        fallback=as_share(shares["fallback"]),
        oos_answered=as_share(shares["oos_answered"]),
        oos_asked=as_share(shares["oos_asked"]),
        auroc=auroc(
            np.array([decision.score for _, decision in rows]),
            np.array([wanted is not None for wanted, _ in rows]),
        ),
        top1=share(sum(is_top1(wanted, decision) for wanted, decision in inside), len(inside)),
        precision=as_share(shares["precision"]),
        right_shown=as_share(shares["right"] + shares["right_tentative"]),
        wrong_shown=as_share(shares["wrong"] + shares["wrong_tentative"]),
        oos_shown=as_share(shares["oos_answered"] + shares["oos_tentative"]),
    )


def means(qualities: Sequence[Quality]) -> Mapping[str, float | None]:
    """Each measure's mean over the sets that have it; every set weighs the same."""
    found: dict[str, float | None] = {}
    for name in MEASURES:
        values = [value for q in qualities if (value := getattr(q, name)) is not None]
        found[name] = sum(values) / len(values) if values else None
    return found


def intervals(qualities: Sequence[Quality], seed: int) -> Mapping[str, tuple[float, float]]:
    """95 % bootstrap intervals of the means of right, wrong and out-of-scope answers, firm and all.

    Each set's messages are drawn again with replacement, in-scope and out-of-scope by themselves,
    1,000 times. Drawing n labels anew gives multinomial counts, so the counts are drawn at once.
    """
    found: dict[str, tuple[float, float]] = {}
    for names in _INTERVALS:
        for name, samples in _drawn(qualities, names, seed).items():
            if samples:
                low, high = np.percentile(np.mean(samples, axis=0), [2.5, 97.5])
                found[name] = (float(low), float(high))
    return found


def _drawn(
    qualities: Sequence[Quality], names: tuple[str, str, str], seed: int
) -> Mapping[str, list[np.ndarray]]:
    """By name the shares that were drawn for each set, shape (1,000,)."""
    random = np.random.default_rng(seed)
    drawn: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for quality in qualities:
        right, wrong, outside = (getattr(quality, name) for name in names)
        if right is not None and wrong is not None:
            odds = [right, wrong, max(0.0, 1 - right - wrong)]
            counts = random.multinomial(quality.in_scope, odds, size=_RESAMPLES)
            drawn[names[0]].append(counts[:, 0] / quality.in_scope)
            drawn[names[1]].append(counts[:, 1] / quality.in_scope)
        if outside is not None:
            hits = random.binomial(quality.out_of_scope, outside, size=_RESAMPLES)
            drawn[names[2]].append(hits / quality.out_of_scope)
    return drawn
