"""Choices that are typed instead of pressed."""

from __future__ import annotations

import pytest

from bot.conversation.typed_choice import AGAIN, chosen, may_be_choice
from bot.domain import Choice, Press

THREE = (
    Choice("return", "How do I return an item?"),
    Choice("refund", "When is my refund paid?"),
    Choice("delete", "账户怎么注销？"),
)
NONE = "None of these"


@pytest.mark.parametrize(
    ("text", "entry_id"),
    [
        *((text, "refund") for text in ("2", " 2 ", "2.", "2)", "#2", "# 2", "no. 2", "no 2")),
        *((text, "refund") for text in ("number 2", "number two", "option 2", "Option Two.")),
        *((text, "refund") for text in ("2 please", "two", "second", "the second one", "２")),
        *((text, "refund") for text in ("第二", "第二个", "THE SECOND", "Second!")),
        *((text, "return") for text in ("1", "one", "first", "the first one", "第一个")),
        *((text, "delete") for text in ("3", "three", "third", "third one please", "第三")),
    ],
)
def test_a_number_or_its_word_means_the_choice_of_that_place(text: str, entry_id: str) -> None:
    assert chosen(text, THREE, NONE) == Press(entry_id)


@pytest.mark.parametrize(
    ("text", "entry_id"),
    [
        pytest.param("When is my refund paid?", "refund", id="as shown"),
        pytest.param("  when is MY refund  paid", "refund", id="typed loosely"),
        pytest.param("账户怎么注销", "delete", id="Chinese, without its mark"),
    ],
)
def test_the_wording_of_a_choice_means_it(text: str, entry_id: str) -> None:
    assert chosen(text, THREE, NONE) == Press(entry_id)


@pytest.mark.parametrize(
    ("label", "text"), [pytest.param("2", "2", id="number"), pytest.param("No", "no", id="none")]
)
def test_the_wording_of_a_choice_comes_before_what_else_it_may_mean(label: str, text: str) -> None:
    choices = (Choice("a", label), Choice("b", "B"))
    assert chosen(text, choices, NONE) == Press("a")


@pytest.mark.parametrize(
    "text",
    [
        *("none", "None of these", "none of them!", "neither", "NO", "nope", "no thanks"),
        *("都不是", "不是。", "没有"),
    ],
)
def test_a_no_in_either_language_means_none_of_these(text: str) -> None:
    assert chosen(text, THREE, NONE) == Press(None)


def test_the_label_of_the_way_out_means_it_in_whatever_words_it_is() -> None:
    assert chosen("something else", THREE, "Something else…") == Press(None)
    assert chosen("something else", THREE, NONE) is None


@pytest.mark.parametrize(
    "text", ["yes", "Yes please", "ok", "sure!", "exactly", "是的", "对。", "嗯"]
)
def test_a_yes_in_either_language_means_the_only_choice_and_of_several_none(text: str) -> None:
    assert chosen(text, THREE[:1], NONE) == Press("return")
    assert chosen(text, THREE, NONE) is AGAIN


@pytest.mark.parametrize("text", ["0", "4", "99", "option 5", "fourth", "第四个"])
def test_a_place_where_there_is_no_choice_asks_again(text: str) -> None:
    assert chosen(text, THREE, NONE) is AGAIN


@pytest.mark.parametrize(
    "text",
    [
        *("no one", "both of them", "2 items are broken", "no 2 parcels came", "one two"),
        *("100", "2024", "-1", "the", "", "?", "yes but when", "第二个包裹"),
    ],
)
def test_any_other_text_is_a_new_utterance(text: str) -> None:
    assert chosen(text, THREE, NONE) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            (text, True)
            for text in ("2", "the third one", "第二个", "７", "yes", "好的", "no", "都不是")
        ),
        *(
            (text, False)
            for text in ("no one", "where is it", "How do I return an item?", "", "2024")
        ),
    ],
)
def test_whether_a_text_may_be_a_choice_is_known_without_the_choices(
    text: str, expected: bool
) -> None:
    """What only the choices could tell, their wordings, counts as a new utterance."""
    assert may_be_choice(text) is expected


@pytest.mark.parametrize("text", ["2", "second", "none", "yes", "都不是", "是", "第一"])
def test_whatever_may_be_a_choice_does_choose_something(text: str) -> None:
    assert may_be_choice(text)
    assert chosen(text, THREE, NONE) is not None
