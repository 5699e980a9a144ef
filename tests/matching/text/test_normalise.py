"""What cleaning does and does not touch."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching.text.normalise import Synonyms, has_words, normalise, same_wording


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


SYNONYMS = Synonyms(
    {
        "locker": "pick-up point",
        "parcel locker": "parcel shop",
        "DHL": "courier",
        "C++": "a language",
        "кот": "cat",
        "Großpaket": "parcel",
        "快件": "包裹",
        "wifi": "internet",
        "wifi box": "router",
    }
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("the locker.", "the pick-up point.", id="a whole word"),
        pytest.param("LOCKER, Locker", "pick-up point, pick-up point", id="in any case, each time"),
        pytest.param("lockers unlocker", "lockers unlocker", id="not inside a word"),
        pytest.param("parcel locker", "parcel shop", id="of two that end alike the longer"),
        pytest.param("wifi box", "router", id="of two that begin alike the longer"),
        pytest.param("parcel   LOCKER", "parcel shop", id="cleaned first"),
        pytest.param("is C++ ok", "is a language ok", id="a word that ends in a sign"),
        pytest.param("который кот", "который cat", id="not inside a Cyrillic word"),
        pytest.param("GROSSPAKET Großpaket", "GROSSPAKET parcel", id="a word with ß"),
        pytest.param("我的快件到了", "我的包裹到了", id="Chinese, which does not set words apart"),
        pytest.param("我用DHL寄", "我用courier寄", id="a Latin word between Chinese ones"),
        pytest.param("WİFİ wıfı", "internet internet", id="letters whose lower case is another"),
        pytest.param("nothing of it", "nothing of it", id="no business word"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_business_words_become_plain_words(text: str, expected: str) -> None:
    assert SYNONYMS.apply(text) == expected


@pytest.mark.parametrize(
    ("table", "text", "expected"),
    [
        pytest.param({}, "  a   b\u200b ", "a b", id="none: only cleaned"),
        pytest.param(
            {"ｐａｒｃｅｌ  shop": " pick\u200b-up   point "}, "Parcel shop?", "pick-up point?",
            id="both words are cleaned",
        ),
        pytest.param({"\u200b": "x"}, "a c", "a c", id="a word nobody can see"),
        pytest.param({"\u200b": "x", "a": "b"}, "a c", "b c", id="and another beside it"),
        pytest.param({"a": r"\1 \g<0>"}, "a", r"\1 \g<0>", id="put in as it stands"),
    ],
)  # fmt: skip
def test_a_table_of_synonyms_is_cleaned_as_texts_are(
    table: dict[str, str], text: str, expected: str
) -> None:
    assert Synonyms(table).apply(text) == expected


@given(st.text(max_size=30))
@settings(max_examples=200)
def test_replacing_twice_changes_nothing(text: str) -> None:
    once = SYNONYMS.apply(text)
    assert SYNONYMS.apply(once) == once
