"""Small talk that is made up of known wordings, and words that add nothing.

In whatever language and order: "hi, thanks!", 谢谢你啊.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bot.domain import Hit
from bot.matching.mask import is_greeting
from bot.matching.text import TypoRepair, same_wording
from bot.texts import Talk

PERSON, NO_PERSON = "person", "no_person"  # asks for one, or wants none
NOT_HELPFUL = "not_helpful"  # says in words what 👎 says
_GREETING, _INSULT, _EMOJI_ALONE = "greeting", "insult", "acknowledgement"
# Least cosines, of the first and of the second encoder. Where all that carries meaning is a word of
# some wording, the lower is enough: 16 in 9,000 questions of six public sets are taken for small
# talk by these. Else, as for "how is the weather today?", and before a person is called, the other.
NEAR, NEARER = (0.57, 0.66), (0.70, 0.73)
NO = re.compile(r"\W*n\w*\s*[,.;:!–-]", re.IGNORECASE)  # "no, a human please"
_MAX_WORDINGS = 8_192
_MAX_CHARS, _MAX_MISSPELT = 90, 8  # of what is compared word by word: characters, and words
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_\u3040-\u30ff\u3400-\u9fff]+|\d+|\S")
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
        if kind == NO_PERSON and (no := NO.match(utterance)):
            return self.kind(utterance[no.end() :])
        if kind is not None:
            return Said(kind, 1.0)
        return Said(_GREETING, NEAR[0]) if is_greeting(utterance) else None

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
