"""How messages are spread over scores, unknown words and entries: counts, and nobody's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain import Decision


@dataclass(frozen=True, slots=True)
class Message:
    """What is counted of one message.

    Attributes:
        score: of the entry that came nearest, in [-1, 1].
        nearest: that entry's id; "" where none was compared.
        unknown: the share of its words that the FAQ does not have; None where that is not known,
            or it has none that count.
        count: how often it was sent.
    """

    score: float
    nearest: str
    unknown: float | None
    count: int = 1


def message_of(decision: Decision, unknown: float | None, count: int = 1) -> Message:
    """What is counted of a message, whatever the thresholds make of it."""
    best = decision.best
    return Message(decision.score, "" if best is None else best.entry_id, unknown, count)


@dataclass(frozen=True, slots=True)
class Traffic:
    """How many messages had which score, share of unknown words, and nearest entry.

    Attributes:
        at: when they were counted; seconds since 1970.
        scores, unknown: by hundredths.
        entries: by id; "" for messages that nothing was compared with.
    """

    at: float
    scores: Mapping[int, int]
    unknown: Mapping[int, int]
    entries: Mapping[str, int]

    @classmethod
    def of(cls, messages: Iterable[Message], at: float) -> Traffic:
        """Count messages."""
        scores: Counter[int] = Counter()
        unknown: Counter[int] = Counter()
        entries: Counter[str] = Counter()
        for each in messages:
            scores[round(100 * each.score)] += each.count
            entries[each.nearest] += each.count
            if each.unknown is not None:
                unknown[round(100 * each.unknown)] += each.count
        return cls(at, dict(scores), dict(unknown), dict(entries))

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Traffic:
        """Read it back from JSON, in which every key is text.

        Raises:
            TypeError, KeyError, AttributeError, ValueError: it is none.
        """
        scores, unknown = (
            {int(key): int(count) for key, count in record[name].items()}
            for name in ("scores", "unknown")
        )
        entries = {str(key): int(count) for key, count in record["entries"].items()}
        return cls(float(record["at"]), scores, unknown, entries)

    def share_of(self, entry_id: str) -> float:
        """The share of messages that an entry is nearest to."""
        return self.entries.get(entry_id, 0) / self.messages

    @property
    def messages(self) -> int:
        """How many there are."""
        return sum(self.scores.values())
