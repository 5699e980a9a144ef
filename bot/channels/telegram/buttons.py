"""What a button carries, so that it still works after a restart and after the FAQ was edited.

Telegram gives a button 64 bytes and hands them back when it is pressed. An entry's id can be
longer, so a button carries the beginning of the id's hash. What is handed back proves nothing:
anybody can forge it, so it can choose an answer and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain import Press


class Kind(StrEnum):
    """Where a button stands; it decides what becomes of the message above it."""

    CHOICE = "c"  # in a follow-up: the message becomes the answer
    RELATED = "r"  # under an answer: the answer stays, another message follows
    NONE = "n"  # "none of these"


@dataclass(frozen=True, slots=True)
class Button:
    """A pressed button, read."""

    kind: Kind
    press: Press


_HASH_CHARS = 16


def _short(entry_id: str) -> str:
    return hashlib.sha256(entry_id.encode()).hexdigest()[:_HASH_CHARS]


def encode(kind: Kind, entry_id: str | None = None) -> str:
    """The button's data: at most 64 bytes."""
    return kind.value if entry_id is None else f"{kind.value}:{_short(entry_id)}"


class ButtonReader:
    """Reads buttons against the entries of the present FAQ."""

    def __init__(self, entry_ids: Iterable[str]) -> None:
        self._entry_ids = {_short(entry_id): entry_id for entry_id in entry_ids}

    def read(self, data: str) -> Button | None:
        """Read a button's data; None if no button of this bot ever carried it.

        A button of an entry that is gone is read as a press of an id no entry has.
        """
        kind, separator, short = data.partition(":")
        if data == Kind.NONE.value:
            return Button(Kind.NONE, Press(None))
        if kind not in {Kind.CHOICE, Kind.RELATED} or not separator or len(short) != _HASH_CHARS:
            return None
        return Button(Kind(kind), Press(self._entry_ids.get(short, short)))
