"""What every way of ranking entries has in common, the scale of scores, and the plainest way.

What a raw score means differs from FAQ to FAQ: where entries lie close together, wrong ones score
high. So each FAQ is measured on itself. Every phrasing is taken for an utterance whose own entry
does not exist; what it then scores is what an out-of-scope utterance of the worst kind would get,
an impostor. 0.60 and 0.75 are put where they let through a fixed share of impostors, as score
normalisation does in speaker verification (Auckenthaler et al. 2000), and 0.69 three fifths of the
way from the median impostor to 0.75.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple, Protocol

import numpy as np

from bot.domain import Hit
from bot.matching.encoder.encoder import Vectors
from bot.matching.index import EntrySearch, PhrasingVectors, Rows, VectorIndex

MAX_HITS = 10
SCORE_DIGITS = 4
# Where the anchors come to lie, whatever the thresholds are.
FOLLOW_UP, TENTATIVE, ANSWER = 0.60, 0.69, 0.75
# Shares of impostors below the anchors. Asking from the 20th percentile on instead of the median
# turns 8 to 14 in a hundred messages that the FAQ can answer from refused to asked about, and 18 to
# 20 in a hundred that it cannot (three public FAQs, `dev`). It answers nothing more.
FOLLOW_UP_PERCENTILE, MEDIAN, ANSWER_PERCENTILE = 20.0, 50.0, 95.0
ABOVE_MEDIAN = 0.6  # of the way to the answer anchor: where the tentative anchor lies
SHRINKAGE = 50  # phrasings at which the FAQ's own anchors and the fixed ones weigh the same
_APART = 0.005  # raw
_TOP = 0.5  # raw distance from the answer anchor to a score of 1
_LARGEST = 0.9999  # 1 is kept for an utterance that is a phrasing, word for word
_FIRST_SEARCH = 64  # phrasings; enough for ten entries unless one entry owns most of the nearest


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """An utterance, cleaned and its typing errors repaired, to be ranked once or more often.

    Attributes:
        text: cleaned; empty where there is no letter or digit to read.
        needs_vector: whether the encoder can make something of it.
        remarks: what was done to it, for the decision's reason.
        vector: of `text`, shape (dim,); None until it is embedded, and where it needs none.
        language: its language, where the second encoder is to read it; None: the first one does.
        typed: `text` with the numbers, addresses and names that were left out of it; empty where
            none were.
        as_typed: the same before typing errors were repaired; None where there were none.
    """

    text: str
    needs_vector: bool = True
    remarks: tuple[str, ...] = ()
    vector: Vectors | None = None
    language: str | None = None
    typed: str = ""
    as_typed: Read | None = None

    def texts(self) -> tuple[str, ...]:
        """All that is embedded of it, whether or not it is already."""
        own = (self.text,) if self.needs_vector else ()
        return own if self.as_typed is None else (*own, *self.as_typed.texts())

    def missing(self) -> tuple[str, ...]:
        """The texts that are still to be embedded."""
        own = (self.text,) if self.needs_vector and self.vector is None else ()
        return own if self.as_typed is None else (*own, *self.as_typed.missing())

    def embedded(self, vectors: Mapping[str, Vectors]) -> Read:
        """The same with vectors, by their text, for what was missing."""
        typed = None if self.as_typed is None else self.as_typed.embedded(vectors)
        vector = vectors.get(self.text, self.vector) if self.needs_vector else None
        return replace(self, vector=vector, as_typed=typed)


@dataclass(frozen=True, slots=True)
class OddWord:
    """A word of an utterance that nothing in the entry covers.

    Attributes:
        word: as it was typed, in lower case.
        instead_of: what the phrasing has in its place.
    """

    word: str
    instead_of: str
    phrasing: str


class Terms(NamedTuple):
    """What an entry's raw score is the sum of; see `blended`.

    Attributes:
        phrasing: how near its nearest phrasing is.
        centroid: how near its phrasings are, all together.
        letters: what its wordings and the utterance have in common, letter by letter.
        classifier: what the classifier makes of it, where there is one.
        margin: how far it is ahead of the next entry; below 0 where it is behind.
    """

    phrasing: float = 0.0
    centroid: float = 0.0
    letters: float = 0.0
    classifier: float = 0.0
    margin: float = 0.0


@dataclass(frozen=True, slots=True)
class Match:
    """What the FAQ has for one utterance.

    Attributes:
        hits: at most `MAX_HITS`, one per entry, best first; empty where there is nothing to read.
        remarks: what happened on the way, for the decision's reason.
        text: the utterance as it was compared.
        close: the best entry's phrasings that came about as close as its nearest, nearest first;
            cleaned as the utterance was.
        odd: the one word that differs from them; None where there is none.
        word_for_word: whether the utterance is a phrasing of the best entry.
        own: the same without the entries in other languages than the person's; None where no
            entries are set aside.
        doubted_by: the name of the guard that spoke, where this was read back from the store, which
            may have no words for a guard to hear; else None.
        typed: as in `Read`.
        by_meaning: meanings alone were compared, maybe across languages, so that words in common
            tell nothing.
        cosine: of the utterance and the phrasing nearest to it; 0 where no vectors were compared.
        terms: of the entries' raw scores, by id; empty where a raw score is no such sum.
    """

    hits: tuple[Hit, ...]
    remarks: tuple[str, ...] = ()
    text: str = ""
    close: tuple[str, ...] = ()
    odd: OddWord | None = None
    word_for_word: bool = False
    own: Match | None = None
    doubted_by: str | None = None
    typed: str = ""
    by_meaning: bool = False
    cosine: float = 0.0
    terms: Mapping[str, Terms] = field(default_factory=lambda: MappingProxyType({}))


class Ranker(Protocol):
    """A way of ranking entries; one per value of `matching.score`."""

    def prepare(self, text: str) -> Read:
        """Decide what of a cleaned utterance is embedded; the vector is still missing."""

    def rank(self, read: Read, without: frozenset[str] = frozenset()) -> Match:
        """Rank the entries.

        Args:
            read: with its vector, if it needs one.
            without: ids of entries to leave out, as if they did not exist.
        """


def spaced(owners: Rows, per_entry: int) -> Rows:
    """At most so many rows of each entry, evenly spaced, in order.

    Args:
        owners: the entry of each row.
    """
    order = np.argsort(owners, kind="stable")
    borders = np.flatnonzero(np.diff(owners[order])) + 1
    chosen = []
    for rows in np.split(order, borders):
        places = np.linspace(0, len(rows) - 1, min(per_entry, len(rows))).round().astype(int)
        chosen.append(rows[places])
    return np.sort(np.concatenate(chosen))


@dataclass(frozen=True, slots=True)
class Scale:
    """A monotone map of raw scores to [-1, 1], straight between its anchors.

    Attributes:
        follow_up: the raw score that becomes 0.60.
        tentative: the raw score that becomes 0.69; larger than `follow_up`.
        answer: the raw score that becomes 0.75; larger than `tentative`.
        impostors: how many the anchors were measured on.
    """

    follow_up: float
    tentative: float
    answer: float
    impostors: int = 0

    def mapped(self, raw: float) -> float:
        """The score that thresholds are compared with."""
        # Not np.interp, which takes ten times as long for one number.
        if raw >= self.answer:
            return min(_LARGEST, ANSWER + (_LARGEST - ANSWER) / _TOP * (raw - self.answer))
        if raw >= self.tentative:
            slope = (ANSWER - TENTATIVE) / (self.answer - self.tentative)
            return TENTATIVE + slope * (raw - self.tentative)
        if raw >= self.follow_up:
            slope = (TENTATIVE - FOLLOW_UP) / (self.tentative - self.follow_up)
            return FOLLOW_UP + slope * (raw - self.follow_up)
        return max(-1.0, -1.0 + (FOLLOW_UP + 1.0) / (self.follow_up + 1.0) * (raw + 1.0))


def calibrate(
    impostors: Vectors,
    phrasings: int,
    fixed: Scale,
    percentile: float = FOLLOW_UP_PERCENTILE,
    above_median: float = ABOVE_MEDIAN,
) -> Scale:
    """Measure the anchors, shrunk towards fixed ones where the FAQ is small.

    Args:
        impostors: raw scores, any number of them.
        phrasings: of the FAQ; with n of them its own anchors weigh n / (n + 50).
        percentile: of the impostors, which becomes 0.60.
        above_median: how far from their median to the answer anchor 0.69 lies.
    """
    if len(impostors) == 0:
        return fixed
    shares = [percentile, MEDIAN, ANSWER_PERCENTILE]
    low, median, high = np.percentile(impostors, shares).tolist()
    own = phrasings / (phrasings + SHRINKAGE)
    measured = np.array([low, median + above_median * (high - median), high])
    fixed_at = np.array([fixed.follow_up, fixed.tentative, fixed.answer])
    follow_up, tentative, answer = (own * measured + (1 - own) * fixed_at).tolist()
    # All impostors alike (one phrasing said many ways): keep the bands apart.
    tentative = max(tentative, follow_up + _APART)
    answer = max(answer, tentative + _APART)
    return Scale(round(follow_up, 6), round(tentative, 6), round(answer, 6), len(impostors))


class CosineRanker:
    """A `Ranker`: the score is the cosine of the utterance and the entry's nearest phrasing."""

    def __init__(self, index: VectorIndex, faq: PhrasingVectors) -> None:
        self._entry_ids, self._phrasings = faq.entry_ids, faq.phrasings  # its vectors may go
        entry_ids, owners = faq.numbered
        self._numbers = {entry_id: number for number, entry_id in enumerate(entry_ids)}
        self._search = EntrySearch(index, owners, _FIRST_SEARCH, MAX_HITS)

    def prepare(self, text: str) -> Read:
        """Everything is embedded as it is."""
        return Read(text)

    def rank(self, read: Read, without: frozenset[str] = frozenset()) -> Match:
        """Rank the entries; see `Ranker.rank`."""
        if read.vector is None:  # it could not be had
            return Match((), text=read.text)
        left_out = [self._numbers[entry_id] for entry_id in without if entry_id in self._numbers]
        nearest = self._search.nearest(
            read.vector, np.array(left_out, np.int64) if left_out else None
        )
        best: dict[str, tuple[float, str]] = {}
        for cosine, row in zip(nearest.cosines.tolist(), nearest.rows.tolist(), strict=True):
            entry_id, phrasing = self._entry_ids[row], self._phrasings[row]
            rank = (-round(cosine, SCORE_DIGITS), phrasing)
            if entry_id not in best or rank < best[entry_id]:
                best[entry_id] = rank
        # Equal scores are ranked by id, so that the order of files makes no difference.
        ranked = sorted(best.items(), key=lambda item: (item[1][0], item[0]))[:MAX_HITS]
        hits = (Hit(entry_id, -score + 0.0, phrasing) for entry_id, (score, phrasing) in ranked)
        nearest_cosine = -ranked[0][1][0] if ranked else 0.0
        return Match(tuple(hits), text=read.text, cosine=nearest_cosine)
