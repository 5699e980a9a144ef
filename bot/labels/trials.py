"""Bots over other FAQs, tried beside one that serves: nothing that it keeps is touched.

Also how a wording is held out, and taken for a message to a bot that does not have it.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from bot.domain import Faq, FaqEntry
from bot.files.section import wording_key
from bot.labels.scored import read_all
from bot.matching.assembly import assemble, embed
from bot.matching.build import Matcher
from bot.matching.decide.thresholds import Reading
from bot.matching.encoder.encoder import Embedder, Encoder, Vectors, Vocabulary
from bot.matching.turns import AT_ONCE, InTurn, Turns

A = TypeVar("A")
T = TypeVar("T")

FOLDS = 10
_AT_ONCE = 1  # texts encoded between two messages; more at once take as long for each
_MOST = 2_000  # wordings that are held out; more do not change the outcome

HeldOut = tuple[FaqEntry, str, int]  # a wording of an entry, and the fold in which it is left out


class Trials:
    """Puts bots together; no text is encoded twice. Made by `trials`."""

    def __init__(self, bot: Matcher, folder: Path, turns: Turns) -> None:
        self._settings = replace(bot.settings, cache=folder)
        # What is computed already is read there; what is written takes the place of a link.
        for file in bot.settings.cache.glob("*.np[yz]"):
            (folder / file.name).symlink_to(file.resolve())
        embedder = InTurn(bot.encoder.phrasings, turns)
        known = embed(bot.settings, bot.wordings, embedder, bot.model_fingerprint).vectors
        vectors = dict(zip(bot.wordings.texts, known, strict=True))
        self._encoder = _remembering(bot.encoder, turns, vectors)
        self._second = None if bot.second is None else _remembering(bot.second.encoder, turns)
        self._fingerprint = bot.model_fingerprint

    def over(self, faq: Faq, before: Matcher | None = None, *, measures: bool = True) -> Matcher:
        """A bot over another FAQ, measured on that.

        Args:
            before: a bot of these trials over much the same FAQ, which makes it quicker.
            measures: False where measurements of that bot may serve for a large FAQ.
        """
        parts = (self._settings, faq, self._encoder, self._fingerprint, before)
        return assemble(*parts, second=self._second, measures=measures)

    def measured_like(
        self, like: Matcher, faq: Faq, asked: Sequence[tuple[str, str | None]]
    ) -> Matcher:
        """A bot over another FAQ, measured as another bot of these trials is, which is quicker.

        Args:
            asked: what it is going to read, each with a person's language. Where none of it is for
                the second encoder, it does without.
        """
        bare = replace(like, second=None)
        needs_second = any(bare.lacks([text], lang) for text, lang in asked)
        parts = (self._settings, faq, self._encoder, self._fingerprint, _serving_any(like))
        return assemble(*parts, second=self._second if needs_second else None)


@contextmanager
def trials(bot: Matcher, turns: Turns = AT_ONCE) -> Iterator[Trials]:
    """Trials with the encoders and settings of a bot, which is complete if that matters.

    Args:
        turns: where the encoders may be used meanwhile.
    """
    with tempfile.TemporaryDirectory() as folder:
        yield Trials(bot, Path(folder), turns)


class _Remembering:
    """An `Embedder` that encodes no text twice: 1.5 kB a text."""

    def __init__(self, embedder: Embedder, turns: Turns, known: Mapping[str, Vectors]) -> None:
        self._embedder = InTurn(embedder, turns)
        self._at_once = sys.maxsize if turns is AT_ONCE else _AT_ONCE
        self._vectors = dict(known)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; see `Embedder.encode`."""
        missing = list(dict.fromkeys(text for text in texts if text not in self._vectors))
        for start in range(0, len(missing), self._at_once):
            chunk = missing[start : start + self._at_once]
            self._vectors.update(zip(chunk, self._embedder.encode(chunk), strict=True))
        return np.stack([self._vectors[text] for text in texts])


class _RememberingWords:
    """A `Vocabulary` that looks at nothing twice."""

    def __init__(self, vocabulary: Vocabulary, turns: Turns) -> None:
        self.unknown_share = cache(_in_turn(vocabulary.unknown_share, turns))
        self.tokens = cache(_in_turn(vocabulary.tokens, turns))
        self._contains = cache(_in_turn(vocabulary.__contains__, turns))

    def __contains__(self, word: object, /) -> bool:
        return self._contains(word)


