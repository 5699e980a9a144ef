"""What an edit of the FAQ changes, utterance by utterance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.faq import Place
from bot.domain.talk import Decision


class Kind(StrEnum):
    """Where an utterance comes from."""

    TEST = "test"
    HELD_OUT = "held_out"
    LOGGED = "logged"


class Turn(StrEnum):
    """Which way a decision changes."""

    WORSE = "worse"
    UNKNOWN = "unknown"
    BETTER = "better"


@dataclass(frozen=True, slots=True)
class Flip:
    """An utterance whose decision changes.

    Attributes:
        expected: the entry that it asks for; None: none, or nobody knows.
        broke: it is a test that was passed before, and is not any more.
        misleads: it got worse, and is shown an answer to something else.
        place: where it stands; None of messages of the log.
    """

    kind: Kind
    text: str
    expected: str | None
    before: Decision
    after: Decision
    turn: Turn
    broke: bool
    misleads: bool
    place: Place | None
