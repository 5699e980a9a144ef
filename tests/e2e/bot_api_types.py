"""What the stand-in for Telegram's Bot API hands to tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One finished request of the bot.

    Attributes:
        method: the Bot API method, such as "sendMessage".
        params: its parameters, nested JSON decoded; a file is an `Upload`.
        time_s: `time.monotonic()` when the call took effect, seconds.
        result: what was answered under "result"; None if the call was refused.
        error: "<status> <description>" if the call was refused, else None.
    """

    method: str
    params: Json
    time_s: float
    result: Any
    error: str | None


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message of the bot as it stands now, after edits.

    Attributes:
        text: what people see: tags stripped, escapes decoded; a file's caption.
        raw_text: what the bot sent.
        buttons: (text, callback_data, url) of each inline button, row by row.
        edited: True once its text or buttons were changed.
    """

    message_id: int
    chat_id: int
    text: str
    raw_text: str
    buttons: tuple[tuple[str, str | None, str | None], ...]
    edited: bool


@dataclass(frozen=True, slots=True)
class Upload:
    """A file the bot sent: its name, its content type, its bytes."""

    file_name: str
    mime_type: str
    content: bytes
