"""Where in the plane of the two thresholds each message meets which fate.

What becomes of a message changes only where a threshold passes one of its scores. Between these
cuts everything stays as it is, so the plane falls into a few rectangles per message, each decided
by the bot's own code. Afterwards any question about thresholds is counting rectangles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bot.domain import Thresholds
from bot.matching.decide.thresholds import Policy, Reading, Rules
from bot.tuning.labels.outcomes import OUTCOMES, Codes, Numbers, Outcome, got, judge
from bot.tuning.labels.scored import Scored
from bot.tuning.labels.shift import policy_at

_LOWEST, _HIGHEST = -1.0, 1.0  # that a threshold can be

Fate = tuple[Outcome, tuple[str, ...]]  # the entries are those that were answered or offered
_Box = tuple[int, float, float, float, float]  # a fate's number, and the sides as in `Regions`


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Rectangles: the message `owners[i]` meets the fate `fates[numbers[i]]` at all thresholds with
    answer_from <= answer < answer_to and follow_from < follow_up <= follow_to.

    Those of one message do not overlap, and cover every pair with follow_up <= answer.

    Attributes:
        rows: how many messages there are.
        owners: shape (m,), of each rectangle, in order.
    """

    rows: int
    fates: tuple[Fate, ...]
    owners: Codes
    numbers: Codes
    answer_from: Numbers
    answer_to: Numbers
    follow_from: Numbers
    follow_to: Numbers

    @property
    def codes(self) -> Codes:
        """Shape (m,): of each rectangle's outcome."""
        return np.array([outcome.code for outcome, _ in self.fates], np.int64)[self.numbers]

    def at(self, lines: Thresholds) -> Codes:
        """The code of each message's outcome, shape (rows,)."""
        holds = (
            (self.answer_from <= lines.answer)
            & (lines.answer < self.answer_to)
            & (self.follow_from < lines.follow_up)
            & (lines.follow_up <= self.follow_to)
        )
        found = np.empty(self.rows, np.int64)
        found[self.owners[holds]] = self.codes[holds]
        return found

    def counts(self, stops: Numbers, weights: Numbers) -> Numbers:
        """How many messages have which outcome at all pairs of thresholds.

        Args:
            stops: the thresholds, ascending.
            weights: how many messages each one stands for, shape (rows,).
        Returns:
            Shape (answer thresholds, follow-up thresholds, 8). Only pairs with follow_up <= answer
            count.
        """
        a0, a1 = (np.searchsorted(stops, it) for it in (self.answer_from, self.answer_to))
        f0, f1 = (np.searchsorted(stops, it, "right") for it in (self.follow_from, self.follow_to))
        # Each rectangle is four corners of a table that is then summed up along both axes.
        corners = np.zeros((len(stops) + 1, len(stops) + 1, len(OUTCOMES)))
        each, codes = weights[self.owners], self.codes
        for a, f, sign in ((a0, f0, 1), (a1, f0, -1), (a0, f1, -1), (a1, f1, 1)):
            np.add.at(corners, (a, f, codes), sign * each)
        return corners.cumsum(axis=0).cumsum(axis=1)[:-1, :-1]


def tabulate(scored: Scored) -> Regions:
    """Find the rectangles of messages; everything but the two shared thresholds stays as it is."""
    fates: dict[Fate, int] = {}
    boxes = [(row, *box) for row in range(len(scored.labels)) for box in _boxes(scored, row, fates)]
    columns = np.array(boxes, np.float64).reshape(-1, 6).T
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
            lines = Thresholds(max(low, _LOWEST), min(up_to, _HIGHEST))
            decision = Rules(policy_at(policy, lines)).decide(reading)
            number = fates.setdefault((judge(expected, decision), got(decision)), len(fates))
            if strip and strip[-1][0] == number:
                above = strip.pop()[3]
            strip.append((number, low, high, above, up_to))
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
