"""Choices that are typed instead of pressed, and questions that only look like one."""

from __future__ import annotations

import pytest

from bot.conversation.conversation import may_choose
from bot.conversation.typed_choice import Meant, Said, chosen, is_dismissal
from bot.domain import Choice, Press

THREE = (
    Choice("return", "How do I return an item?"),
    Choice("refund", "When is my refund paid?"),
    Choice("delete", "账户怎么注销？"),
)
ORDERS = (
    Choice("change", "Can I change the items in my order?"),
    Choice("cancel", "How do I cancel my order?"),
    Choice("更改", "下单后能修改地址吗？"),
)
NONE_LABEL = "None of these"
CHOICES = {
    "return": (
        *("1", "one", "first", "the first one", "1st", "yes the first one", "①", "第一个"),
        *("yes, the 1st please", "I think the first one", "das erste", "la première", "一"),
    ),
    "refund": (
        *("2", " 2 ", "2.", "2)", "(2)", "2?", "#2", "# 2", "no. 2", "no 2", "number 2", "2️⃣"),
        *("number two", "option 2", "Option Two.", "2 please", "two", "second", "the second one"),
        *("２", "2nd", "the 2nd one", "I meant the second", "yes 2", "no, the second!"),
        *(
            "No, I meant the second one",
            "2, please",
            "give me the second one",
            "it's the 2nd",
            "its the 2nd",
        ),
        *("第二", "第二个", "THE SECOND", "二", "第2个", "2号", "选2", "我选第二个", "第二個"),
        *("我要问的是第二个", "2。", "第二个吧，谢谢", "numéro deux", "la segunda", "второй"),
    ),
    "delete": (
        *("3", "three", "third", "third one please", "第三", "the last one", "last", "the latter"),
        *("最后一个", "最後一個", "就最后那个", "der letzte", "the bottom one"),
    ),
}
SEVERAL = {
    ("return", "refund"): ("the first two", "1 and 2", "1 & 2", "first and second", "一和二"),
    ("return", "delete"): ("1, 3", "the first and the last one", "第一个和第三个", "一、三"),
    ("return", "refund", "delete"): ("all of them", "all three", "全部", "都要"),
}
NO = (
    *("none", "None of these", "none of them!", "neither", "NO", "nope", "no thanks", "nah"),
    *("thats not it", "That’s not it"),
    *("No, thanks.", "none of the above", "something else", "neither of those", "no, not these"),
    *("都不是", "不是。", "没有", "以上都不是", "都不對", "其他问题", "nein", "aucun", "ninguno"),
)
DISMISSED = (
    *("never mind", "Nevermind!", "forget it", "ok, never mind", "nvm", "it doesn't matter"),
    *("不用了", "算了吧", "不用了，谢谢", "沒事了", "egal", "laisse tomber"),
)
YES = (
    "thats it",
    "yes",
    "Yes please",
    "ok",
    "sure!",
    "exactly",
    "that's right",
    "是的",
    "对。",
    "嗯",
)
UNCLEAR = ("0", "4", "99", "option 5", "fourth", "第四个", "both", "both of them", "两个都要")
NEW = (
    *("no one", "2 items are broken", "no 2 parcels came", "one two", "100", "2024", "-1", "the"),
    *("", "?", "yes but when", "第二个包裹", "where is it", "2 people tickets?", "2pm", "24/7"),
    *("can I change my first order", "my first order", "first aid", "last week", "the last parcel"),
    *("second hand items", "2 kg", "1.5", "not the second", "I'll take it back", "all good"),
    *("is the last one delivered?", "both parcels are late", "none of my parcels came"),
    *("forget my data", "never mind the colour, is it waterproof?", "no refund yet", "一件商品"),
    *("第一次下单", "2件一起退", "两个包裹", "最后一个包裹还没到", "我没有收到", "不用注册吗"),
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *((text, (entry_id,)) for entry_id, texts in CHOICES.items() for text in texts),
        *((text, ids) for ids, texts in SEVERAL.items() for text in texts),
        *((text, Said.NONE) for text in NO),
        *((text, Said.DISMISSED) for text in DISMISSED),
        *((text, Said.AGAIN) for text in (*YES, *UNCLEAR)),
        *((text, None) for text in NEW),
    ],
)
def test_a_typed_text_is_a_choice_or_a_new_utterance(text: str, meant: Meant | None) -> None:
    """Whether it may be a choice is known without the choices too."""
    assert chosen(text, THREE, NONE_LABEL) == meant
    assert may_choose(text) is (meant is not None)
    assert is_dismissal(text) is (meant is Said.DISMISSED)


@pytest.mark.parametrize("text", ["both", "Both of them", "both please", "两个都要", "les deux"])
def test_both_means_two_choices_where_there_are_two(text: str) -> None:
    assert chosen(text, THREE[:2]) == ("return", "refund")


def test_of_what_is_pressed_only_none_of_these_needs_the_follow_up() -> None:
    assert [may_choose(Press(entry_id)) for entry_id in (None, "refund")] == [True, False]


@pytest.mark.parametrize("text", YES)
def test_a_yes_means_the_only_choice(text: str) -> None:
    assert chosen(text, THREE[:1]) == ("return",)


@pytest.mark.parametrize(
    ("text", "entry_id"),
    [
        pytest.param("When is my refund paid?", "refund", id="as shown"),
        pytest.param("  when is MY refund  paid", "refund", id="typed loosely"),
        pytest.param("账户怎么注销", "delete", id="Chinese, without its mark"),
        pytest.param("賬戶怎麼註銷", "delete", id="in Traditional characters"),
    ],
)
def test_the_wording_of_a_choice_means_it(text: str, entry_id: str) -> None:
    assert chosen(text, THREE) == (entry_id,)
    assert may_choose(text) is False  # only the choices could tell


@pytest.mark.parametrize(
    ("text", "entry_id"),
    [
        *((text, "change") for text in ("change", "Change!", "items", "the change one", "change?")),
        *((text, "cancel") for text in ("cancel", "cancel it", "cancel my order please")),
        *((text, "更改") for text in ("修改", "地址", "地址吧", "我要问地址的")),
    ],
)
def test_words_that_one_choice_alone_has_mean_it(text: str, entry_id: str) -> None:
    assert chosen(text, ORDERS) == (entry_id,)


@pytest.mark.parametrize(
    "text",
    [
        *("my order", "order", "change my address", "how do I cancel", "can I cancel?", "it"),
        *("don't cancel", "cancel the items", "is my order cancelled", "cancelled", "new order"),
        *("怎么修改", "不要修改", "修改订单", "改", "能修改吗"),
    ],
)
def test_words_that_several_choices_have_or_none_or_that_ask_are_a_new_utterance(text: str) -> None:
    assert chosen(text, ORDERS) is None


@pytest.mark.parametrize(("label", "text"), [("2", "2"), ("No", "no")])
def test_the_wording_of_a_choice_comes_before_what_else_it_may_mean(label: str, text: str) -> None:
    assert chosen(text, (Choice("a", label), Choice("b", "B"))) == ("a",)


def test_the_label_of_the_way_out_means_it_in_whatever_words_it_is() -> None:
    assert chosen("show me others", THREE, "Show me others…") is Said.NONE
    assert chosen("show me others", THREE, NONE_LABEL) is None


def test_a_text_that_can_be_read_in_many_ways_is_read_in_one() -> None:
    """Trying them all would take years."""
    for text in ("就是" * 90 + "第", "no i mean " * 19 + "x", "1," * 99, "the " * 49):
        assert chosen(text, THREE) in {None, Said.AGAIN}
