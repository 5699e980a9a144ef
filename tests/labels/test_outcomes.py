"""What became of a message whose entry is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import Action, Decision, Hit
from bot.labels.outcomes import Outcome, answered_entries, judge, shown_entries


def decided(action: Action, *candidates: str) -> Decision:
    hits = tuple(Hit(entry_id, 0.5, "") for entry_id in candidates)
    told = None if action is Action.FALLBACK or not candidates else candidates[0]
    return Decision(action, told, 0.5, hits, "")


def in_parts(*entries: str) -> Decision:
    parts = tuple(decided(Action.ANSWER, entry_id) for entry_id in entries)
    first = parts[0]
    return Decision(Action.ANSWER, first.entry_id, 0.9, first.candidates, "", parts=parts)


@pytest.mark.parametrize(
    ("decision", "outcome"),
    [
        pytest.param(decided(Action.ANSWER, "a", "b"), Outcome.RIGHT, id="answers it"),
        pytest.param(decided(Action.ANSWER, "b", "a"), Outcome.WRONG, id="answers another"),
        pytest.param(decided(Action.FOLLOW_UP, "b", "a"), Outcome.HELD, id="offers it"),
        pytest.param(decided(Action.FOLLOW_UP, "b", "c"), Outcome.MISSED, id="offers others"),
        pytest.param(decided(Action.FALLBACK, "a"), Outcome.FALLBACK, id="nearly offers it"),
        pytest.param(decided(Action.FALLBACK), Outcome.FALLBACK, id="has nothing"),
        pytest.param(in_parts("a"), Outcome.RIGHT, id="answers the one part that asks it"),
        pytest.param(in_parts("a", "b"), Outcome.WRONG, id="answers it and another"),
        pytest.param(in_parts("b", "a"), Outcome.WRONG, id="answers another and it"),
    ],
)
def test_an_in_scope_message_has_one_outcome(decision: Decision, outcome: Outcome) -> None:
    assert judge("a", decision) is outcome


@pytest.mark.parametrize(
    ("expected", "outcome"),
    [
        ("a", Outcome.RIGHT_TENTATIVE),
        pytest.param("b", Outcome.WRONG_TENTATIVE, id="b is among the choices"),
        ("c", Outcome.WRONG_TENTATIVE),
        (None, Outcome.OOS_TENTATIVE),
    ],
)
def test_a_tentative_answer_is_judged_by_the_entry_that_is_shown(
    expected: str | None, outcome: Outcome
) -> None:
    decision = replace(decided(Action.FOLLOW_UP, "a", "b"), tentative=True)
    assert judge(expected, decision) is outcome
    assert shown_entries(decision) == {"a"}
    assert answered_entries(decision) == frozenset()


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        (Action.ANSWER, Outcome.OOS_ANSWERED),
        (Action.FOLLOW_UP, Outcome.OOS_ASKED),
        (Action.FALLBACK, Outcome.OOS_REFUSED),
    ],
)
def test_an_out_of_scope_message_has_one_outcome(action: Action, outcome: Outcome) -> None:
    assert judge(None, decided(action, "a")) is outcome
