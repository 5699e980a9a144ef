"""Why the bot said something, as an admin reads it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.channels.telegram.handlers.admins import explanation
from bot.domain import Action, Decision, Hit
from bot.files.config_texts import shipped
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
        "Nearest wording:",
        "0.81 refund “money back”",
        "Then:",
        "0.40 return “send it back”",
        "",
        "Reason: it is so",
        "",
        "Decided with today's FAQ and settings (now).",
    ]


@pytest.mark.parametrize(
    ("action", "said"),
    [(Action.FOLLOW_UP, "Asked back"), (Action.FALLBACK, "Did not know")],
)
def test_where_nothing_else_was_near_nothing_is_named(action: Action, said: str) -> None:
    """Nor is anything where nothing was near at all."""
    one = explanation(recorded(action=action, candidates=(REFUND,)), EN, "now")
    assert one.split("\n")[:6] == [
        said, "", "Nearest wording:", "0.81 refund “money back”", "", "Reason: it is so",
    ]  # fmt: skip
    none = explanation(recorded(action=action, candidates=()), EN, "now")
    assert none.split("\n")[:3] == [said, "", "Reason: it is so"]


def test_an_explanation_says_what_became_of_it() -> None:
    labels = (
        Label("1" * 16, LabelKind.CHOICE, "", 0.0, "refund"),
        Label("1" * 16, LabelKind.NONE, "", 0.0),
        Label("1" * 16, LabelKind.UP, "", 0.0, "refund"),
        Label("1" * 16, LabelKind.DOWN, "", 0.0, "refund"),
    )
    lines = explanation(replace(RECORDED, labels=labels), EN, "now").split("\n")
    assert lines[8] == "What became of it: chose refund, none of these, 👍, 👎"


def test_an_explanation_of_another_faq_says_so() -> None:
    last = explanation(recorded(fingerprint="then"), EN, "now").split("\n")[-1]
    assert last == "Decided with an FAQ or settings that have changed since (then)."
