"""What cleaning does and does not touch."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching.normalise import has_words, normalise, same_wording


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("  where   is\tmy\norder ", "where is my order", id="white space"),
        pytest.param("ｗｈｅｒｅ ①", "where 1", id="compatibility forms"),
        pytest.param("re\u200bfund\u202e", "refund", id="zero-width and bidirectional marks"),
        pytest.param("re\x00fund\ud800", "refund", id="controls and lone surrogates"),
        pytest.param("really?!?!??? no.......", "really?!?!? no.", id="repeated punctuation"),
        pytest.param("Where's MY order", "Where's MY order", id="words and case stay"),
        pytest.param("e\u200b\u0301", "é", id="what comes together composes"),
        pytest.param("什么时候发货？？", "什么时候发货?", id="Chinese"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_only_what_carries_no_meaning_changes(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


UNREADABLE = ["", " ", "🤔👍🏽", "?!…"]


@pytest.mark.parametrize("text", [*UNREADABLE, "a", "7", "是", "👍 ok"])
def test_a_letter_or_digit_of_any_script_makes_a_text_readable(text: str) -> None:
    assert has_words(text) is (text not in UNREADABLE)


def test_the_same_wording_ignores_case_space_and_closing_punctuation() -> None:
    assert same_wording(" How do I  RETURN an item? ") == same_wording("how do i return an item")
    assert same_wording("return an item") != same_wording("return two items")
