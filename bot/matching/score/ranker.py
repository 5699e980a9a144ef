"""What every way of ranking entries has in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.domain import Hit
from bot.matching.encoder.encoder import Vectors

MAX_HITS = 10
SCORE_DIGITS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """An utterance, cleaned and its typing errors repaired, to be ranked once or more often.

    Attributes:
        text: cleaned; empty where there is no letter or digit to read.
        needs_vector: whether the encoder can make something of it.
        remarks: what was done to it, for the decision's reason.
        vector: of `text`, shape (dim,); None until it is embedded, and where it needs none.
    """

    text: str
    needs_vector: bool = True
    remarks: tuple[str, ...] = ()
    vector: Vectors | None = None


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
        own: the same without the entries in other languages than the person's; None where no
            entries are set aside.
    """

    hits: tuple[Hit, ...]
    remarks: tuple[str, ...] = ()
    text: str = ""
    close: tuple[str, ...] = ()
    word_for_word: bool = False
    own: Match | None = None


class Ranker(Protocol):
    """A way of ranking entries; one per value of `matching.score`."""

    def prepare(self, text: str) -> Read:
        """Decide what of a cleaned utterance is embedded; the vector is still missing."""
        ...

    def rank(self, read: Read, without: frozenset[str] = frozenset()) -> Match:
        """Rank the entries.

        Args:
            read: with its vector, if it needs one.
            without: ids of entries to leave out, as if they did not exist.
        """
        ...
