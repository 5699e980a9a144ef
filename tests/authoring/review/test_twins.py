"""Entries whose questions differ in one word need wordings of their own."""

from __future__ import annotations

import pytest

from tests.authoring.review.conftest import Reviewed


def entry(name: str, question: str, *phrasings: str) -> str:
    told = "".join(f"    - {phrasing}\n" for phrasing in phrasings)
    return f"- id: {name}\n  question: {question}\n  answer: x\n  phrasings:\n{told}"


def test_contraries_are_told_with_both_places_and_what_to_do(reviewed: Reviewed) -> None:
    content = entry("block", "How do I block my card?", "card gone", "lost it, what now") + entry(
        "unblock", "How do I unblock my card?", "unblock card", "please unblock it, I found it"
    )
    assert reviewed(content) == [
        "faq.yaml:2: warning: “How do I block my card?” and “How do I unblock my card?” "
        "(faq.yaml:8) differ only in “block” and “unblock”, which is easily missed. Give block "
        "(block) at least 3 wordings with that word, or one that means the same. [twins]"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("How do I turn on alerts?", "How do I turn off alerts?", id="particles"),
        pytest.param(
            "What does an undergraduate course cost?",
            "What does a postgraduate course cost?",
            id="one content word",
        ),
    ],
)
def test_twins_without_wordings_of_their_own_are_found(
    reviewed: Reviewed, one: str, other: str
) -> None:
    content = entry("a", one, "alpha", "beta") + entry("b", other, "gamma", "delta")
    assert len(reviewed(content, "twins")) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Where is my parcel?", "Where is the station?", id="no word in common"),
        pytest.param("Can I pay by card?", "Can I return a gift card?", id="more than one word"),
    ],
)
def test_other_questions_are_no_twins(reviewed: Reviewed, one: str, other: str) -> None:
    content = entry("a", one, "alpha", "beta") + entry("b", other, "gamma", "delta")
    assert reviewed(content) == []


def test_twins_with_three_wordings_each_are_told_apart(reviewed: Reviewed) -> None:
    content = entry("block", "How do I block my card?", "block card", "have it blocked") + entry(
        "unblock", "How do I unblock my card?", "unblock card", "unblocking"
    )
    assert reviewed(content) == []
