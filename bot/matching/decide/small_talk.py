"""What people say beside questions: greetings, thanks, laughter, asking for a person.

What is said so, and what is said back, stands in the language files, in kinds. An utterance is of a
kind where it is made up of wordings of that kind (see `small_talk_words`), or else where it means
nearly the same as one, by the encoder that reads it anyway. Nothing here is part of the FAQ: the
wordings are in an index of their own, and no measurement knows them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType

from bot.matching.decide.small_talk_words import (
    NEAR,
    NEARER,
    NO,
    NO_PERSON,
    NOT_HELPFUL,
    PERSON,
    Said,
    Wordings,
)
from bot.matching.encoder.encoder import Vectors, Vocabulary
from bot.matching.score.blended import UNREADABLE
from bot.matching.score.ranker import Match, Read
from bot.matching.text import normalise
from bot.matching.words.lexicon import told_by
from bot.texts import Talk

# Of a kind that is itself said of what went wrong, a denial changes nothing.
_SAID_OF_FAULTS = frozenset({"insult", NOT_HELPFUL})
_NEAR_PHRASING = 0.7  # a cosine from which small talk gives way to an answer
_MAX_ASKED = 5  # entries that are asked about at once
_MOST_NEAR = 8  # wordings, of which some say the contrary
_ASKING = (
    "who|whom|whose|when|where|which|why|wer|wem|wann|wo|wie|warum|welche[rs]?|qui|quand|où|"
    "quel(?:le)?s?|pourquoi|comment|combien|quién|quiénes|cuándo|dónde|cuáles?|cuánto|cómo|chi|"
    "quando|dove|quem|onde|waar|wanneer|waarom|kto|kiedy|gdzie|кто|когда|где|почему|как|сколько"
)
# What asks is none of what people say unless such a wording asks: "how long?", "who is your boss?"
_ASKS = re.compile(
    rf"(?:{_ASKING}|what(?! an? )|whats|was|qué|что|how(?! \w+\W*$)|"
    r"how (?:long|much|many|often|far|soon|old|big|come))\b"
    r"|(?:and|or|what about|how about)\b.*\?\s*$"
    r"|.*(?:[谁誰哪]|什[么麼][时時]候|[几幾][点點]|多[少久]|为什么|為什麼)",
    re.IGNORECASE,
)
_ASKS_ALONE = re.compile(rf"(?:{_ASKING}|how)\W*", re.IGNORECASE)
_HOW = re.compile(r"(?:how|wie|comment|cómo|как)\b", re.IGNORECASE)  # "how do I reach a human?"
_HAN = re.compile(r"[\u3400-\u9fff]+")


class Meanings:
    """Tells small talk that means nearly the same as a wording.

    Args:
        rows: kind and wording of each row of `vectors`.
        is_second: the vectors are the second encoder's, whose cosines are higher.
        talk: that the wordings are from.
    """

    def __init__(
        self,
        rows: Sequence[tuple[str, str]],
        vectors: Vectors,
        *,
        is_second: bool = False,
        talk: Talk | None = None,
    ) -> None:
        self.talk = talk
        self._rows = rows
        self._vectors = vectors
        self._lines = NEAR[is_second], NEARER[is_second]

    def kind(self, text: str, vector: Vectors) -> Said | None:
        """The kind of the nearest wording; None where none is near.

        Args:
            text: of which the vector is.
        """
        cosines = self._vectors @ vector
        near, nearer = self._lines
        for _ in range(_MOST_NEAR):
            row = int(cosines.argmax())
            closeness, (kind, wording) = float(cosines[row]), self._rows[row]
            if closeness < near:
                return None
            if _agree(kind, text, wording):
                break
            cosines[row] = -1.0
        else:
            return None
        is_plain = kind not in (PERSON, NO_PERSON) and _content(text) <= self._content
        return Said(kind, closeness) if is_plain or closeness >= nearer else None

    @cached_property
    def _content(self) -> frozenset[str]:
        """What carries meaning in the wordings; gathered when a message comes near one."""
        return frozenset().union(*(_content(wording) for _, wording in self._rows))


class SmallTalk:
    """Tells small talk by its words, or else by its meaning.

    Args:
        meanings: by the vectors of the encoder that reads most messages; None where it can read no
            wording.
        second: by those of the other encoder; None while it is not loaded.
        phrasings: of the FAQ, by entry id.
    """

    def __init__(
        self,
        words: Wordings,
        meanings: Meanings | None = None,
        second: Meanings | None = None,
        phrasings: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        self.words = words
        self._meanings = meanings
        self._second = second
        self._phrasings = phrasings
        self._asking: dict[str, Mapping[str, int]] = {}

    def with_second(self, second: Meanings | None) -> SmallTalk:
        """The same with the second encoder."""
        return SmallTalk(self.words, self._meanings, second, self._phrasings)

    def beside(self, phrasings: Mapping[str, Sequence[str]]) -> SmallTalk:
        """The same beside another FAQ, without the second encoder."""
        return SmallTalk(self.words, self._meanings, phrasings=phrasings)

    def asking(self, kind: str) -> Mapping[str, int]:
        """The entries with phrasings that are made up of wordings of a kind, and how many.

        Found when needed; what was counted beside another FAQ is not counted again.
        """
        if kind not in self._asking:
            known, counted = (
                self.words.counted.get(kind, {}),
                dict[str, tuple[Sequence[str], int]](),
            )
            for entry_id, its in self._phrasings.items():
                before, count = known.get(entry_id, ((), 0))
                if before != its:
                    count = sum(self.words.is_made_of(kind, text) for text in its)
                counted[entry_id] = its, count
            self.words.counted[kind] = counted
            self._asking[kind] = {one: count for one, (_, count) in counted.items() if count}
        return self._asking[kind]

    def said_beside(
        self, match: Match, whole: tuple[str, Read], *sentences: tuple[str, Read]
    ) -> Said | None:
        """What an utterance says beside questions, unless it is nearer to a phrasing of the FAQ.

        Args:
            match: what the FAQ has for it.
            whole: the utterance and how it is read; so are its sentences.
        """
        said = self.said(*whole, sentences)
        nearest = 1.0 if match.word_for_word else match.cosine
        if said is None or said.closeness < min(nearest, 1.0):
            return None
        is_sure = said.closeness == 1 and nearest < _NEAR_PHRASING
        if said.kind == NO_PERSON:  # near to it lie those that want one
            is_sure = not match.word_for_word
        if said.kind != PERSON:
            return replace(said, is_sure=is_sure)
        asking = self.asking(PERSON)
        is_near = any(hit.entry_id in asking for hit in match.hits[:_MAX_ASKED])
        own = () if match.own is None else match.own.hits
        for hits in (own, match.hits):
            theirs = [hit for hit in hits if hit.entry_id in asking]
            if theirs:  # the one that is most about that: managers are asked for to complain, too
                entry = max(theirs, key=lambda hit: asking[hit.entry_id])
                return replace(said, is_sure=is_sure and not is_near, entry=entry)
        return replace(said, is_sure=is_sure)

    def said(
        self, utterance: str, whole: Read, sentences: Sequence[tuple[str, Read]]
    ) -> Said | None:
        """What an utterance says, or all of its sentences say; None where it is no small talk.

        Args:
            whole: the utterance, read; so are its sentences.
        """
        found = self._said(utterance, whole)
        if found is not None or not sentences:
            return found
        parts = [self._said(*sentence) for sentence in sentences]
        known = [part for part in parts if part is not None]
        kind = self.words.first(part.kind for part in known)
        if kind is None or len(known) < len(parts):
            return None
        return Said(kind, min(part.closeness for part in known))

    def _said(self, text: str, read: Read) -> Said | None:
        found = self.words.kind(text)
        read = read.as_typed or read
        meanings = self._meanings if read.language is None else self._second
        is_read = read.vector is not None and any(map(str.isalpha, read.text))
        if found is not None or not is_read or meanings is None:
            return found
        assert read.vector is not None  # noqa: S101
        return meanings.kind(read.text, read.vector)


def _agree(kind: str, text: str, wording: str) -> bool:
    """Whether two texts of a kind ask alike, and say yes or no alike."""
    if _ASKS_ALONE.fullmatch(text):  # it goes on with what was said before
        return False
    if kind not in _SAID_OF_FAULTS and told_by(text).denies != told_by(wording).denies:
        return False
    if kind == NO_PERSON and NO.match(text):
        return False
    asks = _ASKS.match(text) and not (kind == PERSON and _HOW.match(text))
    return not asks or _ASKS.match(wording) is not None


def rows_of(talk: Talk, vocabulary: Vocabulary | None = None) -> list[tuple[str, str]]:
    """Kind and cleaned wording of what an encoder is to embed.

    Args:
        vocabulary: leave out what the encoder cannot read.
    """
    rows = [(kind, normalise(each)) for kind, its in talk.wordings.items() for each in its]
    return [
        (kind, wording)
        for kind, wording in rows
        if any(map(str.isalpha, wording))
        and (vocabulary is None or vocabulary.unknown_share(wording) <= UNREADABLE)
    ]


def _content(text: str) -> frozenset[str]:
    """Stems of words that carry meaning; pairs of Chinese characters, for one alone says little."""
    runs = _HAN.findall(text)
    pairs = frozenset(run[at : at + 2] for run in runs for at in range(len(run) - 1))
    return pairs | {word for word in told_by(text).content if not _HAN.match(word)}
