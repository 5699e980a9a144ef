"""Labels → the thresholds that answer most within what a person can bear.

From the strictest answer threshold down, each is tested on all labels: does the promise hold at
it, whatever the follow-up threshold? The first one that the exact bound refuses ends the walk. The
order of the tests is fixed before the labels are looked at, so none has to pay for the number of
the others, and all that were passed are proven together: fixed-sequence testing, as in "Learn then
Test" (Angelopoulos et al. 2021, section 2.3) and, for risks that only grow along the walk,
"Distribution-free, risk-controlling prediction sets" (Bates et al. 2021). The follow-up threshold
is the one that costs least.

The tentative threshold is found by a walk of its own, from 1 down: is a wrong answer, firm or
tentative, shown too often, whatever the other two thresholds? Each of the two promises holds by
itself with the confidence asked for; that both hold is a little less sure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from bot.domain import Thresholds
from bot.labels.outcomes import (
    ANSWERED,
    ASKED_BACK,
    IN_SCOPE,
    OUTCOMES,
    WRONGLY_ANSWERED,
    WRONGLY_TENTATIVE,
    Codes,
    Numbers,
    Outcome,
)
from bot.tuning.evaluate.metrics import (
    as_share,
    count,
    effective,
    kinds_of,
    lower,
    measures,
    trials_needed,
    upper_of_all,
)
from bot.tuning.thresholds.regions import Regions

STEP = 0.005
GRID: Numbers = np.round(np.arange(0, 1 + STEP / 2, STEP), 3)  # thresholds that are tried

# One follow-up that holds the entry, in place of a fallback, makes up for two in vain. A tentative
# answer says that it may be wrong, and spares a choice where it is right.
COSTS: Mapping[Outcome, float] = MappingProxyType(
    {
        Outcome.RIGHT: 0.0,
        Outcome.RIGHT_TENTATIVE: 0.5,
        Outcome.HELD: 1.0,
        Outcome.FALLBACK: 3.0,
        Outcome.MISSED: 4.0,
        Outcome.WRONG_TENTATIVE: 10.0,
        Outcome.WRONG: 20.0,
        Outcome.OOS_REFUSED: 0.0,
        Outcome.OOS_ASKED: 1.0,
        Outcome.OOS_TENTATIVE: 10.0,
        Outcome.OOS_ANSWERED: 20.0,
    }
)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a person can bear.

    Attributes:
        max_wrong: of all messages, at most this share is answered wrongly, 0 to 1.
        max_wrong_shown: of all messages, at most this share is shown a wrong answer, firm or
            tentative; None: twice `max_wrong`.
        tentative: whether there may be tentative answers at all.
        max_follow_up: of all messages, at most this share is asked back, or answered tentatively;
            None: no limit.
        confidence: how probably that must hold, between 0 and 1; the limit on what is shown by
            itself, the other two together.
        oos_share: of all messages, how many are out of scope; None: as many as of the labels.
        costs: of each outcome; the order of these numbers and their distances matter, not 0.
        cheapest: of answer and tentative thresholds those of least cost are taken, not those that
            answer and show most.
    """

    max_wrong: float = 0.05
    max_wrong_shown: float | None = None
    tentative: bool = True
    max_follow_up: float | None = None
    confidence: float = 0.95
    oos_share: float | None = None
    costs: Mapping[Outcome, float] = field(default_factory=lambda: COSTS)
    cheapest: bool = False

    @property
    def most_wrong_shown(self) -> float:
        """Of all messages, at most this share is shown a wrong answer, firm or tentative."""
        return (
            min(1.0, 2 * self.max_wrong) if self.max_wrong_shown is None else self.max_wrong_shown
        )

    @property
    def doubt(self) -> float:
        """How probably the limit on wrong answers may fail, and the one on follow-ups as well."""
        return (1 - self.confidence) / (1 if self.max_follow_up is None else 2)


