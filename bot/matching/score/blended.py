"""The blended score, of which `matching.score: blended` takes its name.

For an utterance q and an entry e with phrasings p, all vectors of unit length:

    s(e)   = 0.4 · max_p (cos(q, p) − h_p / 2)  +  0.4 · cos(q, centroid_e)
           + 0.2 · max_p tfidf(q, p)  [ +  0.15 · √P(e | q) ]
    raw(e) = s(e) + 0.5 · (s(e) − the best s of another entry)

h_p, the hubness of a phrasing, is the mean cosine of p to its 10 nearest phrasings of other
entries; half of it is taken off because some phrasings are near to everything (cross-domain
similarity local scaling, Conneau et al. 2018). centroid_e is the mean of e's phrasings, scaled to
unit length (nearest class mean; Snell et al. 2017). tfidf is that of `lexical`. P(e | q) is the
head's, where there is one. The margin is what makes a clear case score higher than a doubtful one.
raw(e) is then put on the FAQ's own scale (`scale`).

The weights were chosen on the development parts of five public FAQ sets; they lie on a plateau:
moving any by a quarter changes right answers at 3 % out-of-scope answered by at most 1.5 points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.matching.encoder.encoder import Vectors
from bot.matching.index.by_entry import Nearest, Neighbourhood
from bot.matching.index.index import VectorIndex
from bot.matching.score.classifier import Head
from bot.matching.score.ranker import MAX_HITS
from bot.matching.score.sampling import Entries
from bot.matching.score.score_scale import Scale
from bot.matching.score.tfidf import LexicalIndex, LexicalQuery

BEST_PHRASING, CENTROID, LEXICAL, HEAD, MARGIN = 0.4, 0.4, 0.2, 0.15, 0.5
NEAREST = 128  # phrasings whose entries are scored
ENOUGH_ENTRIES = 5  # among them, or the search is widened


@dataclass(frozen=True, slots=True)
class Fit:
    """What is measured on an FAQ once, when its index is built.

    Attributes:
        hubness: float32, shape (n_phrasings,).
        centroids: float32, shape (n_entries, dim), unit rows.
        head: the classifier, or None where it does not help.
        scale: from raw scores to those that thresholds speak.
    """

    hubness: Vectors
    centroids: Vectors
    head: Head | None
    scale: Scale


@dataclass(frozen=True, slots=True)
class EntryScore:
    """How well one entry fits.

    Attributes:
        entry: its number.
        raw: before the scale; see the module's formula.
        row: its nearest phrasing.
        cosine: of the utterance and that phrasing.
    """

    entry: int
    raw: float
    row: int
    cosine: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is taken out of the FAQ.

    Attributes:
        entry: the entry concerned, or several; None for nothing.
        centroid: of what is left of it, or None where nothing is: the entry does not exist.
    """

    entry: int | Entries | None = None
    centroid: Vectors | None = None


NOTHING = LeftOut()


class BlendedScorer:
    """Scores the entries among an utterance's nearest phrasings.

    Args:
        vectors: of all phrasings, in the order of `index` and `lexical`.
        owners: the entry of each phrasing, numbered from 0 without a gap.
    """

    def __init__(
        self, vectors: Vectors, owners: Entries, index: VectorIndex, lexical: LexicalIndex, fit: Fit
    ) -> None:
        self._owners = owners
        self._nearby = Neighbourhood(index, owners, NEAREST, ENOUGH_ENTRIES)
        self._lexical = lexical
        self.fit = fit

    def score(
        self, vector: Vectors, query: LexicalQuery, without: Entries | None = None
    ) -> list[EntryScore]:
        """Score the entries near an utterance: the best `MAX_HITS`, those that tie by number.

        Args:
            without: entries to leave out, as if they did not exist.
        """
        nearest = self._nearby.of(vector, without)
        return self.score_near(vector, query, nearest, self.fit.head, LeftOut(without))

    def score_near(
        self,
        vector: Vectors,
        query: LexicalQuery,
        nearest: Nearest,
        head: Head | None,
        left_out: LeftOut = NOTHING,
    ) -> list[EntryScore]:
        """Score the entries of given phrasings; see `score`."""
        rows = nearest.rows
        if len(rows) == 0:
            return []
        # Not np.unique: it is slower on so few, and brings in all of numpy.ma at the first message.
        owners = self._owners[rows]
        entries = np.array(sorted(set(owners.tolist())), dtype=owners.dtype)
        places = np.searchsorted(entries, owners)
        lowered = np.full(len(entries), -np.inf, np.float32)
        np.maximum.at(lowered, places, nearest.cosines - self.fit.hubness[rows] / 2)
        alike = np.zeros(len(entries), np.float32)
        np.maximum.at(alike, places, self._lexical.similarities(query, rows))
        central = self.fit.centroids[entries] @ vector
        if left_out.centroid is not None:
            central[entries == left_out.entry] = left_out.centroid @ vector
        scores = BEST_PHRASING * lowered + CENTROID * central + LEXICAL * alike
        if head is not None:
            absent = left_out.entry if left_out.centroid is None else None
            scores += HEAD * np.sqrt(head.probabilities(vector, absent)[entries])
        # Rows come best first, so the first of an entry is its nearest.
        first = np.full(len(entries), len(rows), np.int64)
        np.minimum.at(first, places, np.arange(len(rows)))
        return _with_margins(entries, scores, rows[first], nearest.cosines[first])


def _with_margins(
    entries: Entries, scores: Vectors, rows: Entries, cosines: Vectors
) -> list[EntryScore]:
    order = np.argsort(-scores, kind="stable")[:MAX_HITS]
    best, *others = scores[order].tolist()
    second = others[0] if others else best
    leads = [best - second, *(score - best for score in others)]
    return [
        EntryScore(entry, score + MARGIN * lead, row, cosine)
        for entry, score, lead, row, cosine in zip(
            entries[order].tolist(),
            (best, *others),
            leads,
            rows[order].tolist(),
            cosines[order].tolist(),
            strict=True,
        )
    ]
