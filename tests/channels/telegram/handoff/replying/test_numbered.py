"""Which items of a digest a reply names, in the ways people do."""

from __future__ import annotations

import pytest

from bot.channels.telegram.handoff.replying.numbered import read_parts

Read = list[tuple[tuple[int, ...], str]]


def read(text: str, count: int = 12) -> Read:
    """(items, words) of each answer in a reply."""
    return [(part.numbers, text[part.start : part.end].strip()) for part in read_parts(text, count)]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2: yes",
            "2 - yes",
            "2 yes",
            "2) yes",
            "(2) yes",
            "[2] yes",
            "2. yes",
            "2, yes",
            "2–yes",
        ),
        *("  #2: yes", "#2 yes", "No. 2: yes", "number 2 yes", "item 2: yes", "Question 2: yes"),
        *(
            "2\nyes",
            "2.\nyes",
            "2 -> yes",
            "2 → yes",
            "2=yes",
            "2)yes",
            "2nd: yes",
            "2\ufe0f\u20e3 yes",
        ),
        *("to 2: yes", "For 2: yes", "re 2: yes", "answer to 2: yes", "Q2: yes", "@2 yes"),
        *("two: yes", "the second: yes", "The second one: yes", "number two: yes"),
        *(
            "2：yes",
            "2、yes",
            "２：yes",
            "第2个：yes",
            "第二个：yes",
            "2号：yes",
            "给2：yes",
            "问题2：yes",
        ),
    ],
)
def test_one_item_is_named_in_many_ways(text: str) -> None:
    assert read(text) == [((2,), "yes")]


@pytest.mark.parametrize(
    "text",
    [
        *("1) and 2) yes", "1 and 2: yes", "1, 2 yes", "1,2: yes", "1 & 2: yes", "1+2: yes"),
        *("#1 and #2: yes", "#1 #2 yes", "1. and 2. yes", "1), 2) yes", "1/2: yes", "1 2: yes"),
        *("both 1 and 2: yes", "one and two: yes", "the first and the second: yes", "1-2: yes"),
        *("1和2：yes", "1、2：yes", "第1个和第2个：yes", "1 und 2: yes", "for 1 and 2: yes"),
    ],
)
def test_several_items_are_answered_with_the_same_words(text: str) -> None:
    assert read(text) == [((1, 2), "yes")]


@pytest.mark.parametrize(
    "text",
    [
        *("both: yes", "for both: yes", "Both - yes", "both of them: yes", "all: yes", "1-2: yes"),
        *("Everybody: yes", "For all of them: yes", "each of them: yes"),
        *("两个都：yes", "全部：yes", "大家：yes"),
    ],
)
def test_all_items_are_answered_at_once(text: str) -> None:
    assert read(text, 2) == [((1, 2), "yes")]


def test_both_are_no_three() -> None:
    assert read("both: yes", 3) == []
    assert read("all: yes", 3) == [((1, 2, 3), "yes")]
    assert read("the last one: yes", 3) == [((3,), "yes")]
    assert read("1-3: yes", 3) == read("1 to 3: yes", 3) == [((1, 2, 3), "yes")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1: yes\n2: no", [((1,), "yes"), ((2,), "no")]),
        ("1 yes\n2 no", [((1,), "yes"), ((2,), "no")]),
        ("1: yes, 2: no", [((1,), "yes"), ((2,), "no")]),
        ("1: yes 2: no", [((1,), "yes"), ((2,), "no")]),
        ("#1: yes and #2: no", [((1,), "yes"), ((2,), "no")]),
        ("1) yes, but 2) no", [((1,), "yes"), ((2,), "no")]),
        ("1: see page 4: there", [((1,), "see page 4: there")]),
        ("1) yes; 2) and 3) no", [((1,), "yes"), ((2, 3), "no")]),
        ("1: yes\n\n2: /close", [((1,), "yes"), ((2,), "/close")]),
        ("1：好\n2：不行", [((1,), "好"), ((2,), "不行")]),
        pytest.param("1: at 9:30, 2: hi", [((1,), "at 9:30"), ((2,), "hi")], id="a time"),
        pytest.param("2: do\n1) open\n3) wait", [((2,), "do\n1) open\n3) wait")], id="other signs"),
        pytest.param(
            "2. do\n1. open\n2. go\n3. wait", [((2,), "do\n1. open\n2. go\n3. wait")], id="steps"
        ),
        pytest.param("2: yes\n40: no", [((2,), "yes\n40: no")], id="no such item"),
    ],
)
def test_each_item_may_be_answered_with_its_own_words(text: str, expected: Read) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "yes", "yes 2", "2024 was fine", "999 all", "0: yes", "13: yes", "1 and 13: yes"),
        *("10:30 works", "2.5 kg", "2-3 days", "1 to 3 days", "1/2 price", "50% off", "2x"),
        *("one moment please", "1 yes, 2 no", "both are fine", "all of it is gone"),
        *("最后一个 yes", "2天后到", "\u0662: yes", "12345"),
    ],
)
def test_what_may_be_meant_as_it_stands_names_no_item(text: str) -> None:
    """A word to the wrong person is worse than a question back."""
    assert read(text) == []


def test_a_number_alone_says_nothing_to_its_item() -> None:
    assert read("2") == read("2:") == read("#2") == [((2,), "")]