@dataclass(frozen=True, slots=True)
class Point:
    """What a pair of thresholds does with all labels.

    Attributes:
        expected: figures by name, see `measures`; None of nothing.
    """

    thresholds: Thresholds
    expected: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class CurvePoint(Point):
    """A point of an answer threshold and the two others that go with it.

    Attributes:
        wrong_answers_upper: an upper bound on their share at this answer threshold.
        wrong_shown_upper: an upper bound on the share that is shown a wrong answer, firm or
            tentative.
    """

    wrong_answers_upper: float
    wrong_shown_upper: float


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Thresholds and what speaks for them.

    Attributes:
        curve: by answer threshold, ascending.
        chosen: the one of them that is recommended.
        follow_up_upper: an upper bound on the share asked back; None where there is no limit.
        labels_missing: of the same mix, at least so many more are needed before anything could be
            proven; None where nothing is missing, or where more would not help.
        why: what stands in the way of a proof; "" where nothing does.
    """

    curve: tuple[CurvePoint, ...]
    chosen: CurvePoint
    follow_up_upper: float | None
    labels_missing: int | None
    why: str

    @property
    def proven(self) -> bool:
        """Whether the labels bear the promise out. Else this is the best estimate."""
        return not self.why


def point(lines: Thresholds, counts: Numbers, oos_share: float | None) -> Point:
    """What a pair of thresholds does, by how many messages have which outcome."""
    found = measures(counts, oos_share)
    return Point(lines, {name: as_share(value) for name, value in found.items()})


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """What becomes of labelled messages at all pairs of thresholds of `GRID`, where nothing is
    answered tentatively.

    Shares and bounds have shape (answer thresholds, follow-up thresholds), and are 0 of pairs with
    follow_up > answer.

    Attributes:
        regions: of the messages.
        weights: how many messages each one stands for.
        counts: of outcomes, in messages that labels stand for, shape (..., 11).
        squares: the same of the squares of what each label stands for.
        oos_share: as in `Promise`.
    """

    regions: Regions
    weights: Numbers
    counts: Numbers
    squares: Numbers
    oos_share: float | None

    @staticmethod
    def of(regions: Regions, weights: Numbers, oos_share: float | None) -> Counted:
        """Of labels, each of which stands for so many messages."""
        counts, squares = (regions.counts(GRID, weights**power) for power in (1, 2))
        return Counted(regions, weights, counts, squares, oos_share)

    def wrongly_shown(self) -> Counted:
        """What is wrongly shown, at all answer and tentative thresholds."""
        return Counted.of(self.regions.wrongly_shown(), self.weights, self.oos_share)

    def at(self, lines: Thresholds) -> Numbers:
        """How many messages have which outcome at some thresholds, shape (11,)."""
        return count(self.regions.at(lines), self.weights)

    @property
    def trials(self) -> float:
        """So many labels of equal weight would say as much."""
        return float(effective(self.counts[-1, 0], self.squares[-1, 0], OUTCOMES))

    def share(self, name: str) -> Numbers:
        """Of all messages, by the name of a measure."""
        return np.tril(np.nan_to_num(measures(self.counts, self.oos_share)[name]))

    def upper(self, outcomes: tuple[Outcome, ...], doubt: float) -> Numbers:
        """An upper bound on the share of all messages that have one of these outcomes."""
        return np.tril(upper_of_all(outcomes, self.counts, self.squares, self.oos_share, doubt))


def choose(counted: Counted, promise: Promise, objection: str = "") -> Recommendation:
    """Walk down the answer thresholds as far as the promise is proven, then the tentative ones.

    Args:
        objection: why labels of this kind prove nothing, whatever comes out; "" where they may.
    """
    bounds = counted.upper(WRONGLY_ANSWERED, promise.doubt).max(axis=1)
    shares = counted.share("wrong_answers").max(axis=1)
    is_answering = counted.counts[:, 0, [outcome.code for outcome in ANSWERED]].sum(axis=1) > 0
    answering = np.flatnonzero(is_answering)
    asked = _asked_upper(counted, promise)
    proven = answering[answering >= _walk(bounds, promise.max_wrong)]
    shown = counted.wrongly_shown()
    shown_bounds = shown.upper(WRONGLY_TENTATIVE, 1 - promise.confidence)
    # At whatever answer threshold: which one it will be is decided by the same labels.
    worst_shown = shown_bounds if len(proven) > 0 else shown.share("wrong_shown")
    lowest = _walk(worst_shown.max(axis=0), promise.most_wrong_shown)
    missing, why = None, ""
    follow_ups = _cheapest_follow_up(counted, promise, asked)
    tentative = _tentative(counted, promise, follow_ups, lowest)
    if len(proven) > 0:
        answer = proven[0]
        if promise.cheapest:
            costs = _costs_of(counted, promise, follow_ups, tentative)
            answer = min(proven, key=lambda a: (costs[a], -a))
        if asked[answer, follow_ups[answer]] > _most_asked(promise):
            why = "the limit on follow-ups could not be proven"
    else:
        missing, why = _missing(counted, answering, shares, promise)
        # If even the surest answers are wrong too often: still, the surest ones.
        answer = min([_walk(shares, promise.max_wrong), *answering[-1:]])
    if why:  # then follow-ups keep within their limit on the labels, at least
        follow_ups = _cheapest_follow_up(counted, promise, counted.share("follow_ups"))
        tentative = _tentative(counted, promise, follow_ups, lowest)
    curve = tuple(
        _curve_point(counted, lines, float(bounds[a]), shown_bounds[a])
        for a, lines in enumerate(_lines(follow_ups, tentative))
    )
    return Recommendation(
        curve=curve,
        chosen=curve[answer],
        follow_up_upper=(
            None if promise.max_follow_up is None else float(asked[answer, follow_ups[answer]])
        ),
        labels_missing=missing,
        why=why or objection,
    )


def _walk(values: Numbers, limit: float) -> int:
    """How far down from the last place the values are all within a limit."""
    refused = np.flatnonzero(values > limit)
    return int(refused[-1]) + 1 if len(refused) > 0 else 0


def _most_asked(promise: Promise) -> float:
    return 1.0 if promise.max_follow_up is None else promise.max_follow_up


def _asked_upper(counted: Counted, promise: Promise) -> Numbers:
    """An upper bound on the share asked back, shape (answers, follow-ups).

    At each answer threshold the follow-up thresholds are tested from it down. Which answer
    threshold it will be is decided by the same labels, so all share the doubt (Bonferroni).
    """
    if promise.max_follow_up is None:
        return np.zeros(counted.counts.shape[:2])
    bounds = counted.upper(ASKED_BACK, promise.doubt / len(GRID))
    return np.maximum.accumulate(bounds[:, ::-1], axis=1)[:, ::-1]


def _cheapest_follow_up(counted: Counted, promise: Promise, asked: Numbers) -> Codes:
    """For each answer threshold the place of the follow-up threshold of least cost.

    Among equals the higher one, which asks less. Those that ask more than the limit allows are out;
    the answer threshold itself, which asks least, is not.
    """
    costs = _cost(counted, promise, counted.counts)
    answers, follow_ups = np.indices(asked.shape)
    costs[(asked > _most_asked(promise)) & (follow_ups < answers)] = np.inf
    costs[follow_ups > answers] = np.inf
    found: Codes = len(GRID) - 1 - np.argmin(costs[:, ::-1], axis=1)
    return found


def _tentative(counted: Counted, promise: Promise, follow_ups: Codes, lowest: int) -> Codes:
    """For each answer threshold the place of the tentative threshold: the lowest one, or the one
    of least cost and among equals the higher; -1 where nothing may be shown tentatively.

    Args:
        lowest: the place of the lowest one within the promise.
    """
    found: Codes = np.full(len(GRID), -1)
    if not promise.tentative or not (counted.regions.shown_to > -np.inf).any():
        return found
    for answer, lines in enumerate(_lines(follow_ups, found)):
        first = max(lowest, int(follow_ups[answer]))
        if first > answer:
            continue
        found[answer] = first
        if promise.cheapest:
            counts = counted.regions.by_tentative(lines, GRID, counted.weights)
            costs = _cost(counted, promise, counts)[first : answer + 1]
            found[answer] = answer - int(np.argmin(costs[::-1]))
    return found


def _lines(follow_ups: Codes, tentative: Codes) -> Iterator[Thresholds]:
    """For each answer threshold the three of them."""
    places = zip(follow_ups.tolist(), tentative.tolist(), strict=True)
    for answer, (follow_up, its) in enumerate(places):
        shown_from = None if its < 0 else float(GRID[its])
        yield Thresholds(float(GRID[answer]), float(GRID[follow_up]), shown_from)


def _costs_of(counted: Counted, promise: Promise, follow_ups: Codes, tentative: Codes) -> Numbers:
    """For each answer threshold what it costs with the two that go with it."""
    counts = np.array([counted.at(lines) for lines in _lines(follow_ups, tentative)])
    return _cost(counted, promise, counts)


def _cost(counted: Counted, promise: Promise, counts: Numbers) -> Numbers:
    """What a message costs in the mean.

    Args:
        counts: of outcomes, shape (..., 11).
    """
    shares = measures(counts, counted.oos_share)
    x = counted.oos_share
    if x is None:
        in_scope = float(counted.counts[-1, 0, : len(IN_SCOPE)].sum())
        x = 1 - in_scope / float(counted.counts[-1, 0].sum())
    costs: Numbers = np.zeros(counts.shape[:-1])
    for outcome in OUTCOMES:
        weight = 1 - x if outcome in IN_SCOPE else x
        costs += weight * promise.costs[outcome] * np.nan_to_num(shares[outcome.value])
    return costs


def _curve_point(
    counted: Counted, lines: Thresholds, wrong_upper: float, shown_upper: Numbers
) -> CurvePoint:
    """Args:
    wrong_upper: on the share answered wrongly.
    shown_upper: by tentative threshold, on the share that is shown a wrong answer.
    """
    at = point(lines, counted.at(lines), counted.oos_share)
    upper = wrong_upper
    if lines.tentative is not None:
        upper = float(shown_upper[np.searchsorted(GRID, lines.tentative)])
    return CurvePoint(at.thresholds, at.expected, wrong_upper, upper)


def _missing(
    counted: Counted, answering: Codes, shares: Numbers, promise: Promise
) -> tuple[int | None, str]:
    """How many labels are missing for a proof of the surest answers, and why there is none."""
    if len(answering) == 0:
        return None, "nothing is answered at any threshold"
    if promise.max_wrong == 0:
        return None, "no number of labels can prove that nothing is ever wrong"
    wrong = float(shares[answering[-1]]) * counted.trials
    kinds = kinds_of(counted.oos_share)
    doubt = promise.doubt / len(kinds)  # each of them needs a proof of its own
    if lower(wrong, counted.trials, doubt) > promise.max_wrong:
        return None, "even at its strictest, the bot answers too much wrongly on these labels"
    # More wrong answers than that may come, so this is the least.
    needed = trials_needed(round(wrong), promise.max_wrong, doubt)
    first = counted.counts[-1, 0], counted.squares[-1, 0]
    lacking = sum(max(0.0, needed - float(effective(*first, kind))) for _, kind in kinds)
    return max(1, int(np.ceil(lacking))), "there are too few labels"
