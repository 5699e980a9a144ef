"""Labels → the two thresholds that answer most within what a person can bear.

The labels fall into two halves. The first one chooses: for each answer threshold the follow-up
threshold that costs least, and how far down the answer threshold may go at all. The second one
checks: from the strictest answer threshold down it is tested at every step whether the promise
holds, and the first failure ends the walk. The order of the tests is fixed before the second half
is looked at, so none has to pay for the number of the others: fixed-sequence testing, as in "Learn
then Test" (Angelopoulos et al. 2021, section 2.3) and, for risks that only grow along the walk,
"Distribution-free, risk-controlling prediction sets" (Bates et al. 2021). Each test is Clopper and
Pearson's exact bound. A message counts as wrongly answered at an answer threshold if it would be so
at any follow-up threshold, so the promise does not depend on that choice.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bot.domain import Thresholds
from bot.tuning.evaluate.metrics import measures
from bot.tuning.labels.labelled import Labelled
from bot.tuning.labels.outcomes import IN_SCOPE, OUTCOMES, WRONGLY_ANSWERED, Numbers, Outcome
from bot.tuning.thresholds.regions import Regions
from bot.tuning.thresholds.risk import Sample, lower, trials_needed

STEP = 0.005
GRID: Numbers = np.round(np.arange(0, 1 + STEP / 2, STEP), 3)  # thresholds that are tried
_WRONG = [outcome.code for outcome in WRONGLY_ANSWERED]

# One follow-up that holds the entry, in place of a fallback, makes up for two in vain.
COSTS: Mapping[Outcome, float] = MappingProxyType(
    {
        Outcome.RIGHT: 0.0,
        Outcome.HELD: 1.0,
        Outcome.FALLBACK: 3.0,
        Outcome.MISSED: 4.0,
        Outcome.WRONG: 20.0,
        Outcome.OOS_REFUSED: 0.0,
        Outcome.OOS_ASKED: 1.0,
        Outcome.OOS_ANSWERED: 20.0,
    }
)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a person can bear.

    Attributes:
        max_wrong: of all messages, at most this share is answered wrongly, 0 to 1.
        max_follow_up: of all messages, at most this share is asked back; None: no limit.
        confidence: how probably all of that must hold, between 0 and 1.
        oos_share: of all messages, how many are out of scope; None: as many as of the labels.
        costs: of each outcome; the order of these numbers and their distances matter, not 0.
        cheapest: the answer threshold is the one of least cost, not the one that answers most.
    """

    max_wrong: float = 0.05
    max_follow_up: float | None = None
    confidence: float = 0.95
    oos_share: float | None = None
    costs: Mapping[Outcome, float] = field(default_factory=lambda: COSTS)
    cheapest: bool = False

    @property
    def doubts(self) -> tuple[float, float]:
        """How probably the limit on wrong answers may fail, and the one on follow-ups."""
        doubt = 1 - self.confidence
        return (doubt, doubt) if self.max_follow_up is None else (doubt / 2, doubt / 2)


