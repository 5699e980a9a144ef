"""Where a message goes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """A place in Telegram.

    Attributes:
        thread_id: of a forum topic, or None.
        reply_to: the message it answers, or None.
    """

    chat_id: int
    thread_id: int | None = None
    reply_to: int | None = None
