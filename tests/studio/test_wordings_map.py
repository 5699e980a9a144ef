"""The map puts wordings where their meaning does, the same way every time."""

from __future__ import annotations

import numpy as np

from bot.studio.wordings_map import projected

_VECTORS = np.random.default_rng(7).normal(size=(40, 16)).astype(np.float32)


def test_the_same_wordings_lie_at_the_same_places_in_any_order() -> None:
    order = np.random.default_rng(8).permutation(40)
    there = projected(_VECTORS)
    assert np.allclose(projected(_VECTORS[order]), there[order], atol=1e-5)


def test_the_map_shows_the_two_directions_in_which_wordings_differ_most() -> None:
    stretched = _VECTORS.copy()
    stretched[:, 3] *= 100
    stretched[:, 5] *= 30
    plane = projected(stretched)
    for axis, column in enumerate((3, 5)):
        likeness = np.corrcoef(plane[:, axis], stretched[:, column])[0, 1]
        assert abs(likeness) > 0.99
