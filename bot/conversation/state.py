"""What is known of a conversation, between one message and the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from bot.conversation.context import Asked
from bot.domain import Choice, Unanswered

_OPEN_S: Final = 900.0  # a follow-up waits so long for a typed choice
_AGAIN_S: Final = 3_600.0  # a question that comes later than that is not asked again and again
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A follow-up that was shown, whose buttons can be pressed.

    Attributes:
        decision_id: under which it is remembered; "" where it is not.
        unanswered: what it was about, should none of the choices fit.
        tentative: the answer of the first choice was shown.
        lang: the code of the language it was shown in; None if unknown.
        at: when it was shown; seconds since 1970.
        is_over: something else was asked since, so nothing typed chooses from it any more.
        is_chosen_from: another of its choices can still be named, but "yes" and "no" are said to
            the answer.
    """

    choices: tuple[Choice, ...]
    decision_id: str
    unanswered: Unanswered
    tentative: bool = False
    lang: str | None = None
    at: float = 0.0
    is_over: bool = False
    is_chosen_from: bool = False

    def waits(self, at: float) -> bool:
        """Whether what is typed at some time may choose from it."""
        return not self.is_over and at - self.at <= _OPEN_S


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that was given to a question, maybe more than once.

    Attributes:
        key: of the question's wording and the answer's.
        times: how often.
        decision_id: of the last time that the answer was given; "" where it is not remembered.
        at: when it was last asked; seconds since 1970.
    """

    key: int
    times: int
    decision_id: str
    at: float


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a conversation; equal to `START` where that is nothing.

    Attributes:
        follow_up: the last one.
        unanswered: what the bot owes an answer to.
        has_fallback: the last thing said was the long fallback.
        person: whose conversation it is, as the channel names them.
        last: the last question, which the next message may lean on; kept nowhere else.
        told: what was answered lately, the latest last.
    """

    follow_up: FollowUp | None = None
    unanswered: Unanswered | None = None
    has_fallback: bool = False
    person: str | None = None
    last: Asked | None = None
    told: tuple[Told, ...] = ()

    @property
    def passed(self) -> State:
        """The state once something else is said: nothing typed chooses from the follow-up."""
        over = None if self.follow_up is None else replace(self.follow_up, is_over=True)
        return State(over, told=self.told)

    def times(self, key: int, at: float) -> Told | None:
        """What is known of an answer that was given lately; None where it was not."""
        return next(
            (each for each in self.told if each.key == key and at - each.at <= _AGAIN_S), None
        )

    def having_told(self, told: Told) -> State:
        """The state with what was answered now."""
        others = [each for each in self.told if each.key != told.key]
        return replace(self, told=(*others, told)[-_MOST_TOLD:])


START: Final = State()
