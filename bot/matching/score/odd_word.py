"""The one word that differs: a bus to the airport, where the FAQ has a taxi to the airport.

As texts the two are as near as two wordings of one question. As words they are not: a word by
itself is embedded like any text, and what means the same lies near.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.lru import Lru
from bot.matching.encoder.encoder import Embedder, Vectors
from bot.matching.words.lexicon import Told, stem, told_by

# Chosen on the development parts of the shop's set and three public ones at one, five and all
# wordings an entry. A lower frame or a higher likeness costs right answers faster than it catches.
FRAME = 0.7  # of the message's words, those that stand in the phrasing as well
ALIKE = 0.56  # cosine of two words from which the one covers the other
CORE = 0.5  # of an entry's wordings, those that have a word it cannot do without
MOST = 2  # words of one text that the other lacks; with more, it is another sentence
_MOST_WORDS = 64  # of an entry
_REMEMBERED = 8_192  # words: 12 MB with 384 dimensions


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
