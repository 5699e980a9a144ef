"""What ties one of several processes to the database that they share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Round:
    """What one look at the database has brought.

    Attributes:
        leads: of what was wanted, what this process alone may do now.
        told: what replicas have told each other since the last round, this one too: kind and words.
    """

    leads: frozenset[int]
    told: tuple[tuple[str, str], ...] = ()


class Session(Protocol):
    """A connection of its own, of one replica; it is seen as long as there are rounds.

    The database ends it, and gives what it leads to another, where there was no round for
    `ENDS_S`. Use it from one thread.
    """

    def round(self, wanted: Collection[int], wait_s: float) -> Round:
        """Be seen, try to lead what is wanted and nothing else, and wait for what is told.

        It waits so long at most; not at all where it leads something more.

        Raises:
            StoreError: the connection is lost, or the tables do not fit this bot any more; with it
                ends all that was led.
        """

    def close(self) -> None:
        """Be seen no more: what this replica has under way is anybody's from now on."""


ENDS_S = 8.0
