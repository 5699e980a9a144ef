"""What can come from Telegram, or from what pretends to be it.

Each line of updates.jsonl has an `update` and what it `must` get:

    answered    the bot says something, or ends the spinner on a button
    ignored     it is read, and the bot keeps silent
    odd         Telegram would never send it: it is answered or set aside, and what comes next is
                answered
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.hostile.cases import Json, cases, lines, written_out
from tests.hostile.channel import Served

every_update = pytest.mark.parametrize("case", cases("updates.jsonl"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("served")) as served:
        yield served


@every_update
def test_a_hostile_update_gets_the_listed_outcome(case: Json, served: Served) -> None:
    """What is of no type that Telegram sends may be set aside; nothing else fails."""
    outcome = served.serve(case["update"])
    if case["must"] == "odd":
        assert len([error for error in outcome.errors if "is set aside" in error]) <= 1
        assert served.serve(question(0)).calls == ["sendMessage"]
    else:
        assert bool(outcome.calls) is (case["must"] == "answered")
        assert outcome.errors == []


def question(number: int) -> Json:
    """An update that is always answered."""
    plain: Json = written_out(lines("updates.jsonl")[0]["update"])
    return {**plain, "update_id": number}


@pytest.mark.parametrize(
    "poison",
    [
        pytest.param({"update_id": 11, "message": {"text": "no more than that"}}, id="unparsable"),
        pytest.param({"message": question(0)["message"]}, id="without a number"),
        pytest.param({"update_id": "11", "message": question(0)["message"]}, id="of no number"),
        pytest.param("update", id="no object"),
        pytest.param(None, id="nothing"),
    ],
)
def test_an_unreadable_update_is_confirmed_and_its_neighbours_are_answered(
    poison: Any, served: Served
) -> None:
    """And it is confirmed with them, so that it never comes again."""
    outcome = served.poll_all([question(10), poison, question(12)], [question(13)])
    assert outcome.calls == ["sendMessage"] * 3
    assert served.confirmed[:2] == [13, 14]


def test_the_log_of_an_unreadable_update_holds_none_of_its_words(served: Served) -> None:
    secret = {"update_id": 9, "message": {"text": "my card is 4111", "date": "4111"}}
    (error,) = served.serve(secret).errors
    assert error.endswith(" is set aside: it cannot be read (TypeError) None")
