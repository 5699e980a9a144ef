"""The bot's store → messages that can be decided on again, and labels out of what people pressed.

Where its words are kept a message is read anew. Where they are not, the scores of the entries that
were shown are there, and they do not depend on the thresholds: other thresholds can be held against
them. What needs the words cannot be known then: guards where nothing was answered before, the
single questions in a message that asks several, and what stands in answers where nothing else is
asked about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from bot.domain import Action, Decision, Place, Thresholds, base_language
from bot.errors import BotError
from bot.files.config.telegram import Groups
from bot.labels.labelled import Labelled
from bot.labels.outcomes import Numbers, shown_entries
from bot.labels.scored import faq_at, policy_at, read_all
from bot.matching import fingerprint
from bot.matching.build import Matcher
from bot.matching.decide.thresholds import SET_ASIDE, Policy, Reading, Rules
from bot.matching.score.ranker import Match
from bot.store.store import LabelKind, Record

_UNNAMED = "unnamed"  # a guard
OBJECTION = "people who press are not all people"


class LeftOut(StrEnum):
    """Why a message whose words are not kept cannot be decided on again."""

    OF_ANOTHER_FAQ = "of_another_faq"
    OF_EARLIER_VERSION = "of_earlier_version"
    IN_PARTS = "in_parts"
    UNCLEAR = "unclear"


_REASONS = {
    LeftOut.OF_ANOTHER_FAQ: "decided with another FAQ, model or settings",
    LeftOut.OF_EARLIER_VERSION: (
        "recorded by an earlier version of the bot, without the thresholds that decided"
    ),
    LeftOut.IN_PARTS: "answered in parts",
    LeftOut.UNCLEAR: "where entries that were not shown had a say",
}


def reasons(left_out: Mapping[LeftOut, int]) -> str:
    """How many messages cannot be decided on again, and why."""
    return ", ".join(f"{left_out[why]:,} {it}" for why, it in _REASONS.items() if left_out[why])


@dataclass(frozen=True, slots=True)
class Logged:
    """A message of the log that can be decided on again.

    Attributes:
        reading: what decisions are made on.
        from_words: it was read anew; else it is what was recorded then.
    """

    record: Record
    reading: Reading
    from_words: bool

    def decide(self, policy: Policy) -> Decision:
        """What the bot does with it by a policy, as far as the log knows."""
        return Rules(policy).decide(self.reading)


@dataclass(frozen=True, slots=True)
class Log:
    """What the log holds of some time.

    Attributes:
        messages: those that can be decided on again, oldest first.
        languages: by id of an entry the language it is in, where the FAQ has several languages.
        left_out: how many cannot, by reason.
        is_silent_in_groups: there the bot says nothing unless it is sure, and remembers nothing of
            what it says nothing to.
    """

    messages: tuple[Logged, ...]
    languages: Mapping[str, str]
    left_out: Counter[LeftOut]
    is_silent_in_groups: bool

    @property
    def from_words(self) -> int:
        """How many were read anew."""
        return sum(one.from_words for one in self.messages)

    def is_certain(self, logged: Logged, decision: Decision, policy: Policy) -> bool:
        """Whether a decision is what the bot would really do with a message, provided that it asks
        one thing."""
        then = logged.record.decision
        if logged.from_words:
            return True
        if decision.tentative and not then.tentative:
            return False  # whether a guard doubts that this entry is meant, only the words tell
        if (then.action, then.entry_id) == (decision.action, decision.entry_id):
            return True
        if decision.action is Action.ANSWER and then.action is not Action.ANSWER:
            return False  # a denial, or another number, may speak against it
        if decision.action is Action.FALLBACK and then.action is not Action.FALLBACK:
            return False  # what it says may stand in an answer, which is then asked about
        if SET_ASIDE in then.reason:
            return False  # what else there was in other languages is not recorded
        best = None if then.best is None else self.languages.get(then.best.entry_id)
        lang = logged.record.lang
        if best is not None and lang is not None and best != base_language(lang):
            return False
        return not _may_hide(then, policy)


def _may_hide(then: Decision, policy: Policy) -> bool:
    """Whether an entry with lines of its own may have a say that was not shown."""
    shown = {hit.entry_id for hit in then.candidates}
    hidden = [lines for entry_id, lines in policy.own.items() if entry_id not in shown]
    if then.action is Action.FOLLOW_UP:  # one that missed its lines was left out, however near
        return bool(hidden)
    last = then.candidates[-1].score if then.candidates else -1.0
    return any(lines.follow_up <= last for lines in hidden)


def read_log(matcher: Matcher, records: Sequence[Record], where: str) -> Log:
    """Read all that was remembered, anew where the words are kept.

    Args:
        where: the database, for errors.
    Raises:
        BotError: nothing can be decided on again.
    """
    kept = [(record.id, record.text, record.lang) for record in records if record.text is not None]
    readings = read_all(matcher.decider, [(text, lang) for _, text, lang in kept], doing="reading")
    fresh = {record_id: reading for (record_id, *_), reading in zip(kept, readings, strict=True)}
    fingerprints, policy = _fingerprints(matcher, records), matcher.decider.policy
    messages: list[Logged] = []
    left_out: Counter[LeftOut] = Counter()
    for record in records:
        then, reading = record.decision, fresh.get(record.id)
        if reading is not None:
            messages.append(Logged(record, reading, from_words=True))
        elif then.thresholds is None:
            left_out[LeftOut.OF_EARLIER_VERSION] += 1
        elif then.fingerprint != fingerprints[then.thresholds]:
            left_out[LeftOut.OF_ANOTHER_FAQ] += 1
        elif then.parts:
            left_out[LeftOut.IN_PARTS] += 1
        elif (recorded := _read_back(then, policy_at(policy, then.thresholds))) is None:
            left_out[LeftOut.UNCLEAR] += 1
        else:
            messages.append(Logged(record, recorded, from_words=False))
    if not messages:
        raise BotError(
            f"{where}: none of its {len(records):,} messages can be decided on again, as their "
            f"words are not kept: {reasons(left_out)}. Take the configuration and the FAQ they "
            "were decided with, or from now on have words kept (`store: keep_text: all`)."
        )
    languages = {it.id: base_language(it.lang) for it in matcher.faq.entries if it.lang is not None}
    return Log(
        messages=tuple(messages),
        languages=languages if len(set(languages.values())) > 1 else {},
        is_silent_in_groups=matcher.settings.telegram.groups is Groups.SILENT_UNLESS_SURE,
        left_out=left_out,
    )


def _fingerprints(matcher: Matcher, records: Sequence[Record]) -> Mapping[Thresholds, str]:
    """By the thresholds of that time, what decisions carry that were made with the matcher's own
    FAQ, model and settings."""
    present = matcher.settings.thresholds
    lines = {it.decision.thresholds for it in records if it.decision.thresholds is not None}
    return {
        at: fingerprint.of_decisions(
            replace(matcher.settings, thresholds=at),
            faq_at(matcher.faq, present, at),
            matcher.model_fingerprint,
        )
        for at in lines
    }


def _read_back(then: Decision, policy: Policy) -> Reading | None:
    """What was recorded, in the form that decisions are made on.

    Args:
        policy: the one it was decided by.
    Returns:
        None where the record does not explain its own decision: entries that were not shown had a
        say.
    """
    match = Match(
        hits=then.candidates,
        doubted_by=then.guard,
        word_for_word=then.action is Action.ANSWER,  # nothing spoke against it then, nor does now
    )
    reading = Reading(match)
    again = Rules(policy).decide(reading)
    if again.tentative and not then.tentative:  # once such a guard left no name
        reading = Reading(replace(match, doubted_by=_UNNAMED))
        again = Rules(policy).decide(reading)
    return reading if _outline(again) == _outline(then) else None


def _outline(decision: Decision) -> tuple[Action, bool, str | None, list[str]]:
    ids = [hit.entry_id for hit in decision.candidates]
    return decision.action, decision.tentative, decision.entry_id, ids


@dataclass(frozen=True, slots=True, eq=False)
class LogLabels:
    """Labels out of a log, and what they were made of.

    Attributes:
        labels: one per message,
        messages: the message itself, and
        weights: how many messages it stands for, shape (n,).
        kinds: how many labels come from which press. A choice out of a follow-up, and a 👍: that
            entry was asked for. "None of these": taken for out of scope, though the FAQ may have an
            entry that was not offered. 👎: what was asked for stays unknown, so the message is
            taken for out of scope: any answer to it counts as wrong.
        gone: how many could not be used: the entry is in the FAQ no more.
        total: messages of the log by what was done with them.
        labelled: those of them with a label.
        stands_for: so many messages that were treated alike are there for each that has a label;
            0 where none has. Fallbacks never get one.
    """

    log: Log
    labels: tuple[Labelled, ...]
    messages: tuple[Logged, ...]
    weights: Numbers
    kinds: Mapping[LabelKind, int]
    gone: int
    total: Mapping[Action, int]
    labelled: Mapping[Action, int]
    stands_for: Mapping[Action, float]

    @property
    def without_words(self) -> int:
        """How many labels are of messages that were judged by the scores recorded then."""
        return sum(not logged.from_words for logged in self.messages)


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
    kinds: Counter[LabelKind] = Counter()
    labels: list[Labelled] = []
    messages: list[Logged] = []
    gone = 0
    for number, logged in enumerate(log.messages, start=1):
        record = logged.record
        label = said(record)
        if label is None:
            continue
        kind, expected = label
        if expected is not None and expected not in known:
            gone += 1
            continue
        kinds[kind] += 1
        labels.append(Labelled(record.text or "", expected, Place(where, number), record.lang))
        messages.append(logged)
    inside = sum(label.expected is not None for label in labels)
    if not labels:
        raise BotError(_nothing(log, gone, where))
    if not may_be_one_sided and inside in {0, len(labels)}:
        raise BotError(_one_sided(len(labels), inside, where))
    total = Counter(logged.record.decision.action for logged in log.messages)
    labelled = Counter(logged.record.decision.action for logged in messages)
    stands_for = {it: total[it] / labelled[it] if labelled[it] else 0.0 for it in Action}
    return LogLabels(
        log=log,
        labels=tuple(labels),
        messages=tuple(messages),
        weights=np.array([stands_for[logged.record.decision.action] for logged in messages]),
        kinds=kinds,
        gone=gone,
        total=total,
        labelled=labelled,
        stands_for=stands_for,
    )


def said(record: Record) -> tuple[LabelKind, str | None] | None:
    """The label that counts, and the entry it says was asked for; None where there is none.

    Of "none of these" and of a 👎 that entry is unknown: None.
    """
    by_family = {label.kind.family: label for label in record.labels}
    label = by_family.get(LabelKind.CHOICE.family) or by_family.get(LabelKind.UP.family)
    if label is None or (record.decision.parts and label.kind in {LabelKind.UP, LabelKind.DOWN}):
        return None  # a thumb under several answers may mean any of them
    if label.kind in {LabelKind.NONE, LabelKind.DOWN}:
        return label.kind, None
    entry_id = record.decision.entry_id if label.entry_id is None else label.entry_id
    return None if entry_id is None else (label.kind, entry_id)


def people_say(record: Record, decision: Decision) -> bool | None:
    """Whether a decision shows the right answer, by what people said of the one then.

    Returns:
        None where it shows none, or they did not say.
    """
    shown = shown_entries(decision)
    label = said(record)
    if not shown or label is None:
        return None
    kind, expected = label
    if expected is not None:
        return shown == {expected}
    then = record.decision
    judged = next((it.entry_id for it in record.labels if it.kind is kind), None)
    refused = (
        {hit.entry_id for hit in then.candidates}
        if kind is LabelKind.NONE
        else {judged or then.entry_id}
    )
    return None if shown.isdisjoint(refused) else False


def _nothing(log: Log, gone: int, where: str) -> str:
    if gone:
        return (
            f"{where}: a log from another FAQ: people chose or judged entries under {gone:,} of "
            "its messages, and this FAQ has none of them. Take the FAQ they were asked of."
        )
    return (
        f"{where}: nobody has pressed a choice, “none of these”, 👍 or 👎 under any of the "
        f"{len(log.messages):,} messages that can be used, so there is no label. Labelled some by "
        "hand."
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
