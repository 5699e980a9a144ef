"""The mapping that forgets."""

from __future__ import annotations

from bot.lru import Lru


def test_beyond_its_size_an_lru_forgets_what_was_set_longest_ago() -> None:
    lru: Lru[str, int] = Lru(2)
    for key in "abac":
        lru[key] = ord(key)
    assert list(lru) == ["a", "c"]
