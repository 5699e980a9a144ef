"""Formatted text as Telegram and the terminal take it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import Reply, Span
from bot.errors import escaped
from bot.formatting import (
    as_html,
    html_parts,
    one_line,
    plain_text,
    reply_parts,
    utf16_units,
)
from bot.markup.answer import parse
from tests.e2e.telegram_html import visible_text


@given(st.text(max_size=50))
def test_lengths_are_counted_in_utf16_units(text: str) -> None:
    assert utf16_units(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


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
    assert [visible_text(part) for part in html_parts([Span(text)], limit)] == expected


def test_what_html_reads_as_markup_is_escaped() -> None:
    assert as_html([Span('<b>"R&D"</b>')]) == '&lt;b&gt;"R&amp;D"&lt;/b&gt;'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("**b** *i* _i_ `c`", "<b>b</b> <i>i</i> <i>i</i> <code>c</code>"),
        ("***both***", "<b><i>both</i></b>"),
        ("**a < b**", "<b>a &lt; b</b>"),
        pytest.param("**a `c` b**", "<b>a </b><code>c</code><b> b</b>", id="code stands alone"),
        (
            '[the *new* shop](https://x.com/?a=1&b="2")',
            '<a href="https://x.com/?a=1&amp;b=&quot;2&quot;">the <i>new</i> shop</a>',
        ),
        ("[`c`](https://x.com)", '<a href="https://x.com">c</a>'),
        ("~~**a**~~", "<b><s>a</s></b>"),
        (
            "> a **b** [c](https://x.com)",
            '<blockquote>a <b>b</b> <a href="https://x.com">c</a></blockquote>',
        ),
    ],
)
def test_an_answer_is_formatted_with_telegrams_tags(source: str, expected: str) -> None:
    assert as_html(parse(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            "**one two three** four",
            ["<b>one two</b>", "<b>three</b> four"],
            id="a span is closed and opened again",
        ),
        pytest.param(
            "see [our whole shop](https://x.com)",
            [
                'see <a href="https://x.com">our</a>',
                '<a href="https://x.com">whole shop</a>',
            ],
            id="marks and addresses take no room; each half of a link leads there",
        ),
        pytest.param("**😀😀😀** <&>", ["<b>😀😀😀</b> &lt;&amp;&gt;"], id="fits"),
        pytest.param("``  `` ", ["``  ``"], id="nothing to see: as typed"),
    ],
)
def test_a_long_answer_is_split_by_what_people_see(source: str, expected: list[str]) -> None:
    assert html_parts(parse(source), 10) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("> a\n> b\n\nc", "> a\n> b\n\nc"),
        ("now ~~£8~~ £6", "now ~~£8~~ £6"),
    ],
)
def test_what_a_terminal_cannot_show_stands_there_as_it_is_typed(
    source: str, expected: str
) -> None:
    assert plain_text(parse(source)) == expected


MARKED = st.lists(
    st.one_of(
        st.sampled_from(["*", "**", "_", "`", "``", "[", "](https://x.com/a)", "](", ")", "\\"]),
        st.sampled_from(["\n", "\n\n", " ", "- ", "<b>", "&amp;", "&", '"', "：", "中文", "😀"]),
        st.text(max_size=5),
    ),
    max_size=40,
).map("".join)


@given(MARKED, st.integers(2, 40))
@settings(max_examples=500)
def test_every_formatted_part_is_valid_and_fits_and_no_word_is_lost(text: str, limit: int) -> None:
    spans = parse(text)
    seen = [visible_text(part) for part in html_parts(spans, limit)]
    told = "".join(span.text for span in spans)
    assert seen == [visible_text(part) for part in html_parts([Span(told)], limit)]
    assert all(0 < utf16_units(part) <= limit for part in seen)


def test_a_sentence_of_the_bot_is_never_interpreted() -> None:
    text = "**Sorry** [x](https://x.com) <b>"
    assert reply_parts(Reply(text)) == ["**Sorry** [x](https://x.com) &lt;b&gt;"]
    assert reply_parts(Reply("b", spans=(Span("b", bold=True),))) == ["<b>b</b>"]


# --- what people wrote, where it could do more than be read ------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\x1b[2J\x1b]0;title\x07", r"\u001b[2J\u001b]0;title\u0007", id="ESC and BEL"),
        pytest.param("a\x9b2Jb\x7f\x08", r"a\u009b2Jb\u007f\u0008", id="CSI in one byte, DEL"),
        pytest.param("a\rb\u2028c", r"a\u000db\u2028c", id="other ends of a line"),
        pytest.param("\u202eevil\u2066", r"\u202eevil\u2066", id="what turns words around"),
        pytest.param("\ud83d", r"\ud83d", id="half a character"),
        pytest.param(
            "a\n\tb é 你好 🙂 \u200fשלום", "a\n\tb é 你好 🙂 \u200fשלום", id="what is harmless"
        ),
    ],
)
def test_a_terminal_is_shown_no_control_characters(text: str, shown: str) -> None:
    assert escaped(text) == shown
    assert json.loads(f'"{escaped(chr(0x9B))}"') == chr(0x9B)  # JSON says what it said


@pytest.mark.parametrize("mark", ["\n", "\r", "\v", "\x85", "\u2028", "\u2029", "\u202e", "\x1b"])
def test_a_name_is_one_line_that_turns_nothing_around(mark: str) -> None:
    assert one_line(f" Ada{mark}{mark}2. Bob asks:{mark}") == "Ada 2. Bob asks:"
