"""Settings and FAQ → the running parts. The only file that names concrete classes."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.conversation import Conversation
from bot.domain import Decision, Faq
from bot.files.config import Score, Settings
from bot.matching.blended_build import build_blended
from bot.matching.cosine import CosineRanker
from bot.matching.decider import Decider
from bot.matching.decision import NEAR, NEAR_IN_COSINE, Policy
from bot.matching.embedder import Encoder, load_encoder
from bot.matching.fit_cache import FitCache, Measured
from bot.matching.index import FlatIndex, PhrasingVectors
from bot.matching.matcher import Matcher
from bot.matching.normalise import Synonyms
from bot.matching.ranking import Ranker
from bot.matching.scale_record import ScaleRecord, content_of, save_record
from bot.matching.vector_cache import VectorCache
from bot.matching.weights import find_model

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bot:
    """The parts, wired. Use it from one thread: the one that built it.

    Attributes:
        measured: what the blended score measured on the FAQ; None with the plain cosine.
    """

    settings: Settings
    faq: Faq
    matcher: Matcher
    decider: Decider
    measured: Measured | None

    def decide_all(self, utterances: Sequence[str]) -> list[Decision]:
        """One decision per utterance, without any conversation around it."""
        decisions = self.decider.decide_all(utterances)
        for utterance, decision in zip(utterances, decisions, strict=True):
            logger.debug(
                "%s: %s; candidates %s; text %r",
                decision.action.value,
                decision.reason,
                ", ".join(f"{hit.entry_id} {hit.score:.4f}" for hit in decision.candidates),
                utterance,
            )
        return decisions

    @cached_property
    def conversation(self) -> Conversation:
        """The bot's conversations, one for all chats."""
        return Conversation(
            self.faq, lambda utterance: self.decide_all([utterance])[0], self.settings.phrasebook
        )


def build(settings: Settings, faq: Faq) -> Bot:
    """Load the model, encode what the cache lacks, and wire the parts.

    Raises:
        ModelError: the configured model cannot be had.
    """
    started = time.perf_counter()
    model = find_model(settings.model)
    encoder = load_encoder(model.path)
    bot = assemble(settings, faq, encoder, model.fingerprint)
    logger.info(
        "ready: %d entries, %d wordings, model %s, %.1f s",
        len(faq.entries),
        sum(len(entry.wordings) for entry in faq.entries),
        settings.model,
        time.perf_counter() - started,
    )
    return bot


def assemble(settings: Settings, faq: Faq, encoder: Encoder, model_fingerprint: str) -> Bot:
    """Wire the parts around a loaded encoder."""
    normalise = Synonyms(dict(settings.synonyms)).apply
    # In a fixed order, so that the order of files and entries makes no difference.
    rows = sorted((entry.id, wording) for entry in faq.entries for wording in entry.wordings)
    texts = [normalise(wording) for _, wording in rows]
    name = _digest(str(settings.faq.resolve()), model_fingerprint)[:16]
    embedded = PhrasingVectors(
        vectors=VectorCache(settings.cache, name, model_fingerprint).vectors(
            texts, encoder.phrasings
        ),
        entry_ids=[entry_id for entry_id, _ in rows],
        phrasings=[wording for _, wording in rows],
    )
    measured: Measured | None = None
    ranker: Ranker
    if settings.score is Score.COSINE:
        ranker = CosineRanker(FlatIndex(embedded.vectors), embedded)
    else:
        content = _digest(model_fingerprint, repr(list(zip(rows, texts, strict=True))))
        cache = FitCache(settings.cache, name, f"{content}:{settings.head}")
        ranker, measured = build_blended(
            embedded, texts, encoder, FlatIndex, cache, use_head=settings.head
        )
        _record_scale(settings, faq, measured)
    policy = Policy(
        thresholds=settings.thresholds,
        own={entry.id: entry.thresholds for entry in faq.entries if entry.thresholds is not None},
        choices=settings.follow_up_choices,
        near=NEAR_IN_COSINE if settings.score is Score.COSINE else NEAR,
        fingerprint=_digest(model_fingerprint, repr(_decisive(settings, faq)))[:12],
    )
    matcher = Matcher(encoder.utterances, ranker, normalise)
    decider = Decider(matcher, policy, careful=settings.score is not Score.COSINE)
    return Bot(settings, faq, matcher, decider, measured)


def _record_scale(settings: Settings, faq: Faq, measured: Measured) -> None:
    fit = measured.fit
    scale = measured.spelled if fit is None else fit.scale
    record = ScaleRecord(
        content=content_of(settings, faq),
        follow_up=scale.follow_up,
        answer=scale.answer,
        impostors=scale.impostors,
        head=fit is not None and fit.head is not None,
    )
    save_record(settings, record)


def _decisive(settings: Settings, faq: Faq) -> object:
    """What of settings and FAQ a decision depends on, whatever the order and place of entries."""
    entries = sorted((entry.id, entry.wordings, repr(entry.thresholds)) for entry in faq.entries)
    return (
        settings.score.value,
        settings.head,
        settings.thresholds,
        settings.follow_up_choices,
        settings.synonyms,
        entries,
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
