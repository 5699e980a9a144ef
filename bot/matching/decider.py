"""Utterance → decision: read it, rank the entries, decide by what was read."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from bot.domain import Decision
from bot.errors import UnavailableError
from bot.gently import gently
from bot.lru import Lru
from bot.matching.decide.answer_words import AnswerWords
from bot.matching.decide.small_talk import SmallTalk
from bot.matching.decide.thresholds import Policy, Reading, Rules
from bot.matching.encoder.encoder import Embedder, Encoder, Vectors, Vocabulary, beginning, fit
from bot.matching.encoder.supply import current_supply
from bot.matching.language import ForeignEntries, Routes
from bot.matching.mask import without_greeting
from bot.matching.score.ranker import Match, Ranker, Read
from bot.matching.second_encoder import SecondReader
from bot.matching.text import (
    MAX_READ_CHARS,
    MAX_UTTERANCE_CHARS,
    Synonyms,
    clauses,
    has_words,
    normalise,
    sentences,
)

logger = logging.getLogger(__name__)

_Key = tuple[str, str | None]  # a text, and its language where the second encoder reads it
_REMEMBERED = 1_024  # texts: the utterances and parts of one batch, and what many ask
# Of one utterance, its parts and what it was before its typing errors were repaired included. An
# ordinary one has 10 to 60, and the longest takes no more time than some ten of those.
MAX_TOKENS = 256
_CHARS_AHEAD = 2_048  # read together; whoever comes in meanwhile waits for all of them


@dataclass(frozen=True, slots=True)
class _Asked:
    """An utterance, to be read.

    Attributes:
        text: one character more than is read tells that there is more; all of it would fill the
            memory of what was read lately.
        language: None where it is unknown, or makes no difference.
        route: the language in which the second encoder reads it; None: the first reads it.
        sentences: what is looked at by itself, as the clauses are.
        clauses: what stands around its connective.
    """

    text: str
    language: str | None
    route: str | None
    sentences: Sequence[str] = ()
    clauses: Sequence[str] = ()

    @property
    def keys(self) -> list[_Key]:
        """All that is read of it."""
        return [(text, self.route) for text in (self.text, *self.sentences, *self.clauses)]


@dataclass(eq=False)
class Decider:
    """Decides on utterances, each by itself.

    Attributes:
        encoder: the model that made the FAQ's vectors.
        synonyms: cleans utterances as phrasings were cleaned.
        answers: finds entries by what stands in their answers alone.
        routes: tell the messages for the second encoder; None where one encoder reads everything.
        second: None while it is not loaded, too.
        talk: tells small talk; None where it is switched off.
    """

    encoder: Encoder
    ranker: Ranker
    synonyms: Synonyms
    policy: Policy
    foreign: ForeignEntries
    answers: AnswerWords = field(default_factory=AnswerWords)
    routes: Routes | None = None
    second: SecondReader | None = None
    talk: SmallTalk | None = None
    # What was read ahead, with others, is not read again when its turn comes.
    _read: Lru[_Key, Read] = field(init=False, default_factory=lambda: Lru(_REMEMBERED))
    _languages: Lru[_Key, str | None] = field(init=False, default_factory=lambda: Lru(_REMEMBERED))

    def with_second(self, second: SecondReader) -> Decider:
        """The same with the second encoder."""
        talk = None if self.talk is None else self.talk.with_second(second.talk)
        return replace(self, second=second, talk=talk)

    def decide(self, utterance: str, lang: str | None = None) -> Decision:
        """Decide on one utterance, of any length and content."""
        return self.decide_all([utterance], lang)[0]

    def decide_all(
        self,
        utterances: Sequence[str],
        lang: str | None = None,
        without: frozenset[str] = frozenset(),
    ) -> list[Decision]:
        """Decide on each utterance; faster than one by one.

        Args:
            lang: the code of the language of the person who asks; None if unknown.
            without: ids of entries that are taken not to exist.
        """
        try:
            readings = self.read_all(utterances, lang, [without] * len(utterances))
        except UnavailableError:
            if current_supply() is None:  # nobody waits for a reply
                raise
            readings = [self._read_words(utterance, lang, without) for utterance in utterances]
        rules = Rules(self.policy)
        return [self._with_language(rules.decide(one), one.language) for one in readings]

    def _read_words(self, utterance: str, lang: str | None, without: frozenset[str]) -> Reading:
        """By words alone, where what is to read an utterance, or to be searched, does not serve."""
        asked = self._asked(utterance, lang, {})
        is_for_second = asked.route is not None
        if is_for_second:
            with suppress(UnavailableError):  # that encoder is here, and its index may be
                return self.read_all([utterance], lang, [without])[0]
        asked = replace(asked, route=None)
        reads = [self._clean(*key) for key in asked.keys]
        lacks_vectors = is_for_second or any(read.missing() for read in reads)
        return replace(self._reading(asked, reads, lang, without), lacks_vectors=lacks_vectors)

    def _with_language(self, decision: Decision, language: str | None) -> Decision:
        """A decision that says which language the utterance is in."""
        if language is None or self.routes is None:
            return decision
        if not self.routes.is_for_second(language):
            return replace(decision, language=language)
        if self.second is None:
            return replace(decision, language=language, fingerprint=self.policy.without_second)
        ids = {hit.entry_id for part in (*decision.parts, decision) for hit in part.candidates}
        foreign = self.second.ranker.foreign_among(ids, language)
        return replace(decision, language=language, foreign=foreign)

    def read_all(
        self,
        utterances: Sequence[str],
        lang: str | None = None,
        without: Sequence[frozenset[str]] | None = None,
    ) -> list[Reading]:
        """Read utterances and their parts, to decide on them as often as one likes.

        Args:
            lang: as in `decide_all`.
            without: for each utterance, ids of entries that are taken not to exist.
        """
        gone = [frozenset[str]()] * len(utterances) if without is None else without
        cleaned: dict[_Key, Read] = {}
        asked = [self._asked(utterance, lang, cleaned) for utterance in gently(utterances)]
        reads = self._read_all([key for one in asked for key in one.keys], cleaned)
        return [
            self._reading(one, [reads[key] for key in one.keys], lang, its_gone)
            for one, its_gone in gently(zip(asked, gone, strict=True))
        ]

    def _reading(
        self, asked: _Asked, reads: Sequence[Read], lang: str | None, gone: frozenset[str]
    ) -> Reading:
        foreign, offered = self._foreign_to(asked.route, lang)
        whole, *others = [self._rank(read, foreign, gone) for read in reads]
        count, said = len(asked.sentences), None
        if self.talk is not None and not gone:
            parts = list(zip((asked.text, *asked.sentences), reads, strict=False))
            said = self.talk.said_beside(whole, *parts)
        return Reading(
            whole,
            offered,
            tuple(others[:count]),
            tuple(others[count:]),
            asked.language,
            self.answers.mentions(whole.text, gone),
            said,
        )

    def _asked(self, utterance: str, lang: str | None, cleaned: dict[_Key, Read]) -> _Asked:
        """An utterance with its parts, as far as they are looked at.

        A long utterance is read as a whole: its parts would have to be embedded beside it.

        Args:
            cleaned: what was cleaned for this call, to which it adds.
        """
        text = utterance[: MAX_UTTERANCE_CHARS + 1]
        language = self._language(text, lang)
        asked = _Asked(text, language, self._route(language))
        if not self.policy.careful or len(text) > MAX_READ_CHARS:
            return asked
        rest = without_greeting(text)  # a greeting is no part of a question, and none of its own
        found: list[list[str]] = []
        taken = [text]
        for parts in (sentences(rest), clauses(rest)):
            reads = [self._once((each, asked.route), cleaned) for each in (*taken, *parts)]
            texts = [each for read in reads for each in read.texts()]
            fits = not parts or fit(texts, MAX_TOKENS, self._vocabulary(asked.route))
            found.append(parts if fits else [])
            taken += found[-1]
        return replace(asked, sentences=found[0], clauses=found[1])

    def _language(self, utterance: str, lang: str | None) -> str | None:
        """The language of an utterance; None where it is unknown, or makes no difference."""
        if self.routes is None:
            return None
        key = (utterance, lang)
        if key not in self._languages:
            self._languages[key] = self.routes.language(utterance, lang)
        return self._languages[key]

    def _route(self, language: str | None) -> str | None:
        """See `_Asked.route`."""
        if self.routes is None or self.second is None:
            return None
        return language if self.routes.is_for_second(language) else None

    def _foreign_to(
        self, route: str | None, lang: str | None
    ) -> tuple[frozenset[str], frozenset[str]]:
        """The entries that others come before, and those that may be offered beside others.

        Those are all, or none: where the FAQ has nothing in the language that the second encoder
        reads, one in a third language is no better than one in that of the FAQ.

        Args:
            lang: the person's.
        """
        if route is None or self.second is None:
            foreign = self.foreign.to(lang)
            return foreign, foreign
        ranker = self.second.ranker
        foreign = ranker.foreign_to(route)
        return foreign, foreign if ranker.has(route) else frozenset()

    def _once(self, key: _Key, cleaned: dict[_Key, Read]) -> Read:
        """A text as it is read; cleaned only where that was not done already."""
        if key not in cleaned:
            cleaned[key] = self._read.get(key) or self._clean(*key)
        return cleaned[key]

    def _vocabulary(self, route: str | None) -> Vocabulary:
        second = None if route is None else self.second
        return self.encoder.vocabulary if second is None else second.encoder.vocabulary

    def _read_all(self, keys: Sequence[_Key], cleaned: dict[_Key, Read]) -> dict[_Key, Read]:
        """Clean and embed texts, each once.

        Args:
            cleaned: see `_asked`.
        """
        reads = {key: self._once(key, cleaned) for key in keys}
        _embed([(self, reads)])
        return reads

    def _embedder(self, read: Read) -> Embedder:
        """What embeds a text."""
        second = None if read.language is None else self.second
        return (self.encoder if second is None else second.encoder).utterances

    def _clean(self, utterance: str, language: str | None) -> Read:
        # Cut once it is cleaned: one character can stand for eighteen, and a word for a sentence.
        plain = normalise(utterance[:MAX_UTTERANCE_CHARS])
        whole = self.synonyms.apply(plain[:MAX_READ_CHARS])
        vocabulary = self._vocabulary(language)
        text = beginning(whole[:MAX_READ_CHARS], MAX_TOKENS, vocabulary)
        if not has_words(text):
            read = Read("", needs_vector=False)
        elif language is None or self.second is None:
            read = self.ranker.prepare(text)
        else:
            read = replace(self.second.ranker.prepare(text), language=language)
        if read.as_typed is not None and not fit(read.texts(), MAX_TOKENS, vocabulary):
            read = read.as_typed
        is_cut = len(utterance) > MAX_UTTERANCE_CHARS or len(plain) > MAX_READ_CHARS
        if is_cut or len(text) < len(whole):
            remark = f"only the first {len(text):,} characters were read"
            read = replace(read, remarks=(remark, *read.remarks))
        return read

    def _rank(self, read: Read, foreign: frozenset[str], gone: frozenset[str]) -> Match:
        match = self._rank_among(read, gone)
        return replace(match, own=self._rank_among(read, foreign | gone)) if foreign else match

    def _rank_among(self, read: Read, without: frozenset[str]) -> Match:
        if not read.text:
            return Match((), (*read.remarks, "there is no letter or digit to read"))
        ranker = self.ranker
        if read.language is not None and self.second is not None:
            ranker = self.second.ranker
        match = ranker.rank(read, without)
        return replace(match, remarks=(*read.remarks, *match.remarks)) if read.remarks else match


def read_ahead(asked: Sequence[tuple[Decider, str]]) -> int:
    """Have the first of some utterances encoded together, each to be decided on soon.

    Args:
        asked: each with who decides on it; those that have one encoder share its batches.
    Returns:
        How many: at least one, and no more than can be encoded while others wait.
    """
    keys: dict[Decider, list[_Key]] = {}
    cleaned: dict[Decider, dict[_Key, Read]] = {}
    room, count = _CHARS_AHEAD, 0
    for decider, utterance in asked:
        its = cleaned.setdefault(decider, {})
        own = decider._asked(utterance, None, its).keys
        room -= sum(len(text) for key in own for text in decider._once(key, its).texts())
        if room < 0 and count:
            break
        keys.setdefault(decider, []).extend(own)
        count += 1
    _embed(
        [
            (decider, {key: decider._once(key, cleaned[decider]) for key in own})
            for decider, own in keys.items()
        ]
    )
    return count


def _embed(cleaned: Sequence[tuple[Decider, dict[_Key, Read]]]) -> None:
    """Embed what was cleaned, each text once, and have each who decides remember it."""
    missing: dict[Embedder, dict[str, None]] = {}
    for decider, reads in cleaned:
        decider._read.update(reads)  # or it would be cleaned again, once its vectors have come
        for read in reads.values():
            missing.setdefault(decider._embedder(read), {}).update(dict.fromkeys(read.missing()))
    found: dict[Embedder, dict[str, Vectors]] = {}
    for embedder, texts in missing.items():
        vectors = embedder.encode([*texts]) if texts else ()
        # A row of its own: a view would keep all of the batch in memory.
        found[embedder] = {text: row.copy() for text, row in zip(texts, vectors, strict=True)}
    for decider, reads in cleaned:
        for key, read in reads.items():
            reads[key] = read.embedded(found[decider._embedder(read)])
        decider._read.update(reads)
