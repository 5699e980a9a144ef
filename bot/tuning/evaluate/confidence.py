"""How far a figure may be off because other messages could have been labelled.

Two kinds of 95 % intervals. `intervals` works them out at once, for as many pairs of thresholds as
one likes: of one kind of message Wilson's (1927); of all messages, in-scope and out-of-scope ones
are counted by themselves and their intervals put together (MOVER; Zou and Donner 2008). Where
messages weigh differently, so many of equal weight are supposed as would say as much (Kish 1965);
such a number is not whole, which is why scipy's `binomtest` cannot be asked.

`estimates` is the percentile bootstrap (Efron 1979): the labels are drawn again with replacement,
in-scope and out-of-scope ones by themselves, and every figure is worked out again. What happened to
none or to all of them does so in every drawing, however few there are; there `intervals` stands in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.tuning.evaluate.metrics import OF_ALL, as_share, count, measures, mixed
from bot.tuning.labels.outcomes import IN_SCOPE, OUT_OF_SCOPE, OUTCOMES, Codes, Numbers, Outcome

BINS = 10
_RESAMPLES = 1_000
_CHUNK = 4_000_000  # drawn messages at once
_Z = 1.959963984540054  # 95 % of a normal distribution lie within so many deviations


def wilson(share: Numbers | float, trials: Numbers | float) -> tuple[Numbers, Numbers]:
    """Lower and upper side around shares of so many trials; nan of no trials."""
    p, n = np.asarray(share, np.float64), np.asarray(trials, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = _Z * _Z / n
        middle = (p + z / 2) / (1 + z)
        reach = np.sqrt(p * (1 - p) * z + z * z / 4) / (1 + z)
    return np.maximum(0.0, middle - reach), np.minimum(1.0, middle + reach)


def intervals(
    counts: Numbers, oos_share: float | None = None, squares: Numbers | None = None
) -> Mapping[str, tuple[Numbers, Numbers]]:
    """Lower and upper side around every share of `measures`, by name; nan of nothing.

    Args:
        counts: shape (..., 8), of each outcome, or what they weigh together.
        oos_share: as in `measures`.
        squares: shape (..., 8), the sum of the squares of what they weigh; None: each weighs 1.
    """
    squares = counts if squares is None else squares
    shares = measures(counts, oos_share)
    inside, outside = _sum(counts, IN_SCOPE), _sum(counts, OUT_OF_SCOPE)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = outside / (inside + outside) if oos_share is None else np.full(inside.shape, oos_share)
        kinds = [(IN_SCOPE, inside, 1 - x), (OUT_OF_SCOPE, outside, x)]
        trials = [total**2 / _sum(squares, kind) for kind, total, _ in kinds]
        found = {
            outcome.value: wilson(shares[outcome.value], its)
            for (kind, _, _), its in zip(kinds, trials, strict=True)
            for outcome in kind
        }
        for name, outcomes in OF_ALL.items():
            below = above = np.zeros(inside.shape)
            for (kind, total, weight), its in zip(kinds, trials, strict=True):
                share = _sum(counts, [o for o in outcomes if o in kind]) / total
                low, high = wilson(share, its)
                # A kind of message that never comes adds nothing, though none was counted.
                below = np.hypot(below, np.where(weight == 0, 0, weight * (share - low)))
                above = np.hypot(above, np.where(weight == 0, 0, weight * (high - share)))
            found[name] = (
                np.maximum(0.0, shares[name] - below),
                np.minimum(1.0, shares[name] + above),
            )
        spread = np.zeros(inside.shape)
        for kind, total, weight in kinds:
            its = _sum(squares, [o for o in OF_ALL["coverage"] if o in kind])
            spread += np.where(weight == 0, 0, (weight / total) ** 2 * its)
        found["precision"] = wilson(shares["precision"], shares["coverage"] ** 2 / spread)
    return found


def _sum(counts: Numbers, outcomes: Sequence[Outcome]) -> Numbers:
    return np.asarray(counts[..., [OUTCOMES.index(outcome) for outcome in outcomes]].sum(axis=-1))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval; None where there is nothing to work it out from."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What is known of n messages, each array of shape (n,).

    Attributes:
        codes: of outcomes.
        in_scope: whether the FAQ has an answer.
        scores: the best entry's.
        likely: how probable it is said to be that the best entry is the one asked for, 0 to 1.
        is_right: whether it is.
    """

    codes: Codes
    in_scope: NDArray[np.bool_]
    scores: Numbers
    likely: Numbers
    is_right: NDArray[np.bool_]


