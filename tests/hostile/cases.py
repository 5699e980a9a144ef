"""The files of hostile input beside this one: how a line of them is read.

A line is a JSON object in plain ASCII, with a `name` that no other line has. To add a case, add a
line. So that every case stands there whole and still fits on a line, these stand for what is long:

    {"repeat": ["ab", 3]}             the text "ababab"
    {"join": [TEXT, TEXT]}            both one after the other, each a text or one of these
    {"copies": [{...}, 3]}            [{...}, {...}, {...}]
    {"nest": ["key", {...}, 3]}       {..., "key": {..., "key": {...}}}: the object three times
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

Json = dict[str, Any]

FOLDER = Path(__file__).parent


def lines(file: str) -> list[Json]:
    """The cases of a file as they are written."""
    return [json.loads(line) for line in (FOLDER / file).read_text("ascii").splitlines()]


def cases(file: str) -> list[Any]:
    """The cases of a file, written out, as parameters of a test with their names."""
    return [pytest.param(written_out(line), id=line["name"]) for line in lines(file)]


def written_out(value: Any, shorter: int = 1) -> Any:
    """A value with what stands for something long replaced by it.

    Args:
        shorter: so many times less often than it says a text is repeated.
    """
    if isinstance(value, list):
        return [written_out(item, shorter) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"repeat": [str(text), int(times)]} if len(value) == 1:
            return text * (times // shorter)
        case {"join": [*texts]} if len(value) == 1:
            return "".join(written_out(text, shorter) for text in texts)
        case {"copies": [item, int(times)]} if len(value) == 1:
            return [written_out(item)] * times
        case {"nest": [str(key), dict(item), int(times)]} if len(value) == 1:
            nested: Json = written_out(item)
            for _ in range(times - 1):
                nested = {**written_out(item), key: nested}
            return nested
    return {key: written_out(item, shorter) for key, item in value.items()}
