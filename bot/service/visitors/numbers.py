"""Visitors: people of a channel that gives nobody a number, such as a chat on a web page.

Each is known by a conversation alone, which 128 random bits name, in 32 hexadecimal digits. So that
they have numbers as all others have, each gets one that no other channel gives.
"""

from __future__ import annotations

import re
import secrets

from bot.domain import Incoming, Press

_FIRST = 1 << 128  # Telegram's are below 2**52
_NAME = re.compile("[0-9a-f]{32}")


def new_conversation() -> str:
    """A name that nobody can guess."""
    return secrets.token_hex(16)


def is_conversation(name: str) -> bool:
    """Whether a conversation could be called so."""
    return _NAME.fullmatch(name) is not None


def number_of(conversation: str) -> int:
    """A visitor's number, as that of an account or a private chat."""
    return _FIRST + int(conversation, 16)


def visitor_by(number: int) -> str | None:
    """The conversation of a visitor by their number; None where it is none of theirs."""
    return f"{number - _FIRST:032x}" if number >= _FIRST else None


def person_in(conversation: str) -> str:
    """What a visitor is called in the store."""
    return str(number_of(conversation))


def stored_as(conversation: str) -> str:
    """What a visitor's conversation is called in the store."""
    return f"{number_of(conversation)}:0:{number_of(conversation)}"


def incoming_of(conversation: str, content: str | Press, lang: str | None, at: float) -> Incoming:
    """What a visitor has said or chosen."""
    return Incoming(
        stored_as(conversation),
        content,
        lang,
        person_in(conversation),
        decision_id=secrets.token_hex(8),
        at=at,
    )
