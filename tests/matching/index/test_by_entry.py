"""An utterance's nearest phrasings, in a small FAQ and in a large one."""

from __future__ import annotations

import numpy as np
import pytest

from bot.matching.index import index as indexes
from bot.matching.index.by_entry import EntrySearch
from bot.matching.index.index import Rows
from tests.fakes import FakeIndex

# Row n lies n degrees away. Entry 0 owns the nearest ten, entry 1 the next ten, and so on.
ANGLES = np.radians(np.arange(60))
VECTORS = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1).astype(np.float32)
OWNERS: Rows = np.repeat(np.arange(6), 10)
QUERY = VECTORS[0]


@pytest.fixture(params=["small", "large"])
def search(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> EntrySearch:
    """Looks at five phrasings first, and wants two entries."""
    if request.param == "large":
        monkeypatch.setattr(indexes, "LARGEST_FLAT", 59)
    return EntrySearch(FakeIndex(VECTORS), OWNERS, 5, 2)


def owners(search: EntrySearch, *without: int) -> set[int]:
    left_out = np.array(without, np.int64) if without else None
    return set(OWNERS[search.nearest(QUERY, left_out).rows].tolist())


def test_phrasings_of_entries_enough_are_found(search: EntrySearch) -> None:
    assert owners(search) == {0, 1}


def test_the_nearest_phrasings_come_best_first(search: EntrySearch) -> None:
    nearest = search.nearest(QUERY)
    assert nearest.rows.tolist() == sorted(nearest.rows.tolist())
    np.testing.assert_allclose(nearest.cosines, VECTORS[nearest.rows] @ QUERY, atol=1e-6)


def test_entries_left_out_do_not_exist(search: EntrySearch) -> None:
    assert owners(search, 0, 1, 3) >= {2, 4}
    assert not owners(search, 0, 1, 3) & {0, 1, 3}


def test_where_only_one_entry_is_left_it_is_found(search: EntrySearch) -> None:
    assert owners(search, 0, 1, 2, 3, 4) == {5}


def test_where_none_is_left_nothing_is_found(search: EntrySearch) -> None:
    assert owners(search, *range(6)) == set()


def test_a_large_faq_is_never_looked_at_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small one is, where that many phrasings are of one entry."""

    class Recording(FakeIndex):
        def search(self, queries, k, kept=None):  # type: ignore[no-untyped-def]
            asked.append(k)
            return super().search(queries, k, kept)

    asked: list[int] = []
    lopsided = np.array([0] * 59 + [1])
    EntrySearch(Recording(VECTORS), lopsided, 5, 2).nearest(QUERY)
    assert asked == [5, 20, 60]
    asked.clear()
    monkeypatch.setattr(indexes, "LARGEST_FLAT", 59)
    nearest = EntrySearch(Recording(VECTORS), lopsided, 5, 2).nearest(QUERY)
    assert asked == [5, 5]
    assert nearest.rows.tolist() == [0, 1, 2, 3, 4, 59]
