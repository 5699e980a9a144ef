"""Utterance → ranked entries, whatever way of ranking is configured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from bot.matching.encoder.encoder import Embedder, Vectors
from bot.matching.score.ranker import Match, Prepared, Ranker
from bot.matching.text.normalise import MAX_UTTERANCE_CHARS, has_words

_REMEMBERED = 512  # texts, cleaned; a batch has 128 utterances at most, few of them with parts


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """An utterance, read and embedded, to be ranked once or more often.

    Attributes:
        vector: shape (dim,); None where it needs none.
    """

    prepared: Prepared
    vector: Vectors | None


class Matcher:
    """Reads utterances, embeds them and has them ranked.

    Args:
        embedder: for utterances; of the model that made the FAQ's vectors.
        normalise: cleans utterances as phrasings were cleaned.
    """

    def __init__(self, embedder: Embedder, ranker: Ranker, normalise: Callable[[str], str]) -> None:
        self._embedder = embedder
        self._ranker = ranker
        # What was read ahead, with others, is not cleaned again when its turn comes.
        self._prepared = lru_cache(_REMEMBERED)(partial(_prepare, ranker, normalise))

    def match(self, utterance: str) -> Match:
        """Rank the entries for one utterance, of any length and content."""
        return self.match_all([utterance])[0]

    def match_all(self, utterances: Sequence[str]) -> list[Match]:
        """Rank the entries for each utterance; faster than one by one."""
        return [self.rank(read) for read in self.read_all(utterances)]

    def read_all(self, utterances: Sequence[str]) -> list[Read]:
        """Clean and embed utterances, each to be ranked."""
        # One character more than is read tells that there is more; all of it would fill the memory.
        prepared = [
            self._prepared(utterance[: MAX_UTTERANCE_CHARS + 1]) for utterance in utterances
        ]
        texts = [item.text for item in prepared if item.needs_vector]
        vectors = iter(self._embedder.encode(texts)) if texts else iter(())
        return [Read(item, next(vectors) if item.needs_vector else None) for item in prepared]

    def rank(self, read: Read, without: frozenset[str] = frozenset()) -> Match:
        """Rank the entries.

        Args:
            without: ids of entries to leave out, as if they did not exist.
        """
        prepared = read.prepared
        if not prepared.text:
            return Match((), (*prepared.remarks, "there is no letter or digit to read"))
        match = self._ranker.rank(prepared, read.vector, without)
        return replace(match, remarks=(*prepared.remarks, *match.remarks))


def _prepare(ranker: Ranker, normalise: Callable[[str], str], utterance: str) -> Prepared:
    cut = utterance[:MAX_UTTERANCE_CHARS]
    text = normalise(cut)
    remarks = (
        ()
        if len(cut) == len(utterance)
        else (f"only the first {MAX_UTTERANCE_CHARS:,} characters were read",)
    )
    if not has_words(text):
        return Prepared("", needs_vector=False, remarks=remarks)
    prepared = ranker.prepare(text)
    return Prepared(prepared.text, prepared.needs_vector, (*remarks, *prepared.remarks))