def _in_turn(function: Callable[[A], T], turns: Turns) -> Callable[[A], T]:
    return lambda argument: turns.in_turn(partial(function, argument))


def _remembering(
    encoder: Encoder, turns: Turns, phrasings: Mapping[str, Vectors] = MappingProxyType({})
) -> Encoder:
    """The same encoder.

    Args:
        phrasings: whose vectors are known.
    """
    return Encoder(
        _Remembering(encoder.utterances, turns, {}),
        _Remembering(encoder.phrasings, turns, phrasings),
        _RememberingWords(encoder.vocabulary, turns),
    )


def held_out(faq: Faq, most: int | None = None) -> Iterator[HeldOut]:
    """Wordings that are held out, each with its fold; none that is its entry's only one.

    Args:
        most: of an entry; None: as many as do not take too long.
    """
    most = most or max(1, _MOST // max(1, len(faq.entries)))
    for entry in faq.entries:
        wordings = distinct(entry)
        if len(wordings) < 2:
            continue
        step = max(1, -(-len(wordings) // most))
        for place, wording in enumerate(wordings):
            if place % step == 0:
                yield entry, wording, (place // step) % FOLDS


def in_few_folds(rows: Sequence[HeldOut]) -> list[HeldOut]:
    """The same in as few folds as leave about nine in ten of each entry's wordings in each."""
    held = Counter(entry.id for entry, *_ in rows)
    entries = {entry.id: entry for entry, *_ in rows}
    shares = (count / len(distinct(entries[entry_id])) for entry_id, count in held.items())
    folds = max(2, math.ceil(FOLDS * max(shares, default=1)))
    return [(entry, wording, fold % folds) for entry, wording, fold in rows]


def read_held_out(
    trials: Trials,
    faq: Faq,
    rows: Sequence[HeldOut],
    *,
    like: Matcher | None = None,
    done: Callable[[], object] = bool,
) -> list[Reading]:
    """Read wordings as messages of people, each by a bot that has all of the FAQ but its fold.

    Args:
        rows: no entry has all of its wordings in one fold.
        like: the bot over the whole FAQ: its scale and its classifier serve, which know the
            wordings. Good enough to see what an edit changes; None: each is measured anew.
        done: is called after each fold.
    """
    found: dict[int, Reading] = {}
    for fold in range(FOLDS):
        places = [place for place, row in enumerate(rows) if row[2] == fold]
        if places:
            out = [rows[place][:2] for place in places]
            left, asked = _without(faq, out), spoken(out)
            bot = trials.over(left) if like is None else trials.measured_like(like, left, asked)
            readings = read_all(bot.decider, asked)
            found.update(zip(places, readings, strict=True))
        done()
    return [found[place] for place in range(len(rows))]


def _serving_any(bot: Matcher) -> Matcher:
    measured, second = bot.measured, bot.second
    if second is not None:
        ranker = copy(second.ranker)
        ranker.serves_any = True
        second = replace(second, ranker=ranker)
    measured = None if measured is None else replace(measured, serves_any=True)
    return replace(bot, measured=measured, second=second)


def distinct(entry: FaqEntry) -> list[str]:
    """Wordings of which no other is the same to the bot."""
    return list({wording_key(wording): wording for wording in entry.wordings}.values())


def spoken(rows: Sequence[tuple[FaqEntry, str]]) -> list[tuple[str, str | None]]:
    """Wordings, each as if somebody wrote it whose language the entry is in."""
    return [(wording, entry.lang) for entry, wording in rows]


def _without(faq: Faq, out: Sequence[tuple[FaqEntry, str]]) -> Faq:
    gone: dict[str, set[str]] = {}
    for entry, wording in out:
        gone.setdefault(entry.id, set()).add(wording_key(wording))
    entries = []
    for entry in faq.entries:
        if entry.id not in gone:
            entries.append(entry)
            continue
        kept = [w for w in entry.wordings if wording_key(w) not in gone[entry.id]]
        entries.append(replace(entry, question=kept[0], phrasings=tuple(kept[1:])))
    return Faq(tuple(entries))
