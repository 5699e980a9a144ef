"""The marks inside a line of an answer, and what looks like one and is none."""

from __future__ import annotations

import pytest

from bot.domain import Span
from bot.formatting import plain_text
from bot.markup.answer import parse

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
        pytest.param("__b__", (Span("b", bold=True),), id="bold by underscores"),
        ("~~s~~", (Span("s", strike=True),)),
        ("> q", (Span("q", quote=True),)),
    ],
)
def test_marks_become_spans(source: str, expected: tuple[Span, ...]) -> None:
    assert parse(source) == expected


@pytest.mark.parametrize(
    "text",
    [
        "snake_case_words and __init__, __main__.py",
        "2 * 3 * 4",
        "5 * **",
        "one *star, one _line, one `tick",
        "- a\n- b\n1. c\n* d\n* e",
        "#a\n| a | b |\n~c~\n~~~\nd\n~~~",
        "<b>, <i>, </u>, <a>, <name>, <your e-mail>, <x:y>, <user:password>",
        "AT&T, &copy, &nosuch; and &;",
        "https://x.com",
        "> 5 kg: 10 €\n> 10 kg: 20 €",
        "  two spaces  \n  at both ends of a line\\\n  and a backslash",
        "a\r\nb\tc\x00d",
        "*over £50\n\nFree delivery* counts",
        "`a\n\nb`",
        "[a](javascript:alert(1))",
        "[a](tg://user?id=1)",
        "f[i](x) and [see below](next page)",
        "[a](https://)",
        "[a](https://[)",
        "[a]()",
        "[a] (https://x.com)",
        "[a](https://x.com",
        "[a][b]\n\n[c]: https://x.com\n[Hours]: 9.30",
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
        "src/*/test/*, a/*.txt and b/*.txt, *.doc",
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
        ("**yes**/**no**", "yes"),
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
        pytest.param(f"![us]({SHOP})", f"us ({SHOP})", id="a picture is a link"),
        pytest.param(f"[{SHOP}]({SHOP})", SHOP, id="an address is not told twice"),
    ],
)
def test_plain_text_shows_no_marks_and_every_address(source: str, shown: str) -> None:
    assert plain(source) == shown


def test_an_answer_of_which_nothing_would_be_seen_is_shown_as_typed() -> None:
    assert parse("` `") == (Span("` `"),)
    assert parse("") == ()
