"""The door of matching: settings and FAQ → a `Matcher`, which decides on utterances.

`build_matcher` loads at a start what most messages need; `complete` adds the second encoder, which
reads the languages that the first cannot, beside the matcher that serves. A hot reload calls
`rebuild` there, too; what that gives may be provisional, and `measure` then gives the matcher to be
served from then on.
"""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeVar

import numpy as np

from bot.domain import Decision, Faq
from bot.files.config import MultilingualModel, Score, Settings, until_restart
from bot.matching import fingerprint
from bot.matching.decide.answer_words import AnswerWords
from bot.matching.decide.confidence import Calibration
from bot.matching.decide.decider import Decider, ForeignEntries, SecondReader
from bot.matching.decide.small_talk import Meanings, SmallTalk, Wordings, rows_of
from bot.matching.decide.thresholds import NEAR, NEAR_IN_COSINE, Policy
from bot.matching.encoder import multilingual
from bot.matching.encoder.encoder import Embedder, Encoder, Vectors, Vocabulary
from bot.matching.encoder.load import load_encoder, vectors_fingerprint
from bot.matching.encoder.multilingual import load_multilingual
from bot.matching.encoder.vector_cache import cached_vectors
from bot.matching.encoder.weights import find_model
from bot.matching.index.index import PhrasingVectors, make_index
from bot.matching.language.entries import languages_of, main_language
from bot.matching.language.route import Routes
from bot.matching.policy_lock import load_lock
from bot.matching.score.blended import UNREADABLE, BlendedRanker, BlendedScorer
from bot.matching.score.fit import fit_blended
from bot.matching.score.measured import FitCache, Measured, carried_over, is_small_change
from bot.matching.score.multilingual import FitCache as LanguageFits
from bot.matching.score.multilingual import MultilingualRanker
from bot.matching.score.odd_word import OddWords
from bot.matching.score.ranker import CosineRanker, Ranker
from bot.matching.score.tfidf import TfidfIndex, TfidfScorer, grams_of, tfidf_scale
from bot.matching.text import Synonyms, TypoRepair
from bot.matching.words.spelling import SpelledWords
from bot.texts import Talk, talk_of_all

logger = logging.getLogger(__name__)

T = TypeVar("T")

_READ_AT_ONCE = 128  # texts, between two messages


@dataclass(frozen=True)
class Matcher:
    """The parts that decide, wired. Use it from one thread: the one that built it.

    Attributes:
        encoder: the loaded model, which outlives a change of the FAQ.
        fingerprint: of FAQ, model and settings; every decision carries it.
        measured: what the blended score measured on the FAQ; None with the plain cosine.
        calibration: from scores to confidence; None where none was tuned for these scores.
        drift: what differs from what the thresholds were tuned on, in one line; None for nothing.
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
    calibration: Calibration | None = None
    drift: str | None = None
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


class Turns(Protocol):
    """The thread that serves, which lends itself between two messages.

    The encoder is used there alone: its tokenizer bears no two threads at once.
    """

    def in_turn(self, function: Callable[[], T], /) -> T:
        """Have a function run there, and wait for what it gives."""
        ...


class _AtOnce:
    """`Turns` of a thread that does nothing else."""

    def in_turn(self, function: Callable[[], T], /) -> T:
        return function()


AT_ONCE: Turns = _AtOnce()


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
    SpelledWords(settings.cache).prepare()
    matcher = assemble(settings, faq, encoder, vectors_fingerprint(model, settings.encoder))
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
    settings, changed = until_restart(before.settings, settings)
    is_measured_alike = (settings.head, settings.synonyms) == (
        before.settings.head,
        before.settings.synonyms,
    )
    known = before if is_measured_alike else None
    second = None if before.second is None else before.second.encoder
    matcher = assemble(
        *(settings, faq, before.encoder, before.model_fingerprint, known, turns, second)
    )
    _log_drift(matcher)
    return Rebuilt(matcher, changed)


def measure(provisional: Matcher, turns: Turns) -> Matcher:
    """The same matcher with measurements of its own, in place of those of the FAQ before.

    It takes seconds, and runs beside the one that serves.
    """
    return assemble(
        provisional.settings,
        provisional.faq,
        provisional.encoder,
        provisional.model_fingerprint,
        turns=turns,
        second=None if provisional.second is None else provisional.second.encoder,
    )


def complete(matcher: Matcher, turns: Turns = AT_ONCE) -> Matcher:
    """The same matcher with the second encoder, which is loaded if it has to be.

    It takes a fraction of a second, seconds where the encoder is not compiled yet or the FAQ not
    measured, and runs beside the one that serves.

    Raises:
        ModelError: the second encoder cannot be had.
    """
    if matcher.is_complete:
        return matcher
    started = time.perf_counter()
    settings = matcher.settings
    encoder = load_multilingual(settings.cache, settings.threads)
    second = SecondReader(encoder, *_multilingual(settings, matcher.faq, encoder, turns))
    logger.info(
        "%s is loaded, %.1f s", settings.multilingual_model.value, time.perf_counter() - started
    )
    return replace(matcher, decider=matcher.decider.with_second(second), second=second)


def complete_for(matcher: Matcher, utterances: Iterable[tuple[str, str | None]]) -> Matcher:
    """The matcher with the second encoder, if one of the utterances needs it; see `complete`.

    Args:
        utterances: each with the code of the person's language; None if unknown.
    """
    lacks = any(matcher.lacks([utterance], lang) for utterance, lang in utterances)
    return complete(matcher) if lacks else matcher


class MatcherOnDemand:
    """Decides with a matcher, to which it adds the second encoder when a message needs it."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    def decide(self, utterance: str, lang: str | None = None) -> Decision:
        """Decide on one utterance; see `Matcher.decide`."""
        self._matcher = complete_for(self._matcher, [(utterance, lang)])
        return self._matcher.decide(utterance, lang)