def estimates(judged: Judged, oos_share: float | None) -> Mapping[str, Estimate]:
    """Every measure by name, also `auroc` and `calibration_error`, with intervals.

    `auroc`: how probably an in-scope message scores above an out-of-scope one, ties half.
    `calibration_error`: by how much the probability said differs from the share that is right, mean
    over ten equal bins weighted by their messages (expected calibration error; Naeini et al. 2015).
    Both kinds of messages count in it as often as the mix says.
    """
    values = _figures(judged, [np.arange(len(judged.codes))], oos_share)
    drawn = _figures(judged, _draws(judged.in_scope), oos_share)
    outright = intervals(count(judged.codes), oos_share)
    return {
        name: _estimate(float(value[0]), drawn[name], outright.get(name))
        for name, value in values.items()
    }


def _figures(
    judged: Judged, draws: Iterable[Codes], oos_share: float | None
) -> Mapping[str, Numbers]:
    """By name, a figure for each draw of messages."""
    mix = mixed(judged.in_scope, np.ones(len(judged.codes)), oos_share)
    counts, areas, errors = [], [], []
    for rows in draws:
        inside, scores = judged.in_scope[rows], judged.scores[rows]
        counts.append(count(judged.codes[rows]))
        areas.append(auroc(scores[inside], scores[~inside]))
        errors.append(calibration_error(judged.likely[rows], judged.is_right[rows], mix[rows]))
    return {
        **measures(np.array(counts), oos_share),
        "auroc": np.array(areas, np.float64),  # None becomes nan
        "calibration_error": np.array(errors),
    }


def _estimate(value: float, samples: Numbers, outright: tuple[Numbers, Numbers] | None) -> Estimate:
    whole = as_share(value)
    known = samples[~np.isnan(samples)]
    if whole is None or len(known) == 0:
        return Estimate(whole)
    low, high = (float(side) for side in np.percentile(known, (2.5, 97.5)))
    if outright is not None and low == high and not np.isnan(outright).any():
        low, high = (float(side) for side in outright)
    return Estimate(whole, low, high)


def _draws(in_scope: NDArray[np.bool_]) -> Iterator[Codes]:
    """So many messages of each kind as there are, drawn with replacement, a thousand times.

    scipy's `bootstrap` refuses a kind of which there is only one message.
    """
    random = np.random.default_rng(0)
    kinds = [rows for rows in (np.flatnonzero(in_scope), np.flatnonzero(~in_scope)) if len(rows)]
    at_once = max(1, min(_RESAMPLES, _CHUNK // len(in_scope)))
    for start in range(0, _RESAMPLES, at_once):
        number = min(at_once, _RESAMPLES - start)
        picks = [rows[random.integers(len(rows), size=(number, len(rows)))] for rows in kinds]
        yield from np.concatenate(picks, axis=1)


def auroc(inside: Sequence[float] | Numbers, outside: Sequence[float] | Numbers) -> float | None:
    """How probably a score of the one kind is above one of the other; a tie counts half.

    Args:
        inside: scores that should be high.
        outside: scores that should be low.
    Returns:
        From 0 to 1 (Mann and Whitney's U over the number of pairs); None if a kind is empty.
    """
    from scipy.stats import rankdata

    if len(inside) == 0 or len(outside) == 0:
        return None
    ranks = rankdata(np.concatenate([inside, outside]))[: len(inside)]
    wins = float(ranks.sum()) - len(inside) * (len(inside) + 1) / 2
    return wins / (len(inside) * len(outside))


def bins_of(likely: Numbers) -> Codes:
    """The one of ten equal bins that each probability is in."""
    return np.minimum((likely * BINS).astype(np.int64), BINS - 1)


def calibration_error(
    likely: Numbers, is_right: NDArray[np.bool_], weights: Numbers | None = None
) -> float:
    """The expected calibration error, see `estimates`.

    Args:
        likely: how probable it was said to be, 0 to 1, shape (n,), at least one.
        is_right: whether it was so, shape (n,).
        weights: how much each of them counts, shape (n,); None: all the same.
    """
    weights = np.ones(len(likely)) if weights is None else weights
    gaps = np.bincount(bins_of(likely), weights * (is_right - likely), BINS)
    return float(np.abs(gaps).sum() / weights.sum())
