"""The parts that decide, wired: what a bot is, without any conversation."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain import Decision, Faq
from bot.files.config.settings import Settings
from bot.matching.decide.confidence import Calibration
from bot.matching.decide.known_words import KnownWords
from bot.matching.decider import Decider, read_ahead
from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.vector_cache import KeptVectors
from bot.matching.index import IN_MEMORY, Indexes
from bot.matching.language import Routes
from bot.matching.score.measured import Measured
from bot.matching.score.wordings import OddWords, Wordings
from bot.matching.second_encoder import SecondReader
from bot.matching.text import TypoRepair

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Matcher:
    """The parts that decide, wired. Use it from one thread: the one that built it.

    Attributes:
        encoder: the loaded model, which outlives a change of the FAQ.
        fingerprint: of FAQ, model and settings; every decision carries it.
        measured: what the blended score measured on the FAQ; None with the plain cosine.
        wordings: of the FAQ, which both encoders' rankers share.
        vectors: of the wordings, by the first encoder.
        is_read: whether the first encoder can read each of the wordings.
        typos, odd: what looks at single words of messages: their spelling, and which one differs.
        known_words: those that the FAQ has.
        calibration: from scores to confidence; None where none was tuned for these scores.
        stale: what differs from what the thresholds were tuned on, in one line; None for nothing.
        is_provisional: it serves with measurements of the FAQ before its own; see `measure`.
        routes: tell the messages that the second encoder has to read; None where none is wanted.
        second: the second encoder; None where none is wanted, or it is not loaded yet.
        indexes: where phrasings are searched.
    """

    settings: Settings
    faq: Faq
    decider: Decider
    encoder: Encoder
    model_fingerprint: str
    fingerprint: str
    measured: Measured | None
    wordings: Wordings
    vectors: KeptVectors
    is_read: Sequence[bool]
    typos: TypoRepair
    odd: OddWords
    known_words: KnownWords
    calibration: Calibration | None = None
    stale: str | None = None
    is_provisional: bool = False
    routes: Routes | None = None
    second: SecondReader | None = None
    indexes: Indexes = IN_MEMORY

    @property
    def is_complete(self) -> bool:
        """Whether the second encoder is loaded where it is wanted; see `complete`."""
        return self.routes is None or self.second is not None

    def lacks(self, utterances: Iterable[str], lang: str | None = None) -> bool:
        """Whether one of them is for the second encoder, which is not loaded yet."""
        routes = self.routes
        if routes is None or self.second is not None:
            return False
        return any(routes.is_for_second(routes.language(one, lang)) for one in utterances)

    def decide(
        self, utterance: str, lang: str | None = None, without: frozenset[str] = frozenset()
    ) -> Decision:
        """Decide on one utterance of a person of some language, of any length and content."""
        return self.decide_all([utterance], lang, without)[0]

    def decide_all(
        self,
        utterances: Sequence[str],
        lang: str | None = None,
        without: frozenset[str] = frozenset(),
    ) -> list[Decision]:
        """One decision per utterance, without any conversation around it.

        Args:
            lang: the code of the language of the person who asks; None if unknown.
            without: ids of entries that are taken not to exist.
        """
        decisions = self.decider.decide_all(utterances, lang, without)
        for utterance, decision in zip(utterances, decisions, strict=True):
            near = ", ".join(f"{hit.entry_id} {hit.score:.4f}" for hit in decision.candidates)
            told = (decision.action.value, decision.reason, near, utterance)
            logger.debug("%s: %s; candidates %s; text %r", *told)
        return decisions

    def read_ahead(
        self, utterances: Sequence[str], readers: Sequence[Matcher] | None = None
    ) -> int:
        """Encode utterances together, the first so many; see `read_ahead` beside `Decider`.

        Args:
            readers: who decides on each; None: this one on all.
        """
        whose = [self] * len(utterances) if readers is None else readers
        deciders = (each.decider for each in whose)
        return read_ahead(list(zip(deciders, utterances, strict=True)))