def describe_scale(settings: Settings, faq: Faq) -> str:
    """One line on the scale that a start measured, without loading a model."""
    if settings.score is Score.COSINE:
        return "Scale: none, scores are plain cosines."
    measured = _fit_cache(settings, faq, model=None).load([])
    return "Scale: measured at the next start." if measured is None else str(measured)


def assemble(
    settings: Settings,
    faq: Faq,
    encoder: Encoder,
    model_fingerprint: str,
    before: Matcher | None = None,
    turns: Turns = AT_ONCE,
    second: Encoder | None = None,
) -> Matcher:
    """Wire the parts around a loaded encoder.

    Args:
        before: a matcher over much the same FAQ, measured in the same way, whose measurements may
            serve until this FAQ is measured. The fingerprint then says so.
        turns: where the encoders may be used meanwhile.
        second: the second encoder, if it is loaded.
    """
    rows = _rows(settings, faq)
    entry_ids, phrasings, texts = ([row[column] for row in rows] for column in range(3))
    name = fingerprint.cache_name(settings.faq, model_fingerprint)
    embedder = _InTurn(encoder.phrasings, turns)
    talk = rows_of(_talk(settings), encoder.vocabulary)
    vectors = cached_vectors(
        *([*texts, *(wording for _, wording in talk)], embedder),
        *(settings.cache / f"vectors-{name}.npz", model_fingerprint),
    )
    embedded = PhrasingVectors(vectors[: len(rows)], entry_ids, phrasings, texts)
    measured: Measured | None = None
    ranker: Ranker
    if settings.score is Score.COSINE:
        ranker = CosineRanker(make_index(embedded.vectors), embedded)
    else:
        fits = _fit_cache(settings, faq, model_fingerprint)
        known = None if before is None else before.measured
        translated = _translated(faq)
        can_read = [
            can and row[:2] not in translated
            for row, can in zip(
                rows, _can_read(texts, encoder.vocabulary, known, turns), strict=True
            )
        ]
        helpers = _word_helpers(settings, faq, encoder, embedded)
        ranker, measured = _blended(
            *(embedded, can_read, encoder.vocabulary, helpers, fits, known),
            use_classifier=settings.head,
        )
    routes, reader = None, None
    if measured is not None and settings.multilingual_model is not MultilingualModel.NONE:
        routes = Routes(None if measured.fit is None else encoder.vocabulary)
        if second is not None:
            had = None if before is None or before.second is None else before.second.ranker
            reader = SecondReader(second, *_multilingual(settings, faq, second, turns, had))
    is_provisional = (measured is not None and measured.is_carried_over) or (
        reader is not None and reader.ranker.is_carried_over
    )
    own_fingerprint = fingerprint.of_decisions(settings, faq, model_fingerprint)
    if is_provisional and before is not None:
        own_fingerprint = fingerprint.of_provisional(own_fingerprint, before.fingerprint)
    policy = Policy(
        thresholds=settings.thresholds,
        own={entry.id: entry.thresholds for entry in faq.entries if entry.thresholds is not None},
        choices=settings.follow_up_choices,
        near=NEAR_IN_COSINE if settings.score is Score.COSINE else NEAR,
        careful=settings.score is not Score.COSINE,
        fingerprint=own_fingerprint,
        without_second=fingerprint.of_provisional(own_fingerprint, "one encoder"),
        has_team=settings.telegram.handoff_chat is not None,
    )
    decider = Decider(
        encoder,
        ranker,
        Synonyms(dict(settings.synonyms)),
        policy,
        ForeignEntries(faq.entries),
        AnswerWords(faq.entries),
        routes,
        reader,
        _small_talk(settings, encoder, talk, vectors[len(rows) :]),
    )
    calibration, drift = _tuned(settings, faq, model_fingerprint)
    return Matcher(
        settings=settings,
        faq=faq,
        decider=decider,
        encoder=encoder,
        model_fingerprint=model_fingerprint,
        fingerprint=policy.fingerprint,
        measured=measured,
        calibration=calibration,
        drift=drift,
        is_provisional=is_provisional,
        routes=routes,
        second=reader,
    )


