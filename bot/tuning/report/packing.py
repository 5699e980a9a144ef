"""Everything the page needs to know → a few bytes of text.

Numbers of stops and of entries are sorted and told as differences, which are mostly 0 or 1; zlib
makes bits of them, and base64 text that no browser takes for anything else, whatever people wrote.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.tuning.labels.scored import OUTSIDE, Scored
from bot.tuning.report.fates import Boxes, Fates
from bot.tuning.thresholds.regions import Codes

_BYTES: np.dtype[np.unsignedinteger] = np.dtype(np.uint8)
_WORDS: np.dtype[np.unsignedinteger] = np.dtype("<u4")


def pack(facts: Mapping[str, object], columns: Sequence[NDArray[np.unsignedinteger]]) -> str:
    """Facts, and columns of numbers, to text of letters, digits, "+", "/" and "=".

    The text is base64 of zlib of: the length in bytes of the facts (4 bytes, little end first), the
    facts as JSON in UTF-8, the columns one after the other. The facts must tell how long these are.
    """
    told = json.dumps(facts, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # A lone surrogate has no UTF-8; JSON's escapes can say it.
    data = told.encode("utf-8", "backslashreplace")
    parts = [np.array([len(data)], _WORDS).tobytes(), data]
    parts += [column.tobytes() for column in columns]
    return base64.b64encode(zlib.compress(b"".join(parts), 9)).decode("ascii")


class Packed:
    """All rectangles, without the messages they belong to.

    Those that ask for the same entry, end the same way, were answered with the same entries, have
    the same wrong entry nearest and stand for as many messages are a group.

    Attributes:
        told: what was answered, lists of entries' numbers.
        groups: how many there are.
        boxes: how many there are.
        stands: for how many messages a label may stand, ascending.
        columns: for each group the entry that is asked for plus 1 (0: out of scope), the
            outcome's code, the place in `told`, the nearest entry plus 1 where it is another one
            than is asked for (else 0), the place in `stands`, and its number of boxes; for each box
            its four sides. All as differences from the one before, of which only the last bits are
            kept: 32 of groups, 8 of boxes. In a group boxes are sorted; from group to group the
            differences run on.
    """

    def __init__(self, scored: Scored, fates: Fates, boxes: Boxes) -> None:
        told: dict[tuple[int, ...], int] = {}
        numbers = {entry_id: number for number, entry_id in enumerate(scored.entry_ids)}
        told_of = np.empty(len(fates.kinds), np.int64)
        outcome_of = np.empty(len(fates.kinds), np.int64)
        for code, fate in enumerate(fates.kinds):
            entries = tuple(numbers[entry_id] for entry_id in fate.entries)
            told_of[code] = told.setdefault(entries, len(told))
            outcome_of[code] = fate.outcome.code
        codes, owners = fates.regions.codes[boxes.places], fates.regions.owners[boxes.places]
        asked_for = scored.expected[owners] - OUTSIDE
        near = np.where(scored.best_is_expected, OUTSIDE, scored.candidates[:, 0]) - OUTSIDE
        stands, stands_of = np.unique(scored.weights, return_inverse=True)
        of_group = (
            *(outcome_of[codes], asked_for, told_of[codes]),
            *(near[owners], stands_of[owners]),
        )
        order = np.lexsort((*boxes.sides[::-1], *of_group[::-1]))
        keys = np.stack([column[order] for column in of_group], axis=1).reshape(-1, len(of_group))
        starts = np.flatnonzero(np.r_[True, (keys[1:] != keys[:-1]).any(axis=1)][: len(keys)])
        sizes = np.diff(np.r_[starts, len(keys)])
        outcome, asked, of_told, of_near, of_stands = keys[starts].T
        self.stands: list[float] = stands.tolist()
        self.told = [list(entries) for entries in told]
        self.groups = len(starts)
        self.boxes = len(keys)
        self.columns = [
            *(
                _differences(column, _WORDS)
                for column in (asked, outcome, of_told, of_near, of_stands, sizes)
            ),
            *(_differences(side[order], _BYTES) for side in boxes.sides),
        ]


def _differences(column: Codes, of: np.dtype[np.unsignedinteger]) -> NDArray[np.unsignedinteger]:
    return np.asarray(np.diff(column, prepend=0).astype(of))
