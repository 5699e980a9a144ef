"""`matching.score: blended`: typing errors, the blended score, scripts that no model reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bot.domain import Hit
from bot.matching.encoder.encoder import Vectors
from bot.matching.index.index import PhrasingVectors
from bot.matching.score.blended import BlendedScorer, EntryScore
from bot.matching.score.ranker import MAX_HITS, SCORE_DIGITS, Match, Read
from bot.matching.score.sampling import Entries
from bot.matching.score.score_scale import Scale
from bot.matching.score.tfidf import LexicalIndex
from bot.matching.score.tfidf_score import LexicalScorer
from bot.matching.text.normalise import same_wording
from bot.matching.text.typos import TypoRepair

# Above this share of unknown words the encoder guesses: two different Chinese sentences can have
# a cosine of 1. It holds for 98 % of Chinese and for 0 to 0.6 % of English messages.
UNREADABLE = 0.3
CLOSE = 0.10  # phrasings whose cosine is less than this below the nearest are as good as it
_MAX_CLOSE = 10


class BlendedRanker:
    """A `Ranker` by the blended score, or by the letters alone where the encoder cannot read.

    Args:
        readable: the phrasings that the encoder can read; `scorer` numbers their entries in the
            order of `entry_ids`.
        scorer: None where the encoder can read no phrasing.
        lexical: over the same phrasings as `scorer`.
        spelled: scores by letters, over all phrasings; its rows are `wordings`.
        wordings: (entry id, wording) of all phrasings.
        texts: the cleaned wordings, in the order of `wordings`.
        read_texts: those that the encoder can read, in the order of `readable`.
        keys: `same_wording` of each of `texts`.
    """

    def __init__(
        self,
        readable: PhrasingVectors,
        entry_ids: Sequence[str],
        scorer: BlendedScorer | None,
        lexical: LexicalIndex,
        spelled: LexicalScorer,
        wordings: Sequence[tuple[str, str]],
        texts: Sequence[str],
        read_texts: Sequence[str],
        keys: Sequence[str],
        typos: TypoRepair,
        unknown_share: Callable[[str], float],
    ) -> None:
        self._readable = readable
        self._entry_ids = entry_ids
        self._scorer = scorer
        self._lexical = lexical
        self._spelled = spelled
        self._wordings = wordings
        self._typos = typos
        self._unknown_share = unknown_share
        self._texts = texts
        self._read_texts = read_texts
        self._rows_of: dict[str, list[int]] = {}
        for row, entry_id in enumerate(readable.entry_ids):
            self._rows_of.setdefault(entry_id, []).append(row)
        self._numbers = {entry_id: number for number, entry_id in enumerate(entry_ids)}
        self._left_out: dict[frozenset[str], Entries | None] = {}
        self._first_of_wording: dict[str, int] = {}
        self._more_of_wording: dict[str, list[int]] = {}  # of other entries, which is rare
        for row, key in enumerate(keys):
            first = self._first_of_wording.setdefault(key, row)
            if wordings[first][0] != wordings[row][0]:
                self._more_of_wording.setdefault(key, []).append(row)

    def prepare(self, text: str) -> Read:
        """Repair typing errors; keep from the encoder what it cannot read."""
        if self._scorer is None:
            remark = "the model can read no phrasing of this FAQ, so only letters were compared"
            return Read(text, needs_vector=False, remarks=(remark,))
        if self._unknown_share(text) > UNREADABLE:
            remark = "the model cannot read this script, so only letters were compared"
            return Read(text, needs_vector=False, remarks=(remark,))
        repaired, remarks = self._typos.repair(text)
        return Read(repaired, remarks=remarks)

    def rank(self, read: Read, without: frozenset[str] = frozenset()) -> Match:
        """Rank the entries; see `Ranker.rank`."""
        if read.vector is None or self._scorer is None:
            match = self._by_letters(read.text, without)
        else:
            query = self._lexical.query(read.text)
            scores = self._scorer.score(read.vector, query, self._numbered(without))
            hits = tuple(self._hit(score, self._scorer.fit.scale) for score in scores)
            close = self._close(hits[0].entry_id, read.vector) if hits else ()
            match = Match(hits, text=read.text, close=close)
        return self._with_exact_wording(match, without)

    def _numbered(self, without: frozenset[str]) -> Entries | None:
        """What the scorer is to leave out; None for nothing."""
        if without not in self._left_out:  # one for each language somebody speaks
            numbers = [self._numbers[one] for one in without if one in self._numbers]
            self._left_out[without] = np.array(numbers, np.int64) if numbers else None
        return self._left_out[without]

    def _hit(self, score: EntryScore, scale: Scale) -> Hit:
        return Hit(
            entry_id=self._entry_ids[score.entry],
            score=round(scale.mapped(score.raw), SCORE_DIGITS),
            phrasing=self._readable.phrasings[score.row],
            raw=round(score.raw, SCORE_DIGITS),
        )

    def _close(self, entry_id: str, vector: Vectors) -> tuple[str, ...]:
        rows = np.array(self._rows_of[entry_id])
        cosines = self._readable.vectors[rows] @ vector
        order = np.argsort(-cosines, kind="stable")[:_MAX_CLOSE]
        near = [row for row in order.tolist() if cosines[row] > cosines[order[0]] - CLOSE]
        return tuple(self._read_texts[rows[row]] for row in near)

    def _by_letters(self, text: str, without: frozenset[str]) -> Match:
        found = self._spelled.score(text, without)
        hits = tuple(
            Hit(
                self._wordings[row][0],
                round(self._spelled.scale.mapped(raw), SCORE_DIGITS),
                self._wordings[row][1],
                round(raw, SCORE_DIGITS),
            )
            for raw, row in found[:MAX_HITS]
        )
        close = tuple(self._texts[row] for _, row in found[:1])
        return Match(hits, text=text, close=close)

    def _with_exact_wording(self, match: Match, without: frozenset[str]) -> Match:
        """A phrasing typed word for word, of one entry alone, scores 1: nothing could be surer."""
        known = self._owners_of_wording(match.text)
        owners = [entry_id for entry_id in known if entry_id not in without]
        if len(owners) != 1:
            return match
        (owner,) = owners
        wording = known[owner]
        raw = next((hit.raw for hit in match.hits if hit.entry_id == owner), None)
        others = tuple(hit for hit in match.hits if hit.entry_id != owner)
        return Match(
            (Hit(owner, 1.0, wording, raw), *others)[:MAX_HITS],
            remarks=(*match.remarks, "word for word a phrasing"),
            text=match.text,
            close=(wording,),
            word_for_word=True,
        )

    def _owners_of_wording(self, text: str) -> dict[str, str]:
        """The entries that have a wording, loosely compared, and how it stands there."""
        key = same_wording(text)
        first = self._first_of_wording.get(key) if key else None
        if first is None:
            return {}
        rows = (first, *self._more_of_wording.get(key, ()))
        return {self._wordings[row][0]: self._wordings[row][1] for row in reversed(rows)}
