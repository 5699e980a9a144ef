"""Scores by letters alone, and their scale."""

from __future__ import annotations

import math
from typing import Any

import pytest

from bot.matching.score.score_scale import Scale
from bot.matching.score.tfidf import LexicalIndex
from bot.matching.score.tfidf_score import FIXED, LexicalScorer, lexical_scale

TEXTS = ["甲乙", "甲丙", "丁"]
# Of the three texts 甲 is in two, so its idf is ln(4/3) + 1; that of the others is ln(4/2) + 1.
SHARED, RARE = math.log(4 / 3) + 1, math.log(4 / 2) + 1
SQUARE = SHARED**2 + 2 * RARE**2  # of the length of the first two
ALIKE = SHARED**2 / SQUARE  # the cosine of those two


def about(value: float) -> Any:
    return pytest.approx(value, abs=1e-6)


def scores(owners: str, text: str, without: str = "") -> list[tuple[float, int]]:
    return LexicalScorer(LexicalIndex(TEXTS), list(owners)).score(text, set(without))


def test_an_entry_scores_by_its_similarity_and_its_lead() -> None:
    """raw(e) = t(e) + 0.3 · (t(e) − the best t of another entry)."""
    (first, first_row), (second, second_row) = scores("abc", "甲乙")
    assert first == about(1 + 0.3 * (1 - ALIKE))
    assert second == about(ALIKE + 0.3 * (ALIKE - 1))
    assert (first_row, second_row) == (0, 1)


def test_an_entry_scores_by_its_most_similar_phrasing() -> None:
    ((score, row),) = scores("aac", "甲丙")
    assert (score, row) == (about(1.3), 1)


def test_an_entry_alone_leads_by_all_it_has() -> None:
    assert scores("abc", "丁") == [(about(1.3), 2)]


def test_an_entry_left_out_neither_scores_nor_takes_a_lead_away() -> None:
    assert scores("abc", "甲乙", without="a") == [(about(1.3 * ALIKE), 1)]


def test_entries_that_tie_are_ranked_by_id() -> None:
    assert [row for _, row in scores("bac", "甲")] == [1, 0]


def test_nothing_in_common_scores_nothing() -> None:
    assert scores("abc", "戊") == []


def test_the_scale_is_measured_on_phrasings_whose_own_entry_does_not_exist() -> None:
    wordings = list(zip("abc", TEXTS, strict=True))
    own = 2 / 52  # the weight of what was measured on two phrasings
    low = own * 1.3 * ALIKE + (1 - own) * FIXED.follow_up
    high = own * 1.3 * ALIKE + (1 - own) * FIXED.answer
    assert lexical_scale(LexicalIndex(TEXTS), wordings, [0, 1]) == Scale(
        round(low, 6), round(high, 6), 2
    )


def test_an_impostor_like_nothing_else_scores_zero() -> None:
    texts = ["甲", "乙"]
    own = 2 / 52
    scale = lexical_scale(LexicalIndex(texts), list(zip("ab", texts, strict=True)), [0, 1])
    low, high = (1 - own) * FIXED.follow_up, (1 - own) * FIXED.answer
    assert scale == Scale(round(low, 6), round(high, 6), 2)


@pytest.mark.parametrize("unreadable", [[], [2], [0, 1]], ids=["none", "one", "one entry's"])
def test_without_two_entries_to_measure_the_scale_is_the_fixed_one(unreadable: list[int]) -> None:
    wordings = list(zip("aac", TEXTS, strict=True))
    assert lexical_scale(LexicalIndex(TEXTS), wordings, unreadable) == FIXED
