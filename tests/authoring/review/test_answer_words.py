"""Words that people may ask with, and that stand in one answer alone."""

from __future__ import annotations

import pytest

from tests.authoring.review.conftest import Reviewed

CODE = "only-in-answer"


def faq(answer: str, phrasing: str = "paying", more: str = "") -> str:
    return (
        f"- id: pay\n  question: How can I pay?\n  answer: {answer}\n"
        f"  phrasings: [payment, {phrasing}]\n{more}"
    )


OTHER = (
    "- id: b\n  question: Any fees?\n  answer: None with Klarna.\n  phrasings: [fees, costs]\n"
    "- id: c\n  question: Who are you?\n  answer: Ask Klarna.\n  phrasings: [imprint, name]\n"
)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("With Klarna. Those who use Klarna pay later.", id="a name said twice"),
        pytest.param("By card or with **Klarna**.", id="a name in bold"),
        pytest.param("See [pay with Klarna](https://shop.example.com).", id="a name of a link"),
    ],
)
def test_a_name_of_one_answer_is_told(reviewed: Reviewed, answer: str) -> None:
    assert reviewed(faq(answer), CODE) == [
        "faq.yaml:3: hint: “Klarna”: no wording has this word of the answer. If people ask pay "
        "with it, add such a wording. [only-in-answer]"
    ]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(faq("With **Klarna**.", "klarna"), id="a wording has it"),
        pytest.param(faq("With **Klarna**.", more=OTHER), id="three answers have it"),
        pytest.param(faq("Press **“Klarna”** or `Klarna`."), id="it is quoted"),
        pytest.param(faq("Write to **Klarna@example.com**."), id="it is an address"),
        pytest.param(faq("By card, with Klarna or by bill."), id="said once, and not marked"),
    ],
)
def test_other_words_are_not_told(reviewed: Reviewed, content: str) -> None:
    assert reviewed(content, CODE) == []
