"""Replies as Telegram takes them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram.buttons import Button, ButtonReader, Kind, encode
from bot.channels.telegram.render import MAX_UNITS, escape, keyboard, text_parts
from bot.domain import Choice, Link, Press, Reply
from bot.texts import Texts


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        pytest.param("short", 10, ["short"], id="fits"),
        pytest.param("one two three", 10, ["one two", "three"], id="at a space"),
        pytest.param("aaaa bb\nccc dd", 10, ["aaaa bb", "ccc dd"], id="at a line before a space"),
        pytest.param("a" * 25, 10, ["a" * 10, "a" * 10, "a" * 5], id="no break: at the limit"),
        pytest.param("😀" * 6, 10, ["😀" * 5, "😀"], id="an emoji counts twice and stays whole"),
        pytest.param("  \n ", 10, [], id="nothing"),
    ],
)
def test_text_is_split_at_the_best_break(text: str, limit: int, expected: list[str]) -> None:
    assert text_parts(text, limit) == expected


@given(st.text(max_size=200), st.integers(2, 40))
@settings(max_examples=300)
def test_every_part_fits_and_no_word_is_lost(text: str, limit: int) -> None:
    parts = text_parts(text, limit)
    assert all(0 < units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_text_of_the_limit_is_one_part() -> None:
    assert text_parts("x" * MAX_UNITS) == ["x" * MAX_UNITS]
    assert len(text_parts("x" * (MAX_UNITS + 1))) == 2


def test_what_html_reads_as_markup_is_escaped() -> None:
    assert escape('<b>"R&D"</b>') == '&lt;b&gt;"R&amp;D"&lt;/b&gt;'


def test_a_follow_up_has_a_row_per_choice_and_a_way_out() -> None:
    markup = keyboard(Reply("?", choices=(Choice("a", "A"), Choice("b", "B" * 200))), Texts())
    assert markup is not None
    rows = [
        [(button.text, button.callback_data) for button in row] for row in markup.inline_keyboard
    ]
    assert rows == [
        [("A", encode(Kind.CHOICE, "a"))],
        [("B" * 99 + "…", encode(Kind.CHOICE, "b"))],
        [("None of these", "n")],
    ]


def test_links_come_before_related_questions_and_can_be_left_out() -> None:
    reply = Reply("!", related=(Choice("a", "A"),), links=(Link("L", "https://example.com"),))
    for links, expected in ((True, ["L", "A"]), (False, ["A"])):
        markup = keyboard(reply, Texts(), links=links)
        assert markup is not None
        assert [row[0].text for row in markup.inline_keyboard] == expected


def test_a_reply_without_buttons_has_no_keyboard() -> None:
    assert keyboard(Reply("!"), Texts()) is None


@pytest.mark.parametrize("kind", [Kind.CHOICE, Kind.RELATED])
def test_a_button_stands_for_the_same_entry_whatever_else_is_in_the_faq(kind: Kind) -> None:
    data = encode(kind, "refund")
    for ids in (["refund"], ["a", "refund", "z"]):
        assert ButtonReader(ids).read(data) == Button(kind, Press("refund"))


def test_a_button_of_an_entry_that_is_gone_names_an_entry_nobody_has() -> None:
    button = ButtonReader(["other"]).read(encode(Kind.CHOICE, "refund"))
    assert button is not None
    assert button.press.entry_id not in {None, "other", "refund"}


def test_none_of_these_is_a_press_of_no_entry() -> None:
    assert ButtonReader([]).read(encode(Kind.NONE)) == Button(Kind.NONE, Press(None))


def test_button_data_fits_telegrams_64_bytes() -> None:
    assert len(encode(Kind.CHOICE, "x" * 200).encode()) <= 64


@given(st.text(max_size=64))
@settings(max_examples=300)
def test_forged_data_never_names_an_entry(data: str) -> None:
    button = ButtonReader(["refund"]).read(data)
    assert button is None or button.press.entry_id != "refund"
