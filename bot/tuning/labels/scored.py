"""A labelled set, scored once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bot.conversation.conversation import language_of
from bot.domain import Decision, Incoming, Thresholds
from bot.matching.decide.decider import Decider
from bot.matching.decide.reading import KeptReading, Rules
from bot.matching.decide.thresholds import Policy
from bot.matching.score.ranker import MAX_HITS
from bot.tuning.evaluate.outcomes import judge
from bot.tuning.labels.labelled import Label
from bot.tuning.thresholds.regions import Codes, Numbers, Regions, tabulate
from bot.tuning.thresholds.shift import policy_at

_BATCH = 2_048
OUTSIDE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Labels and everything that thresholds are compared with. Row i of each array is label i.

    Attributes:
        readings: what the bot read in each text; `decide` decides on them by any thresholds.
        entry_ids: entries by their number.
        expected: shape (n,), an entry's number or -1 for out of scope.
        candidates: shape (n, 10), numbers of entries, best first; -1 where there are fewer.
        scores: shape (n, 10), theirs; nan where there are fewer.
        policy: what the bot decides by now.
        weights: shape (n,), how many messages each label stands for: 1, but for presses, which not
            everybody makes.
    """

    labels: tuple[Label, ...]
    readings: tuple[KeptReading, ...]
    entry_ids: tuple[str, ...]
    expected: Codes
    candidates: Codes
    scores: Numbers
    policy: Policy
    weights: Numbers
    decider: Decider = field(repr=False)

    @property
    def in_scope(self) -> NDArray[np.bool_]:
        """Shape (n,): whether the FAQ has an answer for it."""
        return np.not_equal(self.expected, OUTSIDE)

    @property
    def best_scores(self) -> Numbers:
        """Shape (n,): the best entry's score; 0 where nothing could be compared."""
        return np.nan_to_num(self.scores[:, 0], nan=0.0)

    @property
    def best_is_expected(self) -> NDArray[np.bool_]:
        """Shape (n,): whether the best entry is the one that is asked for."""
        found: NDArray[np.bool_] = self.in_scope & (self.candidates[:, 0] == self.expected)
        return found

    def by(self, lines: Thresholds | None) -> Policy:
        """The bot's policy with other shared thresholds; None: as it is."""
        return self.policy if lines is None else policy_at(self.policy, lines)

    def decide(self, row: int, lines: Thresholds | None = None) -> Decision:
        """What the bot does with one text, by its own or other thresholds."""
        return Rules(self.by(lines)).decide(self.readings[row])

    def decisions(self, policy: Policy | None = None) -> list[Decision]:
        """What the bot does with each text, by its own or another policy."""
        rules = Rules(self.policy if policy is None else policy)
        return [rules.decide(reading) for reading in self.readings]

    def regions(self) -> Regions:
        """What becomes of each text at all thresholds; codes are those of `Outcome`."""
        labels = self.labels
        return tabulate(
            self.readings,
            self.policy,
            lambda row, decision: judge(labels[row].expected, decision).code,
        )


def outcome_codes(labels: Sequence[Label], decisions: Sequence[Decision]) -> Codes:
    """What became of each text, as codes of `Outcome`, shape (n,)."""
    return np.array(
        [judge(a.expected, b).code for a, b in zip(labels, decisions, strict=True)], np.int64
    )


def score(decider: Decider, entry_ids: Sequence[str], labels: Sequence[Label]) -> Scored:
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
) -> list[KeptReading]:
    """Read texts, each as the bot reads it from a person of a language.

    Args:
        texts: each with the code of the language of the person's Telegram; None if unknown.
        without: for each text, ids of entries that are taken not to exist.
        doing: what the progress bar says; None: there is none.
    """
    from tqdm import tqdm

    by_language: dict[str | None, list[int]] = {}
    for row, (text, language) in enumerate(texts):
        said = language_of(Incoming("", text, lang=language))
        by_language.setdefault(said, []).append(row)
    found: dict[int, KeptReading] = {}
    is_hidden = True if doing is None else None  # None: shown where there is a terminal
    with tqdm(
        total=len(texts), unit=" messages", desc=doing, disable=is_hidden, leave=False
    ) as bar:
        for language, rows in by_language.items():
            for start in range(0, len(rows), _BATCH):
                batch = rows[start : start + _BATCH]
                gone = None if without is None else [without[row] for row in batch]
                readings = decider.read_all([texts[row][0] for row in batch], language, gone)
                found.update(zip(batch, readings, strict=True))
                bar.update(len(batch))
    return [found[row] for row in range(len(texts))]


def of_readings(
    decider: Decider,
    entry_ids: Sequence[str],
    labels: Sequence[Label],
    readings: Sequence[KeptReading],
    weights: Numbers | None = None,
) -> Scored:
    """Labels with readings that are there already.

    Args:
        weights: see `Scored`; None: each label stands for itself.
    """
    numbers = {entry_id: number for number, entry_id in enumerate(entry_ids)}
    candidates = np.full((len(labels), MAX_HITS), OUTSIDE, np.int64)
    scores = np.full((len(labels), MAX_HITS), np.nan)
    for row, reading in enumerate(readings):
        for place, hit in enumerate(reading.whole.hits[:MAX_HITS]):
            candidates[row, place] = numbers[hit.entry_id]
            scores[row, place] = hit.score
    expected = [OUTSIDE if x.expected is None else numbers[x.expected] for x in labels]
    return Scored(
        labels=tuple(labels),
        readings=tuple(readings),
        entry_ids=tuple(entry_ids),
        expected=np.array(expected, np.int64),
        candidates=candidates,
        scores=scores,
        policy=decider.policy,
        weights=np.ones(len(labels)) if weights is None else weights,
        decider=decider,
    )
