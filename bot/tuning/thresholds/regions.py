"""Where in the plane of the two thresholds each message meets which fate.

What becomes of a message changes only where a threshold passes one of its scores. Between these
cuts everything stays as it is, so the plane falls into a few rectangles per message, each decided
by the bot's own code. Afterwards any question about thresholds is counting rectangles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.domain import Decision, Thresholds
from bot.matching.decide.thresholds import Policy, Reading, Rules
from bot.tuning.labels.outcomes import OUTCOMES, Codes, Numbers, judge
from bot.tuning.labels.scored import Scored
from bot.tuning.labels.shift import policy_at

_LOWEST, _HIGHEST = -1.0, 1.0  # that a threshold can be

CodeOf = Callable[[int, Decision], int]
_Strip = list[tuple[int, float, float]]  # codes between two cuts of the answer threshold


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

    def counts(self, answers: Numbers, follow_ups: Numbers, weights: Numbers) -> Numbers:
        """How many messages have which code, those of `Outcome`, at all pairs of thresholds.

        Args:
            answers: answer thresholds, ascending.
            follow_ups: follow-up thresholds, ascending.
            weights: how many messages each one stands for, shape (rows,).
        Returns:
            Shape (len(answers), len(follow_ups), 8). Only pairs with follow_up <= answer count.
        """
        a0, a1 = self._span(answers)
        f0 = np.searchsorted(follow_ups, self.follow_from, "right")
        f1 = np.searchsorted(follow_ups, self.follow_to, "right")
        # Each rectangle is four corners of a table that is then summed up along both axes.
        corners = np.zeros((len(answers) + 1, len(follow_ups) + 1, len(OUTCOMES)))
        each = weights[self.owners]
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


def tabulate(
    scored: Scored, rows: Sequence[int] | None = None, code_of: CodeOf | None = None
) -> Regions:
    """Find the rectangles of messages; everything but the two shared thresholds stays as it is.

    Args:
        rows: only these messages; None: all.
        code_of: a message's number and what is decided on it → its fate; None: those of `Outcome`.
    """

    def outcome(row: int, decision: Decision) -> int:
        return judge(scored.labels[row].expected, decision).code

    chosen = range(len(scored.labels)) if rows is None else rows
    boxes = [
        (number, *box)
        for number, row in enumerate(chosen)
        for box in _boxes(scored, row, outcome if code_of is None else code_of)
    ]
    columns = np.array(boxes, np.float64).reshape(-1, 6).T
    owners, codes = columns[:2].astype(np.int64)
    return Regions(len(chosen), owners, codes, *(np.ascontiguousarray(it) for it in columns[2:]))


def _boxes(
    scored: Scored, row: int, code_of: CodeOf
) -> list[tuple[int, float, float, float, float]]:
    """A message's rectangles: code, and the sides in the order of `Regions`."""
    reading, policy = scored.readings[row], scored.policy
    answers, follow_ups = _cuts(reading, policy)
    found: list[tuple[int, float, float, float, float]] = []
    before: _Strip = []
    for low, high, answer in _answer_cells(answers):
        strip: _Strip = []
        for above, up_to, follow_up in _follow_cells(follow_ups):
            if above >= high:
                break  # no pair in it has follow_up <= answer
            rules = Rules(policy_at(policy, Thresholds(answer, follow_up)))
            code = code_of(row, rules.decide(reading))
            if strip and strip[-1][0] == code:
                strip[-1] = (code, strip[-1][1], up_to)
            else:
                strip.append((code, above, up_to))
        if strip == before:  # the cut changed nothing
            found[-len(strip) :] = [
                (code, start, high, above, up_to)
                for code, start, _, above, up_to in found[-len(strip) :]
            ]
        else:
            found += [(code, low, high, above, up_to) for code, above, up_to in strip]
        before = strip
    return found


def _answer_cells(cuts: Iterable[float]) -> Iterable[tuple[float, float, float]]:
    """(from, to, a threshold in between): a score equal to the threshold does not answer."""
    edges = sorted(cut for cut in cuts if cut > _LOWEST)
    return zip([-np.inf, *edges], [*edges, np.inf], [_LOWEST, *edges], strict=True)


def _follow_cells(cuts: Iterable[float]) -> Iterable[tuple[float, float, float]]:
    """(above, up to, a threshold in between): a score equal to the threshold is asked about."""
    edges = sorted(cut for cut in cuts if cut < _HIGHEST)
    return zip([-np.inf, *edges], [*edges, np.inf], [*edges, _HIGHEST], strict=True)


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
