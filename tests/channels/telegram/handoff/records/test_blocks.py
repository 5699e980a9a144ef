"""How long a block holds, and how that is written."""

from __future__ import annotations

import math

import pytest

from bot.channels.telegram.handoff.records.blocks import read_span_s

DAY_S = 86_400.0


@pytest.mark.parametrize(
    ("words", "span_s"),
    [
        ("", math.inf),
        (" for good", math.inf),
        ("forever", math.inf),
        ("永久", math.inf),
        ("30m", 1_800.0),
        ("2 hours", 7_200.0),
        ("1d", DAY_S),
        ("for 1 day", DAY_S),
        ("3天", 3 * DAY_S),
        ("1W", 7 * DAY_S),
        ("12小时", DAY_S / 2),
        pytest.param("0d", None, id="no time at all"),
        pytest.param("7", None, id="no unit"),
        pytest.param("them please", None, id="no time"),
        pytest.param("99999d", None, id="longer than anybody means"),
    ],
)
def test_a_span_is_a_number_with_a_unit_or_for_good(words: str, span_s: float | None) -> None:
    assert read_span_s(words) == span_s