def _multilingual(
    settings: Settings,
    faq: Faq,
    encoder: Encoder,
    turns: Turns,
    before: MultilingualRanker | None = None,
) -> tuple[MultilingualRanker, Meanings | None]:
    """The ranker over the second encoder, and small talk by it."""
    rows = _rows(settings, faq)
    entry_ids, phrasings, texts = ([row[column] for row in rows] for column in range(3))
    name = fingerprint.cache_name(settings.faq, multilingual.FINGERPRINT)
    talk = rows_of(_talk(settings))
    vectors = cached_vectors(
        [*texts, *(wording for _, wording in talk)],
        _InTurn(encoder.phrasings, turns),
        settings.cache / f"vectors-{name}.npz",
        multilingual.FINGERPRINT,
    )
    languages = languages_of(faq.entries)
    content = fingerprint.of_languages(rows, languages)
    ranker = MultilingualRanker(
        PhrasingVectors(vectors[: len(rows)], entry_ids, phrasings, texts),
        languages,
        main_language(languages),
        LanguageFits(settings.cache / f"fit-{name}.npz", content),
        before,
    )
    return ranker, Meanings(talk, vectors[len(rows) :], is_second=True) if talk else None


def _talk(settings: Settings) -> Talk:
    """What is small talk; nothing is where it is switched off."""
    if not settings.small_talk:
        return Talk({})
    return talk_of_all(texts.talk for texts in settings.phrasebook.languages.values())


def _small_talk(
    settings: Settings, encoder: Encoder, rows: Sequence[tuple[str, str]], vectors: Vectors
) -> SmallTalk | None:
    if not settings.small_talk:
        return None
    words = Wordings(_talk(settings), encoder.vocabulary, SpelledWords(settings.cache))
    return SmallTalk(words, Meanings(rows, vectors) if rows else None)


