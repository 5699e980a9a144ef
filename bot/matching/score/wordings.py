"""Phrasings that were typed word for word."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import Hit
from bot.matching.index.index import PhrasingVectors
from bot.matching.mask import known_in, without_greeting, without_identifiers
from bot.matching.score.ranker import MAX_HITS, Match
from bot.matching.text import same_wording

_GREETED = "the greeting was left out"
_MASKED = "numbers, addresses and names were left out"


class Wordings:
    """An FAQ's phrasings by their wording."""

    def __init__(self, faq: PhrasingVectors) -> None:
        self._faq = faq
        self._known = known_in(faq.texts)
        self._rows: dict[str, list[int]] = {}
        for row, text in enumerate(faq.texts):
            self._rows.setdefault(same_wording(text), []).append(row)

    def __contains__(self, text: str) -> bool:
        return same_wording(text) in self._rows

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
        key, ids = same_wording(match.text), self._faq.entry_ids
        rows = self._rows.get(key, []) if key else []
        known = {ids[row]: row for row in reversed(rows) if ids[row] not in without}
        if len(known) != 1:
            return match
        ((owner, row),) = known.items()
        wording = self._faq.phrasings[row]
        raw = next((hit.raw for hit in match.hits if hit.entry_id == owner), None)
        others = tuple(hit for hit in match.hits if hit.entry_id != owner)
        return replace(
            match,
            hits=(Hit(owner, 1.0, wording, raw), *others)[:MAX_HITS],
            remarks=(*match.remarks, "word for word a phrasing"),
            close=(wording,),
            word_for_word=True,
        )
