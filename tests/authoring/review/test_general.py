"""Wordings so general that they draw in what people ask about other entries."""

from __future__ import annotations

import pytest

from tests.authoring.review.conftest import Reviewed

CODE = "too-general"
TOPICS = ("cancel", "track", "change", "repeat", "return", "gift")


def faq(wording: str) -> str:
    others = "".join(
        f"- id: {topic}\n  question: How do I {topic} my order?\n  answer: x\n" for topic in TOPICS
    )
    return f"- id: pay\n  question: How can I pay?\n  answer: x\n  phrasings: [{wording}]\n{others}"


@pytest.mark.parametrize(
    ("wording", "why"),
    [
        ("it does not work", "could stand in any other entry"),
        ("help me please", "could stand in any other entry"),
        ("help with my order", "has no word that does not stand in 6 other entries"),
    ],
)
def test_a_wording_without_a_word_of_its_own_is_told(
    reviewed: Reviewed, wording: str, why: str
) -> None:
    assert reviewed(faq(wording), CODE) == [
        f"faq.yaml:4: hint: “{wording}” {why}, so it draws in what people ask about those. Say in "
        "it what only pay is about. [too-general]"
    ]


@pytest.mark.parametrize(
    "wording",
    [
        pytest.param("order fees", id="one word is its own"),
        pytest.param("where is my order", id="a word that asks"),
        pytest.param("it does not work with my card now", id="a long one"),
        pytest.param("check in time", id="words that make another one"),
        pytest.param("怎么用", id="signs are no words"),
    ],
)
def test_other_wordings_are_not_told(reviewed: Reviewed, wording: str) -> None:
    assert reviewed(faq(wording), CODE) == []
