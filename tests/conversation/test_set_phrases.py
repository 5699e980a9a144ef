"""Choices that are typed instead of pressed; greetings and thanks."""

from __future__ import annotations

import pytest

from bot.conversation.conversation import AGAIN, chosen, may_choose, small_talk
from bot.domain import Choice, Press
from bot.files.config_texts import shipped

THREE = (
    Choice("return", "How do I return an item?"),
    Choice("refund", "When is my refund paid?"),
    Choice("delete", "账户怎么注销？"),
)
NONE = "None of these"
TEXTS = shipped()["en"]
CHOICES = {
    "return": ("1", "one", "first", "the first one", "第一个"),
    "refund": (
        *("2", " 2 ", "2.", "2)", "#2", "# 2", "no. 2", "no 2", "number 2", "number two"),
        *("option 2", "Option Two.", "2 please", "two", "second", "the second one", "２"),
        *("第二", "第二个", "THE SECOND", "Second!"),
    ),
    "delete": ("3", "three", "third", "third one please", "第三"),
}
NO = (
    *("none", "None of these", "none of them!", "neither", "NO", "nope", "no thanks"),
    *("都不是", "不是。", "没有"),
)
YES = ("yes", "Yes please", "ok", "sure!", "exactly", "是的", "对。", "嗯")
NO_SUCH_PLACE = ("0", "4", "99", "option 5", "fourth", "第四个")
NEW = (
    *("no one", "both of them", "2 items are broken", "no 2 parcels came", "one two", "100"),
    *("2024", "-1", "the", "", "?", "yes but when", "第二个包裹", "where is it"),
)


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        *((text, Press(entry_id)) for entry_id, texts in CHOICES.items() for text in texts),
        *((text, Press(None)) for text in NO),
        *((text, AGAIN) for text in (*YES, *NO_SUCH_PLACE)),
        *((text, None) for text in NEW),
    ],
)
def test_a_typed_text_is_a_choice_or_a_new_utterance(text: str, choice: Press | None) -> None:
    """Whether it may be a choice is known without the choices too."""
    assert chosen(text, THREE, NONE) == choice
    assert may_choose(text) is (choice is not None)


def test_of_what_is_pressed_only_none_of_these_needs_the_follow_up() -> None:
    assert [may_choose(Press(entry_id)) for entry_id in (None, "refund")] == [True, False]


@pytest.mark.parametrize("text", YES)
def test_a_yes_means_the_only_choice(text: str) -> None:
    assert chosen(text, THREE[:1], NONE) == Press("return")


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
    assert may_choose(text) is False  # only the choices could tell


@pytest.mark.parametrize(("label", "text"), [("2", "2"), ("No", "no")])
def test_the_wording_of_a_choice_comes_before_what_else_it_may_mean(label: str, text: str) -> None:
    assert chosen(text, (Choice("a", label), Choice("b", "B")), NONE) == Press("a")


def test_the_label_of_the_way_out_means_it_in_whatever_words_it_is() -> None:
    assert chosen("something else", THREE, "Something else…") == Press(None)
    assert chosen("something else", THREE, NONE) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        *((text, TEXTS.welcome) for text in ("Hi!", "good morning", "你好")),
        *((text, TEXTS.thanks) for text in ("THANKS", "谢谢！", "many thanks.")),
        *((text, None) for text in ("hi there, where is it?", "no thanks", "")),
    ],
)
def test_greetings_and_thanks_are_returned(text: str, told: str | None) -> None:
    assert small_talk(text, TEXTS) == told
