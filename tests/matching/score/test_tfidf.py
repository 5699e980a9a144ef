"""Character n-grams and how alike two texts are written."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching.score import tfidf
from bot.matching.score.ranker import calibrate
from bot.matching.score.tfidf import (
    FIXED,
    Grams,
    TfidfIndex,
    TfidfScorer,
    grams_like,
    grams_of,
    tfidf_scale,
)

ALL = np.array([0, 1])


def index_of(texts: Sequence[str]) -> TfidfIndex:
    return TfidfIndex(grams_of(texts))


def ngrams(text: str) -> Counter[str]:
    return Counter(gram for run in tfidf._runs(text) for gram in tfidf._grams(run))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("ab", [" a", "ab", "b ", " ab", "ab ", " ab "], id="a word and its borders"),
        pytest.param("a, a", [" a", "a ", " a "] * 2, id="each as often as it stands there"),
        pytest.param("退款单", ["退", "款", "单", "退款", "款单"], id="Chinese: one and two signs"),
        pytest.param("款7", ["款", " 7", "7 ", " 7 "], id="scripts are set apart"),
        pytest.param("？ _ 👍", [], id="no letter or digit"),
    ],
)
def test_ngrams_are_2_to_4_letters_of_a_word_and_1_to_2_of_chinese(
    text: str, expected: list[str]
) -> None:
    assert ngrams(text) == Counter(expected)


@pytest.mark.parametrize("text", ["CAN'T", "can’t", "can`t", "cant"])
def test_case_and_apostrophes_make_no_difference(text: str) -> None:
    assert ngrams(text) == ngrams("cant")


INDEX = index_of(["甲乙", "甲丙"])  # one for all: no comparison leaves anything to the next
# Of the two texts 甲 is in both, so its idf is ln(3/3) + 1 = 1; that of the others is RARE.
RARE = math.log(3 / 2) + 1
UNKNOWN = math.log(3 / 1) + 1
LENGTH = math.sqrt(1 + 2 * RARE**2)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("甲乙", [1, 1 / LENGTH**2], id="the same text scores 1"),
        pytest.param("甲", [1 / LENGTH, 1 / LENGTH], id="what all hold weighs least"),
        pytest.param("乙", [RARE / LENGTH, 0], id="what few hold weighs most"),
        pytest.param(
            "丙甲",
            [
                1 / math.sqrt(1 + RARE**2 + UNKNOWN**2) / LENGTH,
                (1 + RARE**2) / math.sqrt(1 + RARE**2 + UNKNOWN**2) / LENGTH,
            ],
            id="what no phrasing holds counts in the length",
        ),
        pytest.param(
            "甲甲",
            [2 / math.sqrt(4 + UNKNOWN**2) / LENGTH] * 2,
            id="what stands twice weighs twice",
        ),
        pytest.param(
            "甲丁丁",
            [1 / math.sqrt(1 + (2**2 + 1 + 1) * UNKNOWN**2) / LENGTH] * 2,
            id="what stands twice and no phrasing holds too",
        ),
        pytest.param("丁", [0, 0], id="nothing in common"),
        pytest.param("", [0, 0], id="nothing at all"),
    ],
)
def test_similarity_is_the_cosine_of_tf_idf(query: str, expected: list[float]) -> None:
    query_of = INDEX.query(query)
    assert INDEX.similarities(query_of, ALL).tolist() == pytest.approx(expected)


def test_a_phrasings_repeated_ngram_weighs_twice_too() -> None:
    index = index_of(["甲甲", "乙"])  # each n-gram in one of two texts, so idf is RARE
    similarity = index.similarities(index.query("甲"), ALL).tolist()
    assert similarity == pytest.approx([2 / math.sqrt(5), 0])


def test_a_phrasing_without_letters_is_like_nothing() -> None:
    index = index_of(["?", "甲"])
    assert index.similarities(index.query("甲"), ALL).tolist() == pytest.approx([0, 1])


def test_an_index_over_some_of_the_texts_is_one_over_these_alone() -> None:
    """What only the others hold is unknown to it."""
    some = TfidfIndex(grams_of(["丁丁", "甲乙", "丁戊", "甲丙"]).of(np.array([1, 3])))
    alone = index_of(["甲乙", "甲丙"])
    for query in ("甲乙", "丙甲", "甲丁丁", "丁", "戊甲"):
        found, expected = (index.search(index.query(query)) for index in (some, alone))
        np.testing.assert_allclose(found[0], expected[0], atol=1e-7)
        assert found[1].tolist() == expected[1].tolist()


def test_search_returns_the_most_similar_first_and_ties_by_row() -> None:
    index = index_of(["乙", "甲", "甲", "甲乙"])
    assert index.search(index.query("甲"))[1].tolist() == [1, 2, 3]


TEXTS = st.text(alphabet="abc 甲乙", max_size=8)


@given(st.lists(TEXTS, min_size=1, max_size=6), TEXTS)
@settings(max_examples=60, deadline=None)
def test_search_and_similarities_agree(texts: list[str], query: str) -> None:
    index = index_of(texts)
    cosines, rows = index.search(index.query(query))
    np.testing.assert_allclose(cosines, index.similarities(index.query(query), rows), atol=1e-6)


@given(st.permutations(["return it", "refund", "退款", "where is it", "it"]), TEXTS)
@settings(max_examples=60, deadline=None)
def test_the_order_of_phrasings_changes_no_bit_of_a_similarity(
    texts: list[str], query: str
) -> None:
    def by_text(order: list[str]) -> dict[str, float]:
        index = index_of(order)
        similarities = index.similarities(index.query(query), np.arange(len(order)))
        return dict(zip(order, similarities.tolist(), strict=True))

    assert by_text(texts) == by_text(sorted(texts))


# --- scores by letters alone, and their scale -----------------------------------------------------

PHRASINGS = ["甲乙", "甲丙", "丁"]
# Of the three texts 甲 is in two, so its idf is ln(4/3) + 1; that of the others is ln(4/2) + 1.
SHARED, FEW = math.log(4 / 3) + 1, math.log(4 / 2) + 1
SQUARE = SHARED**2 + 2 * FEW**2  # of the length of the first two
ALIKE = SHARED**2 / SQUARE  # the cosine of those two


@given(st.lists(st.text("ab 退款é'", max_size=12), min_size=1, max_size=6))
def test_a_phrasing_taken_for_an_utterance_is_its_text_to_the_last_bit(texts: list[str]) -> None:
    # N-grams that were counted for other texts, as when an FAQ was edited, change nothing.
    for index in (
        index_of(texts),
        TfidfIndex(grams_of([*texts, "abba"]).of(np.arange(len(texts)))),
    ):
        for row, text in enumerate(texts):
            typed, taken = index.query(text), index.query_of(row)
            assert taken.ids.tolist() == typed.ids.tolist()
            assert taken.weights.tobytes() == typed.weights.tobytes()
            assert typed.weights.tobytes() == index_of(texts).query(text).weights.tobytes()


def about(value: float) -> Any:
    return pytest.approx(value, abs=1e-6)


def scores(owners: str, text: str, without: str = "") -> list[tuple[float, int]]:
    return TfidfScorer(index_of(PHRASINGS), list(owners)).score(text, set(without))


def test_an_entry_scores_by_its_similarity_and_its_lead() -> None:
    """raw(e) = t(e) + 0.3 · (t(e) − the best t of another entry)."""
    (first, first_row), (second, second_row) = scores("abc", "甲乙")
    assert first == about(1 + 0.3 * (1 - ALIKE))
    assert second == about(ALIKE + 0.3 * (ALIKE - 1))
    assert (first_row, second_row) == (0, 1)


def test_an_entry_scores_by_its_most_similar_phrasing() -> None:
    ((score, row),) = scores("aac", "甲丙")
    assert (score, row) == (about(1.3), 1)


def test_an_entry_left_out_neither_scores_nor_takes_a_lead_away() -> None:
    assert scores("abc", "甲乙", without="a") == [(about(1.3 * ALIKE), 1)]


def test_entries_that_tie_are_ranked_by_id() -> None:
    assert [row for _, row in scores("bac", "甲")] == [1, 0]


def test_nothing_in_common_scores_nothing() -> None:
    assert scores("abc", "戊") == []


def test_the_scale_is_measured_on_phrasings_whose_own_entry_does_not_exist() -> None:
    wordings = list(zip("abc", PHRASINGS, strict=True))
    assert tfidf_scale(index_of(PHRASINGS), wordings, [0, 1]) == calibrate(
        np.array([1.3 * ALIKE] * 2, np.float32), 2, FIXED
    )


def test_an_impostor_like_nothing_else_scores_zero() -> None:
    texts = ["甲", "乙"]
    scale = tfidf_scale(index_of(texts), list(zip("ab", texts, strict=True)), [0, 1])
    assert scale == calibrate(np.zeros(2, np.float32), 2, FIXED)


@pytest.mark.parametrize("unreadable", [[], [2], [0, 1]], ids=["none", "one", "one entry's"])
def test_without_two_entries_to_measure_the_scale_is_the_fixed_one(unreadable: list[int]) -> None:
    wordings = list(zip("aac", PHRASINGS, strict=True))
    assert tfidf_scale(index_of(PHRASINGS), wordings, unreadable) == FIXED


WORDS = st.lists(st.sampled_from(["refund", "banana", "退款", "where is it", "it is", ""]))


def spelt(grams: Grams) -> list[dict[str, int]]:
    """The n-grams of each text, by their letters, in their order."""
    names = {number: gram for gram, number in grams.numbers.items()}
    pairs = [(names[n], c) for n, c in zip(grams.columns.tolist(), grams.counts, strict=True)]
    starts = grams.starts.tolist()
    return [dict(pairs[a:b]) for a, b in pairwise(starts)]


@given(before=WORDS, now=WORDS)
def test_n_grams_that_are_known_are_those_that_are_counted_anew(
    before: list[str], now: list[str]
) -> None:
    known = grams_of(before)
    numbers = dict(known.numbers)
    assert spelt(grams_like(now, before, known)) == spelt(grams_of(now))
    assert known.numbers == numbers
