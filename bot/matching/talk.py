"""Small talk, put together beside an FAQ: its vectors are kept by model, whatever the FAQ is."""

from __future__ import annotations

from functools import partial

from bot.domain import Faq
from bot.files.config.settings import Settings
from bot.matching.decide.small_talk import Meanings, SmallTalk, rows_of
from bot.matching.decide.small_talk_words import Wordings
from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.vector_cache import kept_vectors
from bot.matching.fingerprint import of_text
from bot.matching.turns import InTurn, Turns
from bot.matching.words.spelling import SpelledWords
from bot.texts import Talk, talk_of_all


def small_talk(
    settings: Settings,
    faq: Faq,
    encoder: Encoder,
    model_fingerprint: str,
    turns: Turns,
    before: SmallTalk | None = None,
) -> SmallTalk | None:
    """What tells small talk, by the words and by the first encoder; None where it is off.

    Args:
        before: by the same encoder, beside another FAQ.
    """
    talk = _talk(settings)
    if talk is None:
        return None
    phrasings = {one.id: one.wordings for one in faq.entries}
    if before is not None and before.words.talk == talk:
        return before.beside(phrasings)
    words = Wordings(talk, encoder.vocabulary, SpelledWords(settings.cache))
    meanings = _meanings(settings, talk, encoder, model_fingerprint, turns)
    return SmallTalk(words, meanings, phrasings=phrasings)


def second_meanings(
    settings: Settings,
    encoder: Encoder,
    model_fingerprint: str,
    turns: Turns,
    before: Meanings | None = None,
) -> Meanings | None:
    """What tells small talk by the second encoder; see `small_talk`."""
    talk = _talk(settings)
    if talk is None:
        return None
    if before is not None and before.talk == talk:
        return before
    return _meanings(settings, talk, encoder, model_fingerprint, turns, is_second=True)


def _talk(settings: Settings) -> Talk | None:
    if not settings.small_talk:
        return None
    return talk_of_all(texts.talk for texts in settings.phrasebook.languages.values())


def _meanings(
    settings: Settings,
    talk: Talk,
    encoder: Encoder,
    model_fingerprint: str,
    turns: Turns,
    *,
    is_second: bool = False,
) -> Meanings | None:
    vocabulary = None if is_second else encoder.vocabulary
    rows = turns.in_turn(partial(rows_of, talk, vocabulary))
    if not rows:
        return None
    path = settings.cache / f"vectors-talk-{of_text(model_fingerprint)}.npz"
    embedder = InTurn(encoder.phrasings, turns)
    kept = kept_vectors([wording for _, wording in rows], embedder, path, model_fingerprint)
    kept.save()
    return Meanings(rows, kept.vectors, is_second=is_second, talk=talk)
