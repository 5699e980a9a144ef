"""Long polling: fetches updates for as long as it takes, whatever the network does."""

from __future__ import annotations

import asyncio
import logging
import time

from telegram import Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TimedOut

from bot.channels.telegram.api.client import Client
from bot.channels.telegram.api.sender import retry_after_s
from bot.channels.telegram.updates.incoming import inbox_item
from bot.service.health import Health
from bot.service.update_queue import NotTakenError, UpdateQueue

logger = logging.getLogger(__name__)

KINDS = ["message", "callback_query"]
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 15.0
_LONGEST_ASKED_S = 60.0


class Poller:
    """Fetches updates and has them recorded before it tells Telegram that they arrived."""

    def __init__(self, client: Client, queue: UpdateQueue[Update], health: Health) -> None:
        self._client = client
        self._queue = queue
        self._health = health
        self._offset: int | None = None

    async def run(self) -> None:
        """Poll until cancelled. Nothing that a server can say ends it."""
        pause_s = 0.0
        told: type[Exception] | None = None  # of what people know, until a poll succeeds
        self._health.polled = time.monotonic()  # patience begins here
        while True:
            try:
                updates = await self._client.raw_updates(self._offset, KINDS)
                self._health.poll_answered()
                if told is not None:
                    logger.info("Telegram is polled again")
                pause_s, told = 0.0, None
                if updates:
                    await self._queue.take([inbox_item(update) for update in updates])
                    self._offset = max(int(update["update_id"]) for update in updates) + 1
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
                if told is not type(error):
                    _report(error)
                told = type(error)
                pause_s = min(_LONGEST_PAUSE_S, max(_FIRST_PAUSE_S, 1.5 * pause_s))
            await asyncio.sleep(pause_s)

    async def confirm(self) -> None:
        """Tell the server what has arrived, so that it is not sent again after a stop."""
        if self._offset is None:
            return
        try:
            await self._client.confirm(self._offset)
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
