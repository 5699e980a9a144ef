"""How far a figure may be off because other messages could have been labelled.

The percentile bootstrap (Efron 1979): the labels are drawn again with replacement, in-scope and
out-of-scope ones by themselves, and every figure is worked out again. 95 of 100 of these lie in the
interval. What happened to none or to all of them does so in every drawing, however few there are;
there `intervals` stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.tuning.evaluate.intervals import Interval, intervals
from bot.tuning.evaluate.metrics import Numbers, as_share, count, measures, mixed
from bot.tuning.evaluate.outcomes import OUTCOMES
from bot.tuning.thresholds.regions import Codes

RESAMPLES = 1_000
BINS = 10
_CHUNK = 4_000_000  # drawn messages at once
_PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval; None where there is nothing to work it out from."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
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


def estimates(seen: Seen, oos_share: float | None, seed: int = 0) -> Mapping[str, Estimate]:
    """Every measure by name, also `auroc` and `calibration_error`, with intervals.

    `auroc`: how probably an in-scope message scores above an out-of-scope one, ties half.
    `calibration_error`: by how much the probability said differs from the share that is right, mean
    over ten equal bins weighted by their messages (expected calibration error; Naeini et al. 2015).
    Both kinds of messages count in it as often as the mix says.
    """
    figures = _Figures(seen, oos_share)
    values = figures.of(np.ones((1, len(seen.codes))))
    drawn: dict[str, list[Numbers]] = {name: [] for name in values}
    for weights in _draws(seen.in_scope, seed):
        for name, numbers in figures.of(weights).items():
            drawn[name].append(numbers)
    outright = intervals(count(seen.codes), oos_share)
    return {
        name: _estimate(values[name], np.concatenate(drawn[name]), outright.get(name))
        for name in values
    }


def _estimate(value: Numbers, samples: Numbers, outright: Interval | None) -> Estimate:
    whole = as_share(value[0])
    known = samples[~np.isnan(samples)]
    if whole is None or len(known) == 0:
        return Estimate(whole)
    low, high = (float(side) for side in np.percentile(known, _PERCENTILES))
    if outright is not None and low == high:
        low, high = outright
    return Estimate(whole, low, high)


def _draws(in_scope: NDArray[np.bool_], seed: int) -> Iterator[Numbers]:
    """How often each message was drawn, chunk by chunk: shape (resamples, n)."""
    random = np.random.default_rng(seed)
    total = len(in_scope)
    kinds = [rows for rows in (np.flatnonzero(in_scope), np.flatnonzero(~in_scope)) if len(rows)]
    at_once = max(1, min(RESAMPLES, _CHUNK // total))
    for start in range(0, RESAMPLES, at_once):
        number = min(at_once, RESAMPLES - start)
        weights = np.zeros((number, total))
        for rows in kinds:
            picks = random.integers(len(rows), size=(number, len(rows)))
            places = picks + np.arange(number)[:, None] * len(rows)
            counts = np.bincount(places.ravel(), minlength=number * len(rows))
            weights[:, rows] = counts.reshape(number, len(rows))
        yield weights


def calibration_error(
    likely: Numbers, is_right: NDArray[np.bool_], weights: Numbers | None = None
) -> float:
    """The expected calibration error, see `estimates`.

    Args:
        likely: how probable it was said to be, 0 to 1, shape (n,), at least one.
        is_right: whether it was so, shape (n,).
        weights: how much each of them counts, shape (n,); None: all the same.
    """
    each = np.ones(len(likely)) if weights is None else weights
    return float(np.abs(each @ _gaps(likely, is_right)).sum() / each.sum())


def _gaps(likely: Numbers, is_right: NDArray[np.bool_]) -> Numbers:
    """Right minus said, in the column of its bin: shape (n, 10)."""
    bins = np.minimum((likely * BINS).astype(np.int64), BINS - 1)
    return np.asarray(np.eye(BINS)[bins] * (is_right - likely)[:, None], np.float64)


class _Figures:
    """Every figure of weighted messages, for many weightings at once."""

    def __init__(self, seen: Seen, oos_share: float | None) -> None:
        self._seen = seen
        self._oos_share = oos_share
        self._by_outcome = np.eye(len(OUTCOMES))[seen.codes]
        self._order = np.argsort(seen.scores, kind="stable")
        ranked = seen.scores[self._order]
        self._starts = np.flatnonzero(np.r_[True, ranked[1:] > ranked[:-1]])
        self._mix = mixed(seen.in_scope, np.ones(len(seen.codes)), oos_share)
        self._gaps = _gaps(seen.likely, seen.is_right) * self._mix[:, None]

    def of(self, weights: Numbers) -> dict[str, Numbers]:
        """Args: weights: shape (k, n). Returns: by name, each of shape (k,)."""
        found = dict(measures(weights @ self._by_outcome, self._oos_share))
        found["auroc"] = self._auroc(weights)
        # |Σ of a bin (right − said)| over all messages: the bin's own weight cancels out.
        gaps = np.abs(weights @ self._gaps).sum(axis=1)
        found["calibration_error"] = gaps / (weights @ self._mix)
        return found

    def _auroc(self, weights: Numbers) -> Numbers:
        """Mann and Whitney's U over the number of pairs, of equal scores together."""
        ranked = weights[:, self._order]
        is_inside = self._seen.in_scope[self._order]
        inside = np.add.reduceat(ranked * is_inside, self._starts, axis=1)
        outside = np.add.reduceat(ranked * ~is_inside, self._starts, axis=1)
        below = np.cumsum(outside, axis=1) - outside
        wins = (inside * (below + outside / 2)).sum(axis=1)
        pairs = inside.sum(axis=1) * outside.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(pairs > 0, wins / pairs, np.nan))
