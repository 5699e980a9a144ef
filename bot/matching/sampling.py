"""A few phrasings of each entry, where all of them would take too long."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Entries = NDArray[np.int64]


def spaced(owners: Entries, per_entry: int) -> Entries:
    """At most so many rows of each entry, evenly spaced, in order.

    Args:
        owners: the entry of each row.
    """
    chosen = []
    for entry in np.unique(owners):
        rows = np.flatnonzero(owners == entry)
        places = np.linspace(0, len(rows) - 1, min(per_entry, len(rows))).round().astype(int)
        chosen.append(rows[places])
    return np.sort(np.concatenate(chosen))
