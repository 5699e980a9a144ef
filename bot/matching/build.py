"""The door of matching: settings and FAQ → a `Matcher`, which decides on utterances.

`build_matcher` loads everything at a start. A hot reload calls `rebuild` beside the matcher that
serves; what that gives may be provisional, and `measure` then gives the matcher to be served from
then on.
"""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from bot.domain import Decision, Faq
from bot.files.config import Score, Settings
from bot.matching import fingerprint
from bot.matching.decide.confidence import Calibration
from bot.matching.decide.decider import Decider
from bot.matching.decide.language import ForeignEntries
from bot.matching.decide.thresholds import NEAR, NEAR_IN_COSINE, Policy
from bot.matching.encoder.encoder import Embedder, Encoder, Vectors
from bot.matching.encoder.load import load_encoder
from bot.matching.encoder.lru import RecentVectors
from bot.matching.encoder.vector_cache import VectorCache, extended
from bot.matching.encoder.weights import find_model
from bot.matching.index.index import PhrasingVectors
from bot.matching.index.index_cache import IndexCache
from bot.matching.policy_lock import load_lock
from bot.matching.score.carried_over import is_small_change
from bot.matching.score.cosine import CosineRanker
from bot.matching.score.fit_cache import FitCache, Measured
from bot.matching.score.groundwork import Groundwork, build_blended
from bot.matching.score.ranker import Ranker
from bot.matching.score.scale_record import ScaleRecord, content_of, save_record
from bot.matching.text.normalise import Synonyms

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Of the settings: what only a restart changes.
NEEDS_RESTART = ("model", "encoder", "threads", "store", "telegram")


@dataclass(frozen=True)
class Matcher:
    """The parts that decide, wired. Use it from one thread: the one that built it.

    Attributes:
        encoder: the loaded model, which outlives a change of the FAQ.
        fingerprint: of FAQ, model and settings; every decision carries it.
        measured: what the blended score measured on the FAQ; None with the plain cosine.
        calibration: from scores to confidence; None where none was tuned for these scores.
        drift: what differs from what the thresholds were tuned on, in one line; None for nothing.
        groundwork: what the next matcher may be built of; None with the plain cosine.
        is_provisional: it serves with measurements of the FAQ before its own; see `measure`.
    """

    settings: Settings
    faq: Faq
    decider: Decider
    encoder: Encoder
    model_fingerprint: str
    fingerprint: str
    measured: Measured | None
    calibration: Calibration | None = None
    drift: str | None = None
    groundwork: Groundwork | None = None
    is_provisional: bool = False

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

    def read_ahead(self, utterances: Sequence[str]) -> None:
        """Encode utterances together; each is then decided on without being encoded again."""
        self.decider.read_ahead(utterances)


class Turns(Protocol):
    """The thread that serves, which lends itself between two messages."""

    def in_turn(self, function: Callable[[], T], /) -> T:
        """Have a function run there, and wait for what it gives."""
        ...


@dataclass(frozen=True)
class Rebuilt:
    """A matcher of changed files.

    Attributes:
        needs_restart: the keys of config.yaml whose change does not show in `matcher`.
    """

    matcher: Matcher
    needs_restart: tuple[str, ...] = ()


def build_matcher(settings: Settings, faq: Faq) -> Matcher:
    """Load the model, encode what the cache lacks, and wire the parts.

    Raises:
        ModelError: the configured model cannot be had.
    """
    started = time.perf_counter()
    model = find_model(settings.model, settings.cache)
    encoder = load_encoder(model, settings.cache, settings.encoder, settings.threads)
    matcher = assemble(settings, faq, encoder, model.fingerprint)
    logger.info(
        "ready: %d entries, %d wordings, model %s, %.1f s",
        len(faq.entries),
        sum(len(entry.wordings) for entry in faq.entries),
        settings.model,
        time.perf_counter() - started,
    )
    _log_drift(matcher)
    # What was loaded stays. Python would go through all of it again and again for garbage, which
    # holds up messages, and takes a third of the time in which a changed FAQ is read.
    gc.freeze()
    return matcher


def rebuild(before: Matcher, settings: Settings, faq: Faq, turns: Turns) -> Rebuilt:
    """Build a matcher of changed files beside the one that serves.

    Where the FAQ is large and little of it changed, it serves with the measurements of the one
    before (`Matcher.is_provisional`) until `measure` is done.

    Args:
        turns: the encoder is used there only, a few texts at a time, so that nobody waits for the
            whole FAQ.
    """
    changed = tuple(
        key for key in NEEDS_RESTART if getattr(settings, key) != getattr(before.settings, key)
    )
    settings = replace(settings, **{key: getattr(before.settings, key) for key in changed})
    carry_over = _may_carry_over(before, settings, faq)
    matcher = _beside(before, settings, faq, turns, carry_over=carry_over)
    _log_drift(matcher)
    return Rebuilt(matcher, changed)


def measure(provisional: Matcher, turns: Turns) -> Matcher:
    """The same matcher with measurements of its own, in place of those of the FAQ before.

    It takes seconds, and runs beside the one that serves.
    """
    return _beside(provisional, provisional.settings, provisional.faq, turns, carry_over=False)


def _beside(
    before: Matcher, settings: Settings, faq: Faq, turns: Turns, *, carry_over: bool
) -> Matcher:
    encoder = before.encoder  # what is built keeps this, and must not keep the whole matcher
    shared = replace(encoder, phrasings=_InTurn(encoder.phrasings, turns))
    built = assemble(
        settings, faq, shared, before.model_fingerprint, before=before, carry_over=carry_over
    )
    return replace(built, encoder=encoder)


