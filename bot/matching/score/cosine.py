"""`matching.score: cosine`: the plain rule, an entry scores by its nearest phrasing."""

from __future__ import annotations

import numpy as np

from bot.domain import Hit
from bot.matching.index.index import EntrySearch, PhrasingVectors, VectorIndex
from bot.matching.score.ranker import MAX_HITS, SCORE_DIGITS, Match, Read

_FIRST_SEARCH = 64  # phrasings; enough for ten entries unless one entry owns most of the nearest


class CosineRanker:
    """A `Ranker`: the score is the cosine of the utterance and the entry's nearest phrasing."""

    def __init__(self, index: VectorIndex, faq: PhrasingVectors) -> None:
        self._faq = faq
        entry_ids, owners = faq.numbered()
        self._numbers = {entry_id: number for number, entry_id in enumerate(entry_ids)}
        self._search = EntrySearch(index, owners, _FIRST_SEARCH, MAX_HITS)

    def prepare(self, text: str) -> Read:
        """Everything is embedded as it is."""
        return Read(text)

    def rank(self, read: Read, without: frozenset[str] = frozenset()) -> Match:
        """Rank the entries; see `Ranker.rank`."""
        assert read.vector is not None  # noqa: S101  (`prepare` asked for one)
        left_out = [self._numbers[entry_id] for entry_id in without if entry_id in self._numbers]
        nearest = self._search.nearest(
            read.vector, np.array(left_out, np.int64) if left_out else None
        )
        best: dict[str, tuple[float, str]] = {}
        for cosine, row in zip(nearest.cosines.tolist(), nearest.rows.tolist(), strict=True):
            entry_id, phrasing = self._faq.entry_ids[row], self._faq.phrasings[row]
            rank = (-round(cosine, SCORE_DIGITS), phrasing)
            if entry_id not in best or rank < best[entry_id]:
                best[entry_id] = rank
        # Equal scores are ranked by id, so that the order of files makes no difference.
        ranked = sorted(best.items(), key=lambda item: (item[1][0], item[0]))[:MAX_HITS]
        hits = (Hit(entry_id, -score + 0.0, phrasing) for entry_id, (score, phrasing) in ranked)
        return Match(tuple(hits), text=read.text)
