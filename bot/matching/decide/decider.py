"""Utterance → decision: read, rank, compare with the thresholds, ask the guards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from bot.domain import Decision
from bot.matching.decide.language import ForeignEntries
from bot.matching.decide.reading import KeptReading, Rules
from bot.matching.decide.thresholds import Policy
from bot.matching.encoder.encoder import Embedder
from bot.matching.score.ranker import Match, Ranker, Read
from bot.matching.text.normalise import MAX_UTTERANCE_CHARS, Synonyms, has_words
from bot.matching.text.questions import clauses, sentences

_REMEMBERED = 512  # utterances, cleaned; a batch has 128 at most, few of them with several parts


class Decider:
    """Decides on utterances, each by itself.

    Args:
        embedder: for utterances; of the model that made the FAQ's vectors.
        synonyms: cleans utterances as phrasings were cleaned.
        foreign: the entries in other languages than a person's.
    """

    def __init__(
        self,
        embedder: Embedder,
        ranker: Ranker,
        synonyms: Synonyms,
        policy: Policy,
        foreign: ForeignEntries | None = None,
    ) -> None:
        self._embedder = embedder
        self._ranker = ranker
        self._synonyms = synonyms
        self._policy = policy
        self._foreign = ForeignEntries() if foreign is None else foreign
        # What was read ahead, with others, is not cleaned again when its turn comes.
        self._cleaned: dict[str, Read] = {}

    @property
    def policy(self) -> Policy:
        """What scores are compared with."""
        return self._policy

    def decide(self, utterance: str, lang: str | None = None) -> Decision:
        """Decide on one utterance, of any length and content."""
        return self.decide_all([utterance], lang)[0]

    def decide_all(self, utterances: Sequence[str], lang: str | None = None) -> list[Decision]:
        """Decide on each utterance; faster than one by one.

        Args:
            lang: the code of the language of the person who asks; None if unknown.
        """
        foreign = self._foreign.to(lang)
        rules = Rules(self._policy)
        matches = self.match_all(utterances, foreign)
        return [
            rules.decide(_LiveReading(utterance, whole, foreign, self))
            for utterance, whole in zip(utterances, matches, strict=True)
        ]

    def read_all(
        self,
        utterances: Sequence[str],
        lang: str | None = None,
        without: Sequence[frozenset[str]] | None = None,
    ) -> list[KeptReading]:
        """Read utterances to the end, to decide on them as often as one likes.

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
            readings.append(
                KeptReading(whole, foreign, tuple(others[:count]), tuple(others[count:]))
            )
        return readings

    def read_ahead(self, utterances: Sequence[str]) -> None:
        """Have utterances and their parts encoded together, each to be decided on soon."""
        self._read_all([text for one in utterances for text in (one, *chain(*self._parts(one)))])

    def match(self, utterance: str) -> Match:
        """Rank the entries for one utterance, of any length and content."""
        return self.match_all([utterance])[0]

    def match_all(
        self, utterances: Sequence[str], foreign: frozenset[str] = frozenset()
    ) -> list[Match]:
        """Rank the entries for each utterance, taken for one question; faster than one by one.

        Args:
            foreign: ids of the entries in other languages than the person's.
        """
        return [self._rank(read, foreign) for read in self._read_all(utterances)]

    def _parts(self, utterance: str) -> tuple[list[str], list[str]]:
        """Its sentences, and what stands around its connective, as far as they are looked at."""
        if not self._policy.careful:
            return [], []
        return sentences(utterance), clauses(utterance)

    def _read_all(self, utterances: Sequence[str]) -> list[Read]:
        """Clean and embed utterances."""
        # One character more than is read tells that there is more; all of it would fill the memory.
        reads = [self._clean(utterance[: MAX_UTTERANCE_CHARS + 1]) for utterance in utterances]
        texts = [read.text for read in reads if read.needs_vector]
        vectors = iter(self._embedder.encode(texts)) if texts else iter(())
        return [
            replace(read, vector=next(vectors)) if read.needs_vector else read for read in reads
        ]

    def _clean(self, utterance: str) -> Read:
        known = self._cleaned.get(utterance)
        if known is not None:
            return known
        cut = utterance[:MAX_UTTERANCE_CHARS]
        text = self._synonyms.apply(cut)
        read = self._ranker.prepare(text) if has_words(text) else Read("", needs_vector=False)
        if len(cut) < len(utterance):
            remark = f"only the first {MAX_UTTERANCE_CHARS:,} characters were read"
            read = replace(read, remarks=(remark, *read.remarks))
        if len(self._cleaned) >= _REMEMBERED:
            del self._cleaned[next(iter(self._cleaned))]
        self._cleaned[utterance] = read
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


@dataclass(frozen=True, slots=True)
class _LiveReading:
    """A `Reading` whose parts are read when they are asked for: most messages never are."""

    utterance: str
    whole: Match
    foreign: frozenset[str]
    decider: Decider

    def sentences(self) -> Sequence[Match]:
        return self.decider.match_all(sentences(self.utterance), self.foreign)

    def clauses(self) -> Sequence[Match]:
        return self.decider.match_all(clauses(self.utterance), self.foreign)
