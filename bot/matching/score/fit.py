"""What the blended score measures on an FAQ, once, when its index is built.

For FAQs with enough phrasings to learn from that is a classifier, too: multinomial logistic
regression on the frozen vectors, P(e | q) = softmax(W q + b).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.gently import gently, give_way
from bot.matching.encoder.encoder import Vectors
from bot.matching.index import EntrySearch, Nearest, Rows, VectorIndex, faiss_library
from bot.matching.score.blended import (
    ENOUGH_ENTRIES,
    NEAREST,
    BlendedScorer,
    Classifier,
    Fit,
)
from bot.matching.score.ranker import ANSWER_PERCENTILE, Scale, calibrate, spaced
from bot.matching.score.tfidf import TfidfIndex

NEIGHBOURS = 10  # of a phrasing, for its hubness
FIXED = Scale(0.34, 0.57, 0.65)  # where the anchors lie on the average FAQ
FIXED_WITH_CLASSIFIER = Scale(0.425, 0.718, 0.82)
# The same of the second encoder, and for messages in another language than the entries.
FIXED_SECOND = Scale(0.35, 0.61, 0.65)
FIXED_FOREIGN = Scale(0.28, 0.62, 0.66)
# It tells a right entry from a wrong one less clearly, so 0.69 lies higher up.
SECOND_ABOVE_MEDIAN = 0.8
# A question and its translation are less alike than two wordings in one language. So the right
# entry for a message in another language scores as low as impostors in the same one.
FOREIGN_PERCENTILE = 10.0
_MAX_IMPOSTORS = 1_000  # more do not move the percentiles
_CHUNK = 256  # rows compared with all others at once
_LARGEST_WHOLE = 25_000  # phrasings: to compare all with all takes seconds there, days at a million
# In a larger FAQ:
_PER_CELL = 300  # phrasings, which are compared with those of the nearest cells
_MOST_CELLS = 2_048
_NEAR_CELLS = 8
_TRAINING_ROWS = 8_192
_PER_CENTRE = 32  # phrasings that a cell's centre is learned from
_ROUNDS = 6  # of k-means; more move nothing
MIN_PHRASINGS = 5  # per entry, on average; below, it learns the wording and not the meaning
MAX_ENTRIES = 1_000  # the term costs a message one product per entry
_PER_ENTRY = 30  # more phrasings than this change the fit by less than they cost
_PER_ENTRY_CHECKED = 10
_MOST_CHECKED = 600
_FOLDS = 2
_INVERSE_REGULARISATION = 10.0
_ITERATIONS = 100
_TOLERANCE = 1e-3  # ten times as exact takes twice as long and answers no more


def fit_blended(
    vectors: Vectors,
    owners: Rows,
    index: VectorIndex,
    tfidf: TfidfIndex,
    *,
    use_classifier: bool,
) -> Fit:
    """Measure an FAQ. The same FAQ gives the same result, in whatever order it is read.

    Args:
        owners: the entry of each phrasing, numbered from 0 without a gap.
        use_classifier: fit one where there are phrasings enough, and keep it if it wins its own
            cross-validation. The scale is derived after it.
    """
    entries = int(owners.max()) + 1
    fit = Fit(hubness(vectors, owners), centroids(vectors, owners), None, FIXED)
    if entries == 1:
        return fit  # there is nobody to be an impostor
    classifier = None
    if use_classifier and is_worthwhile(owners, entries):
        rehearsal = _Rehearsal(vectors, owners, index, tfidf, fit, checked(owners))
        if wins(vectors, owners, rehearsal.attempt):
            classifier = fit_classifier(vectors, owners)
    fixed = FIXED if classifier is None else FIXED_WITH_CLASSIFIER
    fit = Fit(fit.hubness, fit.centroids, classifier, fixed)
    rows = spaced(owners, max(1, _MAX_IMPOSTORS // entries))[:_MAX_IMPOSTORS]
    rehearsal = _Rehearsal(vectors, owners, index, tfidf, fit, rows)
    impostors = [rehearsal.impostor(row, classifier) for row in gently(rows.tolist())]
    scale = calibrate(np.array(impostors, np.float32), len(owners), fixed)
    return Fit(fit.hubness, fit.centroids, classifier, scale)


def fit_second(
    vectors: Vectors, owners: Rows, index: VectorIndex, tfidf: TfidfIndex
) -> tuple[Fit, Scale]:
    """Measure an FAQ of one language by the vectors of the second encoder; see `fit_blended`.

    Returns:
        What was measured, and the scale of messages in another language, whose letters say nothing.
    """
    entries = int(owners.max()) + 1
    fit = Fit(hubness(vectors, owners), centroids(vectors, owners), None, FIXED_SECOND)
    if entries == 1:
        return fit, FIXED_FOREIGN
    rows = spaced(owners, max(1, _MAX_IMPOSTORS // entries))[:_MAX_IMPOSTORS]
    rehearsal = _Rehearsal(vectors, owners, index, tfidf, fit, rows)
    same, foreign = (
        np.array(
            [rehearsal.impostor(row, None, by_letters=by_letters) for row in gently(rows.tolist())]
        )
        for by_letters in (True, False)
    )
    scale = calibrate(same, len(owners), FIXED_SECOND, above_median=SECOND_ABOVE_MEDIAN)
    of_foreign = calibrate(
        foreign, len(owners), FIXED_FOREIGN, FOREIGN_PERCENTILE, SECOND_ABOVE_MEDIAN
    )
    return replace(fit, scale=scale), of_foreign


class _Rehearsal:
    """Phrasings of the FAQ taken for utterances."""

    def __init__(
        self,
        vectors: Vectors,
        owners: Rows,
        index: VectorIndex,
        tfidf: TfidfIndex,
        fit: Fit,
        rows: Rows,
    ) -> None:
        self._vectors = vectors
        self._owners = owners
        self._scorer = BlendedScorer(owners, index, tfidf, fit)
        self._tfidf = tfidf
        self._sums = _sums(vectors, owners, len(fit.centroids))
        self._nearest = dict(_nearest_others(vectors, owners, rows, self._scorer.search))

    def attempt(self, row: int, classifier: Classifier | None) -> Trial:
        """Try a phrasing as an utterance: left out of its own entry, and without that entry."""
        own = int(self._owners[row])
        rest = unit(self._sums[own] - self._vectors[row]).astype(np.float32)
        query = self._tfidf.query_of(row)
        best = self._scorer.score_near(
            self._vectors[row], query, self._nearest[row][0], classifier, own, rest
        )[0]
        return Trial(best.entry == own, best.raw, self.impostor(row, classifier))

    def impostor(
        self, row: int, classifier: Classifier | None, *, by_letters: bool = True
    ) -> float:
        """The raw score of a phrasing whose own entry does not exist."""
        own = int(self._owners[row])
        query = self._tfidf.query_of(row) if by_letters else None
        scores = self._scorer.score_near(
            self._vectors[row], query, self._nearest[row][1], classifier, own
        )
        return scores[0].raw


def _nearest_others(
    vectors: Vectors, owners: Rows, rows: Rows, search: EntrySearch
) -> Iterator[tuple[int, tuple[Nearest, Nearest]]]:
    """For each row the nearest other rows, and the nearest rows of other entries."""
    if len(vectors) > _LARGEST_WHOLE:
        for row in rows.tolist():
            near = search.nearest(vectors[row])
            is_other = near.rows != row
            others = Nearest(near.cosines[is_other], near.rows[is_other])
            yield row, (others, search.nearest(vectors[row], owners[row : row + 1]))
        return
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        together = zip(chunk.tolist(), vectors[chunk] @ vectors.T, strict=True)
        for row, cosines in gently(together):
            cosines[row] = -np.inf
            others = _top(cosines, owners)
            cosines[owners == owners[row]] = -np.inf
            yield row, (others, _top(cosines, owners))


def _top(cosines: Vectors, owners: Rows) -> Nearest:
    """The best finite ones, as many as `BlendedScorer.score` would look at."""
    finite = int(np.isfinite(cosines).sum())
    k = min(NEAREST, finite)
    while True:
        best = np.argpartition(-cosines, k - 1)[:k]
        rows = best[np.lexsort((best, -cosines[best]))]
        if k == finite or len(np.unique(owners[rows])) >= ENOUGH_ENTRIES:
            return Nearest(cosines[rows], rows)
        k = min(4 * k, finite)


def centroids(vectors: Vectors, owners: Rows) -> Vectors:
    """The mean of each entry's phrasings, scaled to unit length: shape (n_entries, dim)."""
    sums = _sums(vectors, owners, int(owners.max()) + 1)
    return np.stack([unit(row) for row in sums]).astype(np.float32)


