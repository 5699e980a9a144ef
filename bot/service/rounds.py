"""What is looked at again and again while the bot serves: the clock, and the models' files."""

from __future__ import annotations

import asyncio
import logging
import time

from bot.errors import BotError
from bot.matching.build import check_weights
from bot.service.live import Live

logger = logging.getLogger(__name__)

_CLOCK_S = 15.0
_WEIGHTS_S = 24 * 3600.0


async def keep_dates(live: Live) -> None:
    """Serve each entry from when it is valid on, and no longer than it is."""
    while True:
        await asyncio.sleep(_CLOCK_S)
        try:
            await live.serve_valid(time.time())
        except (BotError, OSError) as error:
            logger.error("the entries that are valid now are not served: %s", error)


async def watch_weights(live: Live) -> None:
    """Hash the models' files once a day, and have the log name one that is not what it was."""
    while True:
        await asyncio.sleep(_WEIGHTS_S)
        try:
            await asyncio.to_thread(check_weights, live.matcher)
        except (BotError, OSError) as error:
            logger.error(
                "the next start may fail or answer otherwise; what was loaded still serves: %s",
                error,
            )
