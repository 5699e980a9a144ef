"""What is told of many decisions at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each.

    Attributes:
        asked: utterances but small talk; the sum of the next three. One that was answered in
            parts counts once.
        resolved: follow-ups of which a choice was made.
        tentative: of those that were asked back, how many were shown an answer tentatively.
    """

    asked: int = 0
    answered: int = 0
    asked_back: int = 0
    unanswered: int = 0
    resolved: int = 0
    up: int = 0
    down: int = 0
    tentative: int = 0

    @property
    def only_asked(self) -> int:
        """Of those that were asked back, how many were shown no answer."""
        return self.asked_back - self.tentative


@dataclass(frozen=True, slots=True)
class EntryCounts:
    """How often one entry was answered outright or chosen, and what people thought of it.

    An utterance that was answered in parts counts for each entry that was answered.
    """

    entry_id: str
    answered: int
    chosen: int
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Stats:
    """What was asked since some time.

    Attributes:
        by_day: (YYYY-MM-DD in UTC, counts) of days with anything asked, newest first.
        by_entry: most answered and chosen first.
        helped, unhelped: what people said of their conversations with the team.
        has_old_scores: some of it was decided while 0.60 lay higher on the scale of scores.
        typical_s, slow_s: half of the replies took at most so many seconds, and 95 of 100; None
            where that is known of none.
    """

    total: Counts
    by_day: tuple[tuple[str, Counts], ...]
    by_entry: tuple[EntryCounts, ...]
    helped: int = 0
    unhelped: int = 0
    has_old_scores: bool = False
    typical_s: float | None = None
    slow_s: float | None = None


class Figure(StrEnum):
    """A number of `Stats`, by which what it counts is found."""

    ASKED = "asked"
    ANSWERED = "answered"
    TENTATIVE = "tentative"
    ONLY_ASKED = "only_asked"
    UNANSWERED = "unanswered"
    RESOLVED = "resolved"
    CHOSEN = "chosen"  # of an entry
    UP = "up"
    DOWN = "down"
    HELPED = "helped"
    UNHELPED = "unhelped"


@dataclass(frozen=True, slots=True)
class Behind:
    """Which utterances a number counts.

    Attributes:
        since, until: seconds since 1970; until then, but not then.
        entry_id: as in `EntryCounts`; None: of all entries.
        least_s: so many seconds or more it took to reply.
        decision_id: only that one, of whatever figure.
    """

    figure: Figure = Figure.ASKED
    since: float = 0.0
    until: float = math.inf
    entry_id: str | None = None
    least_s: float | None = None
    decision_id: str | None = None


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What is told of one utterance among many: little enough to look at thousands.

    Attributes:
        asker: the same for what one person asked, and of no other use.
        nearest: the id of the entry that came nearest; "" where none was compared.
        score: that entry's.
        unknown, text: as in `Record`.
        is_resolved: it was answered outright, or a choice was made.
    """

    at: float
    asker: str
    nearest: str
    score: float
    unknown: float | None
    text: str | None
    is_resolved: bool
