"""An FAQ's wordings: which was typed word for word, and which one word differs from them.

A message may ask for a bus to the airport, where the FAQ has a taxi to the airport. As texts the
two are as near as two wordings of one question. As words they are not: a word by itself is embedded
like any text, and what means the same lies near.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bot.domain import Hit
from bot.lru import Lru
from bot.matching.encoder.encoder import Embedder, Vectors
from bot.matching.index import PhrasingVectors
from bot.matching.mask import Known, without_greeting, without_identifiers
from bot.matching.score.ranker import MAX_HITS, Match, OddWord
from bot.matching.score.tfidf import Grams, grams_like, grams_of
from bot.matching.text import same_wording
from bot.matching.words.lexicon import Told, stem, told_by

_GREETED = "the greeting was left out"
_MASKED = "numbers, addresses and names were left out"
# Chosen on the development parts of the shop's set and three public ones at one, five and all
# wordings an entry. A lower frame or a higher likeness costs right answers faster than it catches.
FRAME = 0.7  # of the message's words, those that stand in the phrasing as well
ALIKE = 0.56  # cosine of two words from which the one covers the other
CORE = 0.5  # of an entry's wordings, those that have a word it cannot do without
MOST = 2  # words of one text that the other lacks; with more, it is another sentence
_MOST_WORDS = 64  # of an entry
_REMEMBERED = 8_192  # words of wordings: 12 MB with 384 dimensions


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


@dataclass(frozen=True, slots=True)
class _Entry:
    """The words of one entry.

    Attributes:
        stems: of its wordings and its answer.
        core: stems that at least half of its wordings have.
        words: those of its wordings that carry meaning, the most frequent first.
    """

    stems: frozenset[str]
    core: frozenset[str]
    words: tuple[str, ...]


class OddWords:
    """Finds the one word that differs.

    Args:
        embedder: for utterances; a word is embedded when it is first in question.
        wordings: of each entry, cleaned as utterances are.
        answers: of each entry; what stands there is covered too.
        before: by the same embedder, for another FAQ; words embedded there are not embedded again.
    """

    def __init__(
        self,
        embedder: Embedder,
        wordings: Mapping[str, Sequence[str]],
        answers: Mapping[str, str],
        before: OddWords | None = None,
    ) -> None:
        self._embedder = embedder
        self._wordings = wordings
        self._answers = answers
        self._entries: dict[str, _Entry] = {}
        self._vectors: Lru[str, Vectors] = before._vectors if before else Lru(_REMEMBERED)

    def find(self, text: str, entry_id: str, close: Sequence[str]) -> OddWord | None:
        """What differs between an utterance and the close phrasing that shares most words with it.

        Args:
            close: the entry's phrasings that came about as close as its nearest.
        """
        said = told_by(text)
        if not said.telling or not close:
            return None
        phrasings = [told_by(phrasing) for phrasing in close]
        shares = [_share(said, phrasing) for phrasing in phrasings]
        if max(shares) < FRAME:
            return None
        frame = phrasings[shares.index(max(shares))]
        entry = self._entry(entry_id)
        odd = [word for word in said.telling if stem(word) not in entry.stems]
        unsaid = [word for word in frame.telling if stem(word) not in said.stems]
        replaced = [word for word in unsaid if stem(word) in entry.core]
        if not 0 < len(odd) <= MOST or len(unsaid) > MOST or not replaced:
            return None
        likeness = self._vectors_of(odd) @ self._vectors_of(entry.words).T
        if likeness.max() >= ALIKE:
            return None
        return OddWord(" ".join(odd), " ".join(replaced), frame.text)

    def _entry(self, entry_id: str) -> _Entry:
        if entry_id not in self._entries:
            told = [told_by(wording) for wording in self._wordings[entry_id]]
            answer = told_by(self._answers.get(entry_id, ""))
            counts = Counter(its for one in told for its in one.stems)
            words = Counter(word for one in told for word in one.telling)
            self._entries[entry_id] = _Entry(
                stems=frozenset(counts) | answer.stems,
                core=frozenset(its for its, n in counts.items() if n >= CORE * len(told)),
                words=tuple(word for word, _ in words.most_common(_MOST_WORDS)),
            )
        return self._entries[entry_id]

    def _vectors_of(self, words: Iterable[str]) -> Vectors:
        known = {word: self._vectors.get(word) for word in words}
        new = [word for word, vector in known.items() if vector is None]
        for word, vector in zip(new, self._embedder.encode(new) if new else (), strict=True):
            known[word] = self._vectors[word] = vector.copy()
        return np.stack([vector for vector in known.values() if vector is not None])


def _share(said: Told, phrasing: Told) -> float:
    """The share of the utterance's words that stand in the phrasing, in any form."""
    return sum(stem(word) in phrasing.stems for word in said.words) / len(said.words)
