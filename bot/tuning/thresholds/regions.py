"""Where in the plane of the answer and the follow-up threshold each message meets which fate.

What becomes of a message changes only where a threshold passes one of its scores. Between these
cuts everything stays as it is, so the plane falls into a few rectangles per message, each decided
by the bot's own code. Afterwards any question about thresholds is counting rectangles.

The tentative threshold needs no third side: within a rectangle a message is shown an answer
tentatively from one score down, that of the entry that leads, or at no threshold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.domain import Thresholds
from bot.labels.outcomes import (
    IN_SCOPE,
    OUTCOMES,
    WRONGLY_ANSWERED,
    WRONGLY_TENTATIVE,
    Codes,
    Numbers,
    Outcome,
    got,
    judge,
)
from bot.labels.scored import Scored, policy_at
from bot.matching.decide.thresholds import Policy, Reading, Rules

_LOWEST, _HIGHEST = -1.0, 1.0  # that a threshold can be

# What becomes of a message, the entries that are answered or offered, and what becomes of it where
# the first of these is shown tentatively.
Fate = tuple[Outcome, tuple[str, ...], Outcome]
# A fate's number, the sides and the last threshold that shows an answer, as in `Regions`.
_Box = tuple[int, float, float, float, float, float]

_WRONGLY_SHOWN_OR_NOT: tuple[Fate, ...] = tuple(
    (outcome, (), outcome)
    for outcome in (*WRONGLY_TENTATIVE, Outcome.FALLBACK, Outcome.OOS_REFUSED)
)


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Rectangles: the message `owners[i]` meets the fate `fates[numbers[i]]` at all thresholds with
    answer_from <= answer < answer_to and follow_from < follow_up <= follow_to.

    Those of one message do not overlap, and cover every pair with follow_up <= answer.

    Attributes:
        rows: how many messages there are.
        owners: shape (m,), of each rectangle, in order.
        shown_to: shape (m,), up to which tentative threshold an answer is shown; -inf where none
            ever is.
        codes: shape (m,), of each rectangle's outcome where nothing is answered tentatively.
        shown_codes: shape (m,), of each rectangle's outcome up to its `shown_to`.
    """

    rows: int
    fates: tuple[Fate, ...]
    owners: Codes
    numbers: Codes
    answer_from: Numbers
    answer_to: Numbers
    follow_from: Numbers
    follow_to: Numbers
    shown_to: Numbers
    codes: Codes = field(init=False)
    shown_codes: Codes = field(init=False)

    def __post_init__(self) -> None:
        by_fate = np.array([(it.code, shown.code) for it, _, shown in self.fates], np.int64)
        codes, shown_codes = by_fate.reshape(-1, 2)[self.numbers].T
        object.__setattr__(self, "codes", codes)
        object.__setattr__(self, "shown_codes", shown_codes)

    def codes_at(self, tentative: float | None) -> Codes:
        """Shape (m,): of each rectangle's outcome at a tentative threshold; None: there is none.

        Below the follow-up threshold it is as if it were there.
        """
        if tentative is None:
            return self.codes
        return np.where(self.shown_to >= tentative, self.shown_codes, self.codes)

    def at(self, lines: Thresholds) -> Codes:
        """The code of each message's outcome, shape (rows,)."""
        holds = self._holding(lines)
        found = np.empty(self.rows, np.int64)
        found[self.owners[holds]] = self.codes_at(lines.tentative)[holds]
        return found

    def by_tentative(self, lines: Thresholds, stops: Numbers, weights: Numbers) -> Numbers:
        """How many messages have which outcome at an answer and a follow-up threshold.

        Args:
            stops: tentative thresholds, ascending.
            weights: how many messages each one stands for, shape (rows,).
        Returns:
            Shape (tentative thresholds, 11).
        """
        holds = self._holding(lines)
        each, last = (
            weights[self.owners[holds]],
            np.searchsorted(stops, self.shown_to[holds], "right"),
        )
        # Up to the last stop that shows an answer it counts as shown, from there on as it is.
        found = np.zeros((len(stops) + 1, len(OUTCOMES)))
        first = np.zeros_like(last)
        for places, codes, sign in (
            (first, self.shown_codes, 1),
            (last, self.shown_codes, -1),
            (last, self.codes, 1),
        ):
            np.add.at(found, (places, codes[holds]), sign * each)
        return found.cumsum(axis=0)[:-1]

    def _holding(self, lines: Thresholds) -> NDArray[np.bool_]:
        """Which rectangles these thresholds lie in, shape (m,)."""
        found: NDArray[np.bool_] = (
            (self.answer_from <= lines.answer)
            & (lines.answer < self.answer_to)
            & (self.follow_from < lines.follow_up)
            & (lines.follow_up <= self.follow_to)
        )
        return found

    def counts(self, stops: Numbers, weights: Numbers, tentative: float | None = None) -> Numbers:
        """How many messages have which outcome at all pairs of thresholds.

        Args:
            stops: the thresholds, ascending.
            weights: how many messages each one stands for, shape (rows,).
            tentative: as in `codes_at`.
        Returns:
            Shape (answer thresholds, follow-up thresholds, 11). Only pairs with follow_up <= answer
            count.
        """
        a0, a1 = (np.searchsorted(stops, it) for it in (self.answer_from, self.answer_to))
        f0, f1 = (np.searchsorted(stops, it, "right") for it in (self.follow_from, self.follow_to))
        # Each rectangle is four corners of a table that is then summed up along both axes.
        corners = np.zeros((len(stops) + 1, len(stops) + 1, len(OUTCOMES)))
        each, codes = weights[self.owners], self.codes_at(tentative)
        for a, f, sign in ((a0, f0, 1), (a1, f0, -1), (a0, f1, -1), (a1, f1, 1)):
            np.add.at(corners, (a, f, codes), sign * each)
        return corners.cumsum(axis=0).cumsum(axis=1)[:-1, :-1]

    def wrongly_shown(self) -> Regions:
        """The same messages in the plane of the answer and the tentative threshold, which takes the
        place of the follow-up threshold.

        There is but one question: is a wrong answer shown, firm or tentative, at whatever follow-up
        threshold? If so the outcome is `WRONG_TENTATIVE` or `OOS_TENTATIVE`.
        """
        firm, tentative = (
            np.isin(codes, [outcome.code for outcome in outcomes])
            for codes, outcomes in (
                (self.codes, WRONGLY_ANSWERED),
                (self.shown_codes, WRONGLY_TENTATIVE),
            )
        )
        last = np.where(firm, np.inf, np.where(tentative, self.shown_to, -np.inf))
        is_first = np.ones(len(last), np.bool_)
        is_first[1:] = (np.diff(self.owners) != 0) | (self.answer_from[1:] != self.answer_from[:-1])
        strips = np.flatnonzero(is_first)
        border = np.maximum.reduceat(last, strips)
        outside = (self.codes[strips] >= len(IN_SCOPE)).astype(np.int64)
        low, high = (np.full(len(strips), it) for it in (-np.inf, np.inf))
        return Regions(
            self.rows,
            _WRONGLY_SHOWN_OR_NOT,
            owners=np.tile(self.owners[strips], 2),
            numbers=np.concatenate([outside, outside + 2]),
            answer_from=np.tile(self.answer_from[strips], 2),
            answer_to=np.tile(self.answer_to[strips], 2),
            follow_from=np.concatenate([low, border]),
            follow_to=np.concatenate([border, high]),
            shown_to=np.tile(low, 2),
        )


