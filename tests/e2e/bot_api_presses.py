"""Presses of buttons and their answers, in the stand-in for Telegram's Bot API."""

from __future__ import annotations

from tests.e2e.bot_api_rules import MAX_ALERT, bad_request, utf16_units
from tests.e2e.bot_api_types import AnsweredPress, Json


class Presses:
    """The callback queries.

    Attributes:
        answered: the answers of the bot, oldest first.
    """

    def __init__(self) -> None:
        self.answered: list[AnsweredPress] = []
        self._waiting: dict[str, int | None] = {}  # who pressed, by query id

    def add(self, query: Json) -> None:
        """A button was pressed."""
        self._waiting[str(query.get("id"))] = query.get("from", {}).get("id")

    def answer(self, params: Json) -> bool:
        """The method answerCallbackQuery."""
        query_id, text = str(params["callback_query_id"]), str(params.get("text", ""))
        if query_id not in self._waiting:  # never pressed, or answered before
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        if utf16_units(text) > MAX_ALERT:
            raise bad_request("MESSAGE_TOO_LONG")
        alert = bool(params.get("show_alert", False))
        user_id = self._waiting.pop(query_id)
        self.answered.append(AnsweredPress(text, alert, query_id, user_id))
        return True
