"""What the channel shows out of the FAQ; all of it is swapped at once when the FAQ is read anew."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.channels.telegram.keyboard.callback_data import short
from bot.conversation.topics import Topics
from bot.domain import Faq
from bot.texts import Phrasebook


@dataclass(frozen=True)
class Serving:
    """One reading of the FAQ.

    Attributes:
        fingerprint: of FAQ, model and settings; decisions made with them carry it.
        drift: what differs from what the thresholds were tuned on, in one line; None for nothing.
    """

    faq: Faq
    phrasebook: Phrasebook
    fingerprint: str
    drift: str | None = None
    topics: Topics = field(init=False)
    _ids: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "topics", Topics(self.faq))
        ids = {short(entry.id): entry.id for entry in self.faq.entries}
        object.__setattr__(self, "_ids", ids)

    def entry_of(self, hashed: str) -> str:
        """The entry a button stands for; an id that no entry has where it is gone."""
        return self._ids.get(hashed, hashed)
