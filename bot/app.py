"""Settings and FAQ → the running parts. The only file that names concrete classes."""

from __future__ import annotations

import gc
import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.conversation.conversation import Conversation
from bot.domain import Decision, Faq
from bot.files.config import EncoderKind, Score, Settings
from bot.files.policy_lock import Calibration, fingerprints_of, load_lock
from bot.matching.build import Groundwork, build_blended
from bot.matching.decide.decider import Decider
from bot.matching.decide.language import Foreign
from bot.matching.decide.matcher import Matcher
from bot.matching.decide.thresholds import NEAR, NEAR_IN_COSINE, Policy
from bot.matching.encoder.encoder import Embedder, Encoder, Vectors
from bot.matching.encoder.load import load_encoder
from bot.matching.encoder.lru import RecentVectors
from bot.matching.encoder.vector_cache import VectorCache, extended
from bot.matching.encoder.weights import find_model
from bot.matching.index.index import PhrasingVectors
from bot.matching.index.index_cache import IndexCache
from bot.matching.score.carried_over import is_small_change
from bot.matching.score.cosine import CosineRanker
from bot.matching.score.fit_cache import FitCache, Measured
from bot.matching.score.ranker import Ranker
from bot.matching.score.scale_record import ScaleRecord, content_of, save_record
from bot.matching.text.normalise import Synonyms
from bot.store.async_store import AsyncInbox, AsyncStore
from bot.store.inbox import Inbox
from bot.store.store import Store
from bot.store.store_thread import Trouble

logger = logging.getLogger(__name__)

_FIXED = (
    "model",
    "encoder",
    "threads",
    "store",
    "telegram",
)  # of the settings: what only a restart changes


@dataclass(frozen=True)
class Bot:
    """The parts, wired. Use it from one thread: the one that built it.

    Attributes:
        encoder: the loaded model, which outlives a change of the FAQ.
        fingerprint: of FAQ, model and settings; every decision carries it.
        measured: what the blended score measured on the FAQ; None with the plain cosine.
        calibration: from scores to confidence; None where none was tuned for these scores.
        drift: what differs from what the thresholds were tuned on, in one line; None for nothing.
        groundwork: what the next bot may be built of; None with the plain cosine.
        is_provisional: it serves with measurements of the FAQ before its own.
    """

    settings: Settings
    faq: Faq
    matcher: Matcher
    decider: Decider
    encoder: Encoder
    model_fingerprint: str
    fingerprint: str
    measured: Measured | None
    calibration: Calibration | None = None
    drift: str | None = None
    groundwork: Groundwork | None = None
    is_provisional: bool = False

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

    def decide(self, utterance: str, lang: str | None = None) -> Decision:
        """The decision on one utterance of a person of some language."""
        return self.decide_all([utterance], lang)[0]

    def read_ahead(self, utterances: Sequence[str]) -> None:
        """Encode utterances together; each is then decided on without being encoded again."""
        self.decider.read_ahead(utterances)

    def converse(self, memory: AsyncStore | None = None) -> Conversation:
        """New conversations over this bot.

        Args:
            memory: what keeps decisions; None: nothing is kept.
        """
        return Conversation(self.faq, self.decide, self.settings.phrasebook, memory)


@dataclass(frozen=True)
class Renewal:
    """The files, read anew.

    Attributes:
        needs_restart: the keys of config.yaml whose change does not show in `bot`.
        settle: where `bot` serves with measurements of the FAQ before it, as a large FAQ of which
            little changed does: measures and gives the bot to be served from then on. It takes
            seconds, and runs beside the one that serves.
    """

    bot: Bot
    needs_restart: tuple[str, ...]
    settle: Callable[[], Bot] | None = None


def remember(settings: Settings, trouble: Trouble | None = None) -> AsyncStore:
    """The bot's memory as it is configured; it is opened on a thread of its own."""

    def opened() -> Store:
        from bot.store.pseudonyms import Identity
        from bot.store.sql.decisions import Database

        kept = settings.store
        identity = Identity.load(kept.key_file)
        return Database(kept.url, identity, kept.keep_text, kept.retention_days)

    return AsyncStore(opened, trouble)


def receive(settings: Settings, trouble: Trouble | None = None) -> AsyncInbox:
    """Where updates are written down until they are answered, as it is configured."""

    def opened() -> Inbox:
        from bot.store.pseudonyms import Identity
        from bot.store.sql.inbox import InboxTable

        kept = settings.store
        return InboxTable(kept.url, Identity.load(kept.key_file), kept.retention_days)

    return AsyncInbox(opened, trouble)


def renew(
    bot: Bot,
    load: Callable[[], tuple[Settings, Faq]],
    on_worker: Callable[[Callable[[], Any]], Any],
) -> Renewal:
    """Read the files anew and build a bot of them beside the one that serves.

    Args:
        load: reads the files.
        on_worker: runs something on the thread that serves, between two messages (and at once
            where it is called from there). The encoder is used there only, a few texts at a time,
            so that nobody waits for the whole FAQ.
    Raises:
        FileProblems: the files hold mistakes.
    """
    settings, faq = load()
    fixed = {name: getattr(bot.settings, name) for name in _FIXED}
    changed = tuple(name for name in _FIXED if getattr(settings, name) != fixed[name])
    settings = replace(settings, **fixed)
    encoder = bot.encoder  # what is built keeps this, and must not keep the whole bot before it
    shared = Encoder(
        utterances=encoder.utterances,
        phrasings=_Shared(encoder.phrasings, on_worker),
        unknown_share=lambda text: float(on_worker(lambda: encoder.unknown_share(text))),
        vocabulary=encoder.vocabulary,
    )

    def assembled(before: Bot, *, carry_over: bool) -> Bot:
        built = assemble(
            settings, faq, shared, bot.model_fingerprint, before=before, carry_over=carry_over
        )
        return replace(built, encoder=encoder)

    carries_over = _may_carry_over(bot, settings, faq)
    renewed = assembled(bot, carry_over=carries_over)
    _log_drift(renewed)
    settle = partial(assembled, renewed, carry_over=False) if carries_over else None
    return Renewal(renewed, changed, settle)


