"""Cleaning, the questions in a message, typing errors."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching.text import (
    MAX_UTTERANCE_CHARS,
    Synonyms,
    TypoRepair,
    clauses,
    has_words,
    normalise,
    same_wording,
    sentences,
)

# --- what cleaning does and does not touch --------------------------------------------------------


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


# --- one message and the questions in it ----------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param("Hi there. Where is it?", ["Hi there.", "Where is it?"], id="two sentences"),
        pytest.param("one\n\n two ", ["one", "two"], id="two lines"),
        pytest.param("可以退款吗？多久到账。", ["可以退款吗？", "多久到账。"], id="Chinese marks"),
        pytest.param("where is it?how much", ["where is it?", "how much"], id="no space after ?"),
        pytest.param("a. b. c. d.", ["a.", "b.", "c.", "d."], id="four"),
        pytest.param("a. b. c. d. e.", [], id="five are a letter, not questions"),
        pytest.param("Where is it?", [], id="one"),
        pytest.param("Where is it?!? 👍 ...", [], id="one, with marks that say nothing"),
        pytest.param("version 3.11 of it", [], id="a point inside a number"),
        pytest.param("", [], id="none"),
    ],
)
def test_a_message_of_2_to_4_sentences_is_split(message: str, expected: list[str]) -> None:
    assert sentences(message) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        *(
            pytest.param(f"pay by card{word}return it", ["pay by card", "return it"], id=word)
            for word in (
                " and ", " AND ", ", and ", " and also ", " also ", " plus ", " as well as ",
                " besides ", "; ", " ； ", "，另外，", "还有", "以及", "并且",
            )
        ),
        pytest.param("salt and pepper and oil", [], id="two connectives"),
        pytest.param("pay by card", [], id="no connective"),
        pytest.param("my brand sandals", [], id="and inside a word"),
        pytest.param("pay by card and", [], id="nothing after it"),
        pytest.param("pay by card and ?", [], id="no words after it"),
    ],
)  # fmt: skip
def test_a_message_is_split_around_its_only_connective(message: str, expected: list[str]) -> None:
    assert clauses(message) == expected


def test_only_what_is_read_of_a_message_is_split() -> None:
    room = MAX_UTTERANCE_CHARS - len(". b")
    assert sentences("a" * room + ". bcd") == ["a" * room + ".", "b"]
    assert sentences("a" * (room + 3) + ". bcd") == []
    room = MAX_UTTERANCE_CHARS - len(" and b")
    assert clauses("a" * room + " and bcd") == ["a" * room, "b"]
    assert clauses("a" * (room + 6) + " and bcd") == []


# --- typing errors, and words that only look like one ---------------------------------------------

FAQ = (
    "How do I return an item?",
    "return my order",
    "is it done",
    "the cat",
    "Where's my parcel",
    "offer",
)


def repaired(text: str, vocabulary: frozenset[str] = frozenset()) -> tuple[str, tuple[str, ...]]:
    return TypoRepair(FAQ, vocabulary).repair(text)


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("returnn", id="a letter too many"),
        pytest.param("retrn", id="a letter missing"),
        pytest.param("rezurn", id="a letter wrong"),
        pytest.param("retrun", id="two neighbours swapped"),
        pytest.param("eturn", id="the first letter missing"),
        pytest.param("RETRUN", id="in capitals"),
    ],
)
def test_a_word_one_typing_error_away_is_repaired(typed: str) -> None:
    assert repaired(f"Please {typed}, now", frozenset({"please", "now"})) == (
        "Please return, now",
        (f'read "{typed}" as "return"',),
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ffoer", id="letters swapped that are no neighbours"),
        pytest.param("rezurm", id="two letters wrong"),
        pytest.param("retrunn", id="two errors of different kinds"),
        pytest.param("retu", id="two letters missing"),
        pytest.param("itm", id="three letters"),
        pytest.param("cats", id="the FAQ's word has three letters"),
        pytest.param("Item ORDER", id="the FAQ's own words, in any case"),
        pytest.param("dont do it", id="a contraction without its apostrophe"),
        pytest.param("retur'n", id="a word with an apostrophe"),
        pytest.param("returné", id="a letter that is not ASCII"),
        pytest.param("退款", id="another script"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_word_that_is_no_typing_error_stays_as_it_is(text: str) -> None:
    assert repaired(text) == (text, ())


def test_a_word_the_model_knows_stays() -> None:
    assert repaired("Older")[0] == "order"
    assert repaired("Older", frozenset({"older"})) == ("Older", ())


def test_a_word_of_any_dictionary_or_answer_stays() -> None:
    assert TypoRepair(FAQ, (), {"offers"}).repair("offers") == ("offers", ())
    assert TypoRepair(FAQ, (), (), ["We take offers."]).repair("offers") == ("offers", ())
    assert TypoRepair(FAQ, ()).repair("offers")[0] == "offer"


@pytest.mark.parametrize("typed", ["relock", "ulock", "unlocj"])
def test_nothing_is_repaired_to_a_word_of_contrary_meaning(typed: str) -> None:
    """ "ulock" may be "unlock" as well as "lock"."""
    repair = TypoRepair(["lock it"] if typed != "relock" else ["unlock it"], (), {"unlock", "lock"})
    assert repair.repair(typed) == (typed, ())


def test_a_message_in_a_language_nobody_knows_is_not_repaired() -> None:
    assert repaired("gdzie jest moja offerz") == ("gdzie jest moja offerz", ())
    assert repaired("gdzie return item offerz")[0] == "gdzie return item offer"


def test_several_repairs_are_told_in_order() -> None:
    assert repaired("retrun my parcal") == (
        "return my parcel",
        ('read "retrun" as "return"', 'read "parcal" as "parcel"'),
    )


@pytest.mark.parametrize(
    ("texts", "better"),
    [
        pytest.param(["late", "rate rate"], "rate", id="the most frequent"),
        pytest.param(["late late", "rate"], "late", id="the most frequent, the other way round"),
        pytest.param(["rate", "late"], "late", id="of equally frequent ones the first by letters"),
    ],
)
def test_of_several_words_the_faqs_most_frequent_is_taken(texts: list[str], better: str) -> None:
    assert TypoRepair(texts, ()).repair("xate")[0] == better
