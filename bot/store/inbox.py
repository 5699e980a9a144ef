"""The plug point of what has arrived and is not answered yet, and the noun that crosses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class InboxItem:
    """An update as it arrived, in words that only its channel reads.

    Attributes:
        update_id: the channel's number of it; the same update has the same one.
        at: when it was first recorded; seconds since 1970.
        payload: what it says; opaque here.
        lane: what is answered in order, such as a chat; 0 where that is not known, as of items
            that versions before 3 of the database hold.
        person: who sent it, as the channel names them; None where it does not say, and of items
            that are read again.
        tries: how often somebody has begun to handle it.
    """

    update_id: int
    at: float
    payload: str
    lane: int = 0
    person: str | None = None
    tries: int = 0


class Inbox(Protocol):
    """What has arrived. Called from one thread; every method raises StoreError alone."""

    def record(self, items: Sequence[InboxItem]) -> Sequence[int]:
        """Write items down, so that no power cut loses them; returns the ids of new ones."""
        ...

    def begin(self, update_id: int) -> None:
        """Note that somebody begins to handle an item."""
        ...

    def done(self, update_id: int) -> None:
        """Note that an item is dealt with, and forget what it said."""
        ...

    def set_aside(self, update_id: int, reason: str) -> None:
        """Note that an item is given up on, and why."""
        ...

    def open(self) -> Sequence[InboxItem]:
        """The items that are not dealt with, in the order they came."""
        ...

    def sweep(self, now: float) -> int:
        """Forget the ids of items that the channel will not send again."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...
