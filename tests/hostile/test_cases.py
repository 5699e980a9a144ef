"""The files of cases themselves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hostile.cases import FOLDER, lines, written_out


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"repeat": ["ab", 3]}, "ababab"),
        ({"join": ["a", {"repeat": ["b", 2]}]}, "abb"),
        ({"copies": [{"a": 1}, 2]}, [{"a": 1}, {"a": 1}]),
        ({"nest": ["a", {"b": 1}, 3]}, {"b": 1, "a": {"b": 1, "a": {"b": 1}}}),
        ([{"a": {"repeat": ["b", 2]}}], [{"a": "bb"}]),
        ({"repeat": "b", "a": None}, {"repeat": "b", "a": None}),
    ],
)
def test_shorthand_for_long_input_is_written_out(written: Any, meant: Any) -> None:
    assert written_out(written) == meant


@pytest.mark.parametrize(
    ("file", "fewest"),
    [("callbacks.jsonl", 60), ("files.jsonl", 120), ("texts.jsonl", 200), ("updates.jsonl", 150)],
)
def test_case_files_hold_many_cases_of_different_names_in_printable_ascii(
    file: str, fewest: int
) -> None:
    """No control, no direction and no look-alike stands in it but as an escape."""
    names = [line["name"] for line in lines(file)]
    assert len(set(names)) == len(names) >= fewest
    text = (FOLDER / file).read_bytes()
    assert [byte for byte in text if not 0x20 <= byte < 0x7F and byte != 0x0A] == []