@dataclass(frozen=True, slots=True)
class Half:
    """What half of the labels has to say; arrays go along `GRID`.

    Attributes:
        counts: of outcomes, in messages that labels stand for, shape (answers, follow-ups, 8).
        wrong: in-scope messages that are wrongly answered at some follow-up threshold, (answers,).
        oos_wrong: the same for out-of-scope messages.
        inside: the labels that are in scope.
        outside: those that are not.
        both: all of them.
    """

    counts: Numbers
    wrong: Numbers
    oos_wrong: Numbers
    inside: Sample
    outside: Sample
    both: Sample

    @staticmethod
    def of(
        regions: Regions,
        in_scope: NDArray[np.bool_],
        chosen: NDArray[np.bool_],
        weights: Numbers | None = None,
    ) -> Half:
        """Of the labels that are chosen.

        Args:
            weights: how many messages each label stands for; None: itself.
        """
        each = np.ones(regions.rows) if weights is None else weights
        inside, outside = chosen & in_scope, chosen & ~in_scope
        wrong = regions.ever(_WRONG, GRID)
        return Half(
            regions.counts(GRID, GRID, each * chosen),
            each[inside] @ wrong[inside],
            each[outside] @ wrong[outside],
            Sample.of(each[inside]),
            Sample.of(each[outside]),
            Sample.of(each[chosen]),
        )

    def wrong_share(self, oos_share: float | None) -> Numbers:
        """Of all messages, the share wrongly answered, by answer threshold."""
        x = self.mix(oos_share)
        inside = self.wrong / max(1, self.inside.messages)
        outside = self.oos_wrong / max(1, self.outside.messages)
        return np.asarray((1 - x) * inside + x * outside, np.float64)

    def wrong_upper(self, oos_share: float | None, doubt: float) -> Numbers:
        """Its upper bound. Where the mix is given, two bounds share the doubt."""
        return self._upper(self.wrong, self.oos_wrong, oos_share, doubt)

    def follow_up_upper(self, answer: int, oos_share: float | None, doubt: float) -> Numbers:
        """An upper bound on the share asked back, by follow-up threshold."""
        counts = self.counts[answer]
        asked = counts[:, Outcome.HELD.code] + counts[:, Outcome.MISSED.code]
        return self._upper(asked, counts[:, Outcome.OOS_ASKED.code], oos_share, doubt)

    def _upper(
        self, inside: Numbers, outside: Numbers, oos_share: float | None, doubt: float
    ) -> Numbers:
        if oos_share is None:
            return self.both.upper(inside + outside, doubt)
        kinds = [(1 - oos_share, self.inside, inside), (oos_share, self.outside, outside)]
        kinds = [kind for kind in kinds if kind[0] > 0]
        bounds = [weight * of.upper(hits, doubt / len(kinds)) for weight, of, hits in kinds]
        return np.asarray(np.sum(bounds, axis=0), np.float64)

    def mix(self, oos_share: float | None) -> float:
        """Of all messages, the share that is out of scope."""
        if oos_share is not None:
            return oos_share
        return self.outside.messages / max(1, self.both.messages)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Two thresholds and what speaks for them.

    Attributes:
        checked: how many labels the second half has.
        wrong: of them, the share wrongly answered.
        wrong_upper: its upper bound.
        follow_up_upper: an upper bound on the share asked back; None where there is no limit.
        labels_missing: of the same mix, at least so many more are needed before anything could be
            proven; None where nothing is missing, or where more would not help.
        why: what stands in the way of a proof; "" where nothing does.
    """

    thresholds: Thresholds
    checked: int
    wrong: float
    wrong_upper: float
    follow_up_upper: float | None
    labels_missing: int | None
    why: str

    @property
    def proven(self) -> bool:
        """Whether the checking half bears the promise out. Else this is the best estimate."""
        return not self.why


def halves(labels: Sequence[Labelled]) -> NDArray[np.bool_]:
    """Which labels choose; the others check. The same labels always fall the same way.

    In-scope and out-of-scope labels are halved by themselves, each by the hashes of their texts,
    so that neither the order of files nor chance makes a difference. A text that stands there
    several times may fall on both sides: each time it is a message of its own.

    Returns:
        Shape (n,).
    """
    chosen = np.zeros(len(labels), np.bool_)
    for inside in (True, False):
        rows = [row for row, label in enumerate(labels) if (label.expected is not None) == inside]
        times: Counter[tuple[str, str | None]] = Counter()
        keys: dict[int, bytes] = {}
        for row in rows:
            keys[row] = _hash(labels[row], times[labels[row].text, labels[row].language])
            times[labels[row].text, labels[row].language] += 1
        rows.sort(key=lambda row: (keys[row], row))
        chosen[rows[: len(rows) // 2]] = True
    return chosen


def _hash(label: Labelled, before: int) -> bytes:
    """Args: before: how many labels of the same text and language there are before this one."""
    text = label.text if before == 0 else f"{label.text}\0{before}"
    text = text if label.language is None else f"{text}\0{label.language}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def choose(choosing: Half, checking: Half, promise: Promise, objection: str = "") -> Recommendation:
    """Choose on one half, check on the other.

    Args:
        objection: why labels of this kind prove nothing, whatever comes out; "" where they may.
    """
    cost, follow_ups = cheapest_follow_up(choosing, promise)
    fits = choosing.wrong_share(promise.oos_share) <= promise.max_wrong
    # From the strictest answer threshold down, as far as the choosing half allows.
    walk = [len(GRID) - 1]
    while walk[-1] > 0 and fits[walk[-1] - 1]:
        walk.append(walk[-1] - 1)
    if promise.cheapest:
        best = min(walk, key=lambda a: (cost[a], -a))
        walk = [a for a in walk if a >= best]
    doubt, doubt_follow_up = promise.doubts
    bounds = checking.wrong_upper(promise.oos_share, doubt)
    proven = []
    for a in walk:
        if bounds[a] > promise.max_wrong:
            break
        proven.append(a)
    answering = [a for a in proven if _answers(choosing, checking, a)]
    if not answering:
        return _estimate(choosing, checking, promise, follow_ups)
    a = answering[-1]
    f, follow_up_bound, is_kept = _checked_follow_up(
        checking, a, follow_ups[a], promise, doubt_follow_up / len(walk)
    )
    why = objection or ("" if is_kept else "the limit on follow-ups could not be proven")
    return _choice(checking, promise, a, f, follow_up_bound, None, why)


def cheapest_follow_up(part: Half, promise: Promise) -> tuple[Numbers, list[int]]:
    """For each answer threshold the follow-up threshold of least cost, and that cost.

    Among equals the higher one, which asks less. Those that ask more than the limit allows are out,
    unless all are.
    """
    shares = measures(part.counts, promise.oos_share)
    x = part.mix(promise.oos_share)
    costs: Numbers = np.zeros(part.counts.shape[:2])
    for outcome in OUTCOMES:
        weight = 1 - x if outcome in IN_SCOPE else x
        if weight > 0:
            costs += weight * promise.costs[outcome] * np.nan_to_num(shares[outcome.value])
    rows, columns = np.ogrid[: costs.shape[0], : costs.shape[1]]
    costs[columns > rows] = np.inf
    if promise.max_follow_up is not None:
        over = shares["follow_ups"] > promise.max_follow_up
        costs[over & (columns != rows)] = np.inf  # the two lines as one ask least
    last = costs.shape[1] - 1
    found = last - np.argmin(costs[:, ::-1], axis=1)
    return np.take_along_axis(costs, found[:, None], axis=1)[:, 0], [int(f) for f in found]


def _answers(choosing: Half, checking: Half, answer: int) -> bool:
    """Whether anything at all is answered at a threshold."""
    codes = [Outcome.RIGHT.code, *_WRONG]
    return any(part.counts[answer, 0, codes].sum() > 0 for part in (choosing, checking))


def _checked_follow_up(
    checking: Half, answer: int, target: int, promise: Promise, doubt: float
) -> tuple[int, float | None, bool]:
    """The lowest follow-up threshold, not below the target, whose limit is proven.

    Args:
        doubt: shared by all answer thresholds that could have been arrived at (Bonferroni), as
            which one it was has been decided by the same labels.
    """
    if promise.max_follow_up is None:
        return target, None, True
    bounds = checking.follow_up_upper(answer, promise.oos_share, doubt)
    found = None
    for f in range(answer, target - 1, -1):
        if bounds[f] > promise.max_follow_up:
            break
        found = f
    if found is None:
        return target, float(bounds[target]), False
    return found, float(bounds[found]), True


def _estimate(
    choosing: Half, checking: Half, promise: Promise, follow_ups: Sequence[int]
) -> Recommendation:
    """The best guess of all labels, where nothing can be proven."""
    x = promise.oos_share
    weights = [part.both.messages for part in (choosing, checking)]
    shares = np.average([choosing.wrong_share(x), checking.wrong_share(x)], axis=0, weights=weights)
    a = len(GRID) - 1
    while a > 0 and shares[a - 1] <= promise.max_wrong:
        a -= 1
    answering = [b for b in range(len(GRID)) if _answers(choosing, checking, b)]
    if answering and a > answering[-1]:
        a = answering[-1]  # even the surest answers are wrong too often: still, the surest ones
    doubt, doubt_follow_up = promise.doubts
    missing, why = _missing(shares, answering, checking, promise, doubt)
    f = min(follow_ups[a], a)
    follow_up_bound = None
    if promise.max_follow_up is not None:
        follow_up_bound = float(checking.follow_up_upper(a, x, doubt_follow_up)[f])
    return _choice(checking, promise, a, f, follow_up_bound, missing, why)


def _missing(
    shares: Numbers, answering: Sequence[int], checking: Half, promise: Promise, doubt: float
) -> tuple[int | None, str]:
    if not answering:
        return None, "nothing is answered at any threshold"
    if promise.max_wrong == 0:
        return None, "no number of labels can prove that nothing is ever wrong"
    x = promise.oos_share
    strictest = answering[-1]
    surest = max(float(shares[strictest]), float(checking.wrong_share(x)[strictest]))
    # With a given mix each side needs a proof of its own, at half the doubt.
    is_mixed = x is not None and 0 < x < 1
    doubt = doubt / 2 if is_mixed else doubt
    sides = [checking.inside, checking.outside] if is_mixed else [checking.both]
    if surest > promise.max_wrong:
        seen = checking.both.labels
        if lower(surest * seen, seen, doubt) > promise.max_wrong:
            return None, "even at its strictest, the bot answers too much wrongly on these labels"
        # That may be chance. If so, no more than what was seen need be wrong.
        needed = trials_needed(lambda _: surest * seen, promise.max_wrong, doubt)
    else:
        needed = trials_needed(lambda n: surest * n, promise.max_wrong, doubt)
    if needed is None:
        return None, "no number of labels that anybody has would prove so little"
    lacking = sum(max(0, needed - side.labels) for side in sides)
    return 2 * max(1, lacking), "there are too few labels"


def _choice(
    checking: Half,
    promise: Promise,
    answer: int,
    follow_up: int,
    follow_up_upper: float | None,
    labels_missing: int | None,
    why: str,
) -> Recommendation:
    return Recommendation(
        thresholds=Thresholds(float(GRID[answer]), float(GRID[follow_up])),
        checked=checking.both.labels,
        wrong=float(checking.wrong_share(promise.oos_share)[answer]),
        wrong_upper=float(checking.wrong_upper(promise.oos_share, promise.doubts[0])[answer]),
        follow_up_upper=follow_up_upper,
        labels_missing=labels_missing,
        why=why,
    )
