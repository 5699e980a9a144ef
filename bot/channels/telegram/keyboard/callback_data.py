"""What a button carries, so that it still works after a restart and after the FAQ was edited.

Telegram gives a button 64 bytes and hands them back when it is pressed. Anybody can hand back
others, so every button is signed with a key that comes of the bot's token; what is not signed by it
was never on a button of this bot. Even so a button chooses what is shown and gives no rights.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum

_HASH_CHARS = 16
_MARK_CHARS = 8
_MAC_BYTES = 8
_DATA = re.compile(r"([a-z])((?::[0-9a-f]*){0,3})\.([A-Za-z0-9_-]{11})", re.ASCII)


class ButtonKind(StrEnum):
    """What a button is for. Behind the colon: the fields it carries."""

    CHOICE = "c"  # of a follow-up: entry, decision, asker
    NONE = "n"  # of a follow-up: decision, asker
    RELATED = "r"  # under an answer or a topic: entry
    UP = "u"  # 👍: decision, entry, asker
    DOWN = "d"  # 👎: decision, entry, asker
    PERSON = "p"  # ask a person: decision, asker
    TOPICS = "t"  # a page of topics: number
    TOPIC = "o"  # a page of one topic's questions: topic, number
    LOOK = "l"  # under a fallback, which stays: one topic, or all where it is empty: topic
    UNANSWERED = "q"  # a page of unanswered questions, for admins: number


_FIELDS: dict[str, int] = {
    ButtonKind.CHOICE: 3,
    ButtonKind.NONE: 2,
    ButtonKind.RELATED: 1,
    ButtonKind.UP: 3,
    ButtonKind.DOWN: 3,
    ButtonKind.PERSON: 2,
    ButtonKind.TOPICS: 1,
    ButtonKind.TOPIC: 2,
    ButtonKind.LOOK: 1,
    ButtonKind.UNANSWERED: 1,
}


@dataclass(frozen=True, slots=True)
class Button:
    """A pressed button, read."""

    kind: ButtonKind
    fields: tuple[str, ...]


def short(name: str) -> str:
    """What stands for an entry or a topic on a button, whose names may be longer than a button."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_CHARS]


class ButtonSigner:
    """Signs and reads buttons.

    Args:
        token: the bot's; buttons outlive restarts as long as it stays the same.
    """

    def __init__(self, token: str) -> None:
        self._key = hmac.digest(token.encode(), b"buttons", "sha256")

    def data(self, kind: ButtonKind, *fields: str) -> str:
        """What a button carries: at most 64 bytes.

        Args:
            fields: as `ButtonKind` says, of lower-case hexadecimal digits.
        """
        body = ":".join((kind.value, *fields))
        return f"{body}.{self._mac(body)}"

    def read(self, data: str) -> Button | None:
        """Read a button's data; None if no button of this bot ever carried it."""
        found = _DATA.fullmatch(data)
        if found is None:
            return None
        body = found[1] + found[2]
        if not hmac.compare_digest(found[3], self._mac(body)):
            return None
        kind, fields = found[1], tuple(found[2].split(":")[1:])
        if len(fields) != _FIELDS.get(kind):  # of a version that had other buttons
            return None
        return Button(ButtonKind(kind), fields)

    def asker(self, person: str | None) -> str:
        """The mark of the person a button is for, which tells nobody who that is."""
        named = f"asker:{person or ''}".encode()
        return hmac.new(self._key, named, "sha256").hexdigest()[:_MARK_CHARS]

    def _mac(self, body: str) -> str:
        digest = hmac.digest(self._key, body.encode(), "sha256")[:_MAC_BYTES]
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
