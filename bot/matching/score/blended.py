"""The blended score and the ranker by it, of which `matching.score: blended` takes its name.

For an utterance q and an entry e with phrasings p, all vectors of unit length:

    s(e)   = 0.4 · max_p (cos(q, p) − h_p / 2)  +  0.4 · cos(q, centroid_e)
           + 0.2 · max_p tfidf(q, p)  [ +  0.15 · √P(e | q) ]
    raw(e) = s(e) + 0.5 · (s(e) − the best s of another entry)

h_p, the hubness of a phrasing, is the mean cosine of p to its 10 nearest phrasings of other
entries; half of it is taken off because some phrasings are near to everything (cross-domain
similarity local scaling, Conneau et al. 2018). centroid_e is the mean of e's phrasings, scaled to
unit length (nearest class mean; Snell et al. 2017). tfidf is that of `tfidf`. P(e | q) is the
classifier's, where there is one. The margin is what makes a clear case score higher than a doubtful
one. raw(e) is then put on the FAQ's own scale (`ranker.Scale`).

The weights were chosen on the development parts of five public FAQ sets; they lie on a plateau:
moving any by a quarter changes right answers at 3 % out-of-scope answered by at most 1.5 points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from bot.domain import Hit
from bot.matching.encoder.encoder import Vectors, Vocabulary
from bot.matching.index import EntrySearch, Nearest, PhrasingVectors, Rows, VectorIndex
from bot.matching.score.ranker import MAX_HITS, SCORE_DIGITS, Match, Read, Scale, Terms
from bot.matching.score.tfidf import TfidfIndex, TfidfQuery, TfidfScorer
from bot.matching.score.wordings import OddWords, Wordings
from bot.matching.text import TypoRepair

BEST_PHRASING, CENTROID, TFIDF, CLASSIFIER, MARGIN = 0.4, 0.4, 0.2, 0.15, 0.5
NEAREST = 128  # phrasings whose entries are scored
ENOUGH_ENTRIES = 5  # among them, or the search is widened
# Above this share of unknown words the encoder guesses: two different Chinese sentences can have
# a cosine of 1. It holds for 98 % of Chinese and for 0 to 0.6 % of English messages.
UNREADABLE = 0.3
CLOSE = 0.10  # phrasings whose cosine is less than this below the nearest are as good as it
_MAX_CLOSE = 10


@dataclass(frozen=True, slots=True)
class Classifier:
    """Multinomial logistic regression on the vectors: P(e | q) = softmax(W q + b).

    Attributes:
        weights: float32, shape (n_entries, dim).
        bias: float32, shape (n_entries,).
    """

    weights: Vectors
    bias: Vectors

    def probabilities(self, vector: Vectors, without: int | Rows | None = None) -> Vectors:
        """P(e | q), shape (n_entries,), summing to 1.

        Args:
            without: an entry, or several, to leave out, as if they did not exist.
        """
        logits = self.weights @ vector + self.bias
        if without is not None:
            logits[without] = -np.inf
        odds = np.exp(logits - logits.max())
        shares: Vectors = odds / odds.sum()
        return shares


@dataclass(frozen=True, slots=True)
class Fit:
    """What is measured on an FAQ once, when its index is built.

    Attributes:
        hubness: float32, shape (n_phrasings,).
        centroids: float32, shape (n_entries, dim), unit rows.
        classifier: or None where it does not help.
        scale: from raw scores to those that thresholds speak.
    """

    hubness: Vectors
    centroids: Vectors
    classifier: Classifier | None
    scale: Scale


@dataclass(frozen=True, slots=True)
class EntryScore:
    """How well one entry fits.

    Attributes:
        entry: its number.
        raw: before the scale; see the module's formula.
        row: its nearest phrasing.
        cosine: of the utterance and that phrasing.
        terms: what `raw` is the sum of.
    """

    entry: int
    raw: float
    row: int
    cosine: float
    terms: Terms = field(default=Terms(), compare=False)


@dataclass(frozen=True, slots=True)
class Found:
    """The best entries for an utterance; see `Match`."""

    hits: tuple[Hit, ...] = ()
    cosine: float = 0.0
    terms: Mapping[str, Terms] = field(default_factory=lambda: MappingProxyType({}))


class BlendedScorer:
    """Scores the entries among an utterance's nearest phrasings.

    Args:
        owners: the entry of each phrasing, numbered from 0 without a gap, in the order of `index`
            and `tfidf`.
    """

    def __init__(self, owners: Rows, index: VectorIndex, tfidf: TfidfIndex, fit: Fit) -> None:
        self._owners = owners
        self.search = EntrySearch(index, owners, NEAREST, ENOUGH_ENTRIES)
        self._tfidf = tfidf
        self.fit = fit

    def score(
        self, vector: Vectors, query: TfidfQuery | None, without: Rows | None = None
    ) -> list[EntryScore]:
        """Score the entries near an utterance: the best `MAX_HITS`, those that tie by number.

        Args:
            query: None where the utterance is in another language than the entries, whose letters
                then say nothing; its part of the score goes to the others.
            without: entries to leave out, as if they did not exist.
        """
        nearest = self.search.nearest(vector, without)
        return self.score_near(vector, query, nearest, self.fit.classifier, without)

    def score_near(
        self,
        vector: Vectors,
        query: TfidfQuery | None,
        nearest: Nearest,
        classifier: Classifier | None,
        without: int | Rows | None = None,
        rest: Vectors | None = None,
    ) -> list[EntryScore]:
        """Score the entries of given phrasings; see `score`.

        Args:
            rest: the centroid of what is left of the entry `without`, which then exists.
        """
        rows = nearest.rows
        if len(rows) == 0:
            return []
        # Not np.unique: it is slower on so few, and brings in all of numpy.ma at the first message.
        owners = self._owners[rows]
        entries = np.array(sorted(set(owners.tolist())), dtype=owners.dtype)
        places = np.searchsorted(entries, owners)
        lowered = np.full(len(entries), -np.inf, np.float32)
        np.maximum.at(lowered, places, nearest.cosines - self.fit.hubness[rows] / 2)
        central = self.fit.centroids[entries] @ vector
        if rest is not None:
            central[entries == without] = rest @ vector
        none = np.zeros(len(entries), np.float32)
        terms = [BEST_PHRASING * lowered, CENTROID * central, none, none]
        if query is None:
            terms = [term / (BEST_PHRASING + CENTROID) for term in terms]
        else:
            alike = np.zeros(len(entries), np.float32)
            np.maximum.at(alike, places, self._tfidf.similarities(query, rows))
            terms[2] = TFIDF * alike
        if classifier is not None:
            absent = without if rest is None else None
            odds = classifier.probabilities(vector, absent)[entries]
            terms[3] = CLASSIFIER * np.sqrt(odds)
        # Rows come best first, so the first of an entry is its nearest.
        first = np.full(len(entries), len(rows), np.int64)
        np.minimum.at(first, places, np.arange(len(rows)))
        return _with_margins(entries, terms, rows[first], nearest.cosines[first])


def _with_margins(
    entries: Rows, terms: Sequence[Vectors], rows: Rows, cosines: Vectors
) -> list[EntryScore]:
    scores = terms[0] + terms[1] + terms[2] + terms[3]
    order = np.argsort(-scores, kind="stable")[:MAX_HITS]
    best, *others = scores[order].tolist()
    second = others[0] if others else best
    leads = [best - second, *(score - best for score in others)]
    return [
        EntryScore(
            entry, score + MARGIN * lead, row, cosine, Terms._make((*its_terms, MARGIN * lead))
        )
        for entry, score, lead, row, cosine, *its_terms in zip(
            entries[order].tolist(),
            (best, *others),
            leads,
            rows[order].tolist(),
            cosines[order].tolist(),
            *(term[order].tolist() for term in terms),
            strict=True,
        )
    ]


class BlendedEntries:
    """The entries of an FAQ, or of one of its languages, ranked by the blended score.

    Args:
        faq: their phrasings, in the order of `index` and `tfidf`.
    """

    def __init__(
        self, faq: PhrasingVectors, index: VectorIndex, tfidf: TfidfIndex, fit: Fit
    ) -> None:
        self._phrasings, self._texts = faq.phrasings, faq.texts  # its vectors may go
        self._index = index
        self._tfidf = tfidf
        self._entry_ids, owners = faq.numbered
        self._scorer = BlendedScorer(owners, index, tfidf, fit)
        self._numbers = {entry_id: number for number, entry_id in enumerate(self._entry_ids)}
        self._rows_of: dict[str, list[int]] = {}
        for row, entry_id in enumerate(faq.entry_ids):
            self._rows_of.setdefault(entry_id, []).append(row)
        self._left_out: dict[frozenset[str], Rows | None] = {}

    @property
    def scale(self) -> Scale:
        """From raw scores to those that thresholds speak."""
        return self._scorer.fit.scale

    def hits(
        self, vector: Vectors, text: str | None, scale: Scale, without: frozenset[str]
    ) -> Found:
        """The best entries for an utterance.

        Args:
            text: None where the utterance is in another language than the entries.
            without: ids of entries to leave out, as if they did not exist.
        """
        gone = self._numbered(without)
        if gone is not None and len(gone) == len(self._entry_ids):
            return Found()
        query = None if text is None else self._tfidf.query(text)
        scores = self._scorer.score(vector, query, gone)
        hits = (
            Hit(
                entry_id=self._entry_ids[score.entry],
                score=round(scale.mapped(score.raw), SCORE_DIGITS),
                phrasing=self._phrasings[score.row],
                raw=round(score.raw, SCORE_DIGITS),
            )
            for score in scores
        )
        cosine = max((score.cosine for score in scores), default=0.0)
        terms = {self._entry_ids[score.entry]: score.terms for score in scores}
        return Found(tuple(hits), cosine, terms)

    def close(self, entry_id: str, vector: Vectors) -> tuple[str, ...]:
        """The phrasings of an entry that come about as close as its nearest, nearest first."""
        rows = np.array(self._rows_of[entry_id])
        cosines = self._index.cosines(vector, rows)
        order = np.argsort(-cosines, kind="stable")[:_MAX_CLOSE]
        near = [row for row in order.tolist() if cosines[row] > cosines[order[0]] - CLOSE]
        return tuple(self._texts[rows[row]] for row in near)

    def _numbered(self, without: frozenset[str]) -> Rows | None:
        """What the scorer is to leave out; None for nothing."""
        if without not in self._left_out:  # one for each language somebody speaks
            numbers = [self._numbers[one] for one in without if one in self._numbers]
            self._left_out[without] = np.array(numbers, np.int64) if numbers else None
        return self._left_out[without]


class BlendedRanker:
    """A `Ranker` by the blended score, or by the letters alone where the encoder cannot read.

    Args:
        wordings: all phrasings.
        entries: with the phrasings that the encoder can read; None where there are none.
        by_letters: over all phrasings.
    """

    def __init__(
        self,
        wordings: Wordings,
        entries: BlendedEntries | None,
        by_letters: TfidfScorer,
        typos: TypoRepair,
        vocabulary: Vocabulary,
        odd: OddWords,
    ) -> None:
        self._wordings = wordings
        self._entries = entries
        self._letters = by_letters
        self._typos = typos
        self._vocabulary = vocabulary
        self._odd = odd

    def prepare(self, text: str) -> Read:
        """Leave out what says nothing of the question, repair typing errors, and keep from the
        encoder what it cannot read."""
        plain, typed, left_out = self._wordings.plain(text)
        unread = None
        if self._entries is None:
            unread = "the model can read no phrasing of this FAQ, so only letters were compared"
        elif self._vocabulary.unknown_share(plain) > UNREADABLE:
            unread = "the model cannot read this script, so only letters were compared"
        if unread is not None:
            return Read(plain, needs_vector=False, remarks=(*left_out, unread), typed=typed)
        repaired, remarks = self._typos.repair(plain)
        unrepaired = Read(plain, typed=typed) if remarks else None
        return Read(repaired, remarks=(*left_out, *remarks), typed=typed, as_typed=unrepaired)

    def rank(self, read: Read, without: frozenset[str] = frozenset()) -> Match:
        """Rank the entries; see `Ranker.rank`.

        Where typing errors were repaired, the utterance counts as typed if that fits as well, and
        is never taken for a phrasing word for word: a repair is a guess.
        """
        if read.as_typed is None:
            return self._wordings.preferred(self._ranked(read, without), without)
        repaired, typed = self._ranked(read, without), self._ranked(read.as_typed, without)
        if typed.hits and typed.hits[0].score >= repaired.hits[0].score:
            return replace(typed, remarks=("as typed it fits better",))
        return repaired

    def _ranked(self, read: Read, without: frozenset[str]) -> Match:
        entries = self._entries
        if read.vector is None or entries is None:
            return self._by_letters(read, without)
        found = entries.hits(read.vector, read.text, entries.scale, without)
        match = Match(
            found.hits, text=read.text, cosine=found.cosine, typed=read.typed, terms=found.terms
        )
        if not found.hits:
            return match
        close = entries.close(found.hits[0].entry_id, read.vector)
        odd = self._odd.find(read.text, found.hits[0].entry_id, close)
        return replace(match, close=close, odd=odd)

    def _by_letters(self, read: Read, without: frozenset[str]) -> Match:
        found, wordings = self._letters.score(read.text, without), self._wordings
        hits = tuple(
            Hit(
                wordings.entry_ids[row],
                round(self._letters.scale.mapped(raw), SCORE_DIGITS),
                wordings.phrasings[row],
                round(raw, SCORE_DIGITS),
            )
            for raw, row in found[:MAX_HITS]
        )
        close = tuple(wordings.texts[row] for _, row in found[:1])
        return Match(hits, text=read.text, close=close, typed=read.typed)
