"""A loaded encoder and an FAQ → a `Matcher`: encode, measure, and wire the parts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from bot.domain import Faq
from bot.files.config.settings import MultilingualModel, Score, Settings
from bot.matching import fingerprint
from bot.matching.decide.answer_words import AnswerWords
from bot.matching.decide.confidence import Calibration
from bot.matching.decide.known_words import KnownWords
from bot.matching.decide.thresholds import NEAR, NEAR_IN_COSINE, Policy
from bot.matching.decider import Decider
from bot.matching.encoder.encoder import Embedder, Encoder, Vocabulary
from bot.matching.encoder.vector_cache import KeptVectors, kept_vectors
from bot.matching.index import IN_MEMORY, Indexes, PhrasingVectors, VectorIndex, make_index
from bot.matching.language import ForeignEntries, Routes
from bot.matching.matcher import Matcher
from bot.matching.policy_lock import load_lock
from bot.matching.score.blended import UNREADABLE, BlendedEntries, BlendedRanker
from bot.matching.score.fit import fit_blended
from bot.matching.score.measured import FitCache, Measured, carried_over
from bot.matching.score.ranker import CosineRanker, Ranker
from bot.matching.score.tfidf import TfidfIndex, TfidfScorer, tfidf_scale
from bot.matching.score.wordings import OddWords, Wordings
from bot.matching.second_encoder import second_reader
from bot.matching.talk import small_talk
from bot.matching.text import Synonyms, TypoRepair
from bot.matching.turns import AT_ONCE, InTurn, Turns
from bot.matching.words.spelling import SpelledWords

_READ_AT_ONCE = 128  # texts, between two messages


def assemble(
    settings: Settings,
    faq: Faq,
    encoder: Encoder,
    model_fingerprint: str,
    before: Matcher | None = None,
    turns: Turns = AT_ONCE,
    second: Encoder | None = None,
    *,
    measures: bool = False,
    indexes: Indexes = IN_MEMORY,
) -> Matcher:
    """Wire the parts around a loaded encoder.

    Args:
        before: a matcher by the same encoders over much the same FAQ, cleaned and measured in the
            same way. What it knows of all that did not change is not found out again, and its
            measurements may serve until this FAQ is measured. The fingerprint then says so.
        turns: where the encoders may be used meanwhile.
        second: the second encoder, if it is loaded.
        measures: this FAQ is measured now, whatever serves for it.
        indexes: where its phrasings are searched.
    """
    wordings = wordings_of(settings, faq, None if before is None else before.wordings)
    vectors = _vectors(
        *(settings, wordings, InTurn(encoder.phrasings, turns), model_fingerprint),
        None if before is None else before.vectors,
    )
    is_read = _can_read(wordings.texts, encoder.vocabulary, before, turns)
    words = _words(settings, faq, encoder, wordings, before)
    ranker, measured = _ranker(
        *(settings, faq, wordings, vectors, is_read, encoder, model_fingerprint, words, indexes),
        None if before is None or measures else before.measured,
    )
    is_provisional = measured is not None and measured.is_carried_over
    if not is_provisional:
        vectors.save(and_let_go=indexes.are_elsewhere)
    routes, reader = None, None
    if measured is not None and settings.multilingual_model is not MultilingualModel.NONE:
        routes = Routes(None if measured.fit is None else encoder.vocabulary)
        if second is not None:
            known = None if before is None else before.second
            reader = second_reader(
                *(settings, faq, wordings, second, turns, known),
                measures=measures,
                indexes=indexes,
            )
            is_provisional = is_provisional or reader.ranker.is_carried_over
    own_fingerprint = fingerprint.of_decisions(settings, faq, model_fingerprint)
    if is_provisional and before is not None:
        own_fingerprint = fingerprint.of_provisional(own_fingerprint, before.fingerprint)
    known_decider = None if before is None else before.decider
    answers = AnswerWords(faq.entries, None if known_decider is None else known_decider.answers)
    decider = Decider(
        encoder,
        ranker,
        Synonyms(dict(settings.synonyms)),
        _policy(settings, faq, own_fingerprint),
        ForeignEntries(faq.entries),
        answers,
        routes,
        talk=small_talk(
            *(settings, faq, encoder, model_fingerprint, turns),
            None if known_decider is None else known_decider.talk,
        ),
    )
    if reader is not None:
        decider = decider.with_second(reader)
    calibration, stale = _tuned(settings, faq, model_fingerprint)
    return Matcher(
        settings=settings,
        faq=faq,
        decider=decider,
        encoder=encoder,
        model_fingerprint=model_fingerprint,
        fingerprint=own_fingerprint,
        measured=measured,
        wordings=wordings,
        known_words=KnownWords(answers, faq.entries),
        vectors=vectors,
        is_read=is_read,
        typos=words[0],
        odd=words[1],
        calibration=calibration,
        stale=stale,
        is_provisional=is_provisional,
        routes=routes,
        second=reader,
        indexes=indexes,
    )


def wordings_of(settings: Settings, faq: Faq, before: Wordings | None = None) -> Wordings:
    """Every phrasing, cleaned.

    Args:
        before: those of much the same FAQ, cleaned in the same way.
    """
    synonyms = Synonyms(dict(settings.synonyms))
    cleaned = {} if before is None else dict(zip(before.phrasings, before.texts, strict=True))
    rows = sorted(
        (entry.id, wording)
        for entry in faq.entries
        for wording in (*entry.wordings, *(each.question for each in entry.translations))
    )
    found = (
        (entry_id, wording, cleaned.get(wording) or synonyms.apply(wording))
        for entry_id, wording in rows
    )
    return Wordings(list(found), before)


def embed(
    settings: Settings, wordings: Wordings, embedder: Embedder, model_fingerprint: str
) -> PhrasingVectors:
    """All wordings with their vectors, which are kept for the next start."""
    vectors = _vectors(settings, wordings, embedder, model_fingerprint)
    vectors.save()
    return wordings.embedded(vectors.vectors)


def _vectors(
    settings: Settings,
    wordings: Wordings,
    embedder: Embedder,
    model_fingerprint: str,
    before: KeptVectors | None = None,
) -> KeptVectors:
    name = fingerprint.cache_name(settings.faq, model_fingerprint)
    file = settings.cache / f"vectors-{name}.npz"
    return kept_vectors(wordings.texts, embedder, file, model_fingerprint, before)


def fit_cache(settings: Settings, faq: Faq, wordings: Wordings, model: str | None) -> FitCache:
    """Where measurements are kept; named by the model's name, so that none need be loaded.

    Args:
        model: its fingerprint; None for whoever only looks.
    """
    name = fingerprint.cache_name(settings.faq, settings.model)
    content = fingerprint.of_measurements(settings, wordings.rows, _translated(faq))
    return FitCache(settings.cache, name, content, model)


def _translated(faq: Faq) -> frozenset[tuple[str, str]]:
    """Entry id and wording of the translations that are no wordings of their entry otherwise."""
    return frozenset(
        (entry.id, each.question)
        for entry in faq.entries
        for each in entry.translations
        if each.question not in entry.wordings
    )


def _policy(settings: Settings, faq: Faq, own_fingerprint: str) -> Policy:
    is_blended = settings.score is not Score.COSINE
    return Policy(
        thresholds=settings.thresholds,
        own={entry.id: entry.thresholds for entry in faq.entries if entry.thresholds is not None},
        choices=settings.follow_up_choices,
        near=NEAR if is_blended else NEAR_IN_COSINE,
        careful=is_blended,
        fingerprint=own_fingerprint,
        without_second=fingerprint.of_provisional(own_fingerprint, "one encoder"),
        has_team=settings.telegram.handoff_chat is not None,
    )


def _ranker(
    settings: Settings,
    faq: Faq,
    wordings: Wordings,
    vectors: KeptVectors,
    is_read: Sequence[bool],
    encoder: Encoder,
    model_fingerprint: str,
    words: tuple[TypoRepair, OddWords],
    indexes: Indexes,
    before: Measured | None,
) -> tuple[Ranker, Measured | None]:
    """The ranker of the settings' way of scoring, and what was measured for it."""
    if settings.score is Score.COSINE:
        again = partial(_embedded, wordings, vectors, None)
        embedded = again()
        return CosineRanker(indexes.make(model_fingerprint, embedded, again), embedded), None
    translated = _translated(faq)
    can_read = [
        can and row[:2] not in translated for row, can in zip(wordings.rows, is_read, strict=True)
    ]
    fits = fit_cache(settings, faq, wordings, model_fingerprint)
    again = partial(_embedded, wordings, vectors, None if all(can_read) else can_read)
    readable, index = again(), None
    if len(readable):
        index = indexes.make(model_fingerprint, readable, again)
    return _blended(
        *(wordings, readable, index, can_read, encoder.vocabulary, words, fits, before),
        use_classifier=settings.head,
        is_index_elsewhere=indexes.are_elsewhere,
    )


