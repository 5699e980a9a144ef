"""Replies as Telegram takes them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram.api.render import (
    MessageText,
    as_html,
    parts_of,
    reply_parts,
    text_parts,
    utf16_units,
)
from bot.domain import Link, Reply, Span
from bot.formatting import parse
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
    assert text_parts(text, limit) == expected


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
    ],
)
def test_an_answer_is_formatted_with_telegrams_tags(source: str, expected: str) -> None:
    assert as_html(parse(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            "**one two three** four",
            [("<b>one two</b>", "one two"), ("<b>three</b> four", "three four")],
            id="a span is closed and opened again",
        ),
        pytest.param(
            "see [our whole shop](https://x.com)",
            [
                ('see <a href="https://x.com">our</a>', "see our (https://x.com)"),
                ('<a href="https://x.com">whole shop</a>', "whole shop (https://x.com)"),
            ],
            id="marks and addresses take no room; each half of a link leads there",
        ),
        pytest.param("**😀😀😀** <&>", [("<b>😀😀😀</b> &lt;&amp;&gt;", "😀😀😀 <&>")], id="fits"),
        pytest.param("``  `` ", [("``  ``", "``  ``")], id="nothing to see: as typed"),
    ],
)
def test_a_long_answer_is_split_by_what_people_see(
    source: str, expected: list[tuple[str, str]]
) -> None:
    assert parts_of(parse(source), 10) == [MessageText(*part) for part in expected]


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
    seen = [visible_text(part.html) for part in parts_of(spans, limit)]
    assert seen == text_parts("".join(span.text for span in spans), limit)
    assert all(0 < utf16_units(part) <= limit for part in seen)


def test_a_sentence_of_the_bot_is_never_interpreted() -> None:
    text = "**Sorry** [x](https://x.com) <b>"
    assert reply_parts(Reply(text)) == [
        MessageText("**Sorry** [x](https://x.com) &lt;b&gt;", "**Sorry** [x](https://x.com) <b>")
    ]


def test_an_answer_goes_out_with_its_links_written_out_where_asked() -> None:
    reply = Reply("b", links=(Link("L", "https://x.com"),), spans=(Span("b", bold=True),))
    assert reply_parts(reply) == [MessageText("<b>b</b>", "b")]
    assert reply_parts(reply, links=True) == [
        MessageText("<b>b</b>\n\nL: https://x.com", "b\n\nL: https://x.com")
    ]
