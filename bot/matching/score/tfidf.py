"""Character n-gram TF-IDF: how alike two texts are written.

It sees shared word stems, product names and typing errors that the encoder misses, and it is all
there is for scripts that the encoder cannot read.

A text's n-grams are those of 2 to 4 characters within each word and its borders, and those of 1 and
2 characters in runs of Chinese, Japanese and Korean, where words are not set apart. Weights are
tf·idf with idf(g) = ln((1 + n) / (1 + df(g))) + 1, rows scaled to unit length (Salton & Buckley
1988; the smoothing is scikit-learn's). N-grams of an utterance that no phrasing holds count in its
length: a text about something else is not made similar by the few n-grams it shares.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from bot.matching.encoder.encoder import Vectors
from bot.matching.text.normalise import CJK

_RUN = re.compile(f"[{CJK}]+|[^\\W_{CJK}]+")
_IS_CJK = re.compile(f"[{CJK}]")
_APOSTROPHES = str.maketrans("", "", "'’`´")
_SIZES = (2, 3, 4)

LARGEST_SEARCHED = 10_000  # phrasings: in a larger FAQ a search looks at the likeliest only
_MOST_POSTINGS = 50_000  # n-grams of phrasings that are looked at then, by the rarest first
_MOST_COMPARED = 512  # phrasings that are compared in full

_KNOWN_WORDS = 1_024  # of utterances, whose n-grams are remembered: people use the same ones
_LONGEST_KNOWN = 20  # characters

Rows = NDArray[np.int64]


def _runs(text: str) -> list[str]:
    found: list[str] = _RUN.findall(text.casefold().translate(_APOSTROPHES))
    return found


def _grams(run: str) -> list[str]:
    if _IS_CJK.match(run):
        return [*run, *(run[start : start + 2] for start in range(len(run) - 1))]
    word = f" {run} "
    return [word[start : start + size] for size in _SIZES for start in range(len(word) - size + 1)]


def _read(numbers: Mapping[str, int], run: str) -> tuple[int | str, ...]:
    """The n-grams of a run: by number, and those that no phrasing holds as they are."""
    return tuple(numbers.get(gram, gram) for gram in _grams(run))


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """The n-grams of an utterance that phrasings hold; the weights have at most length 1."""

    ids: NDArray[np.int64]
    weights: Vectors


class LexicalIndex:
    """TF-IDF rows of phrasings, compared with utterances by cosine.

    Args:
        before: an index over other texts; the n-grams of those that are the same are taken from
            it. The result is the same to the last bit.
    """

    def __init__(self, texts: Sequence[str], before: LexicalIndex | None = None) -> None:
        self._texts = texts
        old_texts: Sequence[str] = () if before is None else before._texts
        known = dict(zip(old_texts, range(len(old_texts)), strict=True))
        new = list(dict.fromkeys(text for text in texts if text not in known))
        numbers: _Numbers = _Numbers() if before is None else before._numbers.copy()
        counted: _Counted = _count(new, numbers)
        if before is not None:
            counted = _Counted.joined(before._counted, counted)
        known.update(zip(new, range(len(old_texts), len(old_texts) + len(new)), strict=True))
        self._counted: _Counted = counted.taken([known[text] for text in texts])
        frequency = np.bincount(self._counted.columns, minlength=numbers.given)
        if before is not None and not frequency.all():  # n-grams of texts that are gone
            numbers.keep(frequency > 0)
        self._numbers: _Numbers = numbers
        self._unknown_idf = math.log(1 + len(texts)) + 1
        idf = np.zeros(int(frequency.max(initial=0)) + 1, dtype=np.float32)
        for by in np.flatnonzero(np.bincount(frequency)).tolist():
            idf[by] = math.log((1 + len(texts)) / (1 + by)) + 1
        self._idf = idf[frequency]
        counted = self._counted
        weights = counted.counts.astype(np.float32) * self._idf[counted.columns]
        lengths = np.diff(counted.starts)
        owners = np.repeat(np.arange(len(texts), dtype=np.int32), lengths)
        squares = np.bincount(owners, weights**2, minlength=len(texts))
        norms = np.sqrt(np.maximum(squares, 1e-12))
        self._weights = (weights / norms[owners]).astype(np.float32)
        self._read: Callable[[str], Sequence[int | str]] = partial(_read, numbers.of)
        self._recall = lru_cache(_KNOWN_WORDS)(self._read)
        # Filled with a query's weights while it is compared, zero in between.
        self._dense = np.zeros(len(frequency), dtype=np.float32)
        self._postings: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]] | None = None

    def query(self, text: str) -> LexicalQuery:
        """Prepare an utterance."""
        ids, weights, unknown = [], [], 0.0
        grams = chain.from_iterable(
            self._recall(run) if len(run) <= _LONGEST_KNOWN else self._read(run)
            for run in _runs(text)
        )
        for gram, count in Counter(grams).items():
            if isinstance(gram, str):
                unknown += (count * self._unknown_idf) ** 2
            else:
                ids.append(gram)
                weights.append(count)
        places = np.array(ids, dtype=np.int64)
        values = np.array(weights, dtype=np.float32) * self._idf[places]
        norm = math.sqrt(float(values @ values) + unknown)
        return LexicalQuery(places, values / np.float32(norm) if norm else values)

    def similarities(self, query: LexicalQuery, rows: Rows) -> Vectors:
        """Cosines of an utterance and some phrasings, in [0, 1], shape (len(rows),)."""
        places, lengths = self._counted.places(rows)
        self._dense[query.ids] = query.weights
        # `take` and a mask take a third of the time of an index of 32 bits, and of what is not 0.0.
        weights = self._dense.take(self._counted.columns.take(places))
        self._dense[query.ids] = 0
        held = (weights != 0).nonzero()[0]  # few: most n-grams are not the utterance's
        owners = np.repeat(np.arange(len(rows)), lengths)[held]
        products = weights[held] * self._weights[places[held]]
        sums = np.bincount(owners, products, minlength=len(rows))
        return sums.astype(np.float32)

    def search(self, query: LexicalQuery) -> tuple[Vectors, Rows]:
        """All phrasings that share an n-gram, best first: cosines and row numbers.

        In a large FAQ, where that can be most of them, only those that share the rarest n-grams
        are looked at, and the best few hundred of them are returned.
        """
        if len(query.ids) == 0:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        owners, places, borders = self._posted()
        if len(self._texts) > LARGEST_SEARCHED:
            return self._search_rarest(query)
        sums = np.zeros(len(self._texts), dtype=np.float64)
        for number, weight in zip(query.ids.tolist(), query.weights.tolist(), strict=True):
            posted = slice(borders[number], borders[number + 1])
            sums[owners[posted]] += weight * self._weights[places[posted]]
        alike = np.flatnonzero(sums)
        best = alike[np.argsort(-sums[alike], kind="stable")]
        return sums[best].astype(np.float32), best

    def _search_rarest(self, query: LexicalQuery) -> tuple[Vectors, Rows]:
        owners, places, borders = self._posted()
        sums = np.zeros(len(self._texts), dtype=np.float32)
        posted = borders[query.ids + 1] - borders[query.ids]
        left = _MOST_POSTINGS
        for place in np.argsort(posted, kind="stable").tolist():
            if left < posted[place] and left < _MOST_POSTINGS:
                break
            left -= int(posted[place])
            number = query.ids[place]
            span = slice(borders[number], borders[number + 1])
            sums[owners[span]] += query.weights[place] * self._weights[places[span]]
        alike = np.flatnonzero(sums)
        if len(alike) > _MOST_COMPARED:
            alike = np.sort(alike[np.argpartition(-sums[alike], _MOST_COMPARED)[:_MOST_COMPARED]])
        cosines = self.similarities(query, alike)
        best = np.argsort(-cosines, kind="stable")
        return cosines[best], alike[best]

    def _posted(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
        """By n-gram: the rows that hold it, the places of its weights, and where its run ends."""
        if self._postings is None:
            columns = self._counted.columns
            order = np.argsort(columns, kind="stable").astype(np.int32)
            rows = np.arange(len(self._texts), dtype=np.int32)
            owners = np.repeat(rows, np.diff(self._counted.starts))
            borders = np.searchsorted(columns[order], np.arange(len(self._dense) + 1))
            self._postings = (owners[order], order, borders)
        return self._postings


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """The n-grams of texts, one after the other.

    Attributes:
        columns: their numbers, each text's in the order in which they first stand in it.
        counts: how often each stands in its text.
        starts: shape (n_texts + 1,): where each text's begin.
    """

    columns: NDArray[np.int32]
    counts: NDArray[np.uint16]
    starts: NDArray[np.int64]

    @classmethod
    def joined(cls, first: _Counted, second: _Counted) -> _Counted:
        return cls(
            np.concatenate([first.columns, second.columns]),
            np.concatenate([first.counts, second.counts]),
            np.concatenate([first.starts, first.starts[-1] + second.starts[1:]]),
        )

    def taken(self, rows: Sequence[int]) -> _Counted:
        """Some of the texts, in the order given."""
        places, lengths = self.places(np.array(rows, np.int64))
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return _Counted(self.columns[places], self.counts[places], starts)

    def places(self, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the n-grams of some texts stand, and how many each has."""
        starts, ends = self.starts[rows], self.starts[rows + 1]
        lengths = ends - starts
        past = np.cumsum(lengths)
        places = np.repeat(starts - past + lengths, lengths)
        places += np.arange(len(places))
        return places, lengths


