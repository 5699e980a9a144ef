"""How updates reach the bot, in the stand-in for Telegram's Bot API: long polls and webhooks."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from typing import Any

from tests.e2e.bot_api_rules import RefusedError
from tests.e2e.bot_api_types import Json

_NUMBERS = itertools.count(1001)  # of all stand-ins: Telegram gives no bot a number twice


class Updates:
    """The queue of updates.

    Args:
        changed: held by whoever calls; told of every change.
        max_poll_s: upper bound of one long poll in seconds, whatever the bot asks for.

    Attributes:
        polls: begun so far, so also the number of the newest one.
        confirmed_offset: the highest offset polled with.
        last_id: the newest update's id.
    """

    def __init__(self, changed: threading.Condition, max_poll_s: float) -> None:
        self._changed = changed
        self._max_poll_s = max_poll_s
        self._closed = False
        self._waiting: list[Json] = []
        self._allowed: frozenset[str] = frozenset()
        self._webhook_url = ""
        self.polls = 0
        self.confirmed_offset = 0
        self.last_id = 0

    def close(self) -> None:
        """End every poll."""
        self._closed = True
        self._changed.notify_all()

    def add(self, update: Mapping[str, Any]) -> int:
        """Queue an update, unless the bot does not want its kind; return its id."""
        self.last_id = next(_NUMBERS)
        if not self._allowed or self._allowed.intersection(update):
            self._waiting.append({**update, "update_id": self.last_id})
        self._changed.notify_all()
        return self.last_id

    def get(self, params: Json) -> list[Json]:
        """The method getUpdates."""
        self.polls += 1
        this_poll = self.polls
        self._changed.notify_all()
        if self._webhook_url:
            raise RefusedError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if "allowed_updates" in params:
            self._allowed = frozenset(params["allowed_updates"])
        offset = int(params.get("offset", 0))
        if offset < 0:  # counted from the end; what lies before is forgotten
            offset = self._waiting[offset:][0]["update_id"] if self._waiting else 0
        self.confirmed_offset = max(self.confirmed_offset, offset)
        self._waiting = [one for one in self._waiting if one["update_id"] >= offset]
        self._changed.wait_for(
            lambda: self._waiting or self._closed or self.polls != this_poll,
            min(float(params.get("timeout", 0)), self._max_poll_s),
        )
        if self.polls != this_poll:
            raise RefusedError(
                409,
                "Conflict: terminated by other getUpdates request; "
                "make sure that only one bot instance is running",
            )
        return self._waiting[: int(params.get("limit", 100))]

    def set_webhook(self, params: Json) -> bool:
        """The method setWebhook."""
        self._webhook_url = str(params.get("url", ""))
        if params.get("drop_pending_updates"):
            self._waiting = []
        return True

    def webhook_info(self, params: Json) -> Json:
        """The method getWebhookInfo."""
        told = {"url": self._webhook_url, "pending_update_count": len(self._waiting)}
        return {**told, "has_custom_certificate": False}
