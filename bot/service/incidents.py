"""What somebody has to see to, for as long as it lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Trouble(StrEnum):
    """What can go wrong that people who run the bot can mend."""

    HANDOFF = "handoff"  # the team's chat cannot be reached
    MEMORY = "memory"  # nothing can be written
    ENCODER = "encoder"  # the server that runs the encoder does not serve
    FAQ = "faq"  # files that were read anew hold mistakes; the old ones are served
    RESTART = "restart"  # keys have changed that only a restart takes over


@dataclass(slots=True)
class Incidents:
    """Which troubles there are now. Written by the event loop.

    Attributes:
        reasons: of each trouble there is.
        known_to: who brought about, or saw, that a trouble began or ended last, and need not be
            told; as the channel names them.
    """

    reasons: dict[Trouble, str] = field(default_factory=dict)
    known_to: dict[Trouble, str | None] = field(default_factory=dict)

    def begin(self, trouble: Trouble, reason: str, known_to: str | None = None) -> None:
        """Note a trouble; one that is there already goes on."""
        self.reasons[trouble] = reason
        self.known_to[trouble] = known_to

    def end(self, trouble: Trouble, known_to: str | None = None) -> None:
        """Note that a trouble is over, where there was one."""
        if self.reasons.pop(trouble, None) is not None:
            self.known_to[trouble] = known_to
