"""`matching.score: cosine`: the plain rule, an entry scores by its nearest phrasing."""

from __future__ import annotations

from bot.domain import Hit
from bot.matching.embedder import Vectors
from bot.matching.index import PhrasingVectors, VectorIndex
from bot.matching.ranking import MAX_HITS, SCORE_DIGITS, Match, Prepared

_FIRST_SEARCH = 64  # phrasings; enough for ten entries unless one entry owns most of the nearest


class CosineRanker:
    """A `Ranker`: the score is the cosine of the utterance and the entry's nearest phrasing."""

    def __init__(self, index: VectorIndex, faq: PhrasingVectors) -> None:
        self._index = index
        self._faq = faq

    def prepare(self, text: str) -> Prepared:
        """Everything is embedded as it is."""
        return Prepared(text)

    def rank(
        self, prepared: Prepared, vector: Vectors | None, without: frozenset[str] = frozenset()
    ) -> Match:
        """Rank the entries; see `Ranker.rank`."""
        assert vector is not None  # noqa: S101  (`prepare` asked for one)
        rows = len(self._faq.entry_ids)
        k = min(_FIRST_SEARCH, rows)
        while True:
            cosines, found = self._index.search(vector[None, :], k)
            best: dict[str, tuple[float, str]] = {}
            for cosine, row in zip(cosines[0].tolist(), found[0].tolist(), strict=True):
                entry_id, phrasing = self._faq.entry_ids[row], self._faq.phrasings[row]
                if entry_id in without:
                    continue
                rank = (-round(cosine, SCORE_DIGITS), phrasing)
                if entry_id not in best or rank < best[entry_id]:
                    best[entry_id] = rank
            if len(best) >= MAX_HITS or k == rows:
                break
            k = min(4 * k, rows)
        # Equal scores are ranked by id, so that the order of files makes no difference.
        ranked = sorted(best.items(), key=lambda item: (item[1][0], item[0]))[:MAX_HITS]
        hits = (Hit(entry_id, -score + 0.0, phrasing) for entry_id, (score, phrasing) in ranked)
        return Match(tuple(hits), text=prepared.text)
