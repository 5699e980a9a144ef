"""Updates like those of updates.jsonl, with something in them put out of joint."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.texts import TEXTS
from tests.hostile.cases import Json, lines, written_out
from tests.hostile.channel import Served

_LONGEST = 3_000  # characters of a line
SEEDS = [
    line["update"]
    for line in lines("updates.jsonl")
    if len(json.dumps(line)) <= _LONGEST and "times" not in line["name"]
]
KEYS = sorted(
    {key for seed in SEEDS for part in seed.values() if isinstance(part, dict) for key in part}
)
JUNK: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, -1, 7, -42, 2**31, 2**52, 2**63, 2**70, -(2**70), 1e308, 0.5]),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
    st.sampled_from(["private", "group", "supergroup", "channel", "mention", "bot_command", "en"]),
    st.recursive(
        st.one_of(st.none(), st.integers(), st.text(max_size=5)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["id", "type", "date", "chat", "a"]), inner, max_size=3
            ),
        ),
        max_leaves=6,
    ),
    st.sampled_from(SEEDS).map(lambda seed: seed.get("message")),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything in a JSON value, itself excepted."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in inside:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


@st.composite
def updates(draw: st.DrawFn) -> Json:
    update: Json = copy.deepcopy(written_out(draw(st.sampled_from(SEEDS))))
    for _ in range(draw(st.integers(0, 4))):
        *path, key = draw(st.sampled_from(sorted(places(update), key=repr)))
        holder: Any = update
        for step in path:
            holder = holder[step]
        change = draw(st.sampled_from(["put", "drop", "add"]))
        if change == "put":
            holder[key] = copy.deepcopy(draw(JUNK))
        elif change == "drop":
            del holder[key]
        elif isinstance(holder, dict):
            holder[draw(st.sampled_from(KEYS))] = copy.deepcopy(draw(JUNK))
        if not update:
            break
    return update


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("served")) as served:
        yield served


@given(updates())
def test_any_update_is_handled_or_set_aside(served: Served, update: Json) -> None:
    """And whatever it was, the next question is answered."""
    outcome = served.serve(update)
    assert len([error for error in outcome.errors if "is set aside" in error]) <= 1
    plain = written_out(lines("updates.jsonl")[0]["update"])
    assert served.serve(plain).calls == ["sendMessage"]
