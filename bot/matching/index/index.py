"""An index: vectors → the nearest ones, fast; and the embedded FAQ that it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.errors import VectorError
from bot.matching.encoder.encoder import Vectors, check_unit_rows

# At this size an exact search takes 0.6 ms, at 100,000 14 ms. An approximate one is faster from
# some 4,000 on, but here by 0.3 ms only, for which nobody should miss a phrasing or wait for it to
# be built.
LARGEST_FLAT = 10_000

Rows = NDArray[np.int64]  # numbers of rows, or of entries
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PhrasingVectors:
    """The embedded FAQ: one unit vector per wording.

    Attributes:
        vectors: float32, shape (n, dim); rows have L2 norm 1 (±1e-3).
        entry_ids: length n; entry_ids[i] owns vectors[i].
        phrasings: length n; phrasings[i] is the wording, as it stands in the FAQ.
        texts: length n; texts[i] is the wording as it is compared, cleaned.
    Raises:
        VectorError: the shapes disagree, or a row is not of unit length (NaN counts as bad).
    """

    vectors: Vectors
    entry_ids: Sequence[str]
    phrasings: Sequence[str]
    texts: Sequence[str]

    def __post_init__(self) -> None:
        check_unit_rows(self.vectors)
        lengths = [len(part) for part in (self.vectors, self.entry_ids, self.phrasings, self.texts)]
        if len(set(lengths)) > 1:
            raise VectorError(
                "{} vectors, {} entry ids, {} phrasings and {} texts: the numbers must "
                "agree.".format(*lengths)
            )

    def __len__(self) -> int:
        return len(self.vectors)

    def of(self, rows: Sequence[int]) -> PhrasingVectors:
        """Some of the rows."""
        return PhrasingVectors(
            vectors=np.ascontiguousarray(self.vectors[rows]),
            entry_ids=[self.entry_ids[row] for row in rows],
            phrasings=[self.phrasings[row] for row in rows],
            texts=[self.texts[row] for row in rows],
        )

    def rows(self) -> list[tuple[str, str]]:
        """Entry id and cleaned text of each row."""
        return list(zip(self.entry_ids, self.texts, strict=True))

    def numbered(self) -> tuple[list[str], Rows]:
        """The entries' ids, sorted, and the place therein of each row's entry, shape (n,)."""
        names = sorted(set(self.entry_ids))
        numbers = {entry_id: number for number, entry_id in enumerate(names)}
        return names, np.array([numbers[entry_id] for entry_id in self.entry_ids], np.int64)


class VectorIndex(Protocol):
    """Finds the rows nearest to a vector."""

    def search(self, queries: Vectors, k: int, kept: Mask | None = None) -> tuple[Vectors, Rows]:
        """Find the k rows with the largest inner product, best first.

        Args:
            queries: float32, shape (n, dim), unit rows.
            k: 1 to the number of rows.
            kept: which rows are looked at, shape (rows,); None for all.
        Returns:
            Cosines, shape (n, k), and row numbers, shape (n, k). Where fewer than k are kept, or
            found among them, -inf and -1 stand behind those.
        """
        ...
