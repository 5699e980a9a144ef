"""What the stand-in for Telegram's Bot API takes from tests and hands to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

Json = dict[str, Any]
MediaKind = Literal["photo", "document", "voice", "video_note", "sticker", "contact"]


class Person(TypedDict, total=False):
    """Who does something; what is left out stays as last given.

    Attributes:
        user_id: by default the chat's id without its sign.
        user_name: first and perhaps last name, "Ada Lovelace"; "User <id>" at first.
        username: without the "@"; "" or never given: none.
        language_code: of the person's app, "en" at first; None: the app does not tell.
        is_bot: False at first.
    """

    user_id: int | None
    user_name: str | None
    username: str
    language_code: str | None
    is_bot: bool


class Writing(Person, total=False):
    """How a message is written; everything may be left out.

    Attributes:
        chat_id: 1 by default.
        chat_type: "private", "group" or "supergroup"; as last given, at first by the id's sign
            "private" or "supergroup".
        reply_to: the message id replied to; KeyError if there is none.
        thread_id: the forum topic, which makes the chat a forum; by default that of the message
            replied to, else none (the topic "General").
        sender: an anonymous admin of the group, a channel that writes in the group, or a post of
            the linked channel that Telegram forwards by itself; `user_id` counts for none of them.
        forwarded_from: who wrote it first: a user id, or the name of whoever hides the account.
        mentions: words of the text that name a person without a username, with the user's id.
        media_group_id: of an album, which is one message for each of its files.
    """

    chat_id: int
    chat_type: str
    reply_to: int | None
    thread_id: int | None
    sender: Literal["anonymous_admin", "channel", "linked_channel"]
    forwarded_from: int | str
    mentions: Mapping[str, int]
    media_group_id: str


@dataclass(frozen=True, slots=True)
class Call:
    """One finished request of the bot.

    Attributes:
        params: its parameters, nested JSON decoded; a file is an `Upload`.
        result: what was answered under "result"; None if the call was refused.
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
    """A message of the bot as it stands now, after edits.

    Attributes:
        text: what people see: tags stripped, escapes decoded; a file's caption.
        raw_text: what the bot sent.
        buttons: (text, callback_data, url) of each inline button, row by row.
        edited: True once its text or buttons were changed.
        thread_id: the forum topic it stands in; None: "General", or no forum.
        reply_to: the message id it replies to, if any.
        kind: "text", or the kind of its file: "photo", "document", ...
        file: what the bot sent: an upload, a URL or a file id; None for a text.
    """

    message_id: int
    chat_id: int
    text: str
    raw_text: str
    buttons: tuple[tuple[str, str | None, str | None], ...]
    edited: bool
    thread_id: int | None = None
    reply_to: int | None = None
    kind: str = "text"
    file: Upload | str | None = None


@dataclass(frozen=True, slots=True)
class AnsweredPress:
    """The bot's answer to a press of a button: what a person sees for a moment; "": nothing."""

    text: str
    user_id: int | None
