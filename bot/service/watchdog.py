"""Ends the process where it is dead, so that whoever supervises it starts it again.

What was not answered stands in the inbox.
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import socket
from collections.abc import Mapping
from contextlib import suppress

from bot.service.health import Health

logger = logging.getLogger(__name__)

TICK_S = 1.0


class Watchdog:
    """Looks every second, from the event loop, whether polls are answered and the queue goes on.

    An event loop that stands still looks at nothing. Then `faulthandler` ends the process, which it
    is told anew at every tick to do unless it is told again in time: it prints "Timeout (0:05:00)!"
    and where each thread stands, by file and line, on standard error.

    Where systemd is there, it is told when the bot is ready, alive and stopping (sd_notify(3)).

    Args:
        limit_s: how long something may stand still.
        environment: names systemd's socket under NOTIFY_SOCKET.
    """

    def __init__(self, health: Health, limit_s: float, environment: Mapping[str, str]) -> None:
        self._health = health
        self._limit_s = limit_s
        named = environment.get("NOTIFY_SOCKET", "")
        # A name in the abstract namespace is written with "@" for its leading zero byte.
        self._socket = f"\0{named[1:]}" if named.startswith("@") else named

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
        self._notify("WATCHDOG=1")

    def ready(self) -> None:
        """Say that updates are being taken."""
        self._health.is_ready = True
        self._notify("READY=1")

    def stopping(self) -> None:
        """Say that no more updates are taken."""
        self._health.is_ready = False
        self._notify("STOPPING=1")

    def _notify(self, state: str) -> None:
        if not self._socket:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
            client.setblocking(False)  # one that nobody reads must not stop the event loop
            client.connect(self._socket)
            client.send(state.encode())