class _Numbers:
    """N-grams, numbered.

    Attributes:
        of: their numbers.
        given: numbers given so far; a number is given once.
    """

    def __init__(self, of: Mapping[str, int] | None = None, given: int = 0) -> None:
        self.of = dict(of or {})
        self.given = given

    def copy(self) -> _Numbers:
        return _Numbers(self.of, self.given)

    def keep(self, held: NDArray[np.bool_]) -> None:
        """Forget the n-grams whose number is not held."""
        self.of = {gram: number for gram, number in self.of.items() if held[number]}

    def learn(self, gram: str) -> int:
        number = self.of.setdefault(gram, self.given)
        self.given += number == self.given
        return number


def _count(texts: Sequence[str], numbers: _Numbers) -> _Counted:
    """Count the n-grams of texts; those without a number get one."""
    known: dict[str, list[int]] = {}  # most words stand in many texts
    columns, counts, lengths = array("i"), array("H"), array("q", [0])
    for text in texts:
        found: list[int] = []
        for run in _runs(text):
            grams = known.get(run)
            if grams is None:
                grams = [numbers.learn(gram) for gram in _grams(run)]
                if not _IS_CJK.match(run):
                    known[run] = grams
            found += grams
        counted = Counter(found)
        columns.extend(counted.keys())
        counts.extend(counted.values())
        lengths.append(len(counted))
    return _Counted(
        np.array(columns, np.int32),
        np.array(counts, np.uint16),
        np.cumsum(np.array(lengths, np.int64)),
    )
