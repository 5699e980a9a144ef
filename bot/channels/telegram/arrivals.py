"""How updates come in, by polling or to a webhook: each is recorded before anybody reads it."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
from collections.abc import Mapping
from typing import Any

from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TimedOut

from bot.channels.telegram.api.client import Client, retry_after_s
from bot.errors import StoreError
from bot.service.health import Health
from bot.service.queue.carrying import NotTakenError, Queue
from bot.store.shared import InboxItem

logger = logging.getLogger(__name__)

KINDS = ["message", "edited_message", "callback_query"]
_MAX_ID = 2**63  # beyond it no database holds a number
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 15.0
_LONGEST_ASKED_S = 60.0
_STEADY_S = 60.0  # without a conflict, until it counts as over: two programs poll by turns
_SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (a header's name)


class Poller:
    """Fetches updates and has them recorded before it tells Telegram that they arrived."""

    def __init__(self, client: Client, queue: Queue, health: Health) -> None:
        self._client = client
        self._queue = queue
        self._health = health
        self._offset: int | None = None

    async def run(self) -> None:
        """Poll until cancelled. Nothing that a server can say ends it."""
        self._offset = None  # others may have polled since
        pause_s = 0.0
        told: type[Exception] | None = None  # of what people know, until a poll succeeds
        failed = 0.0
        self._health.polled = time.monotonic()  # patience begins here
        while True:
            try:
                found = await self._client.raw_updates(self._offset, KINDS)
                items = inbox_items(found)
                if found and not items:  # it would say the same again at once
                    raise NetworkError("the server's answer holds no update that has a number")
                self._health.poll_answered()
                if told is not None and self._is_over(told, failed):
                    logger.info("Telegram is polled again")
                    told = None
                pause_s = 0.0
                if items:
                    await self._queue.take(items)
                    self._offset = max(item.update_id for item in items) + 1
                continue
            except TimedOut:  # of a half-open connection, most likely; a new one may do better
                pause_s = min(_LONGEST_PAUSE_S, max(_FIRST_PAUSE_S, 1.5 * pause_s))
                logger.debug("a poll had no answer in time")
            except NotTakenError:  # the memory has said why; what is new comes with it
                pause_s = _FIRST_PAUSE_S
            except RetryAfter as error:
                logger.warning(
                    "Telegram asks to wait %.0f s before the next poll", retry_after_s(error)
                )
                pause_s = min(_LONGEST_ASKED_S, max(_FIRST_PAUSE_S, retry_after_s(error)))
            except Exception as error:  # noqa: BLE001  (a bot that no longer polls is deaf)
                self._health.is_refused = isinstance(error, InvalidToken)
                if told is not type(error):
                    _report(error)
                told, failed = type(error), time.monotonic()
                pause_s = min(_LONGEST_PAUSE_S, max(_FIRST_PAUSE_S, 1.5 * pause_s))
            await asyncio.sleep(pause_s)

    @staticmethod
    def _is_over(told: type[Exception], failed: float) -> bool:
        """Whether one good poll shows that what people were told of has ended."""
        return told is not Conflict or time.monotonic() - failed >= _STEADY_S

    async def confirm(self) -> None:
        """Tell the server what has arrived, so that it is not sent again after a stop."""
        try:
            if self._offset is not None:
                await self._client.raw_updates(self._offset, KINDS, wait_s=0)
        except Exception as error:  # noqa: BLE001  (they are sent again, and known by their numbers)
            logger.debug("the last updates could not be confirmed: %s", error)


def _report(error: Exception) -> None:
    if isinstance(error, Conflict):
        logger.error("another program polls Telegram with this token; stop one of the two")
    elif isinstance(error, InvalidToken):  # its text can hold the token
        logger.error(
            "Telegram refuses the token just now, trying again. If that goes on, copy it again "
            "from @BotFather into TELEGRAM_BOT_TOKEN."
        )
    else:
        logger.warning("Telegram cannot be polled, trying again", exc_info=error)


class WebhookRoute:
    """Takes one update a request, whatever its path: 200 means that it is recorded.

    Args:
        secret: Telegram sends it along; whoever does not is turned away.
    """

    def __init__(self, secret: str, queue: Queue) -> None:
        self._secret = secret.encode()
        self._queue = queue

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Whether the secret is right; see `PostRoute.admits`."""
        given = headers.get(_SECRET, "").encode("utf-8", "replace")
        return hmac.compare_digest(given, self._secret)

    async def take(self, body: bytes) -> int:
        """Record an update; see `PostRoute.take`."""
        try:
            items = inbox_items([json.loads(body)])
        except (ValueError, RecursionError):
            items = []
        if not items:
            return 400
        try:
            await self._queue.take(items)
        except StoreError:  # neither recorded nor answered; Telegram sends it again
            return 503
        return 200


def inbox_items(found: list[Any]) -> list[InboxItem]:
    """Updates that have just come in, to be recorded before anybody reads them.

    What has no number is no update.
    """
    return [_inbox_item(raw) for raw in found if isinstance(raw, dict) and _is_numbered(raw)]


def _is_numbered(raw: dict[str, Any]) -> bool:
    number = raw.get("update_id")
    return type(number) is int and 0 <= number < _MAX_ID


def _inbox_item(raw: dict[str, Any]) -> InboxItem:
    number, payload = int(raw["update_id"]), json.dumps(raw)
    return InboxItem(number, time.time(), payload, sender_of(raw))


def sender_of(raw: dict[str, Any]) -> str | None:
    """Who sent an update, as the store calls them; None where it does not say."""
    sender = _number(_part(_part(raw, "callback_query") or _message(raw), "from"))
    return None if sender is None else str(sender)


def lane_of(raw: dict[str, Any]) -> int:
    """The chat an update belongs to, else the person, else 0: what is answered in order."""
    press, message = _part(raw, "callback_query"), _message(raw)
    chat = _number(_part(_part(press, "message") if press else message, "chat"))
    person = _number(_part(press, "from"))
    return next((number for number in (chat, person) if number is not None), 0)


def _message(raw: dict[str, Any]) -> dict[str, Any]:
    """The message of an update, new or edited."""
    return _part(raw, "message") or _part(raw, "edited_message")


def _part(raw: dict[str, Any], name: str) -> dict[str, Any]:
    part = raw.get(name)
    return part if isinstance(part, dict) else {}


def _number(noun: dict[str, Any]) -> int | None:
    number = noun.get("id")
    return number if type(number) is int else None
