"""Scores by letters alone, for what the encoder cannot read.

    raw(e) = t(e) + 0.3 · (t(e) − the best t of another entry),   t(e) = max_p tfidf(q, p)

put on a scale of its own, measured like that of the blended score.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np

from bot.matching.score.sampling import spaced
from bot.matching.score.score_scale import Scale, calibrate
from bot.matching.score.tfidf import LexicalIndex

MARGIN = 0.3
FIXED = Scale(0.40, 0.65)
_MAX_IMPOSTORS = 500  # a search by letters takes longer than one by vectors


class LexicalScorer:
    """Scores entries by how alike an utterance and their phrasings are written.

    Args:
        owners: the entry of each of the index's rows.
        scale: from raw scores to those that thresholds speak.
    """

    def __init__(self, index: LexicalIndex, owners: Sequence[str], scale: Scale = FIXED) -> None:
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


def lexical_scale(
    index: LexicalIndex, wordings: Sequence[tuple[str, str]], unreadable: Sequence[int]
) -> Scale:
    """Measure the scale on the phrasings that the encoder cannot read.

    Args:
        wordings: (entry id, cleaned wording) of each of the index's rows.
        unreadable: the rows meant.
    """
    owners = [entry_id for entry_id, _ in wordings]
    scorer = LexicalScorer(index, owners)
    names = sorted({owners[row] for row in unreadable})
    if len(names) < 2:
        return FIXED
    places = {name: place for place, name in enumerate(names)}
    numbers = np.array([places[owners[row]] for row in unreadable], dtype=np.int64)
    chosen = spaced(numbers, max(1, _MAX_IMPOSTORS // len(names)))[:_MAX_IMPOSTORS]
    impostors = []
    for place in chosen.tolist():
        row = unreadable[place]
        scores = scorer.score(wordings[row][1], without={owners[row]})
        impostors.append(scores[0][0] if scores else 0.0)
    return calibrate(np.array(impostors, np.float32), len(unreadable), FIXED)
