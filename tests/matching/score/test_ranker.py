"""Raw scores on the scale that thresholds speak."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.score.ranker import Scale, calibrate

SCALE = Scale(follow_up=0.4, tentative=0.5, answer=0.6)
FIXED = Scale(0.34, 0.57, 0.65)


@pytest.mark.parametrize(
    ("raw", "score"),
    [
        pytest.param(0.4, 0.60, id="the lower anchor"),
        pytest.param(0.5, 0.69, id="the middle anchor"),
        pytest.param(0.6, 0.75, id="the upper anchor"),
        pytest.param(0.45, 0.645, id="straight between the lower and the middle anchor"),
        pytest.param(0.55, 0.72, id="straight between the middle and the upper anchor"),
        pytest.param(-1.0, -1.0, id="the lowest"),
        pytest.param(-0.3, -0.2, id="straight below the lower anchor"),
        pytest.param(-3.0, -1.0, id="below the lowest"),
        pytest.param(0.85, (0.75 + 0.9999) / 2, id="straight above the upper anchor"),
        pytest.param(1.1, 0.9999, id="half a point above the upper anchor"),
        pytest.param(9.0, 0.9999, id="1 is kept for a phrasing, word for word"),
    ],
)
def test_the_anchors_come_to_lie_on_the_default_lines(raw: float, score: float) -> None:
    assert SCALE.mapped(raw) == pytest.approx(score)


@given(st.floats(-2, 2), st.floats(-2, 2))
def test_a_higher_raw_score_never_maps_lower(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert SCALE.mapped(low) <= SCALE.mapped(high)


PERCENTILES = np.linspace(0, 1, 101, dtype=np.float32)  # the n-th percentile is n / 100


@pytest.mark.parametrize(
    ("phrasings", "expected"),
    [
        pytest.param(0, Scale(0.34, 0.57, 0.65, 101), id="none: the fixed anchors"),
        pytest.param(50, Scale(0.27, 0.67, 0.80, 101), id="50: half and half"),
        pytest.param(150, Scale(0.235, 0.72, 0.875, 101), id="150: three quarters its own"),
    ],
)
def test_the_anchors_are_percentiles_shrunk_by_the_size_of_the_faq(
    phrasings: int, expected: Scale
) -> None:
    """The 20th and 95th, and three fifths of the way from the 50th to the 95th (here 0.77).

    With n phrasings they weigh n / (n + 50).
    """
    assert calibrate(PERCENTILES, phrasings, FIXED) == expected


def test_without_impostors_the_fixed_anchors_hold() -> None:
    assert calibrate(np.array([], np.float32), 1_000, FIXED) is FIXED


def test_impostors_that_are_all_alike_keep_the_bands_apart() -> None:
    alike = np.array([0.5, 0.5], np.float32)
    assert calibrate(alike, 50, Scale(0.5, 0.5, 0.5)) == Scale(0.5, 0.505, 0.51, 2)
