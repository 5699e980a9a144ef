"""Updates that Telegram sends to the bot's own HTTP server."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping

from telegram import Update

from bot.channels.telegram.api.client import readable
from bot.channels.telegram.updates.incoming import inbox_item
from bot.errors import StoreError
from bot.service.update_queue import UpdateQueue

_SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (a header's name)


class WebhookRoute:
    """Takes one update a request, whatever its path: 200 means that it is recorded.

    Args:
        secret: Telegram sends it along; whoever does not is turned away.
    """

    def __init__(self, secret: str, queue: UpdateQueue[Update]) -> None:
        self._secret = secret.encode()
        self._queue = queue

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Whether the secret is right; see `PostRoute.admits`."""
        given = headers.get(_SECRET, "").encode("utf-8", "replace")
        return hmac.compare_digest(given, self._secret)

    async def take(self, body: bytes) -> int:
        """Record an update; see `PostRoute.take`."""
        try:
            items = [inbox_item(update) for update in readable([json.loads(body)])]
        except (ValueError, RecursionError):
            items = []
        if not items:
            return 400
        try:
            await self._queue.take(items)
        except StoreError:  # neither recorded nor answered; Telegram sends it again
            return 503
        return 200
