"""Character n-gram TF-IDF: how alike two texts are written.

It sees shared word stems, product names and typing errors that the encoder misses, and it is all
there is for scripts that the encoder cannot read.

A text's n-grams are those of 2 to 4 characters within each word and its borders, and those of 1 and
2 characters in runs of Chinese, Japanese and Korean, where words are not set apart. Traditional and
Simplified Chinese are one. Weights are tf·idf with idf(g) = ln((1 + n) / (1 + df(g))) + 1, rows
scaled to unit length (Salton & Buckley 1988; the smoothing is scikit-learn's). N-grams of an
utterance that no phrasing holds count in its length: a text about something else is not made
similar by the few n-grams it shares.

Scores by letters alone, for what the encoder cannot read, are

    raw(e) = t(e) + 0.3 · (t(e) − the best t of another entry),   t(e) = max_p tfidf(q, p)

put on a scale of its own, measured like that of the blended score.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bot.gently import gently
from bot.matching.encoder.encoder import Vectors
from bot.matching.index import Rows
from bot.matching.score.ranker import Scale, calibrate, spaced
from bot.matching.text import CJK, simplified

_RUN = re.compile(f"[{CJK}]+|[^\\W_{CJK}]+")
_CJK_RANGES = tuple(re.findall("(.)-(.)", CJK))  # to compile them twice takes 3 ms
_APOSTROPHES = str.maketrans("", "", "'’`´")
_SIZES = (2, 3, 4)

MARGIN = 0.3
FIXED = Scale(0.26, 0.55, 0.65)
_MAX_IMPOSTORS = 500  # a search by letters takes longer than one by vectors


def _runs(text: str) -> list[str]:
    found: list[str] = _RUN.findall(simplified(text.casefold().translate(_APOSTROPHES)))
    return found


def _is_cjk(run: str) -> bool:
    """Whether a run is of such characters, which it is if its first one is."""
    return any(first <= run[0] <= last for first, last in _CJK_RANGES)


def _grams(run: str) -> list[str]:
    if _is_cjk(run):
        return [*run, *(run[start : start + 2] for start in range(len(run) - 1))]
    word = f" {run} "
    return [word[start : start + size] for size in _SIZES for start in range(len(word) - size + 1)]


@dataclass(frozen=True, slots=True, eq=False)
class Grams:
    """The n-grams of texts, one after the other.

    Attributes:
        numbers: of each n-gram; some may stand in none of the texts.
        columns: their numbers, each text's in the order in which they first stand in it.
        counts: how often each stands in its text.
        starts: shape (n_texts + 1,): where each text's begin.
    """

    numbers: Mapping[str, int]
    columns: NDArray[np.int32]
    counts: NDArray[np.uint16]
    starts: NDArray[np.int64]

    def of(self, rows: Rows) -> Grams:
        """Those of some of the texts."""
        places, lengths = self.places(rows)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        return Grams(self.numbers, self.columns[places], self.counts[places], starts)

    def places(self, rows: Rows) -> tuple[Rows, Rows]:
        """Where the n-grams of some texts stand, and how many each has."""
        starts, ends = self.starts[rows], self.starts[rows + 1]
        lengths = ends - starts
        past = np.cumsum(lengths)
        places = np.repeat(starts - past + lengths, lengths)
        places += np.arange(len(places))
        return places, lengths


def grams_like(texts: Sequence[str], others: Sequence[str], grams: Grams) -> Grams:
    """The n-grams of texts of which most are among others, whose n-grams are known."""
    rows = {text: row for row, text in enumerate(others)}
    new = [text for text in dict.fromkeys(texts) if text not in rows]
    rows.update((text, row) for row, text in enumerate(new, start=len(others)))
    more = grams_of(new, grams.numbers)
    both = Grams(
        more.numbers,
        np.concatenate([grams.columns, more.columns]),
        np.concatenate([grams.counts, more.counts]),
        np.concatenate([grams.starts, grams.starts[-1] + more.starts[1:]]),
    )
    return both.of(np.array([rows[text] for text in texts], np.int64))


def grams_of(texts: Sequence[str], numbered: Mapping[str, int] = MappingProxyType({})) -> Grams:
    """Number the n-grams of texts, as they come, and count them.

    Args:
        numbered: those that have their number already.
    """
    numbers = dict(numbered)
    known: dict[str, list[int]] = {}  # most words stand in many texts
    columns, counts, lengths = array("i"), array("H"), array("q", [0])
    for text in texts:
        found: list[int] = []
        for run in _runs(text):
            grams = known.get(run)
            if grams is None:
                grams = [numbers.setdefault(gram, len(numbers)) for gram in _grams(run)]
                if not _is_cjk(run):
                    known[run] = grams
            found += grams
        counted = Counter(found)
        columns.extend(counted.keys())
        counts.extend(counted.values())
        lengths.append(len(counted))
    return Grams(
        numbers,
        np.array(columns, np.int32),
        np.array(counts, np.uint16),
        np.cumsum(np.array(lengths, np.int64)),
    )


@dataclass(frozen=True, slots=True)
class TfidfQuery:
    """The n-grams of an utterance that phrasings hold; the weights have at most length 1."""

    ids: NDArray[np.int64]
    weights: Vectors


class TfidfIndex:
    """TF-IDF rows of phrasings, compared with utterances by cosine."""

    def __init__(self, grams: Grams) -> None:
        self._grams = grams
        self._size = len(grams.starts) - 1
        frequency = np.bincount(grams.columns, minlength=len(grams.numbers))
        # One that stands in none of these texts is as unknown as one that has no number.
        self._held = (frequency > 0).tobytes()
        self._unknown_idf = math.log(1 + self._size) + 1
        idf = np.zeros(int(frequency.max(initial=0)) + 1, dtype=np.float32)
        for by in np.flatnonzero(np.bincount(frequency)).tolist():
            idf[by] = math.log((1 + self._size) / (1 + by)) + 1
        self._idf = idf[frequency]
        weights = grams.counts.astype(np.float32) * self._idf[grams.columns]
        owners = np.repeat(np.arange(self._size, dtype=np.int32), np.diff(grams.starts))
        squares = np.bincount(owners, weights**2, minlength=self._size)
        norms = np.sqrt(np.maximum(squares, 1e-12))
        self._weights = (weights / norms[owners]).astype(np.float32)
        # Filled with a query's weights while it is compared, zero in between.
        self._dense = np.zeros(len(frequency), dtype=np.float32)
        self._postings: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]] | None = None

    def query(self, text: str) -> TfidfQuery:
        """Prepare an utterance."""
        ids, weights, unknown = [], [], 0.0
        for gram, count in Counter(gram for run in _runs(text) for gram in _grams(run)).items():
            number = self._grams.numbers.get(gram)
            if number is None or not self._held[number]:
                unknown += (count * self._unknown_idf) ** 2
            else:
                ids.append(number)
                weights.append(count)
        return self._weighted(np.array(ids, np.int64), np.array(weights, np.float32), unknown)

    def query_of(self, row: int) -> TfidfQuery:
        """A phrasing taken for an utterance: what `query` makes of its text, from what is counted
        already."""
        its = slice(*self._grams.starts[row : row + 2])
        counts = self._grams.counts[its].astype(np.float32)
        return self._weighted(self._grams.columns[its].astype(np.int64), counts, 0.0)

    def _weighted(self, ids: Rows, counts: Vectors, unknown: float) -> TfidfQuery:
        values = counts * self._idf[ids]
        norm = math.sqrt(float(values @ values) + unknown)
        return TfidfQuery(ids, values / np.float32(norm) if norm else values)

    def similarities(self, query: TfidfQuery, rows: Rows) -> Vectors:
        """Cosines of an utterance and some phrasings, in [0, 1], shape (len(rows),)."""
        places, lengths = self._grams.places(rows)
        self._dense[query.ids] = query.weights
        # `take` and a mask take a third of the time of an index of 32 bits, and of what is not 0.0.
        weights = self._dense.take(self._grams.columns.take(places))
        self._dense[query.ids] = 0
        held = (weights != 0).nonzero()[0]  # few: most n-grams are not the utterance's
        owners = np.repeat(np.arange(len(rows)), lengths)[held]
        products = weights[held] * self._weights[places[held]]
        sums = np.bincount(owners, products, minlength=len(rows))
        return sums.astype(np.float32)

    def search(self, query: TfidfQuery) -> tuple[Vectors, Rows]:
        """All phrasings that share an n-gram, best first: cosines and row numbers."""
        if len(query.ids) == 0:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        owners, places, borders = self._posted()
        sums = np.zeros(self._size, dtype=np.float64)
        for number, weight in zip(query.ids.tolist(), query.weights.tolist(), strict=True):
            posted = slice(borders[number], borders[number + 1])
            sums[owners[posted]] += weight * self._weights[places[posted]]
        alike = np.flatnonzero(sums)
        best = alike[np.argsort(-sums[alike], kind="stable")]
        return sums[best].astype(np.float32), best

    def _posted(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
        """By n-gram: the rows that hold it, the places of its weights, and where its run ends."""
        if self._postings is None:
            columns = self._grams.columns
            order = np.argsort(columns, kind="stable").astype(np.int32)
            rows = np.arange(self._size, dtype=np.int32)
            owners = np.repeat(rows, np.diff(self._grams.starts))
            borders = np.searchsorted(columns[order], np.arange(len(self._dense) + 1))
            self._postings = (owners[order], order, borders)
        return self._postings


class TfidfScorer:
    """Scores entries by how alike an utterance and their phrasings are written.

    Args:
        owners: the entry of each of the index's rows.
        scale: from raw scores to those that thresholds speak.
    """

    def __init__(self, index: TfidfIndex, owners: Sequence[str], scale: Scale = FIXED) -> None:
        self._index = index
        names = sorted(set(owners))
        self._numbers = {name: number for number, name in enumerate(names)}
        self._owners = np.array([self._numbers[owner] for owner in owners], np.int64)
        self.scale = scale

    def score(self, text: str, without: Set[str] = frozenset()) -> list[tuple[float, int]]:
        """Raw scores and each entry's most similar row, best first; entries that tie, by id.

        Args:
            without: entries to leave out, as if they did not exist.
        """
        cosines, rows = self._index.search(self._index.query(text))
        if without:
            kept = np.ones(len(self._numbers), np.bool_)
            kept[[self._numbers[owner] for owner in without if owner in self._numbers]] = False
            cosines, rows = cosines[kept[self._owners[rows]]], rows[kept[self._owners[rows]]]
        # Rows come best first, so the first of an entry is its most similar.
        places = np.full(len(self._numbers), len(rows), np.int64)
        np.minimum.at(places, self._owners[rows], np.arange(len(rows)))
        entries = np.flatnonzero(places < len(rows))
        first = places[entries]
        order = np.lexsort((entries, -cosines[first]))
        ranked = list(zip(cosines[first[order]].tolist(), rows[first[order]].tolist(), strict=True))
        if not ranked:
            return []
        best = ranked[0][0]
        second = ranked[1][0] if len(ranked) > 1 else 0.0
        return [
            (t + MARGIN * (t - (second if place == 0 else best)), row)
            for place, (t, row) in enumerate(ranked)
        ]


def tfidf_scale(
    index: TfidfIndex, wordings: Sequence[tuple[str, str]], unreadable: Sequence[int]
) -> Scale:
    """Measure the scale on the phrasings that the encoder cannot read.

    Args:
        wordings: (entry id, cleaned wording) of each of the index's rows.
        unreadable: the rows meant.
    """
    owners = [entry_id for entry_id, _ in wordings]
    scorer = TfidfScorer(index, owners)
    names = sorted({owners[row] for row in unreadable})
    if len(names) < 2:
        return FIXED
    places = {name: place for place, name in enumerate(names)}
    numbers = np.array([places[owners[row]] for row in unreadable], dtype=np.int64)
    chosen = spaced(numbers, max(1, _MAX_IMPOSTORS // len(names)))[:_MAX_IMPOSTORS]
    impostors = []
    for place in gently(chosen.tolist()):
        row = unreadable[place]
        scores = scorer.score(wordings[row][1], without={owners[row]})
        impostors.append(scores[0][0] if scores else 0.0)
    return calibrate(np.array(impostors, np.float32), len(unreadable), FIXED)
