"""Labels → recommended thresholds, and what they would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bot.domain import Thresholds
from bot.matching.decide.confidence import Calibration
from bot.tuning.evaluate.metrics import as_share, count, measures, mixed
from bot.tuning.labels.from_log import OBJECTION, LogLabels
from bot.tuning.labels.outcomes import Numbers
from bot.tuning.labels.scored import Scored
from bot.tuning.thresholds.calibration import fit_calibration
from bot.tuning.thresholds.per_entry import EntryLines, propose_entry_lines
from bot.tuning.thresholds.regions import Regions
from bot.tuning.thresholds.search import (
    GRID,
    Half,
    Promise,
    Recommendation,
    cheapest_follow_up,
    choose,
    halves,
)

EXAMPLE = Thresholds(answer=0.75, follow_up=0.60)

Figures = Mapping[str, float | None]


def as_figures(found: Mapping[str, Numbers]) -> Figures:
    """What `measures` says of one pair of thresholds."""
    return {name: as_share(value) for name, value in found.items()}


@dataclass(frozen=True, slots=True)
class Point:
    """What a pair of thresholds does with all labels.

    Attributes:
        expected: figures by name, see `measures`; None of nothing.
    """

    thresholds: Thresholds
    expected: Figures


@dataclass(frozen=True, slots=True)
class CurvePoint(Point):
    """One of the pairs that were looked at.

    Attributes:
        wrong_answers_upper: an upper bound on their share, from the checking half alone.
    """

    wrong_answers_upper: float


@dataclass(frozen=True, slots=True)
class Tuning:
    """A recommendation.

    Attributes:
        choice: the thresholds, and whether the promise is proven.
        recommended: what they do with all labels.
        present: what the bot's own thresholds do with them.
        example: what 0.75 and 0.60 do with them.
        curve: by answer threshold, ascending, each with the follow-up threshold that goes with it.
        entry_lines: entries that would do better with lines of their own.
        calibration: from scores to confidence; None where labels do not tell.
        from_labels: False where the FAQ itself stood in for labels.
        log: what the labels were made of, where people's presses stand in for them.
    """

    promise: Promise
    labels: int
    in_scope: int
    choice: Recommendation
    recommended: Point
    present: Point
    example: Point
    curve: tuple[CurvePoint, ...]
    entry_lines: tuple[EntryLines, ...]
    calibration: Calibration | None
    from_labels: bool = True
    log: LogLabels | None = None


def tune(
    scored: Scored,
    regions: Regions,
    promise: Promise,
    *,
    from_labels: bool = True,
    log: LogLabels | None = None,
) -> Tuning:
    """Recommend thresholds.

    Args:
        regions: of the messages; codes are those of `Outcome`.
        from_labels: False where the labels were made from the FAQ: then nothing counts as proven,
            nor is anything else drawn from them.
        log: what they were made of, where they come from a log: nothing is proven then either, nor
            are entries' own thresholds or a calibration drawn from who happened to press.
    """
    in_scope = scored.in_scope
    chosen = halves(scored.labels)
    choosing = Half.of(regions, in_scope, chosen, scored.weights)
    checking = Half.of(regions, in_scope, ~chosen, scored.weights)
    objection = "there are no labels" if not from_labels else "" if log is None else OBJECTION
    choice = choose(choosing, checking, promise, objection)
    is_drawn = from_labels and log is None  # by hand, out of all messages

    def point(lines: Thresholds) -> Point:
        counts = count(regions.at(lines), scored.weights)
        return Point(lines, as_figures(measures(counts, promise.oos_share)))

    recommended = point(choice.thresholds)
    return Tuning(
        promise=promise,
        labels=len(scored.labels),
        in_scope=int(in_scope.sum()),
        choice=choice,
        recommended=recommended,
        present=point(scored.policy.thresholds),
        example=point(EXAMPLE),
        curve=_curve(choosing, checking, promise),
        entry_lines=propose_entry_lines(scored, choice.thresholds, promise) if is_drawn else (),
        calibration=_calibration(scored, promise) if is_drawn else None,
        from_labels=from_labels,
        log=log,
    )


def _calibration(scored: Scored, promise: Promise) -> Calibration | None:
    mix = mixed(scored.in_scope, scored.weights, promise.oos_share)
    return fit_calibration(scored.best_scores, scored.best_is_expected, mix)


def _curve(choosing: Half, checking: Half, promise: Promise) -> tuple[CurvePoint, ...]:
    _, follow_ups = cheapest_follow_up(choosing, promise)
    doubt, _ = promise.doubts
    bounds = checking.wrong_upper(promise.oos_share, doubt)
    rows = np.arange(len(GRID))
    counts = (choosing.counts + checking.counts)[rows, follow_ups]
    found = measures(counts, promise.oos_share)
    return tuple(
        CurvePoint(
            Thresholds(float(GRID[a]), float(GRID[f])),
            as_figures({name: values[a] for name, values in found.items()}),
            float(bounds[a]),
        )
        for a, f in zip(rows.tolist(), follow_ups, strict=True)
    )
