"""A table is aligned under its heads."""

from __future__ import annotations

from bot.tuning.show.tables import table


def test_a_table_is_aligned_and_shows_none_as_a_dash() -> None:
    rows = [("a", 1, "10.5"), ("long", None, "3.0")]
    assert table(("set", "k", "right\nin %"), rows).split("\n") == [
        "         right",
        "set   k   in %",
        "----  -  -----",
        "a     1   10.5",
        "long  -    3.0",
    ]
