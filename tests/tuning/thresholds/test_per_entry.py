"""Entries get lines of their own only where their own labels speak for them."""

from __future__ import annotations

import pytest

from bot.domain import Hit, Place, Thresholds
from bot.matching.decide.thresholds import Policy, Reading
from bot.matching.score.ranker import Match
from bot.tuning.labels.labelled import Labelled
from bot.tuning.labels.scored import Scored, of_readings
from bot.tuning.thresholds.per_entry import EntryLines, propose_entry_lines
from bot.tuning.thresholds.risk import lower
from bot.tuning.thresholds.search import Promise
from tests.factories import LINES
from tests.tuning.thresholds.test_regions import decider

Message = tuple[str, float, bool]  # the best entry, its score, whether it is asked for


def scored(messages: list[Message], policy: Policy | None = None) -> Scored:
    labels = [
        Labelled(f"text {n}", entry_id if right else None, Place("set", n + 1))
        for n, (entry_id, _, right) in enumerate(messages)
    ]
    readings = [
        Reading(Match((Hit(entry_id, value, "…", 0.5),), text="text"))
        for entry_id, value, _ in messages
    ]
    return of_readings(decider(policy or Policy(LINES)), ("a", "b", "c"), labels, readings)


# Most answers are right, so one in five of an entry's may be wrong.
USUAL: list[Message] = [("c", 0.9, True)] * 50 + [("c", 0.1, False)] * 50
OFTEN_WRONG: list[Message] = [("a", 0.78, False)] * 20 + [("a", 0.95, True)] * 20
SURE: list[Message] = [("b", round(0.5 + n / 1000, 3), True) for n in range(200)]


def propose(messages: list[Message], promise: Promise | None = None) -> tuple[EntryLines, ...]:
    return propose_entry_lines(scored(messages), LINES, promise or Promise(max_wrong=0.05))


def test_an_entry_that_is_often_wrong_gets_a_stricter_line() -> None:
    (found,) = propose(USUAL + OFTEN_WRONG)
    assert found == EntryLines("a", Thresholds(0.78, 0.6), 40, 20, 20, 0)


def test_an_entry_that_is_sure_further_down_gets_a_milder_line() -> None:
    answered: list[Message] = [("b", 0.8, True)] * 60
    (found,) = propose(USUAL + answered + SURE)
    assert found.entry == "b"
    assert found.thresholds.answer < 0.5
    assert found.thresholds.follow_up == found.thresholds.answer
    assert (found.answered, found.wrongly, found.own_answered, found.own_wrongly) == (60, 0, 260, 0)


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([("a", 0.78, False)] * 2 + [("a", 0.95, True)] * 3, id="a few mistakes"),
        pytest.param([("b", 0.8, True)] * 5 + [("b", 0.5, True)] * 5, id="a few more right ones"),
        pytest.param([("b", 0.7, False), ("b", 0.8, True)] * 60, id="right above, wrong below"),
    ],
)
def test_a_few_labels_prove_nothing_about_an_entry(messages: list[Message]) -> None:
    assert propose(USUAL + messages) == ()


def test_an_entry_that_is_tested_both_ways_needs_a_proof_at_half_the_doubt() -> None:
    """One in five may be wrong: 8 of 20 prove more than that with 95 %, not with 97.5 %."""

    def wrong(number: int) -> tuple[EntryLines, ...]:
        answered: list[Message] = [("a", 0.78, False)] * number + [("a", 0.95, True)] * (
            20 - number
        )
        return propose([*answered, *[("a", 0.1, True)] * 20], Promise(max_wrong=0.1))

    assert lower(8, 20, 0.05) > 0.2 > lower(8, 20, 0.025)
    assert wrong(8) == ()
    assert [found.wrongly for found in wrong(9)] == [9]


def test_nothing_is_proposed_where_it_could_not_be_judged() -> None:
    own = Policy(LINES, own={"a": Thresholds(0.76, 0.6)})  # somebody decided on it already
    assert propose_entry_lines(scored(USUAL + OFTEN_WRONG, own), LINES, Promise()) == ()
    assert propose(USUAL + OFTEN_WRONG, Promise(oos_share=0.1)) == ()  # another mix
    assert propose([("a", 0.1, True)] * 50) == ()  # nothing is answered