def _may_carry_over(before: Matcher, settings: Settings, faq: Faq) -> bool:
    """Whether little enough changed to serve with the measurements of the FAQ before it."""
    fixed = ("score", "head", "synonyms", "faq", "cache")
    if before.groundwork is None or any(
        getattr(settings, name) != getattr(before.settings, name) for name in fixed
    ):
        return False
    then = {(entry.id, wording) for entry in before.faq.entries for wording in entry.wordings}
    now = {(entry.id, wording) for entry in faq.entries for wording in entry.wordings}
    return is_small_change(then, now)


class _InTurn:
    """An `Embedder` that takes turns with the messages."""

    def __init__(self, embedder: Embedder, turns: Turns) -> None:
        self._embedder = embedder
        self._turns = turns

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; see `Embedder.encode`."""
        return self._turns.in_turn(lambda: self._embedder.encode(texts))


def assemble(
    settings: Settings,
    faq: Faq,
    encoder: Encoder,
    model_fingerprint: str,
    *,
    before: Matcher | None = None,
    carry_over: bool = False,
) -> Matcher:
    """Wire the parts around a loaded encoder.

    Args:
        before: a matcher over much the same FAQ, with the same model, of which to take what did
            not change.
        carry_over: take its measurements too, and write nothing: what is built is to serve until
            the FAQ is measured. Its fingerprint is its own.
    """
    synonyms = Synonyms(dict(settings.synonyms))
    # In a fixed order, so that the order of files and entries makes no difference.
    rows = sorted((entry.id, wording) for entry in faq.entries for wording in entry.wordings)
    groundwork = None if before is None else before.groundwork
    texts = _cleaned(rows, synonyms, settings, before)
    name = fingerprint.cache_name(settings.faq, model_fingerprint)
    vectors = VectorCache(settings.cache, name, model_fingerprint)
    embedded = PhrasingVectors(
        vectors=vectors.vectors(texts, encoder.phrasings)
        if groundwork is None
        else extended(texts, encoder.phrasings, groundwork.texts, groundwork.embedded.vectors),
        entry_ids=[entry_id for entry_id, _ in rows],
        phrasings=[wording for _, wording in rows],
    )
    if before is None or groundwork is None or carry_over:
        pass  # saved by the cache itself, or later
    elif before.is_provisional or texts != groundwork.texts:
        vectors.keep(texts, embedded.vectors)
    measured: Measured | None = None
    ranker: Ranker
    indexes = IndexCache(settings.cache, name)
    if settings.score is Score.COSINE:
        ranker, groundwork = CosineRanker(indexes.index(embedded.vectors), embedded), None
    else:
        content = fingerprint.of_measurements(
            [] if carry_over else rows,  # what is carried over is not kept, so it needs no name
            [] if carry_over else texts,
            model_fingerprint,
            use_head=settings.head,
        )
        ranker, groundwork = build_blended(
            embedded,
            texts,
            encoder,
            indexes.index,
            FitCache(settings.cache, name, content),
            use_head=settings.head,
            before=groundwork,
            carry_over=carry_over,
        )
        measured = groundwork.measured
        if not carry_over:
            _record_scale(settings, faq, measured)
    own_fingerprint = fingerprint.of_decisions(settings, faq, model_fingerprint)
    if carry_over and before is not None:
        own_fingerprint = fingerprint.of_provisional(own_fingerprint, before.fingerprint)
    policy = Policy(
        thresholds=settings.thresholds,
        own={entry.id: entry.thresholds for entry in faq.entries if entry.thresholds is not None},
        choices=settings.follow_up_choices,
        near=NEAR_IN_COSINE if settings.score is Score.COSINE else NEAR,
        careful=settings.score is not Score.COSINE,
        fingerprint=own_fingerprint,
    )
    embedder = RecentVectors(encoder.utterances)
    calibration, drift = _tuned(settings, faq, model_fingerprint)
    return Matcher(
        settings=settings,
        faq=faq,
        decider=Decider(embedder, ranker, synonyms, policy, ForeignEntries(faq.entries)),
        encoder=encoder,
        model_fingerprint=model_fingerprint,
        fingerprint=policy.fingerprint,
        measured=measured,
        calibration=calibration,
        drift=drift,
        groundwork=groundwork,
        is_provisional=carry_over,
    )


def _tuned(
    settings: Settings, faq: Faq, model_fingerprint: str
) -> tuple[Calibration | None, str | None]:
    """The calibration that holds, and what changed since the thresholds were tuned."""
    try:
        lock = load_lock(settings.lock)
    except ValueError as error:
        told = f"{settings.lock}: it cannot be read ({error}). Delete it, or tune again."
        return None, told
    if lock is None:
        return None, None
    now = fingerprint.of_scores(settings, faq, model_fingerprint)
    return lock.calibration_for(now), lock.drift(settings.thresholds, now)


def _log_drift(matcher: Matcher) -> None:
    if matcher.drift is not None:
        logger.warning("%s", matcher.drift)


def _cleaned(
    rows: Sequence[tuple[str, str]],
    synonyms: Synonyms,
    settings: Settings,
    before: Matcher | None,
) -> list[str]:
    """The cleaned wordings; those that were cleaned before in the same way, are not again."""
    known: dict[str, str] = {}
    if (
        before is not None
        and before.groundwork is not None
        and before.settings.synonyms == settings.synonyms
    ):
        known.update(
            zip(before.groundwork.embedded.phrasings, before.groundwork.texts, strict=True)
        )
    return [known[wording] if wording in known else synonyms.apply(wording) for _, wording in rows]


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
