"""Character n-grams and how alike two texts are written."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching.score import tfidf as lexical
from bot.matching.score.tfidf import LexicalIndex

ALL = np.array([0, 1])


def ngrams(text: str) -> Counter[str]:
    return Counter(gram for run in lexical._runs(text) for gram in lexical._grams(run))


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
    index = LexicalIndex(["甲乙", "甲丙"])
    assert index.similarities(index.query(query), ALL).tolist() == pytest.approx(expected)


def test_a_phrasings_repeated_ngram_weighs_twice_too() -> None:
    index = LexicalIndex(["甲甲", "乙"])  # each n-gram in one of two texts, so idf is RARE
    similarity = index.similarities(index.query("甲"), ALL).tolist()
    assert similarity == pytest.approx([2 / math.sqrt(5), 0])


def test_rows_are_compared_in_the_order_asked_for() -> None:
    index = LexicalIndex(["甲乙", "甲丙"])
    query = index.query("乙")
    straight = index.similarities(query, np.array([0, 1, 0])).tolist()
    assert straight == pytest.approx([RARE / LENGTH, 0, RARE / LENGTH])
    assert index.similarities(query, np.array([], np.int64)).tolist() == []


def test_one_comparison_leaves_nothing_behind_for_the_next() -> None:
    index = LexicalIndex(["甲乙", "甲丙"])
    index.similarities(index.query("甲乙"), ALL)
    assert index.similarities(index.query("丙"), ALL).tolist() == pytest.approx([0, RARE / LENGTH])


def test_a_phrasing_without_letters_is_like_nothing() -> None:
    index = LexicalIndex(["?", "甲"])
    assert index.similarities(index.query("甲"), ALL).tolist() == pytest.approx([0, 1])


def test_search_returns_the_most_similar_first_and_ties_by_row() -> None:
    index = LexicalIndex(["乙", "甲", "甲", "甲乙"])
    cosines, rows = index.search(index.query("甲"))
    assert rows.tolist() == [1, 2, 3]
    assert cosines.tolist() == pytest.approx(
        index.similarities(index.query("甲"), np.array([1, 2, 3])).tolist()
    )


TEXTS = st.text(alphabet="abc 甲乙", max_size=8)


@given(st.lists(TEXTS, min_size=1, max_size=6), TEXTS)
@settings(max_examples=60, deadline=None)
def test_search_and_similarities_agree(texts: list[str], query: str) -> None:
    index = LexicalIndex(texts)
    cosines, rows = index.search(index.query(query))
    np.testing.assert_allclose(cosines, index.similarities(index.query(query), rows), atol=1e-6)


@given(st.permutations(["return it", "refund", "退款", "where is it", "it"]), TEXTS)
@settings(max_examples=60, deadline=None)
def test_the_order_of_phrasings_changes_no_bit_of_a_similarity(
    texts: list[str], query: str
) -> None:
    def by_text(order: list[str]) -> dict[str, float]:
        index = LexicalIndex(order)
        similarities = index.similarities(index.query(query), np.arange(len(order)))
        return dict(zip(order, similarities.tolist(), strict=True))

    assert by_text(texts) == by_text(sorted(texts))


# --- an index made of another ---------------------------------------------------------------------


@given(st.lists(TEXTS, min_size=1, max_size=6), st.lists(TEXTS, min_size=1, max_size=6), TEXTS)
@settings(max_examples=100, deadline=None)
def test_an_index_made_of_another_is_the_same_to_the_last_bit(
    before: list[str], texts: list[str], query: str
) -> None:
    fresh, grown = LexicalIndex(texts), LexicalIndex(texts, LexicalIndex(before))
    again = LexicalIndex(texts, LexicalIndex(before, LexicalIndex(texts)))
    rows = np.arange(len(texts))
    for index in (grown, again):
        ours, theirs = index.query(query), fresh.query(query)
        np.testing.assert_array_equal(ours.weights, theirs.weights)
        np.testing.assert_array_equal(
            index.similarities(ours, rows), fresh.similarities(theirs, rows)
        )
        for one, other in zip(index.search(ours), fresh.search(theirs), strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_index_it_is_made_of_goes_on_as_it_was() -> None:
    first = LexicalIndex(["甲乙", "甲丙"])
    LexicalIndex(["甲丁戊"], first)
    assert first.similarities(first.query("甲丁"), ALL).tolist() == pytest.approx(
        LexicalIndex(["甲乙", "甲丙"])
        .similarities(LexicalIndex(["甲乙", "甲丙"]).query("甲丁"), ALL)
        .tolist()
    )


# --- large FAQs -----------------------------------------------------------------------------------


def test_in_a_large_faq_the_best_are_found_by_what_is_rare(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All hold 甲, few hold what else the utterance says."""
    texts = [f"甲{chr(ord('丁') + number % 50)}" for number in range(500)]
    index = LexicalIndex(texts)
    query = index.query("甲丁")
    cosines, rows = index.search(query)
    monkeypatch.setattr(lexical, "LARGEST_SEARCHED", 499)
    monkeypatch.setattr(lexical, "_MOST_POSTINGS", 100)
    fewer_cosines, fewer = index.search(query)
    assert (len(rows), len(fewer)) == (500, 10)
    assert fewer.tolist() == rows[:10].tolist()
    np.testing.assert_allclose(fewer_cosines, cosines[:10], atol=1e-6)


def test_in_a_large_faq_only_so_many_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    index = LexicalIndex([f"甲{'乙' * (number % 7)}" for number in range(500)])
    cosines, _ = index.search(index.query("甲"))
    monkeypatch.setattr(lexical, "LARGEST_SEARCHED", 499)
    monkeypatch.setattr(lexical, "_MOST_COMPARED", 20)
    fewer, _ = index.search(index.query("甲"))
    assert len(fewer) == 20
    np.testing.assert_allclose(fewer, cosines[:20], atol=1e-6)
