"""What is known of a conversation, between one message and the next."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from bot.conversation.context import Asked
from bot.domain import Choice, Faq, Incoming, Reply, Unanswered
from bot.matching.text import same_wording

_OPEN_S: Final = 900.0  # a follow-up waits so long for a typed choice
_TIMES: Final = 2  # that a question gets its answer; then it is pointed to
_AGAIN_S: Final = 3_600.0  # a question that comes later than that is not asked again and again
_LANGUAGES_AGAIN_S: Final = 86_400.0
_REGRETS_S: Final = 900.0  # so soon after a regret, another is for what came of it
_LED_HERE_S: Final = 3_600.0  # what was asked before has led to nothing that comes now
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
            the answer, or to what was said back to thanks.
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
        languages_at: when it was last said which languages the bot speaks; seconds since 1970.
        regretted_at: when somebody was last told that the bot is sorry; seconds since 1970.
    """

    follow_up: FollowUp | None = None
    unanswered: Unanswered | None = None
    has_fallback: bool = False
    person: str | None = None
    last: Asked | None = None
    told: tuple[Told, ...] = ()
    languages_at: float = -math.inf
    regretted_at: float = -math.inf

    @property
    def passed(self) -> State:
        """The state once something else is said: nothing typed chooses from the follow-up."""
        over = None if self.follow_up is None else replace(self.follow_up, is_over=True)
        return State(
            over,
            told=self.told,
            languages_at=self.languages_at,
            regretted_at=self.regretted_at,
        )

    def follow_up_at(self, at: float) -> FollowUp | None:
        """The follow-up that what is typed at some time may choose from; None where none waits."""
        follow_up = self.follow_up
        return follow_up if follow_up is not None and follow_up.waits(at) else None

    def knows_languages(self, at: float) -> bool:
        """Whether the person was told within a day which languages the bot speaks."""
        return at - self.languages_at <= _LANGUAGES_AGAIN_S

    def regrets(self, at: float) -> bool:
        """Whether the person was told lately that the bot is sorry."""
        return at - self.regretted_at <= _REGRETS_S

    def asked_last(self, at: float) -> Unanswered | None:
        """What led somebody here: what the bot owes an answer to, or else their last question."""
        if self.unanswered is not None or self.last is None:
            return self.unanswered
        last = self.last
        is_recent = at - last.shown_at < _LED_HERE_S
        return Unanswered(last.text, last.nearest, last.decision_id) if is_recent else None

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


def kept(
    reply: Reply, after: State, incoming: Incoming, before: State, faq: Faq, above: str
) -> tuple[Reply, State]:
    """A reply, and a state that knows what was asked last, and how often.

    Args:
        above: what is said instead to whoever has had the same answer twice.
    """
    after = replace(
        after,
        told=before.told,
        languages_at=max(before.languages_at, after.languages_at),
        regretted_at=max(before.regretted_at, after.regretted_at),
    )
    decision = reply.decision
    if decision is not None and (decision.small_talk is not None or decision.unavailable):
        return reply, replace(after, last=before.last)
    last = _asked(reply, incoming, before, faq)
    if last is None:
        return reply, after
    after = replace(after, last=last)
    if reply.decision is None or not reply.answered:
        return reply, after
    key = hash((same_wording(last.text or ""), reply.text))
    known = before.times(key, last.shown_at)
    told = Told(key, 1 if known is None else known.times + 1, reply.decision_id, last.shown_at)
    if known is None or known.times < _TIMES:
        return reply, after.having_told(told)
    told = replace(told, decision_id=known.decision_id)
    pointer = Reply(above, decision=reply.decision, decision_id=reply.decision_id)
    return replace(pointer, points_to=known.decision_id), after.having_told(told)


def _asked(reply: Reply, incoming: Incoming, before: State, faq: Faq) -> Asked | None:
    """The question that a reply is about; None where it is about none."""
    follow_up = before.follow_up
    if reply.decision is not None:
        words, nearest = reply.joined or str(incoming.content), reply.decision.candidates
    elif reply.answered:  # chosen, or looked up
        words, nearest = faq.by_id[reply.answered[0]].translated(incoming.lang).question, ()
        if follow_up is not None and follow_up.decision_id == reply.decision_id:
            words = follow_up.unanswered.question or words
            nearest = follow_up.unanswered.nearest
    else:
        return None
    at = incoming.shown_at
    last = Asked(words, reply.answered, nearest, incoming.at, at, reply.decision_id)
    if before.last is None or last.answered:
        return last
    return replace(last, previous=replace(before.last, previous=None))