def _blended(
    faq: PhrasingVectors,
    can_read: Sequence[bool],
    vocabulary: Vocabulary,
    helpers: tuple[TypoRepair, OddWords],
    fits: FitCache,
    before: Measured | None,
    *,
    use_classifier: bool,
) -> tuple[BlendedRanker, Measured]:
    """The ranker by the blended score, and what was measured for it.

    Phrasings that the model cannot read stay out of its vectors, where they would be near to
    anything, and are found by their letters. So do translations, which would move their entries
    away from what people write in the language of the FAQ.

    Args:
        can_read: whether the model is to read each of the phrasings.
        before: measurements of an FAQ much like this one, which may serve for now.
    """
    readable = faq if all(can_read) else faq.of(np.flatnonzero(can_read).tolist())
    grams = grams_of(faq.texts)
    tfidf = tfidf_of_all = TfidfIndex(grams)
    if readable is not faq:
        tfidf = TfidfIndex(grams.of(np.flatnonzero(can_read)))
    _, owners = readable.numbered()
    index = make_index(readable.vectors) if len(readable) else None
    phrasings = readable.rows()
    measured = fits.load(phrasings)
    if measured is None and before is not None and is_small_change(before.phrasings, phrasings):
        measured = carried_over(before, readable)
    if measured is None:
        fit = None
        if index is not None:
            fit = fit_blended(
                *(readable.vectors, owners, index, tfidf, readable.texts),
                use_classifier=use_classifier,
            )
        unreadable = [row for row, can in enumerate(can_read) if not can]
        measured = Measured(fit, tfidf_scale(tfidf_of_all, faq.rows(), unreadable), phrasings)
        fits.save(measured)
    scorer = None
    if index is not None and measured.fit is not None:
        scorer = BlendedScorer(owners, index, tfidf, measured.fit)
    ranker = BlendedRanker(
        faq=faq,
        readable=readable,
        scorer=scorer,
        tfidf=tfidf,
        by_letters=TfidfScorer(tfidf_of_all, faq.entry_ids, measured.by_letters),
        typos=helpers[0],
        vocabulary=vocabulary,
        odd=helpers[1],
    )
    return ranker, measured


def _word_helpers(
    settings: Settings, faq: Faq, encoder: Encoder, embedded: PhrasingVectors
) -> tuple[TypoRepair, OddWords]:
    """What looks at single words: their spelling, and which one differs."""
    answers = {entry.id: entry.answer for entry in faq.entries}
    spelled = SpelledWords(settings.cache)
    wordings: dict[str, list[str]] = {}
    for entry_id, text in zip(embedded.entry_ids, embedded.texts, strict=True):
        wordings.setdefault(entry_id, []).append(text)
    return (
        TypoRepair(embedded.texts, encoder.vocabulary, spelled, answers.values()),
        OddWords(encoder.utterances, wordings, answers),
    )


def _rows(settings: Settings, faq: Faq) -> list[tuple[str, str, str]]:
    """Entry id, wording and cleaned wording of every phrasing.

    They are sorted, so that the order of files and entries makes no difference.
    """
    synonyms = Synonyms(dict(settings.synonyms))
    rows = sorted(
        (entry.id, wording)
        for entry in faq.entries
        for wording in (*entry.wordings, *(each.question for each in entry.translations))
    )
    return [(entry_id, wording, synonyms.apply(wording)) for entry_id, wording in rows]


def _translated(faq: Faq) -> frozenset[tuple[str, str]]:
    """Entry id and wording of the translations that are no wordings of their entry otherwise."""
    return frozenset(
        (entry.id, each.question)
        for entry in faq.entries
        for each in entry.translations
        if each.question not in entry.wordings
    )


def _fit_cache(settings: Settings, faq: Faq, model: str | None) -> FitCache:
    """Named by the model's name, so that it is found without loading the model."""
    name = fingerprint.cache_name(settings.faq, settings.model)
    content = fingerprint.of_measurements(settings, _rows(settings, faq), _translated(faq))
    return FitCache(settings.cache, name, content, model)


def _can_read(
    texts: Sequence[str], vocabulary: Vocabulary, before: Measured | None, turns: Turns
) -> list[bool]:
    """Whether the model can read each text, which is not asked again of those it read before."""
    known = set() if before is None else {text for _, text in before.phrasings}
    asked = [text for text in dict.fromkeys(texts) if text not in known]
    for start in range(0, len(asked), _READ_AT_ONCE):
        chunk = asked[start : start + _READ_AT_ONCE]
        shares = turns.in_turn(partial(_unknown_shares, vocabulary, chunk))
        known.update(t for t, share in zip(chunk, shares, strict=True) if share <= UNREADABLE)
    return [text in known for text in texts]


def _unknown_shares(vocabulary: Vocabulary, texts: Sequence[str]) -> list[float]:
    return [vocabulary.unknown_share(text) for text in texts]


class _InTurn:
    """An `Embedder` that takes turns with the messages."""

    def __init__(self, embedder: Embedder, turns: Turns) -> None:
        self._embedder = embedder
        self._turns = turns

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; see `Embedder.encode`."""
        return self._turns.in_turn(partial(self._embedder.encode, texts))


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
