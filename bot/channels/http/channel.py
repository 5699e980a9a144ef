"""HTTP: an address at which programs and web pages ask."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
from collections.abc import Callable

from bot.errors import ChannelError
from bot.files.config.http import HttpSettings
from bot.files.config.settings import Settings
from bot.service.http.http_server import HttpServer
from bot.service.serving import Parts, patience_s

logger = logging.getLogger(__name__)

INSTALL = ".venv/bin/python -m pip install -r requirements-http.lock"


class HttpChannel:
    """Serves the API and the chat for web pages.

    Raises:
        ChannelError: what it needs is not installed.
    """

    def __init__(self, settings: Settings) -> None:
        if importlib.util.find_spec("fastapi") is None:
            raise ChannelError(f"http needs the package fastapi. Install it with: {INSTALL}")
        self._settings = settings
        self._http = settings.http or HttpSettings()

    async def serve(self, parts: Parts, ready: Callable[[], None]) -> None:
        """Serve until cancelled; see `bot.service.serving.Channel`.

        Raises:
            ChannelError: the port is taken.
        """
        from bot.channels.http.access import Access
        from bot.channels.http.api import Served, make_api
        from bot.channels.http.commands import Commands
        from bot.channels.http.files import Files
        from bot.channels.http.meaning import Meaning
        from bot.channels.http.site import HttpSite
        from bot.channels.http.streams import Streams
        from bot.channels.http.talks import Talks
        from bot.channels.http.widget.pages import Pages
        from bot.service.limits import Buckets

        live, access = parts.live, Access(self._http, Buckets(parts.store))
        talks = Talks(self._settings, parts)
        commands, streams = Commands(self._settings, live, parts.line, talks), Streams(talks)
        meaning, files = Meaning(live, parts.worker), Files(live, parts.line)
        served = Served(access, talks, commands, streams, meaning, files, live)
        pages = Pages(parts, feedback=self._settings.telegram.feedback)
        site = HttpSite(access, make_api(served), pages, parts.health)
        patience = patience_s(self._settings.telegram.watchdog_s)
        server = HttpServer(self._http.host, self._http.port, parts.health, None, patience, site)
        try:
            await server.start()
            ready()
            host = f"[{self._http.host}]" if ":" in self._http.host else self._http.host
            logger.info("serving HTTP at http://%s:%d", host, server.port)
            await asyncio.Event().wait()
        finally:
            streams.stop()
            await server.stop()