def _embedded(
    wordings: Wordings, vectors: KeptVectors, can_read: Sequence[bool] | None
) -> PhrasingVectors:
    """Those of the wordings that the model is to read, and their vectors; None: all."""
    faq = wordings.embedded(vectors.vectors)
    return faq if can_read is None else faq.of(np.flatnonzero(can_read).tolist())


def _blended(
    wordings: Wordings,
    readable: PhrasingVectors,
    index: VectorIndex | None,
    can_read: Sequence[bool],
    vocabulary: Vocabulary,
    words: tuple[TypoRepair, OddWords],
    fits: FitCache,
    before: Measured | None,
    *,
    use_classifier: bool,
    is_index_elsewhere: bool,
) -> tuple[BlendedRanker, Measured]:
    """The ranker by the blended score, and what was measured for it.

    Phrasings that the model cannot read stay out of its vectors, where they would be near to
    anything, and are found by their letters. So do translations, which would move their entries
    away from what people write in the language of the FAQ.

    Args:
        readable: the wordings that the model is to read, and their vectors.
        index: over them; None where there are none.
        can_read: whether the model is to read each of the phrasings.
        before: measurements of an FAQ much like this one, which may serve for now.
        is_index_elsewhere: it is not measured through, as thousands of searches would go there.
    """
    grams = wordings.grams
    tfidf = tfidf_of_all = TfidfIndex(grams)
    if not all(can_read):
        tfidf = TfidfIndex(grams.of(np.flatnonzero(can_read)))
    _, owners = readable.numbered
    phrasings = readable.rows()
    is_known = before is not None and before.content == fits.content
    measured = before if is_known else fits.load(phrasings)
    if measured is None and before is not None and before.serves(phrasings):
        measured = carried_over(before, readable)
    if measured is None:
        fit = None
        if index is not None:
            through = make_index(readable.vectors) if is_index_elsewhere else index
            fit = fit_blended(
                *(readable.vectors, owners, through, tfidf), use_classifier=use_classifier
            )
        unreadable = [row for row, can in enumerate(can_read) if not can]
        rows = [(entry_id, text) for entry_id, _, text in wordings.rows]
        scale = tfidf_scale(tfidf_of_all, rows, unreadable)
        measured = Measured(fit, scale, phrasings, fits.content)
        fits.save(measured)
    entries = None
    if index is not None and measured.fit is not None:
        entries = BlendedEntries(readable, index, tfidf, measured.fit)
    ranker = BlendedRanker(
        wordings=wordings,
        entries=entries,
        by_letters=TfidfScorer(tfidf_of_all, wordings.entry_ids, measured.by_letters),
        typos=words[0],
        vocabulary=vocabulary,
        odd=words[1],
    )
    return ranker, measured


