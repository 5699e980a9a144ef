"""How a bot does on a labelled set, by its present settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.domain import Action, Decision, Hit, Place, Thresholds
from bot.matching.decide.confidence import Calibration
from bot.tuning.evaluate.bootstrap import Estimate, Seen, estimates
from bot.tuning.evaluate.metrics import Numbers
from bot.tuning.evaluate.outcomes import IN_SCOPE, OUTCOMES, Outcome, answered_entries, got
from bot.tuning.labels.scored import Scored, outcome_codes

# What went wrong, worst first.
ERRORS = (
    Outcome.WRONG,
    Outcome.OOS_ANSWERED,
    Outcome.MISSED,
    Outcome.FALLBACK,
    Outcome.OOS_ASKED,
)


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one message.

    Attributes:
        expected: an entry's id; None for out of scope.
        got: the entries that were answered or offered; empty for a fallback.
        best: what came closest; None where nothing could be compared.
        confidence: how probably `best` is what was asked for; None where that is not calibrated.
    """

    text: str
    expected: str | None
    outcome: Outcome
    got: tuple[str, ...]
    best: Hit | None
    candidates: tuple[Hit, ...]
    confidence: float | None
    reason: str
    place: Place


@dataclass(frozen=True, slots=True)
class EntryRow:
    """How one entry fares.

    Attributes:
        asked: messages that ask for it.
        counts: what became of them, by outcome.
        top1: of them, those whose best candidate it is.
        answered: messages it was answered to.
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
        figures: by name, see `bootstrap.estimates`.
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
    scored: Scored,
    calibration: Calibration | None = None,
    oos_share: float | None = None,
    seed: int = 0,
) -> Evaluation:
    """Evaluate a bot by its present thresholds.

    Args:
        calibration: of the bot's scores, where it has one.
        oos_share: as in `measures`.
        seed: of the bootstrap.
    """
    decisions = scored.decisions()
    codes = outcome_codes(scored.labels, decisions)
    scores = scored.best_scores
    likely = np.clip(scores, 0, 1) if calibration is None else calibration.confidence(scores)
    in_scope = scored.in_scope
    seen = Seen(codes, in_scope, scores, likely, scored.best_is_expected)
    rows = [
        _row(scored, number, decision, int(code), None if calibration is None else likely)
        for number, (decision, code) in enumerate(zip(decisions, codes, strict=True))
    ]
    return Evaluation(
        thresholds=scored.policy.thresholds,
        oos_share=oos_share,
        in_scope=int(in_scope.sum()),
        out_of_scope=int((~in_scope).sum()),
        figures=estimates(seen, oos_share, seed),
        calibrated=calibration is not None,
        rows=tuple(rows),
        entries=_entries(scored.entry_ids, rows, decisions),
        confusions=_confusions(rows, decisions),
    )


def _row(
    scored: Scored, number: int, decision: Decision, code: int, confidence: Numbers | None
) -> Row:
    label = scored.labels[number]
    hits = scored.readings[number].whole.hits
    return Row(
        text=label.text,
        expected=label.expected,
        outcome=OUTCOMES[code],
        got=got(decision),
        best=hits[0] if hits else None,
        candidates=decision.candidates,
        confidence=None if confidence is None else float(confidence[number]),
        reason=decision.reason,
        place=label.place,
    )


def _entries(
    entry_ids: Sequence[str], rows: Sequence[Row], decisions: Sequence[Decision]
) -> tuple[EntryRow, ...]:
    outcomes: dict[str, Counter[Outcome]] = {entry_id: Counter() for entry_id in entry_ids}
    top1: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    rightly: Counter[str] = Counter()
    for row, decision in zip(rows, decisions, strict=True):
        told = answered_entries(decision)
        answered.update(told)
        if row.expected is not None:
            outcomes[row.expected][row.outcome] += 1
            top1[row.expected] += row.best is not None and row.best.entry_id == row.expected
            rightly[row.expected] += row.expected in told
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


def _confusions(rows: Sequence[Row], decisions: Sequence[Decision]) -> tuple[Confusion, ...]:
    messages: Counter[tuple[str | None, str]] = Counter()
    answered: Counter[tuple[str | None, str]] = Counter()
    for row, decision in zip(rows, decisions, strict=True):
        if row.best is None or row.best.entry_id == row.expected:
            continue
        if row.expected is None and decision.action is Action.FALLBACK:
            continue  # something is always nearest; it did no harm
        pair = (row.expected, row.best.entry_id)
        messages[pair] += 1
        answered[pair] += row.best.entry_id in answered_entries(decision)
    order = sorted(messages, key=lambda p: (-answered[p], -messages[p], p[0] or "", p[1]))
    return tuple(Confusion(*pair, messages[pair], answered[pair]) for pair in order)
