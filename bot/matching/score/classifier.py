"""A classifier on top of the encoder, for FAQs with enough phrasings to learn from.

Multinomial logistic regression on the frozen vectors: P(e | q) = softmax(W q + b).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.matching.encoder.encoder import Vectors
from bot.matching.index.index import Rows
from bot.matching.score.blended import Classifier
from bot.matching.score.ranker import ANSWER_PERCENTILE, spaced

MIN_PHRASINGS = 5  # per entry, on average; below, it learns the wording and not the meaning
MAX_ENTRIES = 1_000  # the term costs a message one product per entry
_PER_ENTRY = 30  # more phrasings than this change the fit by less than they cost
_PER_ENTRY_CHECKED = 10
_MOST_CHECKED = 600
_FOLDS = 2
_INVERSE_REGULARISATION = 10.0
_ITERATIONS = 100
_TOLERANCE = 1e-3  # ten times as exact takes twice as long and answers no more


def is_worthwhile(owners: Rows, entries: int) -> bool:
    """Whether the FAQ has enough phrasings, and not too many entries."""
    counts = np.bincount(owners, minlength=entries)
    return 2 <= entries <= MAX_ENTRIES and bool(
        len(owners) >= MIN_PHRASINGS * entries and counts.min() >= 2
    )


def fit(vectors: Vectors, owners: Rows, per_entry: int = _PER_ENTRY) -> Classifier:
    """Fit on evenly spaced phrasings of each entry. The same input gives the same classifier.

    Args:
        owners: the entry of each row, from 0 on without a gap.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    rows = spaced(owners, per_entry)
    model = LogisticRegression(C=_INVERSE_REGULARISATION, max_iter=_ITERATIONS, tol=_TOLERANCE)
    # One thread: products of this size gain little from two, and lose much where the machine is
    # busy. It also makes the sums, and so the classifier, the same on any number of cores.
    with threadpool_limits(1), warnings.catch_warnings():
        # Not quite at the optimum is good enough; whether it helps is checked by cross-validation.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(vectors[rows], owners[rows])
    weights, bias = model.coef_, model.intercept_
    if len(weights) == 1:  # two entries share one row of weights
        weights, bias = np.concatenate([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    return Classifier(weights.astype(np.float32), bias.astype(np.float32))


@dataclass(frozen=True, slots=True)
class Trial:
    """How one phrasing fares that is left out of the FAQ.

    Attributes:
        is_right: its own entry comes first.
        raw: the score of the entry that comes first.
        impostor: what it scores when its own entry does not exist.
    """

    is_right: bool
    raw: float
    impostor: float


def wins(
    vectors: Vectors,
    owners: Rows,
    attempt: Callable[[int, Classifier | None], Trial],
) -> bool:
    """Whether a classifier answers more, by cross-validation over phrasings.

    Compared is the share that is right and scores above all but 5 % of the impostors: what the
    answer line will let through (`score_scale`).

    Args:
        attempt: tries a row as an utterance, with or without a classifier.
    """
    rows = checked(owners)
    folds = np.arange(len(rows)) % _FOLDS
    with_classifier: list[Trial] = []
    for fold in range(_FOLDS):
        held_out = rows[folds == fold]
        kept = np.setdiff1d(spaced(owners, _PER_ENTRY_CHECKED), held_out)
        if len(np.unique(owners[kept])) < len(np.unique(owners)):
            return False
        classifier = fit(vectors[kept], owners[kept], _PER_ENTRY_CHECKED)
        with_classifier += [attempt(row, classifier) for row in held_out.tolist()]
    without = [attempt(row, None) for row in rows.tolist()]
    return _answered(with_classifier) > _answered(without)


def checked(owners: Rows) -> Rows:
    """The rows that cross-validation tries."""
    rows = spaced(owners, _PER_ENTRY_CHECKED)
    return rows[:: -(-len(rows) // _MOST_CHECKED)]


def _answered(trials: Sequence[Trial]) -> float:
    line = np.percentile([trial.impostor for trial in trials], ANSWER_PERCENTILE)
    return float(np.mean([trial.is_right and trial.raw > line for trial in trials]))
