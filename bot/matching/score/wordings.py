"""An FAQ's wordings: their letters, and which of them was typed word for word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from bot.domain import Hit
from bot.matching.encoder.encoder import Vectors
from bot.matching.index import PhrasingVectors
from bot.matching.mask import Known, without_greeting, without_identifiers
from bot.matching.score.ranker import MAX_HITS, Match
from bot.matching.score.tfidf import Grams, grams_like, grams_of
from bot.matching.text import same_wording

_GREETED = "the greeting was left out"
_MASKED = "numbers, addresses and names were left out"


class Wordings:
    """An FAQ's wordings, as the rankers of both encoders look at them.

    Args:
        rows: entry id, wording and cleaned wording of each; sorted, so that the order of files and
            entries makes no difference.
        like: wordings that are mostly the same.
    """

    def __init__(self, rows: Sequence[tuple[str, str, str]], like: Wordings | None = None) -> None:
        self.rows = rows
        self.entry_ids = [row[0] for row in rows]
        self.phrasings = [row[1] for row in rows]
        self.texts = [row[2] for row in rows]
        self._known = Known(self.texts)
        known: Grams | None = None if like is None else vars(like).get("grams")  # if it has them
        self._like = None if like is None or known is None else (like.texts, known)
        keys = {} if like is None else like._keys()
        self._rows_of: dict[str, list[int]] = {}
        for row, text in enumerate(self.texts):
            key = keys[text] if text in keys else same_wording(text)
            self._rows_of.setdefault(key, []).append(row)

    @cached_property
    def by_entry(self) -> Mapping[str, Sequence[str]]:
        """Cleaned, by entry id."""
        found: dict[str, list[str]] = {}
        for entry_id, _, text in self.rows:
            found.setdefault(entry_id, []).append(text)
        return found

    @cached_property
    def grams(self) -> Grams:
        """Their n-grams."""
        like, self._like = self._like, None
        return grams_of(self.texts) if like is None else grams_like(self.texts, *like)

    def _keys(self) -> dict[str, str]:
        """Of each text what is the same for all that are typed word for word alike."""
        return {self.texts[row]: key for key, rows in self._rows_of.items() for row in rows}

    def embedded(self, vectors: Vectors) -> PhrasingVectors:
        """They and their vectors, in the same order."""
        return PhrasingVectors(vectors, self.entry_ids, self.phrasings, self.texts)

    def __contains__(self, text: str) -> bool:
        return same_wording(text) in self._rows_of

    def plain(self, text: str) -> tuple[str, str, tuple[str, ...]]:
        """What of an utterance is compared, `Read.typed`, and remarks; a phrasing stays whole."""
        if text in self:
            return text, "", ()
        rest = without_greeting(text, self._known)
        remarks = () if rest is text else (_GREETED,)
        if rest is not text and rest in self:
            return rest, "", remarks
        plain = without_identifiers(rest, self._known)
        if plain is rest or not plain:
            return rest, "", remarks
        return plain, rest, (*remarks, _MASKED)

    def preferred(self, match: Match, without: frozenset[str]) -> Match:
        """A phrasing typed word for word, of one entry alone, scores 1: nothing could be surer.

        Args:
            without: ids of entries that are left out.
        """
        if match.typed:  # more was typed than was compared
            return match
        key, ids = same_wording(match.text), self.entry_ids
        rows = self._rows_of.get(key, []) if key else []
        known = {ids[row]: row for row in reversed(rows) if ids[row] not in without}
        if len(known) != 1:
            return match
        ((owner, row),) = known.items()
        wording = self.phrasings[row]
        raw = next((hit.raw for hit in match.hits if hit.entry_id == owner), None)
        others = tuple(hit for hit in match.hits if hit.entry_id != owner)
        return replace(
            match,
            hits=(Hit(owner, 1.0, wording, raw), *others)[:MAX_HITS],
            remarks=(*match.remarks, "word for word a phrasing"),
            close=(wording,),
            word_for_word=True,
        )
