"""What messages hold beside text, in the stand-in for Telegram's Bot API."""

from __future__ import annotations

from typing import Any, Literal

from tests.e2e.bot_api_rules import bad_request
from tests.e2e.bot_api_types import Json, Upload

MediaKind = Literal[
    "photo",
    "document",
    "video",
    "animation",
    "audio",
    "voice",
    "video_note",
    "sticker",
    "location",
    "contact",
]
_AREA = {"width": 90, "height": 90}
_FILES: dict[str, Json] = {
    "photo": _AREA,
    "document": {"file_name": "file.pdf", "mime_type": "application/pdf"},
    "video": {**_AREA, "duration": 1},
    "animation": {**_AREA, "duration": 1},
    "audio": {"duration": 1},
    "voice": {"duration": 1, "mime_type": "audio/ogg"},
    "video_note": {"length": 90, "duration": 1},
    "sticker": {**_AREA, "type": "regular", "is_animated": False, "is_video": False},
}
_OTHERS: dict[str, Json] = {
    "location": {"longitude": 1.0, "latitude": 2.0},
    "contact": {"phone_number": "+10000000", "first_name": "Ada"},
}
_WITHOUT_CAPTION = {"video_note", "sticker", *_OTHERS}


class Files:
    """The files that were ever sent, by anybody.

    Attributes:
        refuse_urls: True: Telegram fails to fetch every URL.
    """

    def __init__(self) -> None:
        self.refuse_urls = False
        self._kinds: dict[str, str] = {}

    def of_person(self, kind: MediaKind, caption: str | None) -> Json:
        """The fields of a message with a new file, place or contact.

        Raises:
            ValueError: in Telegram this kind never has a caption.
        """
        if caption is not None and kind in _WITHOUT_CAPTION:
            raise ValueError(f"a {kind} has no caption in Telegram")
        fields = {kind: _OTHERS[kind]} if kind in _OTHERS else self._field(kind, self._new(kind))
        return fields | ({} if caption is None else {"caption": caption})

    def of_bot(self, kind: str, params: Json) -> tuple[Json, Upload | str]:
        """The field of the message that a request's file becomes, and what the bot sent."""
        file = params.get(kind, "")
        if isinstance(file, str) and file.startswith("attach://"):
            file = params.get(file.removeprefix("attach://"), "")
            file = file if isinstance(file, Upload) else ""
        if file == "":
            raise bad_request(f"there is no {kind} in the request")
        if isinstance(file, Upload):
            if file.content == b"":
                raise bad_request("file must be non-empty")
            told = {"file_name": file.file_name, "mime_type": file.mime_type}
            shown = told if kind == "document" else {}
            return self._field(kind, self._new(kind), shown), file
        return self._field(kind, self._known(kind, str(file))), str(file)

    def _known(self, kind: str, file: str) -> str:
        if file.startswith(("http://", "https://")):
            if self.refuse_urls:
                raise bad_request("failed to get HTTP URL content")
            return self._new(kind)
        if file not in self._kinds:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if self._kinds[file] != kind:
            sent, wanted = self._kinds[file].capitalize(), kind.capitalize()
            raise bad_request(f"can't use file of type {sent} as {wanted}")
        return file

    def _new(self, kind: str) -> str:
        file_id = f"{kind}-{len(self._kinds) + 1}"
        self._kinds[file_id] = kind
        return file_id

    def _field(self, kind: str, file_id: str, shown: Json | None = None) -> dict[str, Any]:
        told = {"file_id": file_id, "file_unique_id": f"unique-{file_id}", **_FILES[kind]}
        told |= shown or {}
        return {kind: [told] if kind == "photo" else told}


def kind_of(message: Json) -> str:
    """ "text", or what the message holds instead."""
    return next((kind for kind in (*_FILES, *_OTHERS) if kind in message), "text")


def file_id_in(message: Json) -> str | None:
    """The id of the file a message holds, if it holds one."""
    held = message.get(kind_of(message))
    held = held[-1] if isinstance(held, list) else held
    return str(held["file_id"]) if isinstance(held, dict) and "file_id" in held else None
