"""Messages that ask the same, put together: average linkage over centred vectors.

What all messages to one bot have in common tells none of them apart, and it differs from FAQ to
FAQ: it is taken off first, which lets one line serve all. Two groups are as alike as their messages
are on average, which for unit vectors needs their sums alone: (Σa · Σb) / (|A| · |B|). The two that
are most alike become one, until none are alike enough (UPGMA, Sokal and Michener 1958). Groups that
are not alike enough to either of two are not to both together, so pairs that are far apart are
never looked at: 10,000 messages need no table of all pairs. Measured by `bench.grouping`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import numpy as np

from bot.matching.encoder.encoder import Vectors

# The mean cosine of centred vectors from which two groups are one. A compromise, chosen on `dev` of
# four public sets: FAQs about one narrow subject want 0.25, broad ones 0.40.
ALIKE = 0.33
ANY = -0.99  # all are one
_CHUNK = 512  # rows compared with all others at once
_MOST_NEAR = 64  # of a message; what is alike in more ways than that is found by the nearest
_ENOUGH = 50  # messages, whose mean tells what all have in common
_TINY = 1e-9


def centred(vectors: Vectors, others: Vectors) -> Vectors:
    """Unit rows without what they have in common, with each other and with an FAQ's wordings.

    Args:
        vectors: unit rows, shape (n, dim).
        others: unit rows, shape (m, dim).
    """
    common = (vectors.mean(axis=0) + others.mean(axis=0)) / 2
    rest = vectors - (common if len(vectors) >= _ENOUGH else others.mean(axis=0))
    units: Vectors = rest / np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), _TINY)
    return units.astype(np.float32)


def grouped(vectors: Vectors, alike: float = ALIKE) -> list[list[int]]:
    """Rows that belong together, each row once, the most central of a group first.

    Args:
        vectors: unit rows, shape (n, dim).
        alike: see `ALIKE`.
    """
    linkage = _Linkage(vectors, alike)
    linkage.run()
    return [_by_centrality(vectors, rows) for rows in linkage.groups()]


def _by_centrality(vectors: Vectors, rows: list[int]) -> list[int]:
    closeness = vectors[rows] @ vectors[rows].sum(axis=0)
    return [rows[place] for place in np.argsort(-closeness, kind="stable").tolist()]


class _Linkage:
    """Groups that become fewer. A group goes by the number of one of its rows."""

    def __init__(self, vectors: Vectors, alike: float) -> None:
        self._alike = alike
        self._sums = vectors.astype(np.float32)
        self._sizes = np.ones(len(vectors), np.int64)  # 0 of a group that is part of another
        self._rows = [[row] for row in range(len(vectors))]
        self._near: list[set[int]] = [set() for _ in self._rows]
        self._waiting: list[tuple[float, int, int, int, int]] = []
        for row, other, cosine in _pairs(vectors, alike):
            self._near[row].add(other)
            self._near[other].add(row)
            self._waiting.append((-cosine, row, other, 1, 1))
        heapq.heapify(self._waiting)

    def run(self) -> None:
        """Join what is most alike, again and again."""
        while self._waiting:
            _, one, other, its_size, others_size = heapq.heappop(self._waiting)
            # A group that has grown since is another one.
            if self._sizes[one] == its_size and self._sizes[other] == others_size:
                self._join(one, other)

    def groups(self) -> list[list[int]]:
        """The rows of each group."""
        return [rows for rows in self._rows if rows]

    def _join(self, one: int, other: int) -> None:
        self._sums[one] += self._sums[other]
        self._sizes[one] += self._sizes[other]
        self._sizes[other] = 0
        self._rows[one] += self._rows[other]
        self._rows[other] = []
        near = (self._near[one] | self._near[other]) - {one, other}
        for each in near:
            self._near[each] -= {one, other}
        self._near[one], self._near[other] = set(), set()
        if not near:
            return
        groups = np.fromiter(near, np.int64, len(near))
        sizes = self._sizes[groups]
        means = self._sums[groups] @ self._sums[one] / (sizes * self._sizes[one])
        for place in np.flatnonzero(means >= self._alike).tolist():
            group = int(groups[place])
            self._near[one].add(group)
            self._near[group].add(one)
            pair = (-float(means[place]), one, group)
            heapq.heappush(self._waiting, (*pair, int(self._sizes[one]), int(sizes[place])))


def _pairs(vectors: Vectors, alike: float) -> Iterator[tuple[int, int, float]]:
    """Rows that are alike, the later one first, with their cosine; of each row the nearest."""
    for start in range(0, len(vectors), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(vectors)))
        cosines = vectors[rows] @ vectors[: rows[-1] + 1].T
        cosines[np.arange(len(rows))[:, None] + start <= np.arange(cosines.shape[1])] = -1.0
        for row, its in zip(rows.tolist(), cosines, strict=True):
            near = np.flatnonzero(its >= alike)
            if len(near) > _MOST_NEAR:
                near = near[np.argpartition(-its[near], _MOST_NEAR)[:_MOST_NEAR]]
            for other in near.tolist():
                yield row, other, float(its[other])
