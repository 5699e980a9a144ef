"""What tests tap under a message, as it stands in the chat by then."""

from __future__ import annotations

import time
from typing import Any

from tests.channels.telegram.handoff.conftest import TEAM
from tests.channels.telegram.handoff.helping import GROUP, HELPER
from tests.channels.telegram.served import ME, Json, Served
from tests.e2e.telegram_html import parsed

OTHER = {"id": 2, "is_bot": False, "first_name": "Uma"}
_AT = int(time.time())
_NUMBERED = {"sendMessage", "copyMessage", "editMessageText"}  # each takes a number here


def standing(served: Served, message_id: int) -> Json:
    """A message of the bot's as Telegram tells it."""
    number = 99
    shown: Json = {}
    for method, more in served.calls:
        number += method in _NUMBERED
        is_edited = method.startswith("editMessage") and more["message_id"] == message_id
        if is_edited or (method == "sendMessage" and number == message_id):
            shown = {**shown, "reply_markup": None, **more}  # what is not sent along goes
    text, entities = parsed(shown["text"])
    chat = GROUP if shown["chat_id"] == TEAM else {"id": shown["chat_id"], "type": "private"}
    told = {"message_id": message_id, "date": _AT, "chat": chat, "from": ME}
    return {**told, "text": text, "entities": entities, "reply_markup": shown.get("reply_markup")}


def shown(served: Served, post: int) -> str:
    """What a post says, without the marks of direction."""
    return str(standing(served, post)["text"]).replace("\u2068", "").replace("\u2069", "")


def last(served: Served, chat_id: int = TEAM) -> int:
    """The number of the last message that was sent to a chat."""
    number, found = 99, 0
    for method, more in served.calls:
        number += method in _NUMBERED
        if method == "sendMessage" and more["chat_id"] == chat_id:
            found = number
    return found


def buttons(message: Json) -> dict[str, str]:
    """What the buttons under a message carry, by label."""
    rows = (message["reply_markup"] or {}).get("inline_keyboard", [])
    return {button["text"]: button["callback_data"] for row in rows for button in row}


def tap(served: Served, message: int | Json, label: str, who: Json = HELPER, **more: Any) -> Json:
    """Press a button of a message; returns the message as it stands then."""
    seen = standing(served, message) if isinstance(message, int) else message
    (data,) = [data for text, data in buttons(seen).items() if text.startswith(label)]
    served.presses(data, **{"from": who, "message": seen, **more})
    return standing(served, seen["message_id"])


def answer(served: Served, message: int, text: str, who: Json = HELPER, **more: Any) -> int:
    """Reply to a message of the bot's; returns the number of the last one it sent then."""
    seen = standing(served, message)
    served.says(text, **{"from": who, "chat": seen["chat"], "reply_to_message": seen, **more})
    return last(served, seen["chat"]["id"])


def toasts(served: Served) -> list[str]:
    """What those who pressed read for a moment."""
    return [more.get("text") or "" for name, more in served.calls if name == "answerCallbackQuery"]