def _sums(vectors: Vectors, owners: Rows, entries: int) -> NDArray[np.float64]:
    order = np.argsort(owners, kind="stable")
    borders = np.searchsorted(owners[order], np.arange(entries + 1))
    sums = np.zeros((entries, vectors.shape[1]), np.float64)
    for entry in range(entries):
        rows = order[borders[entry] : borders[entry + 1]]
        sums[entry] = vectors[rows].sum(axis=0, dtype=np.float64)
    return sums


def hubness(vectors: Vectors, owners: Rows, rows: Rows | None = None) -> Vectors:
    """The mean cosine of each phrasing to its 10 nearest of other entries; 0 without any.

    In a large FAQ they are looked for among the phrasings of the nearest parts of it only.

    Args:
        rows: the phrasings meant; None for all.
    """
    found = np.zeros(len(vectors), np.float32)
    everything: Rows | slice = slice(None)
    whole = iter([(np.arange(len(vectors)) if rows is None else rows, everything)])
    is_large = rows is None and len(vectors) > _LARGEST_WHOLE
    for meant, others in _cells(vectors) if is_large else whole:
        their_vectors, their_owners = vectors[others], owners[others]
        for start in gently(range(0, len(meant), _CHUNK)):
            chunk = meant[start : start + _CHUNK]
            cosines = vectors[chunk] @ their_vectors.T
            cosines[owners[chunk][:, None] == their_owners[None, :]] = -np.inf
            k = min(NEIGHBOURS, cosines.shape[1])
            nearest = np.partition(cosines, cosines.shape[1] - k, axis=1)[:, -k:]
            known = np.isfinite(nearest)
            sums = np.where(known, nearest, 0).sum(axis=1)
            found[chunk] = sums / np.maximum(known.sum(axis=1), 1)
    return found if rows is None else found[rows]


