"""The plug point of what has arrived and is not answered yet, and the noun that crosses it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Received:
    """An update as it was sent.

    Attributes:
        at: when it was first recorded; seconds since 1970.
        update: as the Bot API's JSON.
        tries: how often somebody has begun to handle it.
    """

    update_id: int
    at: float
    update: dict[str, Any]
    tries: int = 0

    @classmethod
    def of(cls, raw: dict[str, Any]) -> Received:
        """A raw update that has just come in.

        Args:
            raw: holds a whole number as its update_id; all else is as it may be.
        """
        return cls(int(raw["update_id"]), time.time(), raw)

    @property
    def lane(self) -> int:
        """The chat it belongs to, else the person, else 0: what is answered in order."""
        press, message = self._part("callback_query"), self._part("message")
        held = press.get("message") if press else message
        chat = held.get("chat") if isinstance(held, dict) else None
        for noun in (chat, press.get("from")):
            number = noun.get("id") if isinstance(noun, dict) else None
            if type(number) is int:
                return number
        return 0

    @property
    def person(self) -> str | None:
        """Who sent it, as the channel names them; None where it does not say."""
        sender = (self._part("callback_query") or self._part("message")).get("from")
        number = sender.get("id") if isinstance(sender, dict) else None
        return str(number) if type(number) is int else None

    def _part(self, name: str) -> dict[str, Any]:
        part = self.update.get(name)
        return part if isinstance(part, dict) else {}


class Inbox(Protocol):
    """What has arrived. Called from one thread; every method raises StoreError alone."""

    def record(self, received: Sequence[Received]) -> list[int]:
        """Write updates down, so that no power cut loses them; returns the ids of new ones."""
        ...

    def begin(self, update_id: int) -> None:
        """Note that somebody begins to handle an update."""
        ...

    def done(self, update_id: int) -> None:
        """Note that an update is dealt with, and forget what it said."""
        ...

    def set_aside(self, update_id: int, reason: str) -> None:
        """Note that an update is given up on, and why."""
        ...

    def open(self) -> Sequence[Received]:
        """The updates that are not dealt with, in the order they came."""
        ...

    def sweep(self, now: float) -> int:
        """Forget the numbers of updates that Telegram will not send again."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...
