"""What stands in an answer beyond marks becomes something that people can read."""

from __future__ import annotations

import pytest

from bot.domain import Span
from bot.formatting import plain_text
from bot.markup.answer import parse, remarks

TABLE = "| Group | Fee |\n|---|---:|\n| **Adults** | 8.00 |\n| Children | |"
PAGE = "https://x.com/?a=1&b=2"


def shown(source: str) -> str:
    return plain_text(parse(source))


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("### Fees ###\nnone", "Fees"),
        ("Fees\n====\nnone", "Fees"),
        ("Fees\n---\nnone", "Fees"),
        ("<h2>Fees</h2>\nnone", "Fees"),
    ],
)
def test_a_heading_is_bold(source: str, title: str) -> None:
    first, *_ = parse(source)
    assert first == Span(title, bold=True)
    assert shown(source).split() == [title, "none"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a\n\n***\n\nb", "a\n\n———\n\nb"),
        pytest.param("We are open.\n---\nb", "We are open.\n———\nb", id="beneath a sentence"),
        pytest.param("- a\n- b\n---\nc", "- a\n- b\n———\nc", id="beneath a list"),
        ("a<hr>b", "a\n\n———\nb"),
    ],
)
def test_a_line_across_parts_what_is_above_and_below(source: str, expected: str) -> None:
    assert shown(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (TABLE, "Group: Adults\nFee: 8.00\n\nGroup: Children\nFee: –"),
        pytest.param("|a|\n|-|\n|1|2|", "a: 1\n2", id="a cell too many"),
        pytest.param("| |Mon|\n|-|-|\n|am|9|", "am\nMon: 9", id="a column without a head"),
        pytest.param("|a|b|\n|-|-|", "a | b", id="no rows"),
        pytest.param("> |a|\n> |-|\n> |1|", "> a: 1", id="in a quote"),
        pytest.param(f"|{'a' * 99}|\n|-|\n" + "|1|\n" * 99, None, id="it would grow too long"),
    ],
)
def test_a_table_becomes_lines_of_head_and_cell(source: str, expected: str | None) -> None:
    assert shown(source) == (source if expected is None else expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("```bash\nls *a*\n```", "ls *a*"),
        pytest.param("1. Run:\n   ```\n   ls\n     -l\n   ```", "ls\n  -l", id="in a list"),
        pytest.param("```pip install x\n```", "pip install x", id="code behind the mark"),
        pytest.param("```pip install x\ny\n```", "pip install x\ny", id="more than a language"),
        pytest.param("```\nls\n\nnever ended", "ls\n\nnever ended", id="without an end"),
    ],
)
def test_lines_of_code_are_shown_without_their_language(source: str, expected: str) -> None:
    assert [span.text for span in parse(source) if span.code] == [expected]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>a</p>\n<p>b</p>", "a\n\nb"),
        ("a<br>b<br/>\nc<br><br>d", "a\nb\nc\n\nd"),
        ("<ul>\n  <li>a</li>\n  <li>b</li>\n</ul>\nc", "- a\n- b\n\nc"),
        ("<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>", "1. a\n  - b\n2. c"),
        ("<table><tr><th>a<th>b</tr><tr><td>1<td>2</tr></table>", "a | b\n1 | 2"),
        ("Mon&ndash;Fri &lt;9 &#8364;", "Mon–Fri <9 €"),
        ("10<sup>6</sup> <u>m</u><span class='x'>n</span><!-- o -->", "10^6 mn"),
        (f'<a class="b" HREF="{PAGE.replace("&", "&amp;")}">p</a>', f"p ({PAGE})"),
        ('<a href="/p">q</a> <a name="x">r</a>', "q (/p) r"),
        ('<img src="a.png" alt="the map">', "the map (a.png)"),
    ],
)
def test_html_becomes_the_text_that_a_page_would_show(source: str, expected: str) -> None:
    assert shown(source).rstrip() == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<b>a</b>", Span("a", bold=True)),
        ("<strong>a</strong>", Span("a", bold=True)),
        ("<em>a</em>", Span("a", italic=True)),
        ("<del>a</del>", Span("a", strike=True)),
        ("<code>a</code>", Span("a", code=True)),
    ],
)
def test_html_is_formatted_as_marks_are(source: str, expected: Span) -> None:
    assert parse(source) == (expected,)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[a](/b)", "a (/b)"),
        ("[a](//x.com), [b](#c) and [d](e.html)", "a (//x.com), b (#c) and d (e.html)"),
        ("[a](mailto:a@b.example)", "a (a@b.example)"),
        ("[a@b.example](mailto:a@b.example)", "a@b.example"),
        ("[call](tel:+49123)", "call (+49123)"),
        ("<a@b.example> <https://x.com>", "a@b.example https://x.com"),
        ("[a][1] and [b]\n\n[1]: /c\n[b]: https://x.com\n", "a (/c) and b (https://x.com)"),
        ("![a](img/b.png) ![](c.png)", "a (img/b.png) c.png"),
        ("[![a](b.png)](https://x.com)", "a (https://x.com)"),
    ],
)
def test_where_a_link_or_a_picture_leads_is_told_where_it_cannot_be_followed(
    source: str, expected: str
) -> None:
    assert shown(source).rstrip() == expected


def test_a_list_is_shown_as_it_is_typed() -> None:
    text = "1. a\n   - b\n     - c **d**\n2) e\n* f\n+ g\n\n    h"
    assert shown(text) == text.replace("**", "")


@pytest.mark.parametrize(
    ("source", "line", "told"),
    [
        (f"a\n\n{TABLE}", 2, "a table is shown line by line"),
        ("a\n\nb\n[c](/d)", 3, "a link leads to '/d', which is no web address"),
        ("a\n![b](c.png)", 1, "the picture 'c.png' is shown as a link or by its name"),
        ("> a\n> [c](/d)", 1, "a link leads to '/d'"),
        ("a\n```\nb", 1, "code begins here and never ends"),
        ("<table>\n<tr><td>1</table>", 0, "the table is shown line by line"),
        ("a\n<iframe src='b'></iframe>", 1, "the tag <iframe> is shown as it is typed"),
    ],
)
def test_what_cannot_be_shown_as_written_is_remarked_on_with_its_line(
    source: str, line: int, told: str
) -> None:
    ((found, text),) = remarks(source)
    assert found == line
    assert text.startswith(told)


def test_what_can_be_shown_as_written_is_not_remarked_on() -> None:
    source = (
        "# a\n\n**b** ~~c~~ <b>d</b> [e](https://x.com)\n> f\n```sh\ng\n```\n- h\n<https://x.com>"
    )
    assert remarks(source) == []
