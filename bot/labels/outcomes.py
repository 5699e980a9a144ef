"""What became of a message, seen by somebody who knows what it asked for."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from bot.domain import Action, Decision

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]


class Outcome(StrEnum):
    """What became of a message; the first seven where the FAQ has an answer for it.

    A message answered in parts is right only if nothing but the expected entry was answered. A
    follow-up that shows the answer of its first entry is an outcome of its own, whatever else it
    offers.
    """

    RIGHT = "right"
    WRONG = "wrong"
    RIGHT_TENTATIVE = "right_tentative"
    WRONG_TENTATIVE = "wrong_tentative"
    HELD = "held"
    MISSED = "missed"
    FALLBACK = "fallback"
    OOS_ANSWERED = "oos_answered"
    OOS_TENTATIVE = "oos_tentative"
    OOS_ASKED = "oos_asked"
    OOS_REFUSED = "oos_refused"

    @property
    def code(self) -> int:
        """Its number, for arrays."""
        return OUTCOMES.index(self)


OUTCOMES = tuple(Outcome)
IN_SCOPE = OUTCOMES[:7]
OUT_OF_SCOPE = OUTCOMES[7:]
WRONGLY_ANSWERED = (Outcome.WRONG, Outcome.OOS_ANSWERED)
ANSWERED = (Outcome.RIGHT, *WRONGLY_ANSWERED)
WRONGLY_TENTATIVE = (Outcome.WRONG_TENTATIVE, Outcome.OOS_TENTATIVE)
TENTATIVE = (Outcome.RIGHT_TENTATIVE, *WRONGLY_TENTATIVE)
# An answer is read, firm or tentative.
SHOWN = (*ANSWERED, *TENTATIVE)
WRONGLY_SHOWN = (*WRONGLY_ANSWERED, *WRONGLY_TENTATIVE)
ASKED_BACK = (Outcome.HELD, Outcome.MISSED, Outcome.OOS_ASKED)


class Done(StrEnum):
    """What is done with a message: an `Action`, or a follow-up that shows an answer."""

    ANSWER = "answer"
    TENTATIVE = "tentative"
    FOLLOW_UP = "follow_up"
    FALLBACK = "fallback"

    @property
    def told(self) -> str:
        """How a person is told."""
        return _TOLD[self]


_TOLD = {
    Done.ANSWER: "answered",
    Done.TENTATIVE: "tentatively",
    Done.FOLLOW_UP: "asked to choose",
    Done.FALLBACK: "not known",
}
_OF_OUT_OF_SCOPE = {
    Action.ANSWER: Outcome.OOS_ANSWERED,
    Action.FOLLOW_UP: Outcome.OOS_ASKED,
    Action.FALLBACK: Outcome.OOS_REFUSED,
}


def answered_entries(decision: Decision) -> frozenset[str]:
    """The entries whose answers a person gets firmly."""
    told = (answer.entry_id for answer in decision.answers)
    return frozenset(entry_id for entry_id in told if entry_id is not None)


def shown_entries(decision: Decision) -> frozenset[str]:
    """The entries whose answers a person reads, firm or tentative."""
    if decision.tentative and decision.entry_id is not None:
        return frozenset({decision.entry_id})
    return answered_entries(decision)


def done(decision: Decision) -> Done:
    """What is done with a message."""
    if decision.action is Action.FOLLOW_UP and decision.tentative:
        return Done.TENTATIVE
    return Done(decision.action.value)


def fate(decision: Decision) -> tuple[Done, frozenset[str]]:
    """What a person notices first: what is done, and which answers they read."""
    return done(decision), shown_entries(decision)


def got(decision: Decision) -> tuple[str, ...]:
    """The entries that were answered or offered, in this order; none for a fallback."""
    if decision.action is Action.FALLBACK:
        return ()
    if decision.action is Action.ANSWER:
        return tuple(str(answer.entry_id) for answer in decision.answers)
    return tuple(hit.entry_id for hit in decision.candidates)


def judge(expected: str | None, decision: Decision) -> Outcome:
    """What became of a message.

    Args:
        expected: the entry it asks for; None where the FAQ has no answer.
    """
    if decision.tentative:
        return _judge_tentative(expected, decision)
    if expected is None:
        return _OF_OUT_OF_SCOPE[decision.action]
    if decision.action is Action.ANSWER:
        return Outcome.RIGHT if answered_entries(decision) == {expected} else Outcome.WRONG
    if decision.action is Action.FALLBACK:
        return Outcome.FALLBACK
    offered = (hit.entry_id for hit in decision.candidates)
    return Outcome.HELD if expected in offered else Outcome.MISSED


def _judge_tentative(expected: str | None, decision: Decision) -> Outcome:
    if expected is None:
        return Outcome.OOS_TENTATIVE
    is_right = decision.entry_id == expected
    return Outcome.RIGHT_TENTATIVE if is_right else Outcome.WRONG_TENTATIVE
