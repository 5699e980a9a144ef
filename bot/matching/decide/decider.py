"""Utterance → decision: match, the lines, the guards, and the parts of a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from bot.domain import Decision
from bot.matching.decide.language import Foreign
from bot.matching.decide.matcher import Matcher, Read
from bot.matching.decide.reading import KeptReading, Seen, Verdict
from bot.matching.decide.thresholds import Policy
from bot.matching.text.questions import clauses, sentences


class Decider:
    """Decides on utterances, each by itself.

    Args:
        careful: hear the guards, and look for several questions in a message. False is the plain
            rule: one score, two lines.
        foreign: the entries in other languages than a person's.
    """

    def __init__(
        self, matcher: Matcher, policy: Policy, *, careful: bool, foreign: Foreign | None = None
    ) -> None:
        self._matcher = matcher
        self._policy = policy
        self._careful = careful
        self._foreign = Foreign() if foreign is None else foreign

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
        verdict = self.verdict()
        see = partial(self._seen, foreign=foreign)
        return [
            verdict.on(_LiveReading(utterance, whole, foreign, see))
            for utterance, whole in zip(utterances, see(utterances), strict=True)
        ]

    def verdict(self, policy: Policy | None = None) -> Verdict:
        """What decides on readings of this decider.

        Args:
            policy: in place of its own.
        """
        return Verdict(self._policy if policy is None else policy, careful=self._careful)

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
        texts: list[str] = []
        owners: list[int] = []
        lengths: list[tuple[int, int]] = []
        for number, utterance in enumerate(utterances):
            its_sentences, its_clauses = self._parts(utterance)
            texts += [utterance, *its_sentences, *its_clauses]
            owners += [number] * (1 + len(its_sentences) + len(its_clauses))
            lengths.append((len(its_sentences), len(its_clauses)))
        reads = self._matcher.read_all(texts)
        seen = iter(
            [self._rank(r, foreign, gone[owner]) for r, owner in zip(reads, owners, strict=True)]
        )
        return [
            KeptReading(
                whole=next(seen),
                foreign=foreign,
                its_sentences=tuple(next(seen) for _ in range(n_sentences)),
                its_clauses=tuple(next(seen) for _ in range(n_clauses)),
            )
            for n_sentences, n_clauses in lengths
        ]

    def read_ahead(self, utterances: Sequence[str]) -> None:
        """Have utterances and their parts encoded together, each to be decided on soon."""
        self._matcher.read_all(
            [text for one in utterances for text in (one, *chain(*self._parts(one)))]
        )

    def _parts(self, utterance: str) -> tuple[list[str], list[str]]:
        """Its sentences, and what stands around its connective, as far as they are looked at."""
        return (sentences(utterance), clauses(utterance)) if self._careful else ([], [])

    def _seen(self, texts: Sequence[str], foreign: frozenset[str]) -> list[Seen]:
        """Rank messages, or the parts of one, each as a whole."""
        return [self._rank(read, foreign) for read in self._matcher.read_all(texts)]

    def _rank(
        self, read: Read, foreign: frozenset[str], gone: frozenset[str] = frozenset()
    ) -> Seen:
        among_all = self._matcher.rank(read, gone)
        own = self._matcher.rank(read, foreign | gone) if foreign else None
        return Seen(among_all, own)


@dataclass(frozen=True, slots=True)
class _LiveReading:
    """A `Reading` whose parts are read when they are asked for: most messages never are."""

    utterance: str
    whole: Seen
    foreign: frozenset[str]
    see: Callable[[Sequence[str]], list[Seen]]

    def sentences(self) -> Sequence[Seen]:
        return self.see(sentences(self.utterance))

    def clauses(self) -> Sequence[Seen]:
        return self.see(clauses(self.utterance))
