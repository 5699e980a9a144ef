"""What is fetched from Telegram, less what cannot be read."""

from __future__ import annotations

import logging
from typing import Any

from telegram import Update
from telegram.error import TelegramError
from telegram.request import BaseRequest, HTTPXRequest

from bot.channels.telegram.arrival import is_sound, is_sound_press

logger = logging.getLogger(__name__)


class Polling(HTTPXRequest):
    """Fetches updates, and passes over those that cannot be read.

    python-telegram-bot would fetch all that came along with such a one again and again, serve none
    of it, and write it into the log each time.
    """

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read Telegram's response; of an update that cannot be read only its number is left."""
        response = BaseRequest.parse_json_payload(payload)
        fetched = response.get("result", []) if isinstance(response, dict) else None
        if not isinstance(fetched, list):  # with this error polling goes on after a pause
            raise TelegramError("Invalid server response")
        response["result"] = [_readable(one) for one in fetched if _is_numbered(one)]
        return response


def _is_numbered(update: object) -> bool:
    return isinstance(update, dict) and isinstance(update.get("update_id"), int)


def _readable(update: dict[str, Any]) -> dict[str, Any]:
    number = update["update_id"]
    trouble = _trouble(update)
    if trouble is None:
        return update
    logger.error("update %d cannot be read (%s) and is passed over", number, trouble)
    return {"update_id": number}


def _trouble(update: dict[str, Any]) -> str | None:
    """Why an update cannot be read, without any of its words."""
    try:
        read = Update.de_json(update)
        message, query = read.message, read.callback_query
        is_usable = (message is None or is_sound(message)) and (
            query is None or is_sound_press(query)
        )
    except Exception as error:  # noqa: BLE001  (the library's, of any kind; it may hold words)
        return type(error).__name__
    return None if is_usable else "a value is missing or of the wrong type"
