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
    order = np.argsort(owners, kind="stable")
    borders = np.flatnonzero(np.diff(owners[order])) + 1
    chosen = []
    for rows in np.split(order, borders):
        places = np.linspace(0, len(rows) - 1, min(per_entry, len(rows))).round().astype(int)
        chosen.append(rows[places])
    return np.sort(np.concatenate(chosen))
