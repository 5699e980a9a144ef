"""HTML and Markdown pages: questions are found however they are written down."""

from __future__ import annotations

import pytest

from bot.domain import FaqEntry
from tests.authoring.transfer.files import entries, take

WHY = FaqEntry("why", "Why?", (), "So **it** is.")
LD = """<script type="application/ld+json">
{"@context": "https://schema.org", "@graph": [{"@type": ["WebPage", "FAQPage"], "mainEntity": [
{"@type": "Question", "name": "Why?", "acceptedAnswer":
{"@type": "Answer", "text": "<p>So <b>it</b>\n is.</p>"}}]}]}</script>"""


@pytest.mark.parametrize(
    "page",
    [
        f"<html><head>{LD}</head><body><h2>Other?</h2><p>Text</p></body>",
        '<div itemscope itemtype="https://schema.org/Question"><h3 itemprop="name">Why?</h3><div '
        'itemprop="acceptedAnswer"><div itemprop="text"><p>So <b>it</b> is.</div></div></div>',
        "<details><summary>Why?</summary><p>So <b>it</b> is.</p></details>",
        "<dl><dt>Q1: Why?<dd>A: So <strong>it</strong> is.</dl>",
        "<h1>FAQ</h1><h3>1. Why?</h3><div>So <b>it</b>  is.</div>",
        "<h1>FAQ</h1><div><p><strong>Why?</strong></p><p>So <b>it</b> is.</p></div>",
        "<p><b>Q: Why?</b><br>A: So <b>it</b> is.</p>",
        "<button class=accordion>Why?</button><div class=panel><p>So <b>it</b> is.</p></div>",
        "<nav><h3>Menu?</h3>x</nav><main><div><h2>Why?</h2></div><p>So <b>it</b> is.</main>",
    ],
)
def test_every_usual_way_to_write_questions_down_is_found(page: str) -> None:
    assert entries("a.html", page) == (WHY,)


@pytest.mark.parametrize(
    "page",
    [
        "# FAQ\n\n## Why?\n\nSo **it**\nis.\n",
        "---\ntitle: x?\n---\nWhy?\n----\nSo __it__ is.\n",
        "### 1. Why? ###\nSo <b>it</b> is.",
        "# FAQ\n\n**Why?**\n\nSo **it** is.",
        "**Q: Why?**\nSo **it** is.",
        "<details><summary>Why?</summary>\n\nSo **it** is.\n\n</details>\n",
    ],
)
def test_markdown_is_read_as_a_page_shows_it(page: str) -> None:
    assert entries("a.md", page) == (WHY,)


def test_headings_above_questions_are_tags_and_those_below_belong_to_the_answer() -> None:
    returns = "## Returns\n### May I?\nYes.\n#### Note\nSoon.\n### How?\nSo.\n"
    page = f"# Help\n{returns}## Pay\n### Who?\nYou."
    assert [(each.question, each.tags, each.answer) for each in entries("a.md", page)] == [
        ("May I?", ("Returns",), "Yes.\n\n**Note**\n\nSoon."),
        ("How?", ("Returns",), "So."),
        ("Who?", ("Pay",), "You."),
    ]


@pytest.mark.parametrize(
    ("html", "written"),
    [
        ("a<br>b", "a\nb"),
        ("<p>a<p>b", "a\n\nb"),
        ("<ul><li>a<li>b<ol><li>c<li>d</ol></ul>", "- a\n- b\n  1. c\n  2. d"),
        (
            '<a href="https://x.com/a?b=1&amp;c=2">x <i>y</i></a>',
            "[x *y*](https://x.com/a?b=1&c=2)",
        ),
        ('<a href="#top">x</a> <a href="javascript:y()">y</a>', "x y"),
        ('<a href="mailto:a@x.com">write</a>', "write (a@x.com)"),
        ("<pre>a\n  b</pre>", "```\na\n  b\n```"),
        ("<code>a*b</code> &lt;b&gt; 60*80*30 &copy;", "`a*b` <b> 60*80*30 ©"),
        ("<blockquote>a<br>b</blockquote>c", "> a\n> b\n\nc"),
        ("<h4>A</h4>b<script>x</script><style>y</style><!-- z -->", "**A**\n\nb"),
        ("<div><div><span>a</span></div>\n\n <div>b</div></div>", "a\nb"),
        ("a <s>b</s> <em><strong>c</strong></em>", "a ~~b~~ ***c***"),
    ],
)
def test_html_is_written_as_what_is_shown(html: str, written: str) -> None:
    taken = take("a.html", f"<details><summary>Why?</summary>{html}</details>")
    assert [each.answer for each in taken.entries] == [written]


def test_links_lead_on_from_the_address_of_the_page() -> None:
    head = '<link rel="canonical" href="https://x.com/help/">'
    page = f'{head}<h2>Why?</h2><a href="../a">a</a> <a href="b">b</a>'
    assert entries("a.html", page)[0].answer == "[a](https://x.com/a) [b](https://x.com/help/b)"


def test_what_a_message_cannot_show_is_told() -> None:
    table = "<table><tr><th>kg<th>£</tr><tr><td>1<td><b>3</b></tr><tr><td>2<td>5</tr></table>"
    more = '<iframe src="x"></iframe><img src="p.png" alt="A van">'
    taken = take("a.html", f"<h2>Why?</h2>{table}{more}<h2>Who?</h2>")
    assert [each.answer for each in taken.entries] == ["kg: 1\n£: **3**\n\nkg: 2\n£: 5\n\nA van"]
    assert list(map(str, taken.left)) == [
        "a.html: “Why?”: a table is shown line by line, each cell after its column's heading.",
        "a.html: “Why?”: a part of the page (<iframe>) cannot be shown.",
        "a.html: “Why?”: the picture “A van” is left out. Put it under attachments: to have it "
        "sent.",
        "a.html: “Who?”: this question has no answer; it is left out.",
    ]
