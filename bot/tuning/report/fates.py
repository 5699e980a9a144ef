"""What becomes of messages wherever the two lines may be put, as few small numbers.

A line stops at the thresholds that `tune` tries, and at the bot's own. Between two stops nothing is
asked for, so the sides of every rectangle (see `regions`) become numbers of stops, exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.domain import Decision, Thresholds
from bot.tuning.evaluate.outcomes import Outcome, answered_entries, got, judge
from bot.tuning.labels.scored import Scored
from bot.tuning.thresholds.regions import Codes, Numbers, Regions, tabulate
from bot.tuning.thresholds.search import GRID

# Whatever is neither answered nor asked about is refused; it need not be told again.
REFUSED = (Outcome.FALLBACK, Outcome.OOS_REFUSED)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message, and which entries somebody got to see.

    Attributes:
        entries: those that were answered; where it is asked for, those that were offered.
    """

    outcome: Outcome
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Fates:
    """The fate of each of n messages at all thresholds.

    Attributes:
        regions: their codes are places in `kinds`.
    """

    regions: Regions
    kinds: tuple[Fate, ...]

    def outcomes(self) -> Regions:
        """The same rectangles, with the codes of `Outcome`."""
        of = np.array([fate.outcome.code for fate in self.kinds], np.int64)
        r = self.regions
        sides = (r.answer_from, r.answer_to, r.follow_from, r.follow_to)
        return Regions(r.rows, r.owners, of[r.codes], *sides)


def find_fates(scored: Scored, rows: Sequence[int] | None = None) -> Fates:
    """Find what becomes of messages.

    Args:
        rows: only these messages, and with the entries that are offered; None: all, without them.
    """
    kinds: dict[Fate, int] = {}
    chosen = range(len(scored.labels)) if rows is None else rows

    def code(place: int, decision: Decision) -> int:
        outcome = judge(scored.labels[chosen[place]].expected, decision)
        shown = sorted(answered_entries(decision)) if rows is None else got(decision)
        return kinds.setdefault(Fate(outcome, tuple(shown)), len(kinds))

    readings = (scored.readings[row] for row in chosen)
    regions = tabulate(readings, scored.policy, code)
    return Fates(regions, tuple(kinds))


def stops_for(lines: Iterable[Thresholds]) -> Numbers:
    """The thresholds a line can be put to, ascending: those of the grid, and these."""
    own = [value for line in lines for value in (line.answer, line.follow_up)]
    return np.unique(np.r_[GRID, own])


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Rectangles in stops: one holds where answer_from <= answer < answer_to and
    follow_from <= follow_up < follow_to, all of them numbers of stops. Arrays of shape (m,).

    Attributes:
        places: of each, the rectangle it was.
    """

    places: Codes
    answer_from: Codes
    answer_to: Codes
    follow_from: Codes
    follow_to: Codes

    @property
    def sides(self) -> tuple[Codes, Codes, Codes, Codes]:
        """All four, in this order."""
        return (self.answer_from, self.answer_to, self.follow_from, self.follow_to)


def to_boxes(fates: Fates, stops: Numbers) -> Boxes:
    """Rectangles that hold at some pair of stops and say something else than a refusal."""
    r = fates.regions
    end = len(stops)
    answer_from = np.searchsorted(stops, r.answer_from, "left")
    answer_to = np.searchsorted(stops, r.answer_to, "left")
    follow_from = np.searchsorted(stops, r.follow_from, "right")
    follow_to = np.searchsorted(stops, r.follow_to, "right")
    # With follow_up <= answer these say the same in fewer different numbers.
    answer_from = np.maximum(answer_from, follow_from)
    follow_to = np.where(follow_to >= answer_to, end, follow_to)
    refused = np.array([fate.outcome in REFUSED for fate in fates.kinds], np.bool_)
    kept: NDArray[np.bool_] = ~refused[r.codes]
    kept &= (answer_from < answer_to) & (follow_from < follow_to)
    places = np.flatnonzero(kept)
    sides = (side[places] for side in (answer_from, answer_to, follow_from, follow_to))
    return Boxes(places, *sides)
