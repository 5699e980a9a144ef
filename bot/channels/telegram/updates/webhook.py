"""The bot's own HTTP server: the webhook, /healthz, /readyz and /metrics."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from bot.channels.telegram.api.client import readable
from bot.channels.telegram.updates.incoming import inbox_item
from bot.errors import ChannelError, StoreError
from bot.service.health import UNHEALTHY_S, Health
from bot.service.metrics import exposition
from bot.store.store import InboxItem

if TYPE_CHECKING:
    from aiohttp import web

logger = logging.getLogger(__name__)

MAX_BODY = 1_000_000  # bytes; Telegram's updates have some thousands
_SMALL_BODY = 1 << 14  # bytes; those of nearly all updates
_LARGE_AT_ONCE = 2  # bodies beyond that, or many of them fill the memory
_UNREAD = 1 << 14  # bytes that the system takes in for a connection, before anybody has asked
_LINGER_S = 1.0  # that a refused body is still read, for whoever sends it to see the refusal
_STOP_S = 5.0  # for requests that are under way
_SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (a header's name)

Take = Callable[[list[InboxItem]], Awaitable[None]]


class WebServer:
    """Listens on one port.

    Args:
        host, port: where it listens.
        webhook: (secret, what takes updates); None: there is no webhook on this port.
        patience_s: how long something may stand still before /healthz says so.
    """

    def __init__(
        self,
        host: str,
        port: int,
        pulse: Health,
        webhook: tuple[str, Take] | None = None,
        patience_s: float = UNHEALTHY_S,
    ) -> None:
        self._host = host
        self._port = port
        self._pulse = pulse
        self._webhook = webhook
        self._patience_s = patience_s
        self._room = asyncio.Semaphore(_LARGE_AT_ONCE)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            ChannelError: the port is taken, or not ours to take.
        """
        from aiohttp import web

        application = web.Application(client_max_size=MAX_BODY)
        application.router.add_get("/healthz", self._healthz)
        application.router.add_get("/readyz", self._readyz)
        if self._webhook is None:  # a webhook's port is open to others
            application.router.add_get("/metrics", self._metrics)
        else:
            application.router.add_post("/{path:.*}", self._update)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            shutdown_timeout=_STOP_S,
            lingering_time=_LINGER_S,
            read_bufsize=_UNREAD,
        )
        await self._runner.setup()
        try:
            await web.SockSite(self._runner, _listening(self._host, self._port)).start()
        except (OSError, UnicodeError) as error:  # UnicodeError: a host that no name can be
            number = error.errno if isinstance(error, OSError) else None
            reason = "no such host" if (number or -1) < 0 else os.strerror(number or 0)
            raise ChannelError(
                f"{self._host}:{self._port} cannot be listened on ({reason}). Stop the "
                "program that does, or choose another port in config.yaml."
            ) from None

    async def stop(self) -> None:
        """Take no more requests, and answer those that are under way."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _update(self, request: web.Request) -> web.Response:
        """Take one update: 200 means that it is recorded."""
        from aiohttp import web

        assert self._webhook is not None  # noqa: S101
        secret, take = self._webhook
        given = request.headers.get(_SECRET, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, secret.encode()):  # before a byte of the body is read
            return _closing(web.Response(status=403))
        body = await self._body(request)
        if body is None:
            return _closing(web.Response(status=413))
        try:
            updates = readable([json.loads(body)])
        except (ValueError, RecursionError):
            updates = []
        if not updates:
            return web.Response(status=400)
        try:
            await take([inbox_item(update) for update in updates])
        except StoreError:  # neither recorded nor answered; Telegram sends it again
            return _closing(web.Response(status=503))
        return web.Response()

    async def _body(self, request: web.Request) -> bytes | None:
        """The body; None where it is larger than any update, however large it says it is."""
        if (request.content_length or 0) > MAX_BODY:
            return None
        body: list[bytes] = []
        if not await _read(request, body, _SMALL_BODY):
            async with self._room:
                if not await _read(request, body, MAX_BODY):
                    return None
        return b"".join(body)

    async def _healthz(self, request: web.Request) -> web.Response:
        from aiohttp import web

        troubles = self._pulse.troubles(self._patience_s)
        return web.Response(
            status=503 if troubles else 200, text="\n".join(troubles or ["ok"]) + "\n"
        )

    async def _readyz(self, request: web.Request) -> web.Response:
        from aiohttp import web

        is_ready = self._pulse.is_ready
        return web.Response(
            status=200 if is_ready else 503, text="ready\n" if is_ready else "starting\n"
        )

    async def _metrics(self, request: web.Request) -> web.Response:
        from aiohttp import web

        body, content_type = exposition(self._pulse)
        return web.Response(body=body, headers={"Content-Type": content_type})


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.create_server((host, port), family=family, backlog=128)
    # Its connections inherit it. asyncio would take up to 256 kB of each at once.
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _UNREAD)
    return server


async def _read(request: web.Request, body: list[bytes], limit: int) -> bool:
    """Read on until a body is over or larger than a limit; whether it is over."""
    size = sum(map(len, body))
    while size <= limit:
        chunk = await request.content.read(_SMALL_BODY)
        if not chunk:
            return True
        body.append(chunk)
        size += len(chunk)
    return False


def _closing(response: web.Response) -> web.Response:
    """Take no more of a body that nobody wants."""
    response.force_close()
    return response
