"""What is looked at again and again while the bot serves: clock, models' files, and drift."""

from __future__ import annotations

import asyncio
import logging
import time

from bot.errors import BotError, StoreError
from bot.matching.build import check_weights
from bot.service.admins.drift import DriftWatch
from bot.service.live import Live
from bot.store.async_store import AsyncStore

logger = logging.getLogger(__name__)

_CLOCK_S = 15.0
_WEIGHTS_S = 24 * 3600.0
_DRIFT_S = 600.0  # between two questions whether the last look is a day ago


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


async def watch_drift(live: Live, store: AsyncStore) -> None:
    """Look once a day whether people ask otherwise than when the thresholds were tuned."""
    drift = DriftWatch(live, store)
    while True:
        try:
            if store.clock.knows_age:
                await drift.look(time.time())
        except StoreError as error:
            logger.info("whether people ask otherwise is not known: %s", error)
        except Exception:  # the next look may do better
            logger.exception("it could not be found out whether people ask otherwise")
        await asyncio.sleep(_DRIFT_S)
