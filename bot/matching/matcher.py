"""What decides, put together: the parts of matching around one FAQ."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain import Decision, Faq
from bot.files.config import Settings
from bot.matching.decide.confidence import Calibration
from bot.matching.decide.decider import Decider, SecondReader
from bot.matching.decide.known_words import KnownWords
from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.vector_cache import KeptVectors
from bot.matching.language import Routes
from bot.matching.score.measured import Measured
from bot.matching.score.odd_word import OddWords
from bot.matching.score.wordings import Wordings
from bot.matching.text import TypoRepair

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WordHelpers:
    """What looks at single words: their spelling, and which one differs."""

    typos: TypoRepair
    odd: OddWords


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
        words: what looks at single words of messages.
        known_words: those that the FAQ has.
        calibration: from scores to confidence; None where none was tuned for these scores.
        stale: what differs from what the thresholds were tuned on, in one line; None for nothing.
        is_provisional: it serves with measurements of the FAQ before its own; see `measure`.
        routes: tell the messages that the second encoder has to read; None where none is wanted.
        second: the second encoder; None where none is wanted, or it is not loaded yet.
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
    words: WordHelpers
    known_words: KnownWords
    calibration: Calibration | None = None
    stale: str | None = None
    is_provisional: bool = False
    routes: Routes | None = None
    second: SecondReader | None = None

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

    def decide(self, utterance: str, lang: str | None = None) -> Decision:
        """Decide on one utterance of a person of some language, of any length and content."""
        return self.decide_all([utterance], lang)[0]

    def decide_all(self, utterances: Sequence[str], lang: str | None = None) -> list[Decision]:
        """One decision per utterance, without any conversation around it.

        Args:
            lang: the code of the language of the person who asks; None if unknown.
        """
        decisions = self.decider.decide_all(utterances, lang)
        for utterance, decision in zip(utterances, decisions, strict=True):
            logger.debug(
                "%s: %s; candidates %s; text %r",
                decision.action.value,
                decision.reason,
                ", ".join(f"{hit.entry_id} {hit.score:.4f}" for hit in decision.candidates),
                utterance,
            )
        return decisions

    def read_ahead(self, utterances: Sequence[str]) -> int:
        """Encode utterances together; each is then decided on without being encoded again.

        Returns:
            How many: the first so many.
        """
        return self.decider.read_ahead(utterances)
