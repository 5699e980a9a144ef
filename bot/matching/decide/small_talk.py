"""What people say beside questions: greetings, thanks, laughter, asking for a person.

What is said so, and what is said back, stands in the language files, in kinds. An utterance is of a
kind where wordings of that kind, and words that add nothing, make up all of it, in whatever
language and order: "hi, thanks!", 谢谢你啊. Or else where it means nearly the same as a wording, by
the encoder that reads it anyway. Nothing here is part of the FAQ: the wordings are in an index of
their own, and no measurement knows them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from types import MappingProxyType

from bot.domain import Hit
from bot.matching.encoder.encoder import Vectors, Vocabulary
from bot.matching.mask import is_greeting
from bot.matching.score.blended import UNREADABLE
from bot.matching.score.ranker import Match, Read
from bot.matching.text import TypoRepair, normalise, same_wording
from bot.matching.words.lexicon import told_by
from bot.texts import Talk

PERSON, NO_PERSON = "person", "no_person"  # asks for one, or wants none
_GREETING, _INSULT, _EMOJI_ALONE = "greeting", "insult", "acknowledgement"
# Least cosines, of the first and of the second encoder. Where all that carries meaning is a word of
# some wording, the lower is enough: 16 in 9,000 questions of six public sets are taken for small
# talk by these. Else, as for "how is the weather today?", and before a person is called, the other.
_NEAR, _NEARER = (0.57, 0.66), (0.70, 0.73)
_DENIED = frozenset({PERSON, NO_PERSON, "thanks"})  # "that was not helpful" is no thanks
_NEAR_PHRASING = 0.7  # a cosine from which small talk gives way to an answer
_MAX_ASKED = 5  # entries that are asked about at once
_MOST_NEAR = 8  # wordings, of which some say the contrary
# What asks is none of what people say unless such a wording asks: "how long?", "who is your boss?"
_ASKS = re.compile(
    r"(?:who|whom|whose|what(?! an? )|whats|when|where|which|why|how(?! \w+\W*$)|"
    r"how (?:long|much|many|often|far|soon|old|big|come)|wer|wem|was|wann|wo|wie|warum|"
    r"welche[rs]?|qui|quand|où|quel(?:le)?s?|pourquoi|comment|combien|quién|quiénes|qué|cuándo|"
    r"dónde|cuáles?|cuánto|cómo|chi|quando|dove|quem|onde|waar|wanneer|waarom|kto|kiedy|gdzie|кто|"
    r"что|когда|где|почему|как|сколько)\b"
    r"|(?:and|or|what about|how about)\b.*\?\s*$"
    r"|.*(?:[谁誰哪]|什[么麼][时時]候|[几幾][点點]|多[少久]|为什么|為什麼)",
    re.IGNORECASE,
)
_HOW = re.compile(r"(?:how|wie|comment|cómo|как)\b", re.IGNORECASE)  # "how do I reach a human?"
_NO = re.compile(r"\W*n\w*\s*[,.;:!–-]", re.IGNORECASE)  # "no, a human please"
_MAX_WORDINGS = 8_192
_MAX_CHARS, _MAX_MISSPELT = 90, 8  # of what is compared word by word: characters, and words
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_\u3040-\u30ff\u3400-\u9fff]+|\d+|\S")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_DRAWN_OUT = re.compile(r"([^\W\d]{1,3}?)\1{2,}")  # hiiii, hahahaha
_TWICE = re.compile(r"([^\W\d])\1+")
_EMOTICON = re.compile(r"(?<!\w)(?:[:;=]['-]?[)\](d*p]+|<3+|\^_*\^)(?!\w)")
_EMOJI, _FIRST_EMOJI = frozenset({"So", "Sk"}), "\u2100"  # categories
_JOINING = frozenset({"Cf", "Mn", "Me"})
_APOSTROPHES = str.maketrans("", "", "'’`´")


@dataclass(frozen=True, slots=True)
class Said:
    """A kind of small talk, and how surely an utterance is of it.

    Attributes:
        closeness: the cosine of utterance and wording; 1 where it is made of wordings.
        is_sure: nothing in the FAQ is near, however high its score: "hey bot", "talk to you later".
            Nor, where a person is asked for, does what comes nearest say how to reach one.
        entry: where a person is asked for, the entry of the FAQ that says how to reach one.
    """

    kind: str
    closeness: float
    is_sure: bool = False
    entry: Hit | None = None

    @property
    def reason(self) -> str:
        """Half a sentence for whoever asks why."""
        if self.closeness == 1:
            return "it is made up of such wordings"
        return f"such a wording has a cosine of {self.closeness:.2f}"


class Wordings:
    """Tells small talk that is made up of known wordings.

    Args:
        talk: by kind; where an utterance says several, the kind that comes first counts.
    Attributes:
        counted: by kind and entry of an FAQ, its phrasings, and how many are made up of wordings.
    """

    def __init__(self, talk: Talk, vocabulary: Container[str], spelled: Container[str]) -> None:
        self.talk = talk
        self.counted: dict[str, Mapping[str, tuple[Sequence[str], int]]] = {}
        self._rank = {kind: place for place, kind in enumerate(talk.wordings)}
        told = [wording for wordings in talk.wordings.values() for wording in wordings]
        self._typos = TypoRepair([*told, *talk.filler], vocabulary, spelled)

    def kind(self, utterance: str) -> Said | None:
        """The kind of an utterance; None where it is not made up of wordings."""
        if len(utterance) > _MAX_CHARS:
            return None
        tokens = _tokens(utterance)
        if not tokens:
            return None
        forms = self._plain_forms if utterance.isascii() else self._all_forms
        kind = self.first(forms.cover(tokens))
        if kind is None and len(tokens) <= _MAX_MISSPELT and utterance.isascii():
            repaired, remarks = self._typos.repair(" ".join(tokens))
            kind = self.first(forms.cover(_tokens(repaired))) if remarks else None
        if kind is None and all(map(_is_emoji, tokens)):
            kind = _EMOJI_ALONE
        if kind == NO_PERSON and (no := _NO.match(utterance)):
            return self.kind(utterance[no.end() :])
        if kind is not None:
            return Said(kind, 1.0)
        return Said(_GREETING, _NEAR[0]) if is_greeting(utterance) else None

    def is_made_of(self, kind: str, phrasing: str) -> bool:
        """Whether a text, spelt right, is made up of wordings of a kind."""
        if len(phrasing) > _MAX_CHARS:
            return False
        return self.first(self._all_forms.cover(_tokens(phrasing))) == kind

    def first(self, kinds: Iterable[str]) -> str | None:
        """The kind that counts where several are said; None where none is."""
        return min(kinds, key=self._rank.__getitem__, default=None)

    @cached_property
    def _plain_forms(self) -> _Forms:
        """Of what a message in ASCII can hold; the others are made when a message needs them."""
        return _Forms(self.talk, lambda wording: wording.translate(_APOSTROPHES).isascii())

    @cached_property
    def _all_forms(self) -> _Forms:
        return _Forms(self.talk, lambda _: True)


class _Forms:
    """The tokens of wordings and filler.

    Args:
        is_taken: whether it is one of them.
    """

    def __init__(self, talk: Talk, is_taken: Callable[[str], bool]) -> None:
        self._kinds: dict[tuple[str, ...], str] = {}
        for kind, wordings in talk.wordings.items():
            for wording in filter(is_taken, wordings):
                for form in _forms(wording):
                    self._kinds.setdefault(form, kind)
        self._filler = {form for words in filter(is_taken, talk.filler) for form in _forms(words)}
        self._longest = max(map(len, (*self._kinds, *self._filler)), default=0)

    def cover(self, tokens: Sequence[str]) -> frozenset[str]:
        """The kinds, where wordings and filler make up all of it, with the least filler.

        Words tell what is meant before emoji do ("hi 👋"), but an insult shows through them.
        """
        spoken = [one for one in tokens if one.isalnum() or self._kinds.get((one,)) == _INSULT]
        told = self._covered(spoken)
        return told if told or len(spoken) == len(tokens) else self._covered(tokens)

    def _covered(self, tokens: Sequence[str]) -> frozenset[str]:
        # Up to each token: how many are filler, how many pieces there are, and which kinds.
        best: list[tuple[int, int, frozenset[str]] | None] = [(0, 0, frozenset())]
        for end in range(1, len(tokens) + 1):
            found = []
            # Of two ways with as much filler, the one with the longer wording first.
            for start in range(end - 1, max(0, end - self._longest) - 1, -1):
                before, piece = best[start], tuple(tokens[start:end])
                if before is None:
                    continue
                filler, pieces, kinds = before
                if piece in self._kinds:
                    found.append((filler, pieces + 1, kinds | {self._kinds[piece]}))
                elif piece in self._filler or (len(piece) == 1 and _is_emoji(piece[0])):
                    found.append((filler + len(piece), pieces + 1, kinds))
            best.append(min(found, key=lambda one: one[:2], default=None))
        return best[-1][2] if best[-1] is not None else frozenset()


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
        self._lines = _NEAR[is_second], _NEARER[is_second]

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
    if kind in _DENIED and told_by(text).denies != told_by(wording).denies:
        return False
    if kind == NO_PERSON and _NO.match(text):
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


@lru_cache(_MAX_WORDINGS)
def _forms(wording: str) -> frozenset[tuple[str, ...]]:
    """A wording's tokens, and those of whoever draws its letters out."""
    plain = _plain(wording)
    return frozenset(tuple(_tokens_of(form)) for form in (plain, _contracted(plain)))


def _tokens(text: str) -> list[str]:
    """Words, Chinese characters one by one, numbers and emoji, in a form that wordings have too."""
    plain = _plain(text)
    return _tokens_of(_contracted(plain) if _DRAWN_OUT.search(plain) else plain)


def _tokens_of(plain: str) -> list[str]:
    tokens = _TOKEN.findall(_EMOTICON.sub(" 🙂 ", plain))
    return [token for token in tokens if token.isalnum() or _is_emoji(token)]


def _contracted(text: str) -> str:
    """Without what is drawn out: "ha" for "hahahaha", "helo" for "helllooo"."""
    return _TWICE.sub(r"\1", _DRAWN_OUT.sub(r"\1", text))


def _plain(text: str) -> str:
    kept = (c for c in same_wording(text) if unicodedata.category(c) not in _JOINING)
    return "".join(kept).translate(_APOSTROPHES)


def _is_emoji(token: str) -> bool:
    return token[0] >= _FIRST_EMOJI and unicodedata.category(token[0]) in _EMOJI
