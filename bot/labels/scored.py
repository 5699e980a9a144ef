"""A labelled set, scored once, to be decided on by any shared thresholds.

An entry may set only one of its two lines; the other one is then the shared one, and moves with it.
Which one that is has been forgotten once the FAQ is read, so a line that equals the shared one is
taken for one that was left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.conversation.language import language_of
from bot.domain import Decision, Faq, Incoming, Thresholds
from bot.labels.labelled import Labelled
from bot.labels.outcomes import Codes, Numbers
from bot.labels.progress import progress
from bot.matching.decide.thresholds import Policy, Reading, Rules
from bot.matching.decider import Decider

_BATCH = 256
OUTSIDE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Labels and everything that thresholds are compared with. Row i of each array is label i.

    Attributes:
        readings: what the bot read in each text; `decide` decides on them by any thresholds.
        entry_ids: entries by their number.
        expected: shape (n,), an entry's number or -1 for out of scope.
        best: shape (n,), the number of the entry that came closest; -1 where none was compared.
        best_scores: shape (n,), its score; 0 where none was compared.
        policy: what the bot decides by now.
        weights: shape (n,), how many messages each label stands for: as often as it was sent, or
            for presses, which not everybody makes, more.
    """

    labels: tuple[Labelled, ...]
    readings: tuple[Reading, ...]
    entry_ids: tuple[str, ...]
    expected: Codes
    best: Codes
    best_scores: Numbers
    policy: Policy
    weights: Numbers

    @property
    def lines(self) -> Thresholds:
        """What scores are compared with now. By the plain rule nothing is answered tentatively."""
        lines = self.policy.thresholds
        return lines if self.policy.careful else replace(lines, tentative=None)

    @property
    def in_scope(self) -> NDArray[np.bool_]:
        """Shape (n,): whether the FAQ has an answer for it."""
        return np.not_equal(self.expected, OUTSIDE)

    @property
    def best_is_expected(self) -> NDArray[np.bool_]:
        """Shape (n,): whether the best entry is the one that is asked for."""
        found: NDArray[np.bool_] = self.in_scope & (self.best == self.expected)
        return found

    def decisions(self, lines: Thresholds | None = None) -> list[Decision]:
        """What the bot does with each text, by its own or other shared thresholds."""
        policy = self.policy if lines is None else policy_at(self.policy, lines)
        rules = Rules(policy)
        return [rules.decide(reading) for reading in self.readings]


def score(decider: Decider, entry_ids: Sequence[str], labels: Sequence[Labelled]) -> Scored:
    """Read every text once; a terminal shows how far that is.

    Args:
        entry_ids: of the FAQ.
    """
    texts = [(label.text, label.language) for label in labels]
    return of_readings(decider, entry_ids, labels, read_all(decider, texts, doing="scoring"))


def read_all(
    decider: Decider,
    texts: Sequence[tuple[str, str | None]],
    without: Sequence[frozenset[str]] | None = None,
    doing: str | None = None,
) -> list[Reading]:
    """Read texts, each as the bot reads it from a person of a language.

    Args:
        texts: each with the code of the language of the person's Telegram; None if unknown.
        without: for each text, ids of entries that are taken not to exist.
        doing: see `progress`.
    """
    by_language: dict[str | None, list[int]] = {}
    for row, (text, language) in enumerate(texts):
        said = language_of(Incoming("", text, lang=language))
        by_language.setdefault(said, []).append(row)
    found: dict[int, Reading] = {}
    with progress(len(texts), doing, " messages") as done:
        for language, rows in by_language.items():
            for start in range(0, len(rows), _BATCH):
                batch = rows[start : start + _BATCH]
                gone = None if without is None else [without[row] for row in batch]
                readings = decider.read_all([texts[row][0] for row in batch], language, gone)
                found.update(zip(batch, readings, strict=True))
                done(len(batch))
    return [found[row] for row in range(len(texts))]


def of_readings(
    decider: Decider,
    entry_ids: Sequence[str],
    labels: Sequence[Labelled],
    readings: Sequence[Reading],
    weights: Numbers | None = None,
) -> Scored:
    """Labels with readings that are there already.

    Args:
        weights: see `Scored`; None: each label stands for as many as it counts.
    """
    numbers = {entry_id: number for number, entry_id in enumerate(entry_ids)}
    hits = [next(iter(reading.whole.hits), None) for reading in readings]
    best = [OUTSIDE if hit is None else numbers[hit.entry_id] for hit in hits]
    expected = [OUTSIDE if x.expected is None else numbers[x.expected] for x in labels]
    return Scored(
        labels=tuple(labels),
        readings=tuple(readings),
        entry_ids=tuple(entry_ids),
        expected=np.array(expected, np.int64),
        best=np.array(best, np.int64),
        best_scores=np.array([0.0 if hit is None else hit.score for hit in hits]),
        policy=decider.policy,
        weights=np.array([x.count for x in labels], np.float64) if weights is None else weights,
    )


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