def _words(
    settings: Settings, faq: Faq, encoder: Encoder, wordings: Wordings, before: Matcher | None
) -> tuple[TypoRepair, OddWords]:
    """What looks at single words of messages."""
    answers = {entry.id: entry.answer for entry in faq.entries}
    typos = TypoRepair(
        *(wordings.texts, encoder.vocabulary, SpelledWords(settings.cache), [*answers.values()]),
        None if before is None else before.typos,
    )
    known = None if before is None else before.odd
    return typos, OddWords(encoder.utterances, wordings.by_entry, answers, known)


def _can_read(
    texts: Sequence[str], vocabulary: Vocabulary, before: Matcher | None, turns: Turns
) -> list[bool]:
    """Whether the model can read each text, which is not asked again of those it was asked of."""
    known: dict[str, bool] = {}
    if before is not None:
        known = dict(zip(before.wordings.texts, before.is_read, strict=True))
    asked = [text for text in dict.fromkeys(texts) if text not in known]
    for start in range(0, len(asked), _READ_AT_ONCE):
        chunk = asked[start : start + _READ_AT_ONCE]
        shares = turns.in_turn(partial(_unknown_shares, vocabulary, chunk))
        known.update((t, share <= UNREADABLE) for t, share in zip(chunk, shares, strict=True))
    return [known[text] for text in texts]


def _unknown_shares(vocabulary: Vocabulary, texts: Sequence[str]) -> list[float]:
    return [vocabulary.unknown_share(text) for text in texts]


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
    return lock.calibration_for(now), lock.stale(settings.thresholds, now)
