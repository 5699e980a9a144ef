"""What was recorded of a message, read again where its words are not kept.

The scores of the entries that were shown are there, and they do not depend on the thresholds, so
what the thresholds do with them can be told again. What needs the words cannot: the doubts about a
denial or other numbers where nothing was answered before, and the single questions in a message
that asks several.
"""

from __future__ import annotations

from bot.domain import Action, Decision, base_language
from bot.matching.decide.reading import SET_ASIDE, KeptReading, Rules
from bot.matching.decide.thresholds import Policy
from bot.matching.score.ranker import Match
from bot.store.store import Record

# The words that raised a doubt are gone; other numbers than the phrasing's raise the same one.
_DOUBTFUL_TEXT, _DOUBTFUL_CLOSE = "1", ("2",)


def retell(past: Record, then: Policy) -> KeptReading | None:
    """What was recorded, in the form that decisions are made on.

    Args:
        then: the policy that the recorded decision was made by.
    Returns:
        None where the record does not explain its own decision: it was answered in parts, or
        entries that were not shown had a say.
    """
    told = past.decision
    if told.parts:
        return None
    is_doubted = (
        told.action is Action.FOLLOW_UP
        and told.candidates[0].score > then.lines(told.candidates[0].entry_id).answer
    )
    match = Match(
        hits=told.candidates,
        text=_DOUBTFUL_TEXT if is_doubted else "",
        close=_DOUBTFUL_CLOSE if is_doubted else (),
        word_for_word=told.action is Action.ANSWER,  # nothing spoke against it then, nor does now
    )
    reading = KeptReading(match)
    again = Rules(then).decide(reading)
    return reading if _outline(again) == _outline(told) else None


def _outline(decision: Decision) -> tuple[Action, str | None, list[str]]:
    return decision.action, decision.entry_id, [hit.entry_id for hit in decision.candidates]


def is_certain(past: Record, decision: Decision, policy: Policy, lang_of: dict[str, str]) -> bool:
    """Whether a decision on what was recorded is what the bot would do with the words, provided
    that the message asks one thing.

    Args:
        lang_of: by id of an entry, the language it is in, where the FAQ has several languages.
    """
    told = past.decision
    if _is_same(told, decision):
        return True
    if decision.action is Action.ANSWER and told.action is not Action.ANSWER:
        return False  # a denial, or another number, may speak against it
    if SET_ASIDE in told.reason:
        return False  # what else there was in other languages is not recorded
    best = lang_of.get(told.candidates[0].entry_id) if told.candidates else None
    if best is not None and past.lang is not None and best != base_language(past.lang):
        return False
    return not _may_hide(told, policy)


def _may_hide(told: Decision, policy: Policy) -> bool:
    """Whether an entry with lines of its own may have a say that was not shown."""
    shown = {hit.entry_id for hit in told.candidates}
    hidden = [lines for entry_id, lines in policy.own.items() if entry_id not in shown]
    if told.action is Action.FOLLOW_UP:  # one that missed its lines was left out, however near
        return bool(hidden)
    last = told.candidates[-1].score if told.candidates else -1.0
    return any(lines.follow_up <= last for lines in hidden)


def _is_same(one: Decision, other: Decision) -> bool:
    return (one.action, one.entry_id) == (other.action, other.entry_id)
