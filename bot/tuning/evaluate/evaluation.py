"""How a bot does on a labelled set, by its present settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.domain import Hit, Place, Thresholds
from bot.labels.outcomes import ANSWERED, IN_SCOPE, Numbers, Outcome, got, judge
from bot.labels.scored import Scored
from bot.matching.decide.confidence import Calibration
from bot.tuning.evaluate.metrics import (
    as_share,
    auroc,
    calibration_error,
    count,
    intervals,
    measures,
    mixed,
)

# What went wrong, worst first.
ERRORS = (
    *(Outcome.WRONG, Outcome.OOS_ANSWERED, Outcome.WRONG_TENTATIVE, Outcome.OOS_TENTATIVE),
    *(Outcome.MISSED, Outcome.FALLBACK, Outcome.OOS_ASKED),
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval; None where there is nothing to work it out from."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one message.

    Attributes:
        expected: an entry's id; None for out of scope.
        count: how often it was asked.
        got: the entries that were answered or offered; empty for a fallback.
        best: what came closest; None where nothing could be compared.
        confidence: how probably `best` is what was asked for; None where that is not calibrated.
    """

    text: str
    expected: str | None
    count: int
    outcome: Outcome
    got: tuple[str, ...]
    best: Hit | None
    candidates: tuple[Hit, ...]
    confidence: float | None
    reason: str
    place: Place

    @property
    def answered(self) -> Sequence[str]:
        """The entries that were answered firmly; none where it was asked back or refused."""
        return self.got if self.outcome in ANSWERED else ()


@dataclass(frozen=True, slots=True)
class EntryRow:
    """How one entry fares.

    Attributes:
        asked: messages that ask for it.
        counts: what became of them, by outcome.
        top1: of them, those whose best candidate it is.
        answered: messages it was answered to; tentative answers are not counted.
        rightly: of these, those that asked for it.
    """

    entry_id: str
    asked: int
    counts: Mapping[Outcome, int]
    top1: int
    answered: int
    rightly: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """Messages that ask for one entry while another comes first.

    Attributes:
        expected: an entry's id; None for out of scope.
        messages: how many.
        answered: of these, how many got that other entry's answer.
    """

    expected: str | None
    best: str
    messages: int
    answered: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything there is to say.

    Attributes:
        figures: every measure by name, with its interval; `auroc` and `calibration_error` without.
        calibrated: whether `calibration_error` is that of the calibrated confidence. Else it is
            that of the score, taken for a probability, which it does not claim to be.
        rows: in the order of the labels.
        entries: those that were asked for or answered, in the FAQ's order.
        confusions: most frequent first.
    """

    thresholds: Thresholds
    oos_share: float | None
    in_scope: int
    out_of_scope: int
    figures: Mapping[str, Estimate]
    calibrated: bool
    rows: tuple[Row, ...]
    entries: tuple[EntryRow, ...]
    confusions: tuple[Confusion, ...]

    def errors(self) -> list[Row]:
        """What went wrong, the worst kind first; of a kind, the highest score first."""
        wrong = [row for row in self.rows if row.outcome in ERRORS]
        return sorted(
            wrong, key=lambda r: (ERRORS.index(r.outcome), 0.0 if r.best is None else -r.best.score)
        )


def evaluate(
    scored: Scored, calibration: Calibration | None = None, oos_share: float | None = None
) -> Evaluation:
    """Evaluate a bot by its present thresholds.

    Args:
        calibration: of the bot's scores, where it has one.
        oos_share: as in `measures`.
    """
    rows = rows_of(scored, calibration=calibration)
    scores, in_scope, weights = scored.best_scores, scored.in_scope, scored.weights
    codes = np.array([row.outcome.code for row in rows], np.int64)
    counts, squares = (count(codes, weights**power) for power in (1, 2))
    sides = intervals(counts, squares, oos_share)
    figures = {
        name: Estimate(as_share(share), *map(as_share, sides[name]))
        for name, share in measures(counts, oos_share).items()
    }
    mix = mixed(in_scope, weights, oos_share)
    figures["auroc"] = Estimate(auroc(scores, in_scope, weights))
    figures["calibration_error"] = Estimate(
        calibration_error(likely_of(scored, calibration), scored.best_is_expected, mix)
    )
    return Evaluation(
        thresholds=scored.lines,
        oos_share=oos_share,
        in_scope=int(weights[in_scope].sum()),
        out_of_scope=int(weights[~in_scope].sum()),
        figures=figures,
        calibrated=calibration is not None,
        rows=rows,
        entries=entries_of(scored.entry_ids, rows),
        confusions=confusions_of(rows),
    )


def likely_of(scored: Scored, calibration: Calibration | None) -> Numbers:
    """How probably each best entry is said to be right: the confidence, or else the score."""
    scores = scored.best_scores
    return np.clip(scores, 0, 1) if calibration is None else calibration.confidence(scores)


def rows_of(
    scored: Scored, lines: Thresholds | None = None, calibration: Calibration | None = None
) -> tuple[Row, ...]:
    """What becomes of every message, by the bot's own or other shared thresholds."""
    likely = None if calibration is None else calibration.confidence(scored.best_scores)
    rows = []
    for number, decision in enumerate(scored.decisions(lines)):
        label = scored.labels[number]
        rows.append(
            Row(
                text=label.text,
                expected=label.expected,
                count=label.count,
                outcome=judge(label.expected, decision),
                got=got(decision),
                best=next(iter(scored.readings[number].whole.hits), None),
                candidates=decision.candidates,
                confidence=None if likely is None else float(likely[number]),
                reason=decision.reason,
                place=label.place,
            )
        )
    return tuple(rows)


def entries_of(entry_ids: Sequence[str], rows: Sequence[Row]) -> tuple[EntryRow, ...]:
    """How the entries fare that were asked for or answered, in the order of their ids."""
    outcomes: dict[str, Counter[Outcome]] = {entry_id: Counter() for entry_id in entry_ids}
    top1: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    rightly: Counter[str] = Counter()
    for row in rows:
        for entry_id in row.answered:
            answered[entry_id] += row.count
        if row.expected is not None:
            outcomes[row.expected][row.outcome] += row.count
            if row.best is not None and row.best.entry_id == row.expected:
                top1[row.expected] += row.count
            if row.expected in row.answered:
                rightly[row.expected] += row.count
    return tuple(
        EntryRow(
            entry_id,
            counts.total(),
            {outcome: counts[outcome] for outcome in IN_SCOPE},
            top1[entry_id],
            answered[entry_id],
            rightly[entry_id],
        )
        for entry_id, counts in outcomes.items()
        if counts.total() or answered[entry_id]
    )


def confusions_of(rows: Sequence[Row]) -> tuple[Confusion, ...]:
    """Which entries were nearest in place of others, most frequent first."""
    messages: Counter[tuple[str | None, str]] = Counter()
    answered: Counter[tuple[str | None, str]] = Counter()
    for row in rows:
        if row.best is None or row.best.entry_id == row.expected:
            continue
        if row.outcome is Outcome.OOS_REFUSED:
            continue  # something is always nearest; it did no harm
        pair = (row.expected, row.best.entry_id)
        messages[pair] += row.count
        if row.best.entry_id in row.answered:
            answered[pair] += row.count
    order = sorted(messages, key=lambda p: (-answered[p], -messages[p], p[0] or "", p[1]))
    return tuple(Confusion(*pair, messages[pair], answered[pair]) for pair in order)
