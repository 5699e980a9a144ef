"""How updates reach the bot, in the stand-in for Telegram's Bot API: long polls and webhooks."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from tests.e2e.bot_api_rules import RefusedError
from tests.e2e.bot_api_types import Json

_NUMBERS = itertools.count(1001)  # of all stand-ins: Telegram gives no bot a number twice


class Updates:
    """The queue of updates.

    Attributes:
        polls: begun so far.
        confirmed_offset: the highest offset polled with: what lies below is never delivered again.
        webhook_url: as the bot set it; "": none.
    """

    def __init__(self) -> None:
        self._waiting: list[Json] = []
        self._allowed: frozenset[str] = frozenset()
        self._newest: Json | None = None  # the parameters of the newest poll
        self.polls = 0
        self.confirmed_offset = 0
        self.webhook_url = ""

    def add(self, update: Mapping[str, Any]) -> int:
        """Queue an update, unless the bot does not want its kind; return its id."""
        update_id = next(_NUMBERS)
        if not self._allowed or self._allowed.intersection(update):
            self._waiting.append({**update, "update_id": update_id})
        return update_id

    def begin(self, params: Json) -> None:
        """A poll begins, and ends the one before it; its offset confirms what lies below."""
        self.polls += 1
        self._newest = params
        self._allowed = frozenset(params.get("allowed_updates", self._allowed))
        offset = int(params.get("offset", 0))
        self.confirmed_offset = max(self.confirmed_offset, offset)
        self._waiting = [one for one in self._waiting if one["update_id"] >= offset]

    def is_over(self, params: Json) -> bool:
        """Whether a poll that has begun need not wait."""
        return bool(self._waiting or self.webhook_url or params is not self._newest)

    def get(self, params: Json) -> list[Json]:
        """The end of a poll: the method getUpdates."""
        if self.webhook_url:
            raise RefusedError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if params is not self._newest:
            raise RefusedError(
                409,
                "Conflict: terminated by other getUpdates request; "
                "make sure that only one bot instance is running",
            )
        return self._waiting[: int(params.get("limit", 100))]

    def set_webhook(self, params: Json) -> bool:
        """The methods setWebhook and deleteWebhook."""
        self.webhook_url = str(params.get("url", ""))
        return True
