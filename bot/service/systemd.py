"""Tells systemd, where it is there, that the bot is ready, alive or stopping."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


class Systemd:
    """Speaks to systemd's socket (sd_notify(3)); says nothing where there is none.

    Args:
        environment: names the socket under NOTIFY_SOCKET, and the watchdog's patience in
            microseconds under WATCHDOG_USEC.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._path = environment.get("NOTIFY_SOCKET", "")
        usec = environment.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(usec) / 1e6 if usec.isdecimal() else None

    def ready(self) -> None:
        """Updates are being taken."""
        self._say("READY=1")

    def alive(self) -> None:
        """Nothing stands still."""
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """No more updates are taken."""
        self._say("STOPPING=1")

    def _say(self, state: str) -> None:
        if not self._path:
            return
        # A name in the abstract namespace is written with "@" for its leading zero byte.
        path = "\0" + self._path[1:] if self._path.startswith("@") else self._path
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
            client.setblocking(False)  # one that nobody reads must not stop the event loop
            client.connect(path)
            client.send(state.encode())