def _cells(vectors: Vectors) -> Iterator[tuple[Rows, Rows]]:
    """Cells of neighbours, by k-means: the rows of each, and those of it and the nearest others."""
    count = min(len(vectors) // _PER_CELL, _MOST_CELLS)
    clustering = faiss_library().Kmeans(
        vectors.shape[1], count, niter=_ROUNDS, spherical=True, seed=1,
        min_points_per_centroid=1, max_points_per_centroid=_TRAINING_ROWS,
    )  # fmt: skip
    sample = min(len(vectors), max(_TRAINING_ROWS, _PER_CENTRE * count))
    clustering.train(vectors[np.linspace(0, len(vectors) - 1, sample).astype(np.int64)])
    cell_of = clustering.index.search(vectors, 1)[1][:, 0]
    order = np.argsort(cell_of, kind="stable")
    members = np.split(order, np.searchsorted(cell_of[order], np.arange(1, count)))
    centres = clustering.centroids
    for cell, alike in enumerate(centres @ centres.T):
        near = np.argsort(-alike, kind="stable")[:_NEAR_CELLS]
        yield members[cell], np.concatenate([members[number] for number in near])


def unit(vector: NDArray[np.floating]) -> NDArray[np.floating]:
    """A vector of the same direction and length 1; zero stays zero."""
    norm = float(np.linalg.norm(vector))
    return vector / norm if norm > 0 else vector


def is_worthwhile(owners: Rows, entries: int) -> bool:
    """Whether the FAQ has enough phrasings, and not too many entries."""
    counts = np.bincount(owners, minlength=entries)
    return 2 <= entries <= MAX_ENTRIES and bool(
        len(owners) >= MIN_PHRASINGS * entries and counts.min() >= 2
    )


def fit_classifier(vectors: Vectors, owners: Rows, per_entry: int = _PER_ENTRY) -> Classifier:
    """Fit on evenly spaced phrasings of each entry. The same input gives the same classifier.

    Args:
        owners: the entry of each row, from 0 on without a gap.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    rows = spaced(owners, per_entry)
    model = LogisticRegression(C=_INVERSE_REGULARISATION, max_iter=_ITERATIONS, tol=_TOLERANCE)
    model.set_callbacks(_GivesWay())
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


class _GivesWay:
    """scikit-learn's `FitCallback`: messages go first before each iteration."""

    def setup(self, estimator: object, context: object) -> None:
        pass

    def on_fit_task_begin(self, estimator: object, context: object) -> None:
        give_way()

    def on_fit_task_end(self, estimator: object, context: object) -> None:
        pass

    def teardown(self, estimator: object, context: object) -> None:
        pass


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
    answer line will let through (`ranker.Scale`).

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
        classifier = fit_classifier(vectors[kept], owners[kept], _PER_ENTRY_CHECKED)
        with_classifier += [attempt(row, classifier) for row in gently(held_out.tolist())]
    without = [attempt(row, None) for row in gently(rows.tolist())]
    return _answered(with_classifier) > _answered(without)


def checked(owners: Rows) -> Rows:
    """The rows that cross-validation tries."""
    rows = spaced(owners, _PER_ENTRY_CHECKED)
    return rows[:: -(-len(rows) // _MOST_CHECKED)]


def _answered(trials: Sequence[Trial]) -> float:
    line = np.percentile([trial.impostor for trial in trials], ANSWER_PERCENTILE)
    return float(np.mean([trial.is_right and trial.raw > line for trial in trials]))
