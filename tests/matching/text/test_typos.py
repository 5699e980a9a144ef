"""Typing errors, and words that only look like one."""

from __future__ import annotations

import pytest

from bot.matching.text.typos import TypoRepair

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
    assert repaired(f"Please {typed}, now") == (
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
