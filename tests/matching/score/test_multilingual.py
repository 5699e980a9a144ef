"""Ranking by the second encoder: each language by itself, letters only where they say something."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.matching.encoder.vector_cache import kept_vectors
from bot.matching.score.multilingual import FitCache, MultilingualRanker
from bot.matching.score.ranker import Match, Read
from bot.matching.score.wordings import OddWords, Wordings
from tests.fakes import FakeEmbedder

LANGUAGES = {"card": "en", "cash": "en", "card-fr": "fr", "cash-fr": "fr"}
VECTORS = np.eye(4, 5, dtype=np.float32)
TOWARDS_CARD = np.array([0.8, 0.2, 0.79, 0.2, 0], np.float32)


def ranker(folder: Path, *texts: str) -> MultilingualRanker:
    """Over one wording of each of the four entries."""
    wordings = Wordings(list(zip(LANGUAGES, texts, texts, strict=True)))
    fits = FitCache(folder / "fit.npz", "content")
    odd = OddWords(FakeEmbedder(), wordings.by_entry, {})
    kept = kept_vectors(
        wordings.texts,
        FakeEmbedder(dict(zip(texts, VECTORS.tolist(), strict=True))),
        folder / "vectors.npz",
        "model",
    )
    return MultilingualRanker(wordings, kept, LANGUAGES, "en", fits, odd)


def ranked(of: MultilingualRanker, text: str, language: str, *without: str) -> Match:
    unit = TOWARDS_CARD / np.linalg.norm(TOWARDS_CARD)
    return of.rank(Read(text, vector=unit, language=language), frozenset(without))


@pytest.mark.parametrize(
    ("language", "makes_a_difference"),
    [
        pytest.param("de", False, id="another language than the entries"),
        pytest.param("en", True, id="the language of the entries"),
    ],
)
def test_letters_count_only_in_the_language_of_the_entries(
    tmp_path: Path, language: str, makes_a_difference: bool
) -> None:
    alike = ranker(tmp_path / "alike", "visa card", "coins", "carte", "pièces")
    unlike = ranker(tmp_path / "unlike", "by plastic", "coins", "carte", "pièces")
    one, other = (ranked(of, "visa card.", language).hits for of in (alike, unlike))
    scores = [{hit.entry_id: hit.raw for hit in hits}["card"] for hits in (one, other)]
    assert (scores[0] != scores[1]) is makes_a_difference


def test_an_entry_and_its_version_in_another_language_do_not_stand_in_each_others_way(
    tmp_path: Path,
) -> None:
    of = ranker(tmp_path, "card", "coins", "carte", "pièces")
    both = {hit.entry_id: hit for hit in ranked(of, "Karte", "de").hits}
    alone = {hit.entry_id: hit for hit in ranked(of, "Karte", "de", "card-fr", "cash-fr").hits}
    assert both["card"] == alone["card"]
    assert set(alone) == {"card", "cash"}


def test_entries_in_the_language_of_the_message_or_of_most_come_first(tmp_path: Path) -> None:
    of = ranker(tmp_path, "card", "coins", "carte", "pièces")
    assert of.foreign_to("fr-CA") == {"card", "cash"}
    assert of.foreign_to("de") == {"card-fr", "cash-fr"}
    assert (of.has("fr"), of.has("de")) == (True, False)
    assert of.foreign_among(["card", "card-fr"], "fr") == {"card"}


def test_the_one_word_that_differs_is_found_in_the_language_of_the_entries(tmp_path: Path) -> None:
    of = ranker(tmp_path, "pay by card", "pay in coins", "je veux payer par carte", "des pièces")
    odd = ranked(of, "je veux payer par chèque", "fr").odd
    assert odd is not None
    assert (odd.word, odd.instead_of) == ("chèque", "carte")
    assert ranked(of, "je veux payer par carte", "fr").odd is None
    assert ranked(of, "je veux payer par chèque", "de").odd is None  # every word differs there
