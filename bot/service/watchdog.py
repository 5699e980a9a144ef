"""Ends the process where it is dead, so that whoever supervises it starts it again.

What was not answered stands in the inbox.
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os

from bot.service.health import Health
from bot.service.systemd import Systemd

logger = logging.getLogger(__name__)

TICK_S = 1.0


class Watchdog:
    """Looks every second, from the event loop, whether polls are answered and the queue goes on.

    An event loop that stands still looks at nothing. Then `faulthandler` ends the process, which it
    is told anew at every tick to do unless it is told again in time: it prints "Timeout (0:05:00)!"
    and where each thread stands, by file and line, on standard error.

    Args:
        limit_s: how long something may stand still.
        systemd: hears at every tick that all is well, by its own patience.
    """

    def __init__(self, health: Health, limit_s: float, systemd: Systemd) -> None:
        self._health = health
        self._limit_s = limit_s
        self._systemd = systemd

    async def run(self) -> None:
        """Look until cancelled."""
        try:
            while True:
                self.tick()
                await asyncio.sleep(TICK_S)
        finally:
            faulthandler.cancel_dump_traceback_later()

    def tick(self) -> None:
        """Look once."""
        faulthandler.dump_traceback_later(self._limit_s, exit=True)
        troubles = self._health.troubles(self._limit_s)
        if troubles:
            logger.critical("%s; the process ends, to be started again", "; ".join(troubles))
            logging.shutdown()
            os._exit(1)
        if not self._health.troubles(self._systemd.watchdog_s or float("inf")):
            self._systemd.alive()
