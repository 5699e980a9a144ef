"""Where in the plane of the two thresholds each message meets which fate.

What becomes of a message changes only where a threshold passes one of its scores. Between these
cuts everything stays as it is, so the plane falls into a few rectangles per message, each decided
by the bot's own code. Afterwards any question about thresholds is counting rectangles.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bot.domain import Decision, Thresholds
from bot.matching.decide.reading import KeptReading, Rules
from bot.matching.decide.thresholds import Policy
from bot.matching.score.ranker import Match
from bot.tuning.thresholds.shift import policy_at

_LOWEST, _HIGHEST = -1.0, 1.0  # that a threshold can be

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]
Judge = Callable[[int, Decision], int]


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Rectangles: the fate `codes[i]` of the message `owners[i]` holds for all thresholds with
    answer_from <= answer < answer_to and follow_from < follow_up <= follow_to.

    Those of one message do not overlap, and cover every pair with follow_up <= answer.

    Attributes:
        rows: how many messages there are.
        owners: shape (m,), of each rectangle, in order.
    """

    rows: int
    owners: Codes
    codes: Codes
    answer_from: Numbers
    answer_to: Numbers
    follow_from: Numbers
    follow_to: Numbers

    def at(self, lines: Thresholds) -> Codes:
        """The code of each message, shape (rows,)."""
        holds = (
            (self.answer_from <= lines.answer)
            & (lines.answer < self.answer_to)
            & (self.follow_from < lines.follow_up)
            & (lines.follow_up <= self.follow_to)
        )
        found = np.empty(self.rows, np.int64)
        found[self.owners[holds]] = self.codes[holds]
        return found

    def of(self, chosen: NDArray[np.bool_]) -> Regions:
        """Those of some messages, which are numbered anew.

        Args:
            chosen: shape (rows,).
        """
        kept = chosen[self.owners]
        numbers = np.cumsum(chosen) - 1
        return Regions(
            int(chosen.sum()),
            numbers[self.owners[kept]],
            self.codes[kept],
            self.answer_from[kept],
            self.answer_to[kept],
            self.follow_from[kept],
            self.follow_to[kept],
        )

    def counts(
        self, answers: Numbers, follow_ups: Numbers, kinds: int, weights: Numbers | None = None
    ) -> Numbers:
        """How many messages have which code at all pairs of thresholds.

        Args:
            answers: answer thresholds, ascending.
            follow_ups: follow-up thresholds, ascending.
            kinds: codes are below it.
            weights: how many messages each one stands for, shape (rows,); None: itself.
        Returns:
            Shape (len(answers), len(follow_ups), kinds). Only pairs with follow_up <= answer count.
        """
        a0, a1 = self._span(answers)
        f0 = np.searchsorted(follow_ups, self.follow_from, "right")
        f1 = np.searchsorted(follow_ups, self.follow_to, "right")
        # Each rectangle is four corners of a table that is then summed up along both axes.
        corners = np.zeros((len(answers) + 1, len(follow_ups) + 1, kinds))
        each = np.ones(len(self.owners)) if weights is None else weights[self.owners]
        for a, f, sign in ((a0, f0, 1), (a1, f0, -1), (a0, f1, -1), (a1, f1, 1)):
            np.add.at(corners, (a, f, self.codes), sign * each)
        return corners.cumsum(axis=0).cumsum(axis=1)[:-1, :-1]

    def ever(self, codes: Iterable[int], answers: Numbers) -> NDArray[np.bool_]:
        """Whether a message has one of these codes at an answer threshold and any follow-up
        threshold that goes with it.

        Returns:
            Shape (rows, len(answers)).
        """
        of = np.isin(self.codes, list(codes))
        a0, a1 = self._span(answers)
        # With follow_up <= answer, a rectangle begins to count above its lowest follow-up line.
        a0 = np.maximum(a0, np.searchsorted(answers, self.follow_from, "right"))
        of &= a0 < a1
        edges = np.zeros((self.rows, len(answers) + 1), np.int32)
        np.add.at(edges, (self.owners[of], a0[of]), 1)
        np.add.at(edges, (self.owners[of], a1[of]), -1)
        return edges.cumsum(axis=1)[:, :-1] > 0

    def _span(self, answers: Numbers) -> tuple[Codes, Codes]:
        return (
            np.searchsorted(answers, self.answer_from, "left"),
            np.searchsorted(answers, self.answer_to, "left"),
        )


