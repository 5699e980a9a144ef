"""The messages of the stand-in for Telegram's Bot API: what they hold, and how tests see them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.e2e.bot_api_types import Json, SentMessage, Upload, utf16_units

# What a message holds beside text, by its kind; what is a file has an id too.
_AREA = {"width": 90, "height": 90}
HELD: dict[str, Json] = {
    "photo": _AREA,
    "document": {"file_name": "file.pdf", "mime_type": "application/pdf"},
    "voice": {"duration": 1, "mime_type": "audio/ogg"},
    "sticker": {**_AREA, "type": "regular", "is_animated": False, "is_video": False, "emoji": "👍"},
    "contact": {"phone_number": "+10000000", "first_name": "Ada"},
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A message as it stands now; an edit replaces it, so answers given stay as given.

    Attributes:
        wire: the message as Telegram tells it.
        raw_text: what was sent, before it was parsed.
        file: what was sent: an upload, a URL or a file id.
    """

    wire: Json
    raw_text: str = ""
    file: Upload | str | None = None


def kind_of(message: Json) -> str:
    """ "text", or what the message holds instead."""
    return next((kind for kind in HELD if kind in message), "text")


def entity_of(kind: str, text: str, start: int, word: str) -> Json:
    """Where a word stands in a text, as Telegram tells it."""
    return {"type": kind, "offset": utf16_units(text[:start]), "length": utf16_units(word)}


def as_seen(standing: Standing) -> SentMessage:
    """A message as tests see it."""
    message = standing.wire
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    keys = [key for row in rows for key in row]
    return SentMessage(
        message_id=message["message_id"],
        chat_id=message["chat"]["id"],
        text=str(message.get("text", message.get("caption", ""))),
        raw_text=standing.raw_text,
        buttons=tuple((key["text"], key.get("callback_data"), key.get("url")) for key in keys),
        edited="edit_date" in message,
        thread_id=message["message_thread_id"] if "is_topic_message" in message else None,
        reply_to=message.get("reply_to_message", {}).get("message_id"),
        kind=kind_of(message),
        file=standing.file,
        entities=tuple(message.get("entities") or message.get("caption_entities") or ()),
    )
