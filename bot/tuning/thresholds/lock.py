"""Writing the thresholds that were found, and beside them what they were tuned on."""

from __future__ import annotations

import time
from collections.abc import Container, Sequence
from dataclasses import replace
from pathlib import Path

from bot.domain import Faq, Thresholds
from bot.errors import BotError, FileProblems
from bot.files.config.settings import Settings
from bot.files.faq.load import load_faq
from bot.files.writing.config_edit import write_thresholds
from bot.labels.from_log import Log
from bot.labels.labelled import Labelled
from bot.labels.scored import Scored, policy_at
from bot.matching import fingerprint
from bot.matching.matcher import Matcher
from bot.matching.policy_lock import PolicyLock, save_lock
from bot.matching.traffic import Traffic, message_of
from bot.store.sql.stats import read_firsts
from bot.tuning.thresholds.tuned import Tuned


def write_tuning(config: str, path: Path, lock: PolicyLock) -> None:
    """Write the thresholds to config.yaml, and policy.lock.

    Args:
        config: the path of config.yaml.
        path: of policy.lock.
    Raises:
        FileProblems: config.yaml cannot be changed.
        OSError: policy.lock cannot be written.
    """
    write_thresholds(config, lock.thresholds)
    save_lock(path, lock)


def lock_of(tuned: Tuned) -> PolicyLock:
    """What goes with the thresholds that were found.

    Raises:
        BotError: the bot could not read its FAQ by them.
    """
    found, model = tuned.tuning, tuned.matcher.model_fingerprint
    lines = found.choice.chosen.thresholds
    settings, faq = _as_read_next(tuned.settings, tuned.faq, lines)
    labels = tuned.scored.labels if found.from_labels else ()
    return PolicyLock(
        thresholds=lines,
        max_wrong=found.promise.max_wrong,
        max_wrong_shown=found.promise.most_wrong_shown if found.promise.tentative else None,
        max_follow_up=found.promise.max_follow_up,
        confidence=found.promise.confidence,
        proven=found.choice.proven,
        labels=sum(label.count for label in labels),
        labels_hash=labels_hash(labels),
        fingerprints=fingerprint.of_scores(settings, faq, model),
        calibration=found.calibration if labels else None,
        traffic=_traffic(tuned, lines),
    )


def _as_read_next(settings: Settings, faq: Faq, lines: Thresholds) -> tuple[Settings, Faq]:
    """Settings and FAQ as the bot will read them by these thresholds; see `read_by`."""
    settings, read = replace(settings, thresholds=lines), read_by(settings, lines)
    then, now = ([replace(e, thresholds=None) for e in one.entries] for one in (faq, read))
    return settings, read if then == now else faq  # else it was edited meanwhile


def read_by(settings: Settings, lines: Thresholds) -> Faq:
    """The FAQ as the bot will read it by other thresholds.

    Raises:
        BotError: it could not, as an entry's own line would cross one that it shares.
    """
    try:
        return load_faq(settings.faq, lines)
    except FileProblems as error:
        raise BotError(
            f"Nothing was written, as the bot could not read its FAQ by {lines.answer:g} and "
            f"{lines.follow_up:g}: {error.problems[0]}"
        ) from None


def _traffic(tuned: Tuned, lines: Thresholds) -> Traffic | None:
    """The messages it was tuned on, counted; None where that was the FAQ alone."""
    if tuned.tuning.log is not None:
        firsts = read_firsts(tuned.settings.store.url, tuned.since)
        return _traffic_of_log(tuned.tuning.log.log, firsts, tuned.matcher, lines)
    if tuned.tuning.from_labels:
        return _traffic_of_labels(tuned.scored, tuned.matcher, lines)
    return None


def _traffic_of_labels(scored: Scored, matcher: Matcher, lines: Thresholds) -> Traffic:
    """The messages of labelled sets, counted as the bot will count what it is asked."""
    decisions = zip(scored.labels, scored.decisions(lines), strict=True)
    counted = (
        message_of(decision, matcher.known_words.unknown_share(label.text), label.count)
        for label, decision in decisions
        if decision.small_talk is None
    )
    return Traffic.of(counted, time.time())


def _traffic_of_log(
    log: Log, firsts: Container[str], matcher: Matcher, lines: Thresholds
) -> Traffic:
    """The messages of a log, counted: those that people have pressed nothing under as well.

    Args:
        firsts: ids of records, one of each person.
    """
    policy = policy_at(matcher.decider.policy, lines)
    counted = (
        message_of(
            logged.decide(policy),
            record.unknown
            if record.text is None
            else matcher.known_words.unknown_share(record.text),
        )
        for logged in log.messages
        if (record := logged.record).id in firsts
    )
    return Traffic.of(counted, time.time())


def labels_hash(labels: Sequence[Labelled]) -> str:
    """Of labels, whatever their order and files."""
    rows = sorted(
        row
        for label in labels
        for row in [(label.text, label.expected or "", label.language or "")] * label.count
    )
    return fingerprint.of_text(repr(rows))
