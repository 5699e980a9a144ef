"""Utterance → decision: read, rank, decide by what was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from bot.domain import Decision, FaqEntry, base_language
from bot.lru import Lru
from bot.matching.decide.answer_words import AnswerWords
from bot.matching.decide.small_talk import NO_PERSON, PERSON, Meanings, Said, SmallTalk
from bot.matching.decide.thresholds import Policy, Reading, Rules
from bot.matching.encoder.encoder import Embedder, Encoder, Vocabulary, beginning
from bot.matching.encoder.vector_cache import KeptVectors
from bot.matching.language import Routes
from bot.matching.mask import without_greeting
from bot.matching.score.multilingual import MultilingualRanker
from bot.matching.score.ranker import Match, Ranker, Read
from bot.matching.text import (
    MAX_READ_CHARS,
    MAX_UTTERANCE_CHARS,
    Synonyms,
    clauses,
    has_words,
    normalise,
    sentences,
)

_Key = tuple[str, str | None]  # a text, and its language where the second encoder reads it
_NEAR_PHRASING = 0.7  # a cosine from which small talk gives way to an answer
_MAX_ASKED = 5  # entries that are asked about at once
_REMEMBERED = 1_024  # texts: the utterances and parts of one batch, and what many ask
# Of one utterance, its parts and what it was before its typing errors were repaired included. An
# ordinary one has 10 to 60, and the longest takes no more time than some ten of those.
MAX_TOKENS = 256
_CHARS_AHEAD = 2_048  # read together; whoever comes in meanwhile waits for all of them


class ForeignEntries:
    """The entries in other languages than a person's.

    A person is shown entries of their own language, and those that name none, before any other.
    Where the FAQ has no entry in their language, or the language is unknown, nobody is preferred.
    """

    def __init__(self, entries: Iterable[FaqEntry] = ()) -> None:
        spoken = {
            entry.id: base_language(entry.lang) for entry in entries if entry.lang is not None
        }
        self._by_language: Mapping[str, frozenset[str]] = {
            own: frozenset(entry_id for entry_id, language in spoken.items() if language != own)
            for own in set(spoken.values())
        }

    def to(self, lang: str | None) -> frozenset[str]:
        """The ids of the entries that are foreign to a person.

        Args:
            lang: the code of the person's language, such as "zh-hans"; None if unknown.
        """
        if lang is None:
            return frozenset()
        return self._by_language.get(base_language(lang), frozenset())


@dataclass(frozen=True, slots=True)
class SecondReader:
    """The second encoder, for messages in languages that the first cannot read.

    Attributes:
        encoder: the loaded model, which outlives a change of the FAQ.
        ranker: over the same FAQ.
        vectors: of the FAQ's wordings.
        talk: small talk by its vectors; None where it is switched off.
    """

    encoder: Encoder
    ranker: MultilingualRanker
    vectors: KeptVectors
    talk: Meanings | None = None


class Decider:
    """Decides on utterances, each by itself.

    Args:
        encoder: the model that made the FAQ's vectors.
        synonyms: cleans utterances as phrasings were cleaned.
        answers: finds entries by what stands in their answers alone; None finds none.
        routes: tell the messages for the second encoder; None where one encoder reads everything.
        second: None while it is not loaded, too.
        talk: tells small talk, by the first encoder's vectors; None where it is switched off.
    """

    def __init__(
        self,
        encoder: Encoder,
        ranker: Ranker,
        synonyms: Synonyms,
        policy: Policy,
        foreign: ForeignEntries,
        answers: AnswerWords | None = None,
        routes: Routes | None = None,
        second: SecondReader | None = None,
        talk: SmallTalk | None = None,
    ) -> None:
        self._encoder = encoder
        self._ranker: Ranker = ranker
        self._synonyms = synonyms
        self.policy = policy
        self._foreign = foreign
        self.answers = AnswerWords() if answers is None else answers
        self._routes = routes
        self._second = second
        self.talk = talk
        if talk is not None and second is not None:
            self.talk = talk.with_second(second.talk)
        # What was read ahead, with others, is not read again when its turn comes.
        self._read: Lru[_Key, Read] = Lru(_REMEMBERED)
        self._languages: Lru[_Key, str | None] = Lru(_REMEMBERED)

    def with_second(self, second: SecondReader) -> Decider:
        """The same with the second encoder."""
        return Decider(
            *(self._encoder, self._ranker, self._synonyms, self.policy, self._foreign),
            *(self.answers, self._routes, second, self.talk),
        )

    def decide(self, utterance: str, lang: str | None = None) -> Decision:
        """Decide on one utterance, of any length and content."""
        return self.decide_all([utterance], lang)[0]

    def decide_all(self, utterances: Sequence[str], lang: str | None = None) -> list[Decision]:
        """Decide on each utterance; faster than one by one.

        Args:
            lang: the code of the language of the person who asks; None if unknown.
        """
        rules = Rules(self.policy)
        return [
            self._with_language(rules.decide(reading), reading.language)
            for reading in self.read_all(utterances, lang)
        ]

    def _with_language(self, decision: Decision, language: str | None) -> Decision:
        """A decision that says which language the utterance is in."""
        if language is None or self._routes is None:
            return decision
        if not self._routes.is_for_second(language):
            return replace(decision, language=language)
        if self._second is None:
            return replace(decision, language=language, fingerprint=self.policy.without_second)
        parts = (*decision.parts, decision)
        ids = {hit.entry_id for part in parts for hit in part.candidates}
        foreign = self._second.ranker.foreign_among(ids, language)
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
        spoken = [self._language(utterance, lang) for utterance in utterances]
        gone = [frozenset[str]()] * len(utterances) if without is None else list(without)
        routes = [self._route(language) for language in spoken]
        cleaned: dict[_Key, Read] = {}
        parts = [self._parts(*one, cleaned) for one in zip(utterances, routes, strict=True)]
        texts = [
            [utterance, *its_sentences, *its_clauses]
            for utterance, (its_sentences, its_clauses) in zip(utterances, parts, strict=True)
        ]
        keys = [(text, route) for its, route in zip(texts, routes, strict=True) for text in its]
        reads = iter(self._read_all(keys, cleaned))
        readings = []
        for its_texts, its_gone, (its_sentences, _), language in zip(
            texts, gone, parts, spoken, strict=True
        ):
            foreign = self._foreign_to(self._route(language), lang)
            its_reads = [next(reads) for _ in its_texts]
            whole, *others = [self._rank(read, foreign, its_gone) for read in its_reads]
            count = len(its_sentences)
            both = tuple(others[:count]), tuple(others[count:])
            said = None if its_gone else self._small_talk(its_texts, its_reads[: count + 1], whole)
            mentioned = self.answers.mentions(whole.text, its_gone)
            offered = self._offered(foreign, language)
            readings.append(Reading(whole, offered, *both, language, mentioned, said))
        return readings

    def _small_talk(self, texts: Sequence[str], reads: Sequence[Read], match: Match) -> Said | None:
        """What an utterance says beside questions, unless it is nearer to a phrasing of the FAQ.

        Args:
            texts: the utterance, then its sentences; `reads` are theirs.
        """
        if self.talk is None:
            return None
        sentences = list(zip(texts[1 : len(reads)], reads[1:], strict=True))
        said = self.talk.said(texts[0], reads[0], sentences)
        nearest = 1.0 if match.word_for_word else match.cosine
        if said is None or said.closeness < min(nearest, 1.0):
            return None
        is_sure = said.closeness == 1 and nearest < _NEAR_PHRASING
        if said.kind == NO_PERSON:  # near to it lie those that want one
            is_sure = not match.word_for_word
        if said.kind != PERSON:
            return replace(said, is_sure=is_sure)
        asking = self.talk.asking(PERSON)
        is_near = any(hit.entry_id in asking for hit in match.hits[:_MAX_ASKED])
        own = () if match.own is None else match.own.hits
        for hits in (own, match.hits):
            theirs = [hit for hit in hits if hit.entry_id in asking]
            if theirs:  # the one that is most about that: managers are asked for to complain, too
                entry = max(theirs, key=lambda hit: asking[hit.entry_id])
                return replace(said, is_sure=is_sure and not is_near, entry=entry)
        return replace(said, is_sure=is_sure)

    def read_ahead(self, utterances: Sequence[str]) -> int:
        """Have the first of some utterances encoded together, each to be decided on soon.

        Returns:
            How many: at least one, and no more than can be encoded while others wait.
        """
        keys: list[_Key] = []
        cleaned: dict[_Key, Read] = {}
        room, count = _CHARS_AHEAD, 0
        for one in utterances:
            route = self._route(self._language(one, None))
            own = [(text, route) for text in (one, *chain(*self._parts(one, route, cleaned)))]
            room -= sum(len(text) for key in own for text in self._once(key, cleaned).texts())
            if room < 0 and keys:
                break
            keys += own
            count += 1
        self._read_all(keys, cleaned)
        return count

    def _language(self, utterance: str, lang: str | None) -> str | None:
        """The language of an utterance; None where it is unknown, or makes no difference."""
        if self._routes is None:
            return None
        key = (utterance[: MAX_UTTERANCE_CHARS + 1], lang)
        if key not in self._languages:
            self._languages[key] = self._routes.language(utterance, lang)
        return self._languages[key]

    def _route(self, language: str | None) -> str | None:
        """The language in which the second encoder reads an utterance; None: the first reads it."""
        if self._routes is None or self._second is None:
            return None
        return language if self._routes.is_for_second(language) else None

    def _offered(self, foreign: frozenset[str], language: str | None) -> frozenset[str]:
        """The foreign entries that may be offered beside others: all, or none.

        Where the FAQ has nothing in the language that the second encoder reads, one in a third
        language is no better than one in that of the FAQ.
        """
        if self._second is None or (route := self._route(language)) is None:
            return foreign
        return foreign if self._second.ranker.has(route) else frozenset()

    def _foreign_to(self, route: str | None, lang: str | None) -> frozenset[str]:
        """The entries that others come before.

        Args:
            route: see `_route`.
            lang: the person's.
        """
        if route is None or self._second is None:
            return self._foreign.to(lang)
        return self._second.ranker.foreign_to(route)

    def _parts(
        self, utterance: str, route: str | None, cleaned: dict[_Key, Read]
    ) -> tuple[list[str], list[str]]:
        """Its sentences, and what stands around its connective, as far as they are looked at.

        A long utterance is read as a whole: its parts would have to be embedded beside it.

        Args:
            route: see `_route`.
            cleaned: what was cleaned for this call, to which it adds.
        """
        if not self.policy.careful or len(utterance) > MAX_READ_CHARS:
            return [], []
        asked = without_greeting(utterance)  # which is no part of a question, and none of its own
        found: list[list[str]] = []
        taken = [utterance]
        for parts in (sentences(asked), clauses(asked)):
            reads = [self._once((text, route), cleaned) for text in (*taken, *parts)]
            texts = [text for read in reads for text in read.texts()]
            fits = not parts or _fits(texts, self._vocabulary(route))
            found.append(parts if fits else [])
            taken += found[-1]
        return found[0], found[1]

    def _once(self, key: _Key, cleaned: dict[_Key, Read]) -> Read:
        """A text as it is read; cleaned only where that was not done already."""
        if key not in cleaned:
            cleaned[key] = self._read.get(_cut(key)) or self._clean(*_cut(key))
        return cleaned[key]

    def _vocabulary(self, route: str | None) -> Vocabulary:
        if route is None or self._second is None:
            return self._encoder.vocabulary
        return self._second.encoder.vocabulary

    def _read_all(self, keys: Sequence[_Key], cleaned: dict[_Key, Read]) -> list[Read]:
        """Clean and embed texts, each once.

        Args:
            cleaned: see `_parts`.
        """
        reads = {_cut(key): self._once(key, cleaned) for key in keys}
        first = [key for key in reads if reads[key].language is None]
        self._embed(reads, first, self._encoder.utterances)
        if self._second is not None:
            theirs = [key for key in reads if reads[key].language is not None]
            self._embed(reads, theirs, self._second.encoder.utterances)
        for key, read in reads.items():
            self._read[key] = read
        return [reads[_cut(key)] for key in keys]

    def _embed(self, reads: dict[_Key, Read], keys: Sequence[_Key], embedder: Embedder) -> None:
        missing = list(dict.fromkeys(text for key in keys for text in reads[key].missing()))
        if not missing:
            return
        vectors = embedder.encode(missing)
        # A row of its own: a view would keep all of the batch in memory.
        by_text = {text: row.copy() for text, row in zip(missing, vectors, strict=True)}
        for key in keys:
            reads[key] = reads[key].embedded(by_text)

    def _clean(self, utterance: str, language: str | None) -> Read:
        # Cut once it is cleaned: one character can stand for eighteen, and a word for a sentence.
        plain = normalise(utterance[:MAX_UTTERANCE_CHARS])
        whole = self._synonyms.apply(plain[:MAX_READ_CHARS])
        vocabulary = self._vocabulary(language)
        text = beginning(whole[:MAX_READ_CHARS], MAX_TOKENS, vocabulary)
        if not has_words(text):
            read = Read("", needs_vector=False)
        elif language is None or self._second is None:
            read = self._ranker.prepare(text)
        else:
            read = replace(self._second.ranker.prepare(text), language=language)
        if read.as_typed is not None and not _fits(read.texts(), vocabulary):
            read = read.as_typed
        is_cut = len(utterance) > MAX_UTTERANCE_CHARS or len(plain) > MAX_READ_CHARS
        if is_cut or len(text) < len(whole):
            remark = f"only the first {len(text):,} characters were read"
            read = replace(read, remarks=(remark, *read.remarks))
        return read

    def _rank(
        self, read: Read, foreign: frozenset[str], gone: frozenset[str] = frozenset()
    ) -> Match:
        match = self._rank_among(read, gone)
        return replace(match, own=self._rank_among(read, foreign | gone)) if foreign else match

    def _rank_among(self, read: Read, without: frozenset[str]) -> Match:
        if not read.text:
            return Match((), (*read.remarks, "there is no letter or digit to read"))
        ranker = self._ranker
        if read.language is not None and self._second is not None:
            ranker = self._second.ranker
        match = ranker.rank(read, without)
        return replace(match, remarks=(*read.remarks, *match.remarks)) if read.remarks else match


def _cut(key: _Key) -> _Key:
    """What a text is remembered by. One character more than is read tells that there is more; all
    of it would fill the memory."""
    utterance, route = key
    return utterance[: MAX_UTTERANCE_CHARS + 1], route


def _fits(texts: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Whether texts can be embedded for one utterance."""
    if sum(len(text.encode("utf-8", "replace")) for text in texts) <= MAX_TOKENS:
        return True  # no token is shorter than a byte, so there is nothing to count
    return sum(len(vocabulary.tokens(text)) for text in texts) <= MAX_TOKENS
