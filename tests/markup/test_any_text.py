"""Whatever an answer holds, its words arrive, in a form that Telegram takes, and at once."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import Reply
from bot.formatting import html_parts, plain_text, reply_parts, utf16_units
from bot.markup.answer import parse, remarks
from tests.e2e.telegram_html import visible_text

MARKS = "*_`[]()\\~"
# Each word begins with a figure: behind the mark that begins code, others are a language's name.
WORD = re.compile(r"(?<!\w)\d[a-zß中]*")
BETWEEN = [
    "*",
    "**",
    "_",
    "__",
    "~~",
    "`",
    "```",
    "[",
    "](",
    "](https://x.com/",
    ")",
    "![",
    ">",
    ">5",
    "|",
    "\\",
    ":",
    "]:",
    "#",
    "<",
    "&",
    "&amp;",
    "：",
    "😀",
    "http://",
    "<x@y.example>",
    "<b>",
    "</b>",
    "<p>",
    "</p>",
    "<br>",
    "<ul>",
    "</ul>",
    "<li>",
    "<a\xa0href='/u'>",
    "<a\xa0href='https://x.com'>",
    "</a>",
    "<pre>",
    "<img\xa0src='v.png'>",
    "<td>",
    "<h1>",
    "</h1>",
    "<blockquote>",
    "</blockquote>",
    "<sup>",
    "</sup>",
    "<s>",
    "</i>",
    "<!--",
    "-->",
]
LINES = [
    "\n",
    "\n\n",
    "\n# ",
    "\n> ",
    "\n---\n",
    "\n===\n",
    "\n- ",
    "\n1. ",
    "\n    ",
    "\n```",
    "\n[a]: /w",
]
LINES += ["|\n|-|-|\n|", "\n-|-\n", "\n|", " ", "\t"]
PIECES = [piece.replace("\xa0", " ") for piece in BETWEEN] + LINES
MARKED = st.lists(
    st.one_of(st.sampled_from(PIECES), st.from_regex(WORD, fullmatch=True), st.text(max_size=3)),
    max_size=40,
).map("".join)


@given(MARKED)
@settings(max_examples=1_000)
def test_no_word_is_lost(text: str) -> None:
    told = plain_text(parse(text))
    assert [word for word in WORD.findall(text) if word not in told] == []


@given(st.text(st.one_of(st.sampled_from(MARKS + " \n\tab：中/"), st.characters()), max_size=80))
@settings(max_examples=500)
def test_of_a_line_only_marks_disappear(text: str) -> None:
    """In any text without HTML, blocks and addresses; code may lose a blank at each of its ends."""
    text = re.sub(r"[<>&|#=\-:.+0-9\r]|^[\s*_]+$", "", text, flags=re.MULTILINE)
    shown = plain_text(parse(text))
    kept = str.maketrans("", "", MARKS)
    assert "".join(shown.translate(kept).split()) == "".join(text.translate(kept).split())
    assert bool(shown.strip()) == bool(text.strip())


@given(MARKED, st.integers(2, 40))
@settings(max_examples=500)
def test_every_part_is_html_that_telegram_takes_and_fits(text: str, limit: int) -> None:
    spans = parse(text)
    told = "".join(span.text for span in spans)
    for most, parts in (
        (limit, html_parts(spans, limit)),
        (4_096, reply_parts(Reply("", spans=spans))),
    ):
        seen = [visible_text(part) for part in parts]
        assert all(0 < utf16_units(part) <= most for part in seen)
        assert "".join("".join(seen).split()) == "".join(told.split())


@given(MARKED)
def test_remarks_name_lines_of_the_answer(text: str) -> None:
    lines = text.count("\n") + 1
    assert all(0 <= line < lines for line, _ in remarks(text))


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "[",
            "*",
            "**a",
            "_a ",
            "`",
            "``a`",
            "[a](",
            "[a](https://x.com",
            "\\",
            "*a_ ",
            "![",
            "<a ",
        ),
        *(
            "<b>",
            "</b>",
            "<ul><li>",
            "<!--",
            "&#",
            "| a ",
            "> ",
            "# ",
            "a|b\n-|-\n",
            "```\n",
            "~~a",
        ),
        *("[a]:b.c\n", "[a]: b.c\n[a]", ">a\n\n", "https://", "![a](b.c) ", "<x:y> ", "a\n---\n"),
    ],
)
def test_marks_without_end_cost_no_minutes(piece: str) -> None:
    """As many as an answer may hold; a parser that is quadratic here takes far longer."""
    spans = parse((piece * 40_000)[:40_000])
    assert len(plain_text(spans)) < 1_000_000
