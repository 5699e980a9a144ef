"""Small matrices by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from bot.matching.encoder.encoder import Vectors
from bot.matching.index import Rows
from bot.matching.score.tfidf import TfidfIndex, grams_of


def about(value: Any) -> Any:
    return pytest.approx(value, abs=1e-6)


def rows_of(*rows: tuple[float, float]) -> Vectors:
    return np.array(rows, np.float32)


def owned(*owners: int) -> Rows:
    return np.array(owners, np.int64)


def index_of(texts: Sequence[str]) -> TfidfIndex:
    return TfidfIndex(grams_of(texts))


# Entry 0 owns two phrasings, entry 1 one.
VECTORS = rows_of((1, 0), (0.6, 0.8), (0, 1))
OWNERS = owned(0, 0, 1)
