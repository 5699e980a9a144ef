"""What /why says of a decision."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.channels.telegram.handlers.reports import explanation
from bot.domain import Action, Decision, Hit
from bot.files.config.texts import shipped
from bot.matching.decide.guards import GUARDS
from bot.store.store import Label, LabelKind, Record

EN = shipped()["en"].team
REFUND, RETURN = Hit("refund", 0.812, "money back"), Hit("return", 0.4, "send it back")
DECISION = Decision(Action.ANSWER, "refund", 0.812, (REFUND, RETURN), "it is so", "now")
RECORDED = Record("1" * 16, 0.0, "why?", "en", DECISION)


def recorded(**changes: Any) -> Record:
    return replace(RECORDED, decision=replace(DECISION, **changes))


def test_an_explanation_says_what_was_done_compared_and_decided() -> None:
    assert explanation(RECORDED, EN, "now").split("\n") == [
        "Answered",
        "",
        "Closest wording:",
        "0.81 refund “money back”",
        "Then:",
        "0.40 return “send it back”",
        "",
        "Reason: it is so",
        "",
        "Decided with today's FAQ and settings (now).",
    ]
    last = explanation(recorded(fingerprint="then"), EN, "now").split("\n")[-1]
    assert last == "Decided with an FAQ or settings that have changed since (then)."


@pytest.mark.parametrize(
    ("action", "said"), [(Action.FOLLOW_UP, "Asked to choose"), (Action.FALLBACK, "Didn't know")]
)
def test_an_explanation_names_what_was_near_and_nothing_else(action: Action, said: str) -> None:
    one = explanation(recorded(action=action, candidates=(REFUND,)), EN, "now")
    assert one.split("\n")[:6] == [
        said, "", "Closest wording:", "0.81 refund “money back”", "", "Reason: it is so",
    ]  # fmt: skip
    none = explanation(recorded(action=action, candidates=()), EN, "now")
    assert none.split("\n")[:3] == [said, "", "Reason: it is so"]


@pytest.mark.parametrize(
    ("guard", "said"),
    [
        ("polarity", EN.guard_polarity),
        ("numbers", EN.guard_numbers),
        ("one_word", EN.guard_one_word),
        ("close_call", EN.guard_close_call),
        ("of an older version", "of an older version"),
    ],
)
def test_an_explanation_says_what_made_the_bot_doubt(guard: str, said: str) -> None:
    lines = explanation(recorded(action=Action.FOLLOW_UP, guard=guard), EN, "now").split("\n")
    assert lines[7] == f"What made it doubt: {said}"


def test_every_guard_has_its_words() -> None:
    for name, _ in GUARDS:
        assert f"doubt: {name}" not in explanation(recorded(guard=name), EN, "now")


def test_an_explanation_says_that_it_was_small_talk() -> None:
    for told in (
        recorded(action=Action.FALLBACK, small_talk="greeting"),
        replace(recorded(action=Action.FALLBACK), small_talk=True),
    ):
        assert explanation(told, EN, "now").split("\n")[0] == "Took it for small talk"


def test_an_explanation_calls_a_guess_a_guess() -> None:
    guess = recorded(action=Action.FOLLOW_UP, tentative=True)
    assert explanation(guess, EN, "now").split("\n")[0] == "Shown as what was probably meant"


def test_an_explanation_says_what_became_of_it() -> None:
    kinds = (LabelKind.CHOICE, LabelKind.NONE, LabelKind.UP, LabelKind.DOWN)
    labels = tuple(Label("1" * 16, kind, "", 0.0, "refund") for kind in kinds)
    lines = explanation(replace(RECORDED, labels=labels), EN, "now").split("\n")
    assert lines[8] == "What happened next: chose refund, none of these, 👍, 👎"
