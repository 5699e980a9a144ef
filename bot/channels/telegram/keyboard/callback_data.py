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
from enum import Enum

from telegram import InlineKeyboardButton

_HASH_CHARS = 16
_MARK_CHARS = 8
_MAC_BYTES = 8
_MAX_LABEL_CHARS = 100
_DATA = re.compile(r"([a-z])((?::[0-9a-f]*){0,3})\.([A-Za-z0-9_-]{11})", re.ASCII)


class ButtonKind(Enum):
    """What a button is for: its letter, and the fields it carries."""

    CHOICE = "c", "entry", "decision", "asker"  # of a follow-up
    NONE = "n", "decision", "asker"  # of a follow-up
    RELATED = "r", "entry"  # under an answer or a topic
    UP = "u", "decision", "entry", "asker"  # 👍
    DOWN = "d", "decision", "entry", "asker"  # 👎
    PERSON = "p", "decision", "asker"  # ask a person
    TOPICS = "t", "number"  # a page of topics
    TOPIC = "o", "topic", "number"  # a page of one topic's questions
    LOOK = "l", "topic"  # under a fallback, which stays: one topic, or all where it is empty
    UNANSWERED = "q", "number"  # a page of unanswered questions, for admins


_KINDS = {kind.value[0]: kind for kind in ButtonKind}


@dataclass(frozen=True, slots=True)
class Button:
    """A pressed button, read.

    Attributes:
        fields: as `ButtonKind` says, of lower-case hexadecimal digits.
    """

    kind: ButtonKind
    fields: tuple[str, ...]

    def field(self, name: str) -> str:
        """One of its fields; "" where buttons of its kind have none by that name."""
        names: tuple[str, ...] = self.kind.value[1:]
        return dict(zip(names, self.fields, strict=True)).get(name, "")


def short(name: str) -> str:
    """What stands for an entry or a topic on a button, whose names may be longer than a button."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_CHARS]


def button_label(text: str) -> str:
    """A button's text, shortened to what a telephone shows."""
    return text if len(text) <= _MAX_LABEL_CHARS else text[: _MAX_LABEL_CHARS - 1] + "…"


class ButtonSigner:
    """Makes buttons, signed, and reads them.

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
        body = ":".join((kind.value[0], *fields))
        return f"{body}.{self._mac(body)}"

    def button(self, label: str, kind: ButtonKind, *fields: str) -> InlineKeyboardButton:
        """A button, as `data` says."""
        return InlineKeyboardButton(button_label(label), callback_data=self.data(kind, *fields))

    def read(self, data: str) -> Button | None:
        """Read a button's data; None if no button of this bot ever carried it."""
        found = _DATA.fullmatch(data)
        if found is None:
            return None
        body = found[1] + found[2]
        if not hmac.compare_digest(found[3], self._mac(body)):
            return None
        kind, fields = _KINDS.get(found[1]), tuple(found[2].split(":")[1:])
        if kind is None or len(fields) != len(kind.value) - 1:  # of a version with other buttons
            return None
        return Button(kind, fields)

    def asker(self, person: str | None) -> str:
        """The mark of the person a button is for, which tells nobody who that is."""
        named = f"asker:{person or ''}".encode()
        return hmac.new(self._key, named, "sha256").hexdigest()[:_MARK_CHARS]

    def _mac(self, body: str) -> str:
        digest = hmac.digest(self._key, body.encode(), "sha256")[:_MAC_BYTES]
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
