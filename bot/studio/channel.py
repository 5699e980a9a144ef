"""The door of the studio: pages on which people see what the bot does, and make it better."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
from collections.abc import Callable
from typing import Any

from bot.errors import ChannelError
from bot.files.config.settings import Settings
from bot.files.config.studio import StudioSettings
from bot.service.http.http_server import HttpServer
from bot.service.serving import Parts, patience_s

logger = logging.getLogger(__name__)

INSTALL = ".venv/bin/python -m pip install -r requirements-studio.lock"


class StudioChannel:
    """Serves the studio; see `bot.service.serving.Channel`.

    Args:
        tell: is given a link that opens it once, as soon as it can be followed; None: nobody asks.
    Raises:
        ChannelError: what it needs is not installed.
    """

    def __init__(self, settings: Settings, tell: Callable[[str], None] | None = None) -> None:
        require_packages()
        self._settings = settings
        self._studio = settings.studio or StudioSettings()
        self._tell = tell

    async def serve(self, parts: Parts, ready: Callable[[], None]) -> None:
        """Serve until cancelled.

        Raises:
            ChannelError: the port is taken.
            BotError: the key of links and sessions can neither be read nor made.
        """
        # The pages take a second to import, and the loop may serve people already.
        make_pages = await asyncio.to_thread(_imported)
        from bot.studio.access import Access
        from bot.studio.site import StudioSite

        access = Access(self._studio, self._settings)
        pages = make_pages(self._settings, parts)
        site = StudioSite(self._studio, access, pages)
        patience = patience_s(self._settings.telegram.watchdog_s)
        server = HttpServer(
            *(self._studio.host, self._studio.port, parts.health, None, patience, site)
        )
        async with pages.router.lifespan_context(pages):
            try:
                await server.start()
                ready()
                logger.info("serving the studio at %s", address(self._studio))
                if self._tell is not None:
                    self._tell(link(self._studio, access.link()))
                await asyncio.Event().wait()
            finally:
                site.stop()
                await server.stop()


def require_packages() -> None:
    """See that what the studio needs is installed.

    Raises:
        ChannelError: it is not.
    """
    for name in ("nicegui", "argon2"):
        if importlib.util.find_spec(name) is None:
            raise ChannelError(f"the studio needs the package {name}. Install it with: {INSTALL}")


def address(studio: StudioSettings) -> str:
    """Where the studio is."""
    host = f"[{studio.host}]" if ":" in studio.host else studio.host
    return f"http://{host}:{studio.port}"


def link(studio: StudioSettings, token: str) -> str:
    """The address that opens it once."""
    return f"{address(studio)}/open?link={token}"


def _imported() -> Callable[..., Any]:
    from bot.studio.pages import make_pages

    return make_pages
