"""What buttons carry: up to 64 bytes, which Telegram hands back when one is pressed.

So a button works after a restart too, and after the FAQ was edited. Anybody can hand back others,
so every button is signed with a key that comes of the bot's token; what is not signed by it was
never on a button of this bot. Even so a button chooses what is shown and gives no rights.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import Enum

_HASH_CHARS = 16
_MARK_CHARS = 8
_MAC_BYTES = 8
_DATA = re.compile(r"([A-Za-z])((?::[0-9a-f]*){0,3})\.([A-Za-z0-9_-]{11})", re.ASCII)


class ButtonKind(Enum):
    """What a button is for: its letter, and the fields it carries."""

    CHOICE = "c", "entry", "decision", "asker"  # of a follow-up
    NONE = "n", "decision", "asker"  # of a follow-up
    OTHERS = "x", "decision", "asker"  # under a tentative answer: "not this"
    RELATED = "r", "entry"  # under an answer or a topic
    UP = "u", "decision", "entry", "asker"  # 👍
    DOWN = "d", "decision", "entry", "asker"  # 👎
    HELPED = "h", "decision", "asker"  # 👍 to how the team helped
    UNHELPED = "i", "decision", "asker"  # 👎
    PERSON = "p", "decision", "asker"  # ask a person
    SEND = "s", "entry", "ticket"  # in the handoff chat: this entry's answer, to the person
    TAKE = "m", "ticket"  # in the handoff chat: this conversation is mine
    OVER = "y", "ticket"  # in the handoff chat: mine, though it is somebody's
    BLOCK = "b", "ticket", "number"  # in the handoff chat: seconds, 0 for good; "": ask; "c": no
    UNBLOCK = "v", "ticket"  # in the handoff chat
    TOPICS = "t", "number"  # a page of topics
    TOPIC = "o", "topic", "number"  # a page of one topic's questions
    LOOK = "l", "topic"  # under a fallback, which stays: one topic, or all where it is empty
    UNANSWERED = "q", "number"  # a page of unanswered questions, for admins
    DIFFERENTLY = ("w",)  # after 👎: ask it in other words
    # What can be done about a missed question; without a ticket it stands on /unanswered.
    EDIT = "g", "decision", "ticket"  # in a digest, and once it was ignored: show the next four
    ADD = "a", "entry", "decision", "ticket"  # as a phrasing of this entry
    PICK = "e", "decision", "ticket"  # as one of some other entry, to be chosen
    DRAFT = "f", "decision", "ticket"  # as a new entry, whose question is asked for
    IGNORE = "I", "decision", "ticket"
    WRITE = "W", "entry", "decision", "ticket"  # what is shown; without an entry, a new one
    ANYWAY = "A", "entry", "decision", "ticket"  # the same where it does harm: asks once more
    SURE = "S", "entry", "decision", "ticket"  # yes, once more
    UNDO = "U", "number", "decision", "ticket"
    WORDS = "Q", "decision", "ticket", "number"  # drop what asks for a question (1) or answer (2)
    GROUP = "G", "decision", "number"  # on /unanswered, and its page: one group


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


class Signer:
    """Signs what buttons carry, and reads it.

    Args:
        token: the bot's; buttons outlive restarts as long as it stays the same.
        for_anyone: in a group, buttons are for all who are there.
    """

    def __init__(self, token: str, *, for_anyone: bool = False) -> None:
        self._key = hmac.digest(token.encode(), b"buttons", "sha256")
        self._for_anyone = for_anyone

    def data(self, kind: ButtonKind, *fields: str) -> str:
        """What a button carries: at most 64 bytes.

        Args:
            fields: as `ButtonKind` says, of lower-case hexadecimal digits.
        """
        body = ":".join((kind.value[0], *fields))
        return f"{body}.{self._mac(body)}"

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

    def asker(self, person: str | None, chat_id: int) -> str:
        """The mark of whom a button is for, which tells nobody who that is.

        That is the person who asked; or all who are in a group, where anyone's press counts there
        and where an anonymous admin asked, who is nobody by name.
        """
        is_group = chat_id < 0
        is_everybodys = is_group and (person is None or self._for_anyone)
        return self._mark(str(chat_id) if is_everybodys else person or "")

    def is_for(self, button: Button, person: str | None, chat_id: int) -> bool:
        """Whether a button is for a person who presses it in a chat, or for anyone at all.

        What was seen in one group and is handed back in another was never a button there.
        """
        asker = button.field("asker")
        return asker in {"", self._mark(person or ""), self._mark(str(chat_id))}

    def _mark(self, name: str) -> str:
        named = f"asker:{name}".encode()
        return hmac.new(self._key, named, "sha256").hexdigest()[:_MARK_CHARS]

    def _mac(self, body: str) -> str:
        digest = hmac.digest(self._key, body.encode(), "sha256")[:_MAC_BYTES]
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
