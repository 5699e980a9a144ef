"""One message and the questions in it."""

from __future__ import annotations

import pytest

from bot.matching.text.normalise import MAX_UTTERANCE_CHARS
from bot.matching.text.questions import clauses, sentences


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
