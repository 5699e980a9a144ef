"""An FAQ → an export → an import: the same questions, phrasings and answers, under the same ids."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.authoring.transfer.formats import FORMATS, written_formats
from bot.authoring.transfer.transfer import export_faq, import_faq
from bot.domain import Faq, FaqEntry, Link, Span, Thresholds
from bot.files.faq.load import load_faq
from bot.files.section import wording_key
from bot.markup.answer import parse

LINES = Thresholds(answer=0.75, follow_up=0.60)
FAQ = Path(__file__).parents[3] / "faq"
PARTS = [
    *(
        "word",
        " ",
        "  ",
        "\n",
        "\n\n",
        ", ",
        "; ",
        ". ",
        "?",
        '"',
        "'",
        "''",
        "\t",
        "|",
        "\\",
        "\\n",
    ),
    *("**bold**", "*light*", "~~gone~~", "`code *x*`", "[a *link*](https://x.com/a_b?c=1&d=(2))"),
    *("https://x.com/__a__", "- item\n", "1. one\n", "2) two\n", "> said\n", "# title\n", "---\n"),
    *("=1+1", "+1", "-5 °C", "@all", "'=x", "60*80*30", "Kolleg*in", "**", "*", "_", "`", "#1"),
    *("中文。", "你好", "🙂", "é", "&amp;", "&", "<b>b</b>", "<br>", "<p>p</p>", "<order number>"),
    *("```\ncode\n```\n", "| a | b |\n|---|---|\n| 1 | 2 |\n", "<!-- faq {} -->", "## a?\n", "-->"),
    *(
        "no",
        "007",
        "key: value",
        "[1]",
        "{x}",
        "%",
        "!",
        "\u00a0",
        "\u200b",
        "</script>",
        "</details>",
    ),
]
ANSWERS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=8).map("".join)
WORDINGS = st.one_of(
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map(lambda parts: "".join(parts)),
    st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cn"]), min_size=1, max_size=20
    ),
).map(lambda text: " ".join(text.split()))
IDS = st.from_regex(r"[A-Za-z0-9._-]{0,8}[A-Za-z0-9]", fullmatch=True)


@st.composite
def faqs(draw: st.DrawFn) -> Faq:
    """An FAQ that `check` finds nothing wrong with."""
    is_asked = lambda text: any(map(str.isalnum, text))  # noqa: E731
    wordings = draw(
        st.lists(WORDINGS.filter(is_asked), min_size=1, max_size=8, unique_by=wording_key)
    )
    ids = draw(st.lists(IDS, min_size=4, max_size=4, unique=True))
    count = draw(st.integers(1, min(4, len(wordings))))
    made = []
    for number in range(count):
        answer = draw(ANSWERS.filter(is_asked))
        question, *phrasings = wordings[number::count]
        related = tuple(each for each in ids[:count] if each != ids[number])
        made.append(
            FaqEntry(
                id=ids[number],
                question=question,
                phrasings=tuple(phrasings),
                answer=answer.strip(),
                tags=tuple(draw(st.sets(st.sampled_from(["a", "b, c", "标签"])))),
                lang=draw(st.sampled_from([None, "en", "zh-hant"])),
                related=related,
                links=draw(st.sampled_from([(), (Link("a [b]", "https://x.com/(a)"),)])),
            )
        )
    return Faq(tuple(made))


def shown(answer: str) -> tuple[list[str], list[tuple[str, Span]]]:
    """What people see of an answer: its lines, and its letters with their formatting."""
    spans = parse(answer)
    lines = "".join(span.text for span in spans).split("\n")
    letters = [
        (letter, replace(span, text=""))
        for span in spans
        for letter in span.text
        if not letter.isspace()
    ]
    return [" ".join(line.split()) for line in lines if line.strip()], letters


def there_and_back(faq: Faq, form: str) -> tuple[FaqEntry, ...]:
    data, _ = export_faq(faq, form)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"faq{FORMATS[form].endings[0]}"
        path.write_bytes(data)
        return import_faq([path], Faq(())).entries


@pytest.mark.parametrize("form", written_formats())
@settings(max_examples=40, phases=[Phase.generate])
@given(faq=faqs())
def test_an_export_is_imported_as_the_faq_it_was_made_of(form: str, faq: Faq) -> None:
    back = there_and_back(faq, form)
    for key in FORMATS[form].keeps - {"answer", "translations"}:
        assert [getattr(each, key) for each in back] == [getattr(e, key) for e in faq.entries]
    assert [shown(each.answer) for each in back] == [shown(e.answer) for e in faq.entries]


@pytest.mark.parametrize("form", ["csv", "xlsx", "markdown"])
def test_the_shipped_faq_comes_back_to_the_letter(form: str) -> None:
    faq = load_faq(FAQ, LINES)
    back = there_and_back(faq, form)
    for key in FORMATS[form].keeps:
        assert [getattr(each, key) for each in back] == [getattr(e, key) for e in faq.entries]
