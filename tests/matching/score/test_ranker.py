"""Raw scores on the scale that thresholds speak."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.score.ranker import Scale, calibrate

SCALE = Scale(follow_up=0.4, answer=0.6)
FIXED = Scale(0.45, 0.65)


@pytest.mark.parametrize(
    ("raw", "score"),
    [
        pytest.param(0.4, 0.60, id="the lower anchor"),
        pytest.param(0.6, 0.75, id="the upper anchor"),
        pytest.param(0.5, 0.675, id="straight between the anchors"),
        pytest.param(-1.0, -1.0, id="the lowest"),
        pytest.param(-0.3, -0.2, id="straight below the lower anchor"),
        pytest.param(-3.0, -1.0, id="below the lowest"),
        pytest.param(0.85, (0.75 + 0.9999) / 2, id="straight above the upper anchor"),
        pytest.param(1.1, 0.9999, id="half a point above the upper anchor"),
        pytest.param(9.0, 0.9999, id="1 is kept for a phrasing, word for word"),
    ],
)
def test_the_anchors_come_to_lie_on_the_two_lines(raw: float, score: float) -> None:
    assert SCALE.mapped(raw) == pytest.approx(score)


@given(st.floats(-2, 2), st.floats(-2, 2))
def test_a_higher_raw_score_never_maps_lower(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert SCALE.mapped(low) <= SCALE.mapped(high)


PERCENTILES = np.linspace(0, 1, 101, dtype=np.float32)  # the n-th percentile is n / 100


@pytest.mark.parametrize(
    ("phrasings", "expected"),
    [
        pytest.param(0, Scale(0.45, 0.65, 101), id="none: the fixed anchors"),
        pytest.param(50, Scale(0.475, 0.80, 101), id="50: half and half"),
        pytest.param(150, Scale(0.4875, 0.875, 101), id="150: three quarters its own"),
    ],
)
def test_the_anchors_are_percentiles_shrunk_by_the_size_of_the_faq(
    phrasings: int, expected: Scale
) -> None:
    """The 50th and 95th; with n phrasings they weigh n / (n + 50)."""
    assert calibrate(PERCENTILES, phrasings, FIXED) == expected


def test_without_impostors_the_fixed_anchors_hold() -> None:
    assert calibrate(np.array([], np.float32), 1_000, FIXED) is FIXED


def test_impostors_that_are_all_alike_keep_the_bands_apart() -> None:
    alike = np.array([0.5, 0.5], np.float32)
    assert calibrate(alike, 50, Scale(0.5, 0.5)) == Scale(0.5, 0.51, 2)
