"""Utterance → decision: read, rank, decide by what was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from bot.domain import Decision, FaqEntry, base_language
from bot.lru import Lru
from bot.matching.decide.thresholds import Policy, Reading, Rules
from bot.matching.encoder.encoder import Embedder
from bot.matching.score.ranker import Match, Ranker, Read
from bot.matching.text import MAX_UTTERANCE_CHARS, Synonyms, clauses, has_words, sentences

_REMEMBERED = 1_024  # texts: the utterances and parts of one batch, and what many ask


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


class Decider:
    """Decides on utterances, each by itself.

    Args:
        embedder: for utterances; of the model that made the FAQ's vectors.
        synonyms: cleans utterances as phrasings were cleaned.
    """

    def __init__(
        self,
        embedder: Embedder,
        ranker: Ranker,
        synonyms: Synonyms,
        policy: Policy,
        foreign: ForeignEntries,
    ) -> None:
        self._embedder = embedder
        self._ranker = ranker
        self._synonyms = synonyms
        self.policy = policy
        self._foreign = foreign
        # What was read ahead, with others, is not read again when its turn comes.
        self._read: Lru[str, Read] = Lru(_REMEMBERED)

    def decide(self, utterance: str, lang: str | None = None) -> Decision:
        """Decide on one utterance, of any length and content."""
        return self.decide_all([utterance], lang)[0]

    def decide_all(self, utterances: Sequence[str], lang: str | None = None) -> list[Decision]:
        """Decide on each utterance; faster than one by one.

        Args:
            lang: the code of the language of the person who asks; None if unknown.
        """
        rules = Rules(self.policy)
        return [rules.decide(reading) for reading in self.read_all(utterances, lang)]

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
        foreign = self._foreign.to(lang)
        gone = [frozenset[str]()] * len(utterances) if without is None else list(without)
        parts = [self._parts(utterance) for utterance in utterances]
        texts = [
            [utterance, *its_sentences, *its_clauses]
            for utterance, (its_sentences, its_clauses) in zip(utterances, parts, strict=True)
        ]
        reads = iter(self._read_all(list(chain(*texts))))
        readings = []
        for its_texts, its_gone, (its_sentences, _) in zip(texts, gone, parts, strict=True):
            whole, *others = [self._rank(next(reads), foreign, its_gone) for _ in its_texts]
            count = len(its_sentences)
            readings.append(Reading(whole, foreign, tuple(others[:count]), tuple(others[count:])))
        return readings

    def read_ahead(self, utterances: Sequence[str]) -> None:
        """Have utterances and their parts encoded together, each to be decided on soon."""
        self._read_all([text for one in utterances for text in (one, *chain(*self._parts(one)))])

    def _parts(self, utterance: str) -> tuple[list[str], list[str]]:
        """Its sentences, and what stands around its connective, as far as they are looked at."""
        if not self.policy.careful:
            return [], []
        return sentences(utterance), clauses(utterance)

    def _read_all(self, utterances: Sequence[str]) -> list[Read]:
        """Clean and embed utterances, each once."""
        # One character more than is read tells that there is more; all of it would fill the memory.
        utterances = [utterance[: MAX_UTTERANCE_CHARS + 1] for utterance in utterances]
        reads = {one: self._read.get(one) or self._clean(one) for one in dict.fromkeys(utterances)}
        missing = list(dict.fromkeys(text for read in reads.values() for text in read.missing()))
        vectors = self._embedder.encode(missing) if missing else ()
        # A row of its own: a view would keep all of the batch in memory.
        by_text = {text: row.copy() for text, row in zip(missing, vectors, strict=True)}
        reads = {one: read.embedded(by_text) if by_text else read for one, read in reads.items()}
        for one, read in reads.items():
            self._read[one] = read
        return [reads[one] for one in utterances]

    def _clean(self, utterance: str) -> Read:
        cut = utterance[:MAX_UTTERANCE_CHARS]
        text = self._synonyms.apply(cut)
        read = self._ranker.prepare(text) if has_words(text) else Read("", needs_vector=False)
        if len(cut) < len(utterance):
            remark = f"only the first {MAX_UTTERANCE_CHARS:,} characters were read"
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
        match = self._ranker.rank(read, without)
        return replace(match, remarks=(*read.remarks, *match.remarks)) if read.remarks else match
