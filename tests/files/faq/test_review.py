"""A review remarks on what of the answers cannot be shown as it is written, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.files.faq.load import load_faq
from tests.files.faq.faq_files import LINES, write

LINK = "a link leads to '/b', which is no web address"


def remarks(content: str) -> list[tuple[int | None, str]]:
    """The lines of a.yaml, and how the remarks on them begin."""
    write({"a.yaml": content})
    found = load_faq(Path("faq"), LINES, reviews=True).remarks
    return [(remark.line, remark.text.partition(";")[0]) for remark in found]


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        pytest.param("|\n    First.\n\n    See [a](/b).\n", 6, id="of a block of lines, its own"),
        pytest.param("|\n\n    See [a](/b).\n", 5, id="behind a blank line"),
        pytest.param("|2-\n    See [a](/b).\n", 4, id="indented"),
        pytest.param(">\n    First.\n\n    See [a](/b).\n", 3, id="of a folded text, the first"),
        pytest.param('"First.\n\n    See [a](/b)."\n', 3, id="of a quoted one too"),
        pytest.param("See [a](/b).\n", 3, id="of a plain one too"),
    ],
)
def test_a_remark_names_the_line_as_far_as_yaml_keeps_lines(answer: str, line: int) -> None:
    content = f"- id: a\n  question: Q\n  answer: {answer}"
    assert remarks(content) == [(line, f"answer: {LINK}")]


def test_translations_are_reviewed_too() -> None:
    content = (
        "- id: a\n  question: Q\n  answer: A\n  translations:\n    de:\n      question: F\n"
        "      answer: |\n        Siehe [a](/b).\n"
    )
    assert remarks(content) == [(8, f"translations.de.answer: {LINK}")]


def test_without_a_review_nothing_is_remarked_on() -> None:
    write({"a.yaml": "- id: a\n  question: Q\n  answer: See [a](/b).\n"})
    assert load_faq(Path("faq"), LINES).remarks == ()
