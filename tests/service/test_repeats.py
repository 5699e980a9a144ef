"""Unanswered questions that ask the same are put together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from bot.domain import Action, Decision, Hit
from bot.matching.encoder.encoder import Vectors
from bot.service.live import Live
from bot.service.repeats import Grouping
from bot.store.store import Record

ANGLES = {
    "is it vegan": 0.0,
    "is this vegan": 0.3,
    "is it kosher": 0.4,
    "type 1": 2.0,
    "type 2": 2.0,
}


class Encodes:
    """Has a vector for each of some wordings, by its angle in radians; knows no other word."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    async def vectors(self, texts: Sequence[str]) -> list[Vectors | None]:
        """See `Live.vectors`."""
        self.batches.append(len(texts))
        angles = [ANGLES.get(text) for text in texts]
        return [None if a is None else np.array([np.cos(a), np.sin(a)], np.float32) for a in angles]


def groups(
    *texts: str | None, nearest: str = "refund", encodes: Encodes | None = None
) -> list[str]:
    """The newest text of each group, and how often it was asked, of texts newest first."""
    records = [
        Record(
            f"{number:016x}", float(-number), text, None,
            Decision(Action.FALLBACK, None, 0.4, (Hit("refund", 0.4, "money back"),), "so"),
        )
        for number, text in enumerate(texts)
    ]  # fmt: skip
    grouping = Grouping(cast(Live, encodes or Encodes()))
    found = asyncio.run(grouping.of(records))
    return [f"{each.newest.text} {len(each.records)}" for each in found]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param(("Why?", "why", " WHY… "), ["Why? 3"], id="the same wording"),
        pytest.param(("Is it vegan?", "is this vegan"), ["Is it vegan? 2"], id="the same meaning"),
        pytest.param(
            ("is it vegan", "is it kosher"), ["is it vegan 1", "is it kosher 1"], id="near"
        ),
        pytest.param(("type 1", "type 2"), ["type 1 1", "type 2 1"], id="other numbers"),
        pytest.param((None, None), ["None 2"], id="words that are not kept, by the nearest entry"),
        pytest.param(("为什么", "怎么办"), ["为什么 1", "怎么办 1"], id="unknown words"),
    ],
)
def test_questions_that_ask_the_same_are_one_group(
    texts: Sequence[str | None], expected: list[str]
) -> None:
    assert groups(*texts) == expected


def test_wordings_are_encoded_a_few_at_a_time_and_once() -> None:
    """So that nobody waits long for their answer."""
    encodes = Encodes()
    groups(*(f"question {number}" for number in range(300)), "x" * 201, encodes=encodes)
    assert encodes.batches == [8] * 25
