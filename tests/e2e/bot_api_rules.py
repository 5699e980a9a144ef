"""What Telegram's Bot API refuses in a bot's request, in Telegram's words."""

from __future__ import annotations

from typing import Literal

from tests.e2e.bot_api_types import Json
from tests.e2e.telegram_html import HtmlError, visible_text

MAX_TEXT, MAX_CAPTION, MAX_ALERT = 4096, 1024, 200  # UTF-16 units, after entity parsing
MAX_CALLBACK_DATA = 64  # bytes of UTF-8
DELETABLE_S = 48 * 3600
_EMOJI = """
👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤️‍🔥
🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨
🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂️ 🤷 🤷‍♀️ 😡
"""
REACTIONS = frozenset(_EMOJI.split())  # the only emoji that Telegram takes as a reaction


class RefusedError(Exception):
    """A request that is answered with `body`; the message is "<status> <description>"."""

    def __init__(self, status: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(f"{status} {description}")
        self.body: Json = {"ok": False, "error_code": status, "description": description}
        if parameters is not None:
            self.body["parameters"] = parameters


def bad_request(what: str) -> RefusedError:
    """The refusal of a request that is itself at fault."""
    return RefusedError(400, f"Bad Request: {what}")


def chat_id_in(params: Json) -> int:
    """The chat a request is about."""
    chat_id = params.get("chat_id", "")
    if chat_id == "":
        raise bad_request("chat_id is empty")
    if not isinstance(chat_id, int) or chat_id == 0:
        raise bad_request("chat not found")
    return chat_id


def utf16_units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def keyboard(params: Json) -> Json:
    """The message field that a request's inline keyboard becomes, if it has one."""
    markup = params.get("reply_markup") or {}
    for row in markup.get("inline_keyboard", []):
        for button in row:
            if not button.get("text"):
                raise bad_request("inline keyboard button text must be non-empty")
            if len(button) == 1:
                raise bad_request("text buttons are unallowed in inline keyboard")
            size = len(str(button.get("callback_data", "-")).encode())
            if not 1 <= size <= MAX_CALLBACK_DATA:
                raise bad_request("BUTTON_DATA_INVALID")
    return {"reply_markup": markup} if markup.get("inline_keyboard") else {}


def text_content(params: Json, field: Literal["text", "caption"]) -> Json:
    """The message field that a request's text becomes; only a caption may be empty."""
    text, mode = str(params.get(field, "")), str(params.get("parse_mode", ""))
    if field == "text" and text == "":
        raise bad_request("message text is empty")
    if mode.lower() == "html":
        try:
            text = visible_text(text)
        except HtmlError as error:
            raise bad_request(f"can't parse entities: {error}") from error
    elif mode != "":
        # Passing it on unread would let a broken text through a test.
        raise bad_request("unsupported parse_mode (the stand-in knows HTML only)")
    text = text.strip()
    if field == "text" and text == "":
        raise bad_request("text must be non-empty")
    what, limit = ("message", MAX_TEXT) if field == "text" else ("message caption", MAX_CAPTION)
    if utf16_units(text) > limit:
        raise bad_request(f"{what} is too long")
    return {field: text} if text else {}


def reaction(params: Json) -> tuple[str, ...]:
    """The emoji that a request sets as a reaction; empty: it takes the reaction away."""
    emoji = tuple(str(one.get("emoji")) for one in params.get("reaction") or ())
    if not REACTIONS.issuperset(emoji):
        raise bad_request("REACTION_INVALID")
    if len(emoji) > 1:  # only people who pay for Telegram may set more
        raise bad_request("REACTIONS_TOO_MANY")
    return emoji
