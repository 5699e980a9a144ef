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
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching.embedder import Vectors
from bot.matching.normalise import CJK

_RUN = re.compile(f"[{CJK}]+|[^\\W_{CJK}]+")
_IS_CJK = re.compile(f"[{CJK}]")
_APOSTROPHES = str.maketrans("", "", "'’`´")
_SIZES = (2, 3, 4)

Rows = NDArray[np.int64]


def ngrams(text: str) -> Counter[str]:
    """The n-grams of a text and how often each stands in it."""
    found: Counter[str] = Counter()
    for run in _RUN.findall(text.casefold().translate(_APOSTROPHES)):
        if _IS_CJK.match(run):
            found.update(run)
            found.update(run[start : start + 2] for start in range(len(run) - 1))
        else:
            word = f" {run} "
            for size in _SIZES:
                found.update(word[start : start + size] for start in range(len(word) - size + 1))
    return found


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """The n-grams of an utterance that phrasings hold; the weights have at most length 1."""

    ids: NDArray[np.int64]
    weights: Vectors


class LexicalIndex:
    """TF-IDF rows of phrasings, compared with utterances by cosine."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [ngrams(text) for text in texts]
        frequency: Counter[str] = Counter()
        for grams in counts:
            frequency.update(grams.keys())
        self._unknown_idf = math.log(1 + len(texts)) + 1
        # Sorted, so that the same phrasings give the same numbers in whatever order they come.
        self._ids = {gram: number for number, gram in enumerate(sorted(frequency))}
        self._idf = np.array(
            [math.log((1 + len(texts)) / (1 + frequency[gram])) + 1 for gram in self._ids],
            dtype=np.float32,
        )
        lengths = [len(grams) for grams in counts]
        self._starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        self._columns = np.fromiter(
            (self._ids[gram] for grams in counts for gram in grams), np.int64, sum(lengths)
        )
        frequencies = np.fromiter(
            (count for grams in counts for count in grams.values()), np.float32, sum(lengths)
        )
        self._weights = frequencies * self._idf[self._columns]
        owners = np.repeat(np.arange(len(texts)), lengths)
        squares = np.bincount(owners, self._weights**2, minlength=len(texts))
        norms = np.sqrt(np.maximum(squares, 1e-12))
        self._weights = (self._weights / norms[owners]).astype(np.float32)
        # Filled with a query's weights while it is compared, zero in between.
        self._dense = np.zeros(len(self._ids), dtype=np.float32)
        self._postings: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None

    def query(self, text: str) -> LexicalQuery:
        """Prepare an utterance."""
        ids, weights, unknown = [], [], 0.0
        for gram, count in ngrams(text).items():
            number = self._ids.get(gram)
            if number is None:
                unknown += (count * self._unknown_idf) ** 2
            else:
                ids.append(number)
                weights.append(count)
        places = np.array(ids, dtype=np.int64)
        values = np.array(weights, dtype=np.float32) * self._idf[places]
        norm = math.sqrt(float(values @ values) + unknown)
        return LexicalQuery(places, values / np.float32(norm) if norm else values)

    def similarities(self, query: LexicalQuery, rows: Rows) -> Vectors:
        """Cosines of an utterance and some phrasings, in [0, 1], shape (len(rows),)."""
        starts, ends = self._starts[rows], self._starts[rows + 1]
        lengths = ends - starts
        offsets = np.cumsum(lengths) - lengths
        places = np.arange(int(lengths.sum())) + np.repeat(starts - offsets, lengths)
        self._dense[query.ids] = query.weights
        products = self._dense[self._columns[places]] * self._weights[places]
        self._dense[query.ids] = 0
        sums = np.bincount(np.repeat(np.arange(len(rows)), lengths), products, minlength=len(rows))
        return sums.astype(np.float32)

    def search(self, query: LexicalQuery) -> tuple[Vectors, Rows]:
        """All phrasings that share an n-gram, best first: cosines and row numbers.

        The cost grows with the phrasings that share an n-gram with the utterance.
        """
        if self._postings is None:
            order = np.argsort(self._columns, kind="stable")
            owners = np.repeat(np.arange(len(self._starts) - 1), np.diff(self._starts))
            borders = np.searchsorted(self._columns[order], np.arange(len(self._ids) + 1))
            self._postings = (np.stack([owners[order], order]), borders)
        table, borders = self._postings
        sums = np.zeros(len(self._starts) - 1, dtype=np.float64)
        for number, weight in zip(query.ids.tolist(), query.weights.tolist(), strict=True):
            owners, places = table[:, borders[number] : borders[number + 1]]
            sums[owners] += weight * self._weights[places]
        alike = np.flatnonzero(sums)
        best = alike[np.argsort(-sums[alike], kind="stable")]
        return sums[best].astype(np.float32), best
