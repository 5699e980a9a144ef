"""Formatted text is written so that it is read as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Span
from bot.markup.answer import parse
from bot.markup.written import write

WORDS = st.text("ab1 *_`[]()<>#>|~\\&!-=中。\n", max_size=12)
SPANS = st.lists(
    st.builds(
        Span,
        text=WORDS,
        bold=st.booleans(),
        italic=st.booleans(),
        code=st.booleans(),
        strike=st.booleans(),
        quote=st.booleans(),
        url=st.sampled_from([None, None, "https://x.com/a_b"]),
    ),
    max_size=4,
)


def words(spans: list[Span] | tuple[Span, ...]) -> list[str]:
    return "".join(span.text for span in spans).split()


@given(spans=SPANS)
def test_no_letter_is_lost_or_added(spans: list[Span]) -> None:
    assert "".join(words(parse(write(spans)))) == "".join(words(spans))


@pytest.mark.parametrize(
    ("spans", "written"),
    [
        ([Span("a "), Span("b", bold=True), Span(" c")], "a **b** c"),
        ([Span("b ", bold=True), Span("c")], "**b** c"),
        ([Span("b", bold=True, italic=True, strike=True)], "***~~b~~***"),
        ([Span("one\n\ntwo", bold=True)], "**one**\n\n**two**"),
        ([Span("x", url="https://x.com/a_b")], "[x](https://x.com/a_b)"),
        ([Span("https://x.com", url="https://x.com")], "https://x.com"),
        ([Span("x\ny", quote=True), Span("\nz")], "> x\n> y\n\nz"),
        ([Span("a*b", code=True)], "`a*b`"),
        ([Span("a`b", code=True)], "``a`b``"),
        ([Span("a\n  b", code=True)], "```\na\n  b\n```"),
        ([Span("60*80, *a* and **b**")], r"60\*80, \*a\* and \*\*b\*\*"),
        ([Span("60*80*30 #1 a_b <order number>")], "60*80*30 #1 a_b <order number>"),
        ([Span("# no title")], r"\# no title"),
    ],
)
def test_formatting_is_written_with_the_fewest_marks(spans: list[Span], written: str) -> None:
    assert write(spans) == written


def test_formatting_in_the_middle_of_a_word_is_written_as_html() -> None:
    spans = [Span("a"), Span("b", bold=True), Span("c "), Span("d", italic=True)]
    assert write(spans) == "a<b>b</b>c *d*"
    assert list(parse("a<b>b</b>c *d*")) == spans
