"""The one word that differs."""

from __future__ import annotations

import pytest

from bot.matching.score.ranker import OddWord
from bot.matching.score.wordings import OddWords
from tests.fakes import FakeEmbedder

TAXI = ("How do I book a taxi to the airport?", "taxi to the airport")
WORDS = {
    "taxi": (1.0, 0.0, 0.0),
    "bus": (0.5, 0.866, 0.0),
    "cab": (0.7, 0.714, 0.0),
    "airport": (0.0, 0.0, 1.0),
    "book": (0.0, 0.0, 1.0),
}


def found(text: str, *wordings: str, answer: str = "") -> OddWord | None:
    words = OddWords(FakeEmbedder(WORDS), {"a": wordings}, {"a": answer})
    return words.find(text, "a", wordings)


def test_a_word_that_means_something_else_is_found_with_what_it_stands_for() -> None:
    assert found("how do i book a bus to the airport", *TAXI) == OddWord("bus", "taxi", TAXI[0])


@pytest.mark.parametrize(
    ("text", "wordings", "answer"),
    [
        pytest.param("book a cab to the airport", TAXI, "", id="a word of like meaning"),
        pytest.param("book a taxi to the airport", TAXI, "", id="no word differs"),
        pytest.param("book a bus to the airport", TAXI, "No bus runs.", id="the answer has it"),
        pytest.param("is there any bus", TAXI, "", id="another sentence"),
        pytest.param(
            "book a bus to the airport",
            (*TAXI, "get to the airport", "to the airport fast", "airport"),
            "",
            id="the entry can do without the other word",
        ),
        pytest.param("book the taxi bus to the airport", TAXI, "", id="nothing is replaced"),
        pytest.param("", TAXI, "", id="nothing is said"),
        pytest.param("book a bus", (), "", id="nothing is close"),
    ],
)
def test_what_is_covered_or_replaces_nothing_is_not_odd(
    text: str, wordings: tuple[str, ...], answer: str
) -> None:
    words = OddWords(FakeEmbedder(WORDS), {"a": wordings or TAXI}, {"a": answer})
    assert words.find(text, "a", wordings) is None


def test_a_word_is_embedded_once_and_only_where_it_may_be_odd() -> None:
    embedder = FakeEmbedder(WORDS)
    words = OddWords(embedder, {"a": TAXI}, {})
    words.find("book a taxi to the airport", "a", TAXI)
    assert embedder.encoded == []
    for _ in range(2):
        words.find("book a bus to the airport", "a", TAXI)
    assert sorted(embedder.encoded) == ["airport", "book", "bus", "taxi"]
