"""What every way of ranking entries has in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.domain import Hit
from bot.matching.encoder.encoder import Vectors

MAX_HITS = 10
SCORE_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Prepared:
    """An utterance, ready to be ranked.

    Attributes:
        text: cleaned.
        needs_vector: whether the encoder can make something of it.
        remarks: what was done to it, for the decision's reason.
    """

    text: str
    needs_vector: bool = True
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """What the FAQ has for one utterance.

    Attributes:
        hits: at most `MAX_HITS`, one per entry, best first; empty where there is nothing to read.
        remarks: what happened on the way, for the decision's reason.
        text: the utterance as it was compared.
        close: the best entry's phrasings that came about as close as its nearest, nearest first;
            cleaned as the utterance was.
        word_for_word: whether the utterance is a phrasing of the best entry.
    """

    hits: tuple[Hit, ...]
    remarks: tuple[str, ...] = ()
    text: str = ""
    close: tuple[str, ...] = ()
    word_for_word: bool = False


class Ranker(Protocol):
    """A way of ranking entries; one per value of `matching.score`."""

    def prepare(self, text: str) -> Prepared:
        """Decide what of a cleaned utterance is embedded."""
        ...

    def rank(
        self, prepared: Prepared, vector: Vectors | None, without: frozenset[str] = frozenset()
    ) -> Match:
        """Rank the entries.

        Args:
            vector: of `prepared.text`, shape (dim,); None where it needs none.
            without: ids of entries to leave out, as if they did not exist.
        """
        ...
