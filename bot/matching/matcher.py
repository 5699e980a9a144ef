"""Utterance → ranked entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain import Hit
from bot.matching.embedder import Embedder, Vectors
from bot.matching.index import PhrasingVectors, VectorIndex
from bot.matching.normalise import MAX_UTTERANCE_CHARS, has_words, normalise

MAX_HITS = 10
SCORE_DIGITS = 4
_FIRST_SEARCH = 64  # phrasings; enough for ten entries unless one entry owns most of the nearest


@dataclass(frozen=True, slots=True)
class Match:
    """What the FAQ has for one utterance.

    Attributes:
        hits: at most `MAX_HITS`, one per entry, best first; empty where there is nothing to read.
        remarks: what happened on the way, for the decision's reason.
    """

    hits: tuple[Hit, ...]
    remarks: tuple[str, ...] = ()


class Matcher:
    """Scores entries by their nearest phrasing: the cosine of the two vectors.

    Args:
        embedder: for utterances; of the model that made the rows of `faq`.
        index: over `faq.vectors`.
    """

    def __init__(self, embedder: Embedder, index: VectorIndex, faq: PhrasingVectors) -> None:
        self._embedder = embedder
        self._index = index
        self._faq = faq

    def match(self, utterance: str) -> Match:
        """Rank the entries for one utterance, of any length and content."""
        return self.match_all([utterance])[0]

    def match_all(self, utterances: Sequence[str]) -> list[Match]:
        """Rank the entries for each utterance; faster than one by one."""
        readable: list[int] = []
        texts: list[str] = []
        remarks: list[tuple[str, ...]] = []
        for number, utterance in enumerate(utterances):
            cut = utterance[:MAX_UTTERANCE_CHARS]
            remarks.append(
                ()
                if cut == utterance
                else (f"only the first {MAX_UTTERANCE_CHARS:,} characters were read",)
            )
            text = normalise(cut)
            if has_words(text):
                readable.append(number)
                texts.append(text)
        matches = [
            Match((), (*remark, "there is no letter or digit to read")) for remark in remarks
        ]
        vectors = self._embedder.encode(texts)
        for number, vector in zip(readable, vectors, strict=True):
            matches[number] = Match(self._hits(vector[None, :]), remarks[number])
        return matches

    def _hits(self, query: Vectors) -> tuple[Hit, ...]:
        rows = len(self._faq.entry_ids)
        k = min(_FIRST_SEARCH, rows)
        while True:
            cosines, found = self._index.search(query, k)
            best: dict[str, tuple[float, str]] = {}
            for cosine, row in zip(cosines[0].tolist(), found[0].tolist(), strict=True):
                entry_id, phrasing = self._faq.entry_ids[row], self._faq.phrasings[row]
                rank = (-round(cosine, SCORE_DIGITS), phrasing)
                if entry_id not in best or rank < best[entry_id]:
                    best[entry_id] = rank
            if len(best) >= MAX_HITS or k == rows:
                break
            k = min(4 * k, rows)
        # Equal scores are ranked by id, so that the order of files makes no difference.
        ranked = sorted(best.items(), key=lambda item: (item[1][0], item[0]))
        return tuple(
            Hit(entry_id, -score + 0.0, phrasing) for entry_id, (score, phrasing) in ranked
        )[:MAX_HITS]
