"""The marks an answer may hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import Reply, Span
from bot.formatting import as_html, html_parts, parse, plain_text, reply_parts, utf16_units
from tests.e2e.telegram_html import visible_text

SHOP = "https://shop.example.com"


def plain(source: str) -> str:
    return plain_text(parse(source))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("**b**", (Span("b", bold=True),)),
        ("*i*", (Span("i", italic=True),)),
        ("_i_", (Span("i", italic=True),)),
        ("`c`", (Span("c", code=True),)),
        ("***both***", (Span("both", bold=True, italic=True),)),
        (
            "a **b *c* d**",
            (
                Span("a "),
                Span("b ", bold=True),
                Span("c", bold=True, italic=True),
                Span(" d", bold=True),
            ),
        ),
        (f"See [us]({SHOP}).", (Span("See "), Span("us", url=SHOP), Span("."))),
        (
            f"**[us *all*]({SHOP})**",
            (
                Span("us ", bold=True, url=SHOP),
                Span("all", bold=True, italic=True, url=SHOP),
            ),
        ),
        ("`**not bold**`", (Span("**not bold**", code=True),)),
        pytest.param("`` a`b ``", (Span("a`b", code=True),), id="a backtick in code"),
        pytest.param("`a\nb`", (Span("a\nb", code=True),), id="a line break in code"),
        pytest.param("**a\nb**", (Span("a\nb", bold=True),), id="a line break in bold"),
        pytest.param(
            "**注意：**请看", (Span("注意：", bold=True), Span("请看")), id="Chinese colon"
        ),
        pytest.param(
            "请看**“订单”**页", (Span("请看"), Span("“订单”", bold=True), Span("页")), id="quotes"
        ),
        pytest.param(
            f"[a]({SHOP}/w_(b))", (Span("a", url=f"{SHOP}/w_(b)"),), id="brackets in an address"
        ),
        ("[a](HTTP://X.com)", (Span("a", url="HTTP://X.com"),)),
        pytest.param(
            '[a](<https://x.com/ä> "title")', (Span("a", url="https://x.com/ä"),), id="a title"
        ),
        pytest.param(
            "[](https://x.com)", (Span("https://x.com", url="https://x.com"),), id="no words"
        ),
        pytest.param("```\na\n b\n```", (Span("a\n b", code=True),), id="lines of code"),
    ],
)
def test_marks_become_spans(source: str, expected: tuple[Span, ...]) -> None:
    assert parse(source) == expected


@pytest.mark.parametrize(
    "text",
    [
        "snake_case_words and __init__",
        "2 * 3 * 4",
        "5 * **",
        "one *star, one _line, one `tick",
        "- a\n- b\n1. c\n* d\n* e",
        "# a\n> b\n---\n| a | b |\n~~c~~",
        "<b>bold</b> <a href='https://x.com'>a</a>",
        "&amp; &lt; &#42;",
        "https://x.com and <https://x.com>",
        "  two spaces  \n  at both ends of a line\\\n  and a backslash",
        "a\r\nb\tc\x00d",
        "*over £50\n\nFree delivery* counts",
        "`a\n\nb`",
        "[a](javascript:alert(1))",
        "[a](mailto:a@b.example)",
        "[a](tg://user?id=1)",
        "[a](//x.com)",
        "[a](/returns)",
        "[a](https://)",
        "[a](https://[)",
        "[a]()",
        "[a] (https://x.com)",
        "[a](https://x.com",
        "[a][b]\n\n[b]: https://x.com",
        "C:\\Users\\me",
        "\ud800",
    ],
)
def test_nothing_else_is_interpreted(text: str) -> None:
    assert parse(text) == (Span(text),)


@pytest.mark.parametrize(
    "text",
    [
        "It is 60*80*30 cm, or 60 cm*80 cm*30 cm.",
        "Dial *100*1# and press call; *21*number# or *21*+49170# forwards, *135*# and *#06# tell.",
        "**21*number# and **62*11#",
        "Unsere Mitarbeiter*innen helfen allen Schüler*innen, Kolleg*in und Gäst*innen.",
        "Schüler**innen und Lehrer**innen",
        "床长宽高为 200*90*40 厘米，长*宽*高。",
        "2**3**4 and (1+2)*(3+4)*(5+6) and 5*6*7=210",
        "4* and 5* hotels, a card that ends in ****1234 or 1234****5678****",
        "See https://x.com/a*b*c, https://x.com/*a*/b and http://x.com/_y_z_/_ or x_y_z.",
        "f***ing and Price*, *incl. tax",
    ],
)
def test_stars_inside_words_numbers_and_addresses_are_no_marks(text: str) -> None:
    assert parse(text) == (Span(text),)


@pytest.mark.parametrize(
    ("source", "bold"),
    [
        ("中文**加粗**文字", "加粗"),
        ("**단어**를", "단어"),
        ("คำ**หนา**คำ", "หนา"),
        ("costs **60*80** euros", "60*80"),
        (f"see **{SHOP}/a_b** now", f"{SHOP}/a_b"),
        ("(**note**)", "note"),
        ("**5**, **6** and **7**.", "5"),
    ],
)
def test_stars_around_words_are_marks(source: str, bold: str) -> None:
    assert next(span.text for span in parse(source) if span.bold) == bold


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"\*a\* \_b\_ \`c\` \[d\](e) \\", r"*a* _b_ `c` [d](e) \\"[:-1]),
        (r"\**a*", "*a"),
        (r"\![a](https://x.com)", "!a (https://x.com)"),
        (r"[a\]](https://x.com/\_b)", "a] (https://x.com/_b)"),
    ],
)
def test_a_backslash_takes_a_marks_meaning(source: str, shown: str) -> None:
    assert plain(source) == shown


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("**b** *i* `c`", "b i c"),
        (f"[us]({SHOP})", f"us ({SHOP})"),
        (f"[*u* s]({SHOP})!", f"u s ({SHOP})!"),
        pytest.param(f"![us]({SHOP})", f"!us ({SHOP})", id="a picture is a link"),
        pytest.param(f"[{SHOP}]({SHOP})", SHOP, id="an address is not told twice"),
    ],
)
def test_plain_text_shows_no_marks_and_every_address(source: str, shown: str) -> None:
    assert plain(source) == shown


def test_an_answer_of_which_nothing_would_be_seen_is_shown_as_typed() -> None:
    assert parse("` `") == (Span("` `"),)
    assert parse("") == ()


MARKS = "*_`[]()\\"


@given(st.text(st.one_of(st.sampled_from(MARKS + " \n\tab：中<&:/"), st.characters()), max_size=80))
@settings(max_examples=500)
def test_only_marks_disappear(text: str) -> None:
    """In any text without addresses; code may lose a blank at each of its ends."""
    shown = plain(text)
    kept = str.maketrans("", "", MARKS)
    assert "".join(shown.translate(kept).split()) == "".join(text.translate(kept).split())
    assert bool(shown.strip()) == bool(text.strip())


@pytest.mark.parametrize(
    "piece", ["[", "*", "**a", "_a ", "`", "``a`", "[a](", "[a](https://x.com", "\\", "*a_ "]
)
def test_marks_without_end_cost_no_minutes(piece: str) -> None:
    """As many as an answer may hold; a parser that is quadratic here takes far longer."""
    plain((piece * 40_000)[:40_000])


# --- as Telegram takes it ------------------------------------------------------------------------


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