def tabulate(scored: Scored) -> Regions:
    """Find the rectangles of messages; everything but the two shared thresholds stays as it is."""
    fates: dict[Fate, int] = {}
    boxes = [(row, *box) for row in range(len(scored.labels)) for box in _boxes(scored, row, fates)]
    columns = np.array(boxes, np.float64).reshape(-1, 7).T
    owners, numbers = columns[:2].astype(np.int64)
    sides = (np.ascontiguousarray(it) for it in columns[2:])
    return Regions(len(scored.labels), tuple(fates), owners, numbers, *sides)


def _boxes(scored: Scored, row: int, fates: dict[Fate, int]) -> Iterator[_Box]:
    """A message's rectangles; fates that were not met before are added."""
    reading, policy, expected = scored.readings[row], scored.policy, scored.labels[row].expected
    answers, follow_ups = _cuts(reading, policy)
    # A score equal to the answer threshold does not answer, one equal to the other is asked about.
    for low, high in pairwise([-np.inf, *sorted(answers), np.inf]):
        strip: list[_Box] = []
        for above, up_to in pairwise([-np.inf, *sorted(follow_ups), np.inf]):
            if above >= high:
                break  # no pair in it has follow_up <= answer
            lines = Thresholds(max(low, _LOWEST), min(up_to, _HIGHEST), tentative=_LOWEST)
            decision = Rules(policy_at(policy, lines)).decide(reading)
            if up_to > decision.score:  # then the tentative threshold is above it as well
                decision = replace(decision, tentative=False)
            firm = judge(expected, replace(decision, tentative=False))
            fate = (firm, got(decision), judge(expected, decision))
            number = fates.setdefault(fate, len(fates))
            shown_to = decision.score if decision.tentative else -np.inf
            if strip and (strip[-1][0], strip[-1][-1]) == (number, shown_to):
                above = strip.pop()[3]
            strip.append((number, low, high, above, up_to, shown_to))
        yield from strip


def _cuts(reading: Reading, policy: Policy) -> tuple[set[float], set[float]]:
    """The answer and the follow-up thresholds at which a decision can change."""
    texts = (reading.whole, *reading.sentences, *reading.clauses)
    matches = [it for text in texts for it in (text, text.own) if it is not None]
    answers = {match.hits[0].score for match in matches if match.hits}
    follow_ups: set[float] = set()
    for match in matches:
        # Best first: without lines of their own, those behind the last choice are never shown.
        is_plain = not any(hit.entry_id in policy.own for hit in match.hits)
        hits = match.hits[: policy.choices] if is_plain else match.hits
        follow_ups.update(hit.score for hit in hits)
    return answers, follow_ups