def tabulate(readings: Iterable[KeptReading], policy: Policy, judge: Judge) -> Regions:
    """Find the rectangles of messages.

    Args:
        policy: everything but its two shared thresholds counts.
        judge: a message's number and what is decided on it → a code.
    """
    owners: list[int] = []
    found: list[_Box] = []
    rows = 0
    for row, reading in enumerate(readings):
        boxes = _boxes(reading, policy, partial(judge, row))
        owners += [row] * len(boxes)
        found += boxes
        rows = row + 1
    sides = np.array([box.sides for box in found], np.float64).reshape(-1, 4)
    return Regions(
        rows,
        np.array(owners, np.int64),
        np.array([box.code for box in found], np.int64),
        *(np.ascontiguousarray(side) for side in sides.T),
    )


@dataclass(frozen=True, slots=True)
class _Box:
    code: int
    sides: tuple[float, float, float, float]


def _boxes(
    reading: KeptReading,
    policy: Policy,
    judged: Callable[[Decision], int],
) -> list[_Box]:
    texts = (reading.whole, *reading.its_sentences, *reading.its_clauses)
    cuts = {id(match): _Cuts.of(match, policy) for match in texts}
    memo: dict[tuple[int, float, float], Decision] = {}
    answers = sorted({cut for its in cuts.values() for cut in its.answers})
    follow_ups = sorted({cut for its in cuts.values() for cut in its.follow_ups})

    def decided(answer: float, follow_up: float) -> int:
        lines = policy_at(policy, Thresholds(answer, follow_up))
        return judged(_Remembering(lines, cuts, memo).decide(reading))

    boxes: list[_Box] = []
    before: list[tuple[int, float, float]] = []
    for low, high, answer in _answer_cells(answers):
        strip: list[tuple[int, float, float]] = []
        for follow_low, follow_high, follow_up in _follow_cells(follow_ups):
            if follow_low >= high:
                break  # no pair in it has follow_up <= answer
            code = decided(answer, follow_up)
            if strip and strip[-1][0] == code:
                strip[-1] = (code, strip[-1][1], follow_high)
            else:
                strip.append((code, follow_low, follow_high))
        if strip == before:  # the cut changed nothing
            boxes[-len(strip) :] = [
                _Box(box.code, (box.sides[0], high, *box.sides[2:])) for box in boxes[-len(strip) :]
            ]
        else:
            boxes += [_Box(code, (low, high, f0, f1)) for code, f0, f1 in strip]
        before = strip
    return boxes


def _answer_cells(cuts: Sequence[float]) -> Iterable[tuple[float, float, float]]:
    """(from, to, a threshold in between): a score equal to the threshold does not answer."""
    edges = [cut for cut in cuts if cut > _LOWEST]
    starts = [-np.inf, *edges]
    ends = [*edges, np.inf]
    return zip(starts, ends, [_LOWEST, *edges], strict=True)


def _follow_cells(cuts: Sequence[float]) -> Iterable[tuple[float, float, float]]:
    """(above, up to, a threshold in between): a score equal to the threshold is asked about."""
    edges = [cut for cut in cuts if cut < _HIGHEST]
    return zip([-np.inf, *edges], [*edges, np.inf], [*edges, _HIGHEST], strict=True)


@dataclass(frozen=True, slots=True)
class _Cuts:
    """The thresholds at which a decision on one text can change, ascending."""

    answers: tuple[float, ...]
    follow_ups: tuple[float, ...]

    @staticmethod
    def of(match: Match, policy: Policy) -> _Cuts:
        matches = [match] if match.own is None else [match, match.own]
        answers = {match.hits[0].score for match in matches if match.hits}
        follow_ups: set[float] = set()
        for match in matches:
            # Best first: without lines of their own, those behind the last choice are never shown.
            is_plain = not any(hit.entry_id in policy.own for hit in match.hits)
            hits = match.hits[: policy.choices] if is_plain else match.hits
            follow_ups.update(hit.score for hit in hits)
        return _Cuts(tuple(sorted(answers)), tuple(sorted(follow_ups)))

    def cell(self, lines: Thresholds) -> tuple[float, float]:
        """A name for the thresholds between two cuts."""
        return (
            float(bisect_right(self.answers, lines.answer)),
            float(bisect_left(self.follow_ups, lines.follow_up)),
        )


class _Remembering(Rules):
    """Decides on the same part by the same thresholds, as far as they matter to it, only once."""

    def __init__(
        self,
        policy: Policy,
        cuts: dict[int, _Cuts],
        memo: dict[tuple[int, float, float], Decision],
    ) -> None:
        super().__init__(policy)
        self._cuts = cuts
        self._memo = memo

    def decide_match(self, match: Match, foreign: frozenset[str]) -> Decision:
        key = (id(match), *self._cuts[id(match)].cell(self.policy.thresholds))
        if key not in self._memo:
            self._memo[key] = super().decide_match(match, foreign)
        return self._memo[key]
