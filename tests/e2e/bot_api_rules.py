"""What Telegram's Bot API refuses in a bot's request, in Telegram's words."""

from __future__ import annotations

import re
from typing import Literal

from tests.e2e.bot_api_types import Json, utf16_units
from tests.e2e.telegram_html import HtmlError, parsed

_MAX_UNITS = {"text": 4096, "caption": 1024}  # UTF-16 units


class RefusedError(Exception):
    """A request that is answered with `body`; the message is "<status> <description>"."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(f"{status} {description}")
        self.status = status
        self.body: Json = {"ok": False, "error_code": status, "description": description}
        if parameters:
            self.body["parameters"] = parameters


def bad_request(what: str) -> RefusedError:
    """The refusal of a request that is itself at fault."""
    return RefusedError(400, f"Bad Request: {what}")


def chat_id_in(params: Json) -> int:
    """The chat a request is about."""
    chat_id = params.get("chat_id")
    if not isinstance(chat_id, int) or chat_id == 0:
        raise bad_request("chat not found")
    return chat_id


def keyboard(params: Json) -> Json:
    """The message field that a request's inline keyboard becomes, if it has one."""
    markup = params.get("reply_markup") or {}
    for row in markup.get("inline_keyboard", []):
        for button in row:
            if not button.get("text"):
                raise bad_request("inline keyboard button text must be non-empty")
            size = len(str(button.get("callback_data", "-")).encode())
            if not 1 <= size <= 64:
                raise bad_request("BUTTON_DATA_INVALID")
    return {"reply_markup": markup} if markup.get("inline_keyboard") else {}


def text_in(params: Json, field: Literal["text", "caption"]) -> Json:
    """The message fields that a request's text becomes; only a caption may be empty."""
    text, mode = str(params.get(field, "")), str(params.get("parse_mode", ""))
    formatted = "entities" if field == "text" else "caption_entities"
    entities: list[Json] = params.get(formatted) or []
    if mode.lower() == "html":
        try:
            text, entities = parsed(text)
        except HtmlError as error:
            raise bad_request(f"can't parse entities: {error}") from error
    elif mode != "":
        # Passing it on unread would let a broken text through a test.
        raise bad_request("unsupported parse_mode (the stand-in knows HTML only)")
    kept = _trimmed(text, entities)
    text = text.strip()
    if field == "text" and text == "":
        raise bad_request("text must be non-empty")
    if utf16_units(text) > _MAX_UNITS[field]:
        raise bad_request("message is too long")
    return ({field: text} if text else {}) | ({formatted: kept} if kept else {})


def _trimmed(text: str, entities: list[Json]) -> list[Json]:
    """The entities of a text that loses the white space at its ends."""
    first = utf16_units(text) - utf16_units(text.lstrip())
    last = utf16_units(text.rstrip())
    kept = []
    for entity in entities:
        begins = max(entity["offset"], first)
        length = min(entity["offset"] + entity["length"], last) - begins
        if length > 0:
            kept.append({**entity, "offset": begins - first, "length": length})
    # As Telegram orders them: where several begin at one place, the longest comes first.
    return sorted(kept, key=lambda each: (each["offset"], -each["length"]))


def commands_in(params: Json) -> list[Json]:
    """The commands that a request announces."""
    commands: list[Json] = params["commands"]
    for item in commands:
        if re.fullmatch(r"[a-z0-9_]{1,32}", item["command"]) is None:
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= utf16_units(item["description"]) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return commands
