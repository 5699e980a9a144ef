"""What the texts of an entry show by themselves."""

from __future__ import annotations

import pytest

from tests.authoring.review.conftest import Reviewed

ENTRY = "- id: hours\n  question: When are you open?\n  answer: Daily.\n"
TOO_FEW = "[few-wordings]"


@pytest.mark.parametrize(
    ("phrasings", "told"),
    [
        pytest.param(
            "",
            "warning: hours has no wording but its question, so few messages will find it. Add "
            "other ways to ask it under phrasings, such as a few keywords and a sentence in a "
            "customer's own words.",
            id="one wording, a short question: keywords and a long one are missing",
        ),
        pytest.param(
            "  phrasings: [opening hours]\n",
            "hint: hours has only two wordings, so few messages will find it. Add other ways to "
            "ask it under phrasings, such as a sentence in a customer's own words.",
            id="two wordings",
        ),
    ],
)
def test_an_entry_with_few_wordings_is_told_which_kinds_are_missing(
    reviewed: Reviewed, phrasings: str, told: str
) -> None:
    assert reviewed(ENTRY + phrasings) == [f"faq.yaml:1: {told} {TOO_FEW}"]


def test_three_wordings_are_enough(reviewed: Reviewed) -> None:
    assert reviewed(f"{ENTRY}  phrasings: [opening hours, open today]\n") == []


def test_signs_of_chinese_count_as_half_a_word(reviewed: Reviewed) -> None:
    (told,) = reviewed("- id: a\n  question: 你们周末几点开门营业呢\n  answer: 每天。\n")
    assert "a few keywords and a sentence" in told


def test_a_question_that_no_button_holds_is_told_with_its_line(reviewed: Reviewed) -> None:
    question = "What should I do if " + "the parcel is late and " * 5
    content = (
        f"- id: a\n  answer: Wait.\n  question: {question}\n  phrasings: [late, parcel late]\n"
    )
    assert reviewed(content) == [
        f"faq.yaml:3: hint: a button shows 100 characters, and this text has {len(question) - 1}. "
        "Write a shorter question, and put this one under phrasings. [long-button]"
    ]


def test_an_answer_of_more_than_one_message_is_told(reviewed: Reviewed) -> None:
    answer = "This is so. " * 400
    assert reviewed(f"{ENTRY.replace('Daily.', answer)}  phrasings: [hours, open today]\n") == [
        "faq.yaml:3: hint: the answer takes 2 messages, as Telegram allows 4,096 characters in "
        "one. Shorten it, or link to a page with the rest. [long-answer]"
    ]
