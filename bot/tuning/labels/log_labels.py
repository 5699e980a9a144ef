"""What people pressed → labels, and how far to trust them."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

import numpy as np

from bot.domain import Action, Decision, Place
from bot.errors import BotError
from bot.store.store import LabelKind, Record
from bot.tuning.evaluate.metrics import Numbers
from bot.tuning.evaluate.outcomes import answered_entries
from bot.tuning.labels.from_log import Log, Told
from bot.tuning.labels.labelled import Label

OBJECTION = "people who press are not all people"


@dataclass(frozen=True, slots=True, eq=False)
class LogLabels:
    """Labels, and what they were made of.

    Attributes:
        labels: one per message,
        told: the message itself, and
        weights: how many messages it stands for, shape (n,): as many as were treated alike
            (answered, or asked back about) for each one of them that has a label.
        choices: how many come from a choice out of a follow-up: that entry was asked for.
        none: from "none of these": taken for out of scope, though the FAQ may have an entry that
            was not offered.
        up: from a 👍: the answer's entry was asked for.
        down: from a 👎: the answer was wrong. What was asked for stays unknown, so the message is
            taken for out of scope: any answer to it counts as wrong.
        gone: how many could not be used: the entry is in the FAQ no more.
        answered, answered_labelled: messages that were answered, and those of them with a label.
        asked, asked_labelled: messages that were asked back about, likewise.
        fallbacks: messages that were not known; they never get a label.
        answer_weight: how many answers a label of one stands for; 0 where none has a label.
        follow_up_weight: how many follow-ups a label of one stands for, likewise.
        without_words: how many labels are of messages whose words are not kept.
        left_out: messages of the log that cannot be decided on again.
        is_silent_in_groups: see `Log`.
    """

    labels: tuple[Label, ...]
    told: tuple[Told, ...]
    weights: Numbers
    choices: int
    none: int
    up: int
    down: int
    gone: int
    answered: int
    answered_labelled: int
    asked: int
    asked_labelled: int
    fallbacks: int
    answer_weight: float
    follow_up_weight: float
    without_words: int
    left_out: int
    is_silent_in_groups: bool


def labels_of(
    log: Log, known: Container[str], where: str, *, may_be_one_sided: bool = False
) -> LogLabels:
    """Labels out of a log.

    A choice says more than a thumb: who chooses an entry and then dislikes its answer did ask for
    that entry.

    Args:
        known: the ids of the FAQ's entries.
        where: the database, for errors.
        may_be_one_sided: all labels may be in scope, or all out of scope.
    Raises:
        BotError: there are no labels, or they are one-sided.
    """
    kinds = dict.fromkeys(LabelKind, 0)
    by_action = {action: [0, 0] for action in Action}
    labels: list[Label] = []
    kept: list[Told] = []
    gone = 0
    for number, told in enumerate(log.told, start=1):
        counts = by_action[told.past.decision.action]
        counts[0] += 1
        label = said(told.past)
        if label is None:
            continue
        kind, expected = label
        if expected is not None and expected not in known:
            gone += 1
            continue
        counts[1] += 1
        kinds[kind] += 1
        # Halves are chosen by texts: where there is none, the id stands for it.
        text = told.past.id if told.past.text is None else told.past.text
        labels.append(Label(text, expected, Place(where, number), told.past.lang))
        kept.append(told)
    inside = sum(label.expected is not None for label in labels)
    stands_for = {action: all_ / its if its else 0.0 for action, (all_, its) in by_action.items()}
    if not labels:
        raise BotError(_nothing(log, gone, where))
    if not may_be_one_sided and inside in {0, len(labels)}:
        raise BotError(_one_sided(len(labels), inside, where))
    return LogLabels(
        labels=tuple(labels),
        told=tuple(kept),
        weights=np.array([stands_for[told.past.decision.action] for told in kept]),
        choices=kinds[LabelKind.CHOICE],
        none=kinds[LabelKind.NONE],
        up=kinds[LabelKind.UP],
        down=kinds[LabelKind.DOWN],
        gone=gone,
        answered=by_action[Action.ANSWER][0],
        answered_labelled=by_action[Action.ANSWER][1],
        asked=by_action[Action.FOLLOW_UP][0],
        asked_labelled=by_action[Action.FOLLOW_UP][1],
        fallbacks=by_action[Action.FALLBACK][0],
        answer_weight=stands_for[Action.ANSWER],
        follow_up_weight=stands_for[Action.FOLLOW_UP],
        without_words=sum(not told.from_words for told in kept),
        left_out=log.messages - len(log.told),
        is_silent_in_groups=log.is_silent_in_groups,
    )


def said(past: Record) -> tuple[LabelKind, str | None] | None:
    """The label that counts, and the entry it says was asked for; None where there is none.

    Of "none of these" and of a 👎 that entry is unknown: None.
    """
    by_family = {label.kind.family: label for label in past.labels}
    label = by_family.get(LabelKind.CHOICE.family) or by_family.get(LabelKind.UP.family)
    if label is None or (past.decision.parts and label.kind in {LabelKind.UP, LabelKind.DOWN}):
        return None  # a thumb under several answers may mean any of them
    if label.kind in {LabelKind.NONE, LabelKind.DOWN}:
        return label.kind, None
    entry_id = past.decision.entry_id if label.entry_id is None else label.entry_id
    return None if entry_id is None else (label.kind, entry_id)


def people_say(past: Record, decision: Decision) -> bool | None:
    """Whether a decision gives the right answer, by what people said of the one then.

    Returns:
        None where it gives none, or they did not say.
    """
    answered = answered_entries(decision)
    label = said(past)
    if not answered or label is None:
        return None
    kind, expected = label
    if expected is not None:
        return answered == {expected}
    then = past.decision
    refused = (
        {hit.entry_id for hit in then.candidates}
        if kind is LabelKind.NONE
        else {past.labels[-1].entry_id or then.entry_id}
    )
    return None if answered.isdisjoint(refused) else False


def _nothing(log: Log, gone: int, where: str) -> str:
    if gone:
        return (
            f"{where}: a log from another FAQ: people chose or judged entries under {gone:,} of "
            "its messages, and this FAQ has none of them. Take the FAQ they were asked of."
        )
    return (
        f"{where}: nobody has pressed a choice, “none of these”, 👍 or 👎 under any of the "
        f"{len(log.told):,} messages that can be used, so there is no label. Label some by hand."
    )


def _one_sided(labels: int, inside: int, where: str) -> str:
    if inside == 0:
        return (
            f"{where}: every label ({labels:,}) is a “none of these” or 👎, so nothing can be said "
            "about right answers. Wait for choices and 👍, or label messages by hand."
        )
    return (
        f"{where}: no label ({labels:,}) is a “none of these” or 👎, so nothing can be said about "
        "questions the FAQ has no answer to. Wait for some, or say --oos-share 0."
    )
