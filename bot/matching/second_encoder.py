"""The second encoder, put together around the FAQ that the first one serves."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import Faq
from bot.files.config.settings import Settings
from bot.matching import fingerprint
from bot.matching.decide.small_talk import Meanings
from bot.matching.encoder import multilingual
from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.vector_cache import KeptVectors, kept_vectors
from bot.matching.index import IN_MEMORY, Indexes
from bot.matching.language import languages_of, main_language
from bot.matching.score.multilingual import FitCache, MultilingualRanker
from bot.matching.score.wordings import OddWords, Wordings
from bot.matching.talk import second_meanings
from bot.matching.turns import InTurn, Turns


@dataclass(frozen=True, slots=True)
class SecondReader:
    """The second encoder, for messages in languages that the first cannot read.

    Attributes:
        encoder: the loaded model, which outlives a change of the FAQ.
        ranker: over the same FAQ.
        vectors: of the FAQ's wordings.
        talk: small talk by its vectors; None where it is switched off.
    """

    encoder: Encoder
    ranker: MultilingualRanker
    vectors: KeptVectors
    talk: Meanings | None = None


def second_reader(
    settings: Settings,
    faq: Faq,
    wordings: Wordings,
    encoder: Encoder,
    turns: Turns,
    before: SecondReader | None = None,
    *,
    measures: bool = False,
    indexes: Indexes = IN_MEMORY,
) -> SecondReader:
    """Encode what its cache lacks, and measure the FAQ by its vectors.

    Args:
        encoder: the loaded model.
        turns: where it may be used meanwhile.
        before: of an FAQ much like this one, whose measurements may serve for now.
        measures, indexes: see `assemble`.
    """
    name = fingerprint.cache_name(settings.faq, multilingual.FINGERPRINT)
    vectors = kept_vectors(
        wordings.texts,
        InTurn(encoder.phrasings, turns),
        settings.cache / f"vectors-{name}.npz",
        multilingual.FINGERPRINT,
        None if before is None else before.vectors,
    )
    languages = languages_of(faq.entries)
    fits = FitCache(
        settings.cache / f"fit-{name}.npz", fingerprint.of_languages(wordings.rows, languages)
    )
    known = None if before is None else before.ranker
    answers = {entry.id: entry.answer for entry in faq.entries}
    odd = OddWords(
        *(encoder.utterances, wordings.by_entry, answers), None if known is None else known.odd
    )
    main = main_language(languages)
    ranker = MultilingualRanker(
        *(wordings, vectors, languages, main, fits, odd, known), measures=measures, indexes=indexes
    )
    if not ranker.is_carried_over:
        vectors.save(and_let_go=indexes.are_elsewhere)
    talk = second_meanings(
        *(settings, encoder, multilingual.FINGERPRINT, turns),
        None if before is None else before.talk,
    )
    return SecondReader(encoder, ranker, vectors, talk)