def _may_carry_over(bot: Bot, settings: Settings, faq: Faq) -> bool:
    """Whether little enough changed to serve with the measurements of the FAQ before it."""
    fixed = ("score", "head", "synonyms", "faq", "cache")
    if bot.groundwork is None or any(
        getattr(settings, name) != getattr(bot.settings, name) for name in fixed
    ):
        return False
    then = {(entry.id, wording) for entry in bot.faq.entries for wording in entry.wordings}
    now = {(entry.id, wording) for entry in faq.entries for wording in entry.wordings}
    return is_small_change(then, now)


class _Shared:
    """An `Embedder` that takes turns with the messages."""

    def __init__(self, embedder: Embedder, on_worker: Callable[[Callable[[], Any]], Any]) -> None:
        self._embedder = embedder
        self._on_worker = on_worker

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; see `Embedder.encode`."""
        vectors: Vectors = self._on_worker(lambda: self._embedder.encode(texts))
        return vectors


def build(settings: Settings, faq: Faq) -> Bot:
    """Load the model, encode what the cache lacks, and wire the parts.

    Raises:
        ModelError: the configured model cannot be had.
    """
    started = time.perf_counter()
    model = find_model(settings.model, settings.cache)
    encoder = load_encoder(model, settings.cache, settings.encoder, settings.threads)
    bot = assemble(settings, faq, encoder, model.fingerprint)
    logger.info(
        "ready: %d entries, %d wordings, model %s, %.1f s",
        len(faq.entries),
        sum(len(entry.wordings) for entry in faq.entries),
        settings.model,
        time.perf_counter() - started,
    )
    _log_drift(bot)
    # What was loaded stays. Python would go through all of it again and again for garbage, which
    # holds up messages, and takes a third of the time in which a changed FAQ is read.
    gc.freeze()
    return bot


def _log_drift(bot: Bot) -> None:
    if bot.drift is not None:
        logger.warning("%s", bot.drift)


def assemble(
    settings: Settings,
    faq: Faq,
    encoder: Encoder,
    model_fingerprint: str,
    *,
    before: Bot | None = None,
    carry_over: bool = False,
) -> Bot:
    """Wire the parts around a loaded encoder.

    Args:
        before: a bot over much the same FAQ, with the same model, of which to take what did not
            change.
        carry_over: take its measurements too, and write nothing: what is built is to serve until
            the FAQ is measured. Its fingerprint is its own.
    """
    normalise = Synonyms(dict(settings.synonyms)).apply
    # In a fixed order, so that the order of files and entries makes no difference.
    rows = sorted((entry.id, wording) for entry in faq.entries for wording in entry.wordings)
    groundwork = None if before is None else before.groundwork
    texts = _cleaned(rows, normalise, settings, before)
    name = _digest(str(settings.faq.resolve()), model_fingerprint)[:16]
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
        # What is carried over is not kept, so it needs no name.
        named = () if carry_over else list(zip(rows, texts, strict=True))
        content = _digest(model_fingerprint, repr(named))
        cache = FitCache(settings.cache, name, f"{content}:{settings.head}")
        ranker, groundwork = build_blended(
            embedded,
            texts,
            encoder,
            indexes.index,
            cache,
            use_head=settings.head,
            before=groundwork,
            carry_over=carry_over,
        )
        measured = groundwork.measured
        if not carry_over:
            _record_scale(settings, faq, measured)
    fingerprint = fingerprint_of(settings, faq, model_fingerprint)
    if carry_over and before is not None:
        fingerprint = _digest(fingerprint, before.fingerprint)[:12]
    policy = Policy(
        thresholds=settings.thresholds,
        own={entry.id: entry.thresholds for entry in faq.entries if entry.thresholds is not None},
        choices=settings.follow_up_choices,
        near=NEAR_IN_COSINE if settings.score is Score.COSINE else NEAR,
        fingerprint=fingerprint,
    )
    matcher = Matcher(RecentVectors(encoder.utterances), ranker, normalise)
    decider = Decider(
        matcher,
        policy,
        careful=settings.score is not Score.COSINE,
        foreign=Foreign(faq.entries),
    )
    calibration, drift = _tuned(settings, faq, model_fingerprint)
    return Bot(
        settings=settings,
        faq=faq,
        matcher=matcher,
        decider=decider,
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
    now = fingerprints_of(settings, faq, model_fingerprint)
    return lock.calibration_for(now), lock.drift(settings.thresholds, now)


def _cleaned(
    rows: Sequence[tuple[str, str]],
    normalise: Callable[[str], str],
    settings: Settings,
    before: Bot | None,
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
    return [known[wording] if wording in known else normalise(wording) for _, wording in rows]


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


def fingerprint_of(settings: Settings, faq: Faq, model_fingerprint: str) -> str:
    """Of all that a decision depends on: every decision carries it."""
    # All other ways of running a model give the same decisions.
    rounded = (EncoderKind.OPENVINO,) if settings.encoder is EncoderKind.OPENVINO else ()
    return _digest(model_fingerprint, repr(_decisive(settings, faq)), *rounded)[:12]


def _decisive(settings: Settings, faq: Faq) -> object:
    """What of settings and FAQ a decision depends on, whatever the order and place of entries."""
    entries = sorted(
        (entry.id, entry.wordings, repr(entry.thresholds), entry.lang) for entry in faq.entries
    )
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
