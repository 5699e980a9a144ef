"""What the stand-in for Telegram's Bot API takes from tests and hands to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

Json = dict[str, Any]
MediaKind = Literal["photo", "document", "voice", "sticker", "contact"]


class Person(TypedDict, total=False):
    """Who does something; what is left out stays as last given."""

    user_id: int | None  # by default the chat's id without its sign
    user_name: str | None  # first and perhaps last name, "Ada Lovelace"; "User <id>" at first
    username: str  # without the "@"; "" or never given: none
    language_code: str | None  # of the person's app, "en" at first; None: the app does not tell
    is_bot: bool  # False at first


class Writing(Person, total=False):
    """How a message is written; everything may be left out.

    Attributes:
        sender: an anonymous admin of the group, a channel that writes in the group, or a post of
            the linked channel that Telegram forwards by itself; `user_id` counts for none of them.
    """

    chat_id: int  # 1 by default
    chat_type: str  # as last given, at first by the id's sign "private" or "supergroup"
    reply_to: int | None  # a message id; KeyError if there is none
    thread_id: int | None  # makes the chat a forum; by default of the message replied to
    sender: Literal["anonymous_admin", "channel", "linked_channel"]
    forwarded_from: int | str  # who wrote it first: a user id, or a name without an account
    mentions: Mapping[str, int]  # words that name a person without a username: their user id
    media_group_id: str  # of an album, which is one message for each of its files
    formats: Mapping[str, Json]  # words that are formatted: the entity's fields but its place
    quote: str  # of the message replied to
    file_size: int  # of the file that it holds, in bytes


@dataclass(frozen=True, slots=True)
class Call:
    """One finished request of the bot: its result is None if it was refused.

    Attributes:
        params: nested JSON is decoded; a file is an `Upload`.
        error: "<status> <description>" if the call was refused.
    """

    method: str
    params: Json
    result: Any
    error: str | None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file the bot sent."""

    file_name: str
    mime_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message of the bot as it stands now, after edits."""

    message_id: int
    chat_id: int
    text: str  # what people see: tags stripped, escapes decoded; a file's caption
    raw_text: str  # what the bot sent
    buttons: tuple[tuple[str, str | None, str | None], ...]  # text, callback_data, url
    edited: bool
    thread_id: int | None = None  # None: "General", or no forum
    reply_to: int | None = None  # a message id
    kind: str = "text"  # or of its file: "photo", "document", ...
    file: Upload | str | None = None  # an upload, a URL or a file id
    entities: tuple[Json, ...] = ()  # how it is formatted


@dataclass(frozen=True, slots=True)
class AnsweredPress:
    """The bot's answer to a press of a button: what a person sees for a moment; "": nothing."""

    text: str
    user_id: int | None


def utf16_units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
