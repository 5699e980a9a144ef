"""Other shared thresholds, with all that hangs on them.

An entry may set only one of its two lines; the other one is then the shared one, and moves with it.
Which one that is has been forgotten once the FAQ is read, so a line that equals the shared one is
taken for one that was left out.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain import Faq, Thresholds
from bot.matching.decide.thresholds import Policy


def policy_at(policy: Policy, lines: Thresholds) -> Policy:
    """A policy with other shared thresholds."""
    own = {entry_id: _moved(its, policy.thresholds, lines) for entry_id, its in policy.own.items()}
    return replace(policy, thresholds=lines, own=own)


def faq_at(faq: Faq, was: Thresholds, lines: Thresholds) -> Faq:
    """The FAQ as it would be read with other shared thresholds.

    Args:
        was: those it was read with.
    """
    if all(entry.thresholds is None for entry in faq.entries):
        return faq
    return Faq(
        tuple(
            entry
            if entry.thresholds is None
            else replace(entry, thresholds=_moved(entry.thresholds, was, lines))
            for entry in faq.entries
        ),
        faq.remarks,
    )


def _moved(own: Thresholds, was: Thresholds, now: Thresholds) -> Thresholds:
    """An entry's own lines; of two that would cross, the shared one gives way."""
    answer, follow_up = own.answer, own.follow_up
    if answer == was.answer:
        answer = max(now.answer, follow_up) if follow_up != was.follow_up else now.answer
    if follow_up == was.follow_up:
        follow_up = min(now.follow_up, answer)
    return Thresholds(answer, follow_up)
