"""The bot's own HTTP server: /healthz, /readyz, /metrics, and what a channel takes by POST.

It is aiohttp's, whose `keepalive_timeout` also ends connections that never send a whole head. With
430 half-open connections and a time-out of 3 s, all were closed after it, and meanwhile a request
was answered in 2 ms. uvicorn 0.54 kept them for ever and refused other requests (503), granian 2.8
accepted no others. hypercorn 0.18 did as well as aiohttp, with twice its memory, and has no cap on
connections either.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from bot.errors import ChannelError
from bot.service.health import UNHEALTHY_S, Health

if TYPE_CHECKING:
    from aiohttp import web

MAX_BODY = 1_000_000  # bytes; Telegram's updates have some thousands
_SMALL_BODY = 1 << 14  # bytes; those of nearly all requests
_LARGE_AT_ONCE = 2  # bodies beyond that, or many of them fill the memory
_UNREAD = 1 << 14  # bytes that the system takes in for a connection, before anybody has asked
_MAX_CONNECTIONS = 512
_HEAD_S = 75.0  # until a connection's next request; proxies close their idle ones sooner
_BODY_S = 30.0  # until a body is over
_LINGER_S = 1.0  # that a refused body is still read, for whoever sends it to see the refusal
_STOP_S = 5.0  # for requests that are under way
_CLOSING = (403, 408, 413, 503)  # no more is taken of a body that nobody wants


class PostRoute(Protocol):
    """Takes what is sent by POST, to whatever path."""

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Whether the body is read at all; asked before a byte of it is.

        Args:
            headers: by name, in capitals or not.
        """
        ...

    async def take(self, body: bytes) -> int:
        """Take a body of at most `MAX_BODY` bytes; returns the HTTP status of the answer."""
        ...


class HttpServer:
    """Listens on one port.

    Args:
        host, port: where it listens; port 0 takes any that is free.
        post: what takes POSTs. The port is then open to others, and there is no /metrics on it.
        patience_s: how long something may stand still before /healthz says so.
    """

    def __init__(
        self,
        host: str,
        port: int,
        health: Health,
        post: PostRoute | None = None,
        patience_s: float = UNHEALTHY_S,
    ) -> None:
        self._host = host
        self.port = port
        self._health = health
        self._post = post
        self._patience_s = patience_s
        self._large_bodies = asyncio.Semaphore(_LARGE_AT_ONCE)
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            ChannelError: the port is taken, or not ours to take.
        """
        from aiohttp import web

        application = web.Application(client_max_size=MAX_BODY)
        application.router.add_get("/healthz", self._healthz)
        application.router.add_get("/readyz", self._readyz)
        if self._post is None:
            application.router.add_get("/metrics", self._metrics)
        else:
            application.router.add_post("/{path:.*}", self._posted)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            keepalive_timeout=_HEAD_S,
            lingering_time=_LINGER_S,
            read_bufsize=_UNREAD,
            shutdown_timeout=_STOP_S,
        )
        await self._runner.setup()
        try:
            listening = _listening(self._host, self.port)
        except (OSError, UnicodeError) as error:  # UnicodeError: a host that no name can be
            number = error.errno if isinstance(error, OSError) else None
            reason = "no such host" if (number or -1) < 0 else os.strerror(number or 0)
            raise ChannelError(
                f"{self._host}:{self.port} cannot be listened on ({reason}). Stop the "
                "program that does, or choose another port in config.yaml."
            ) from None
        self.port = listening.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._connection, sock=listening)

    async def stop(self) -> None:
        """Take no more requests, and answer those that are under way."""
        if self._listening is not None:
            self._listening.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def _connection(self) -> asyncio.Protocol:
        """What speaks to a new connection: nobody, where too many are open."""
        server = None if self._runner is None else self._runner.server
        if server is None or len(server.connections) >= _MAX_CONNECTIONS:
            return _TurnedAway()
        return server()

    async def _posted(self, request: web.Request) -> web.Response:
        from aiohttp import web

        response = web.Response(status=await self._status(request))
        if response.status in _CLOSING:
            response.force_close()
        return response

    async def _status(self, request: web.Request) -> int:
        """The HTTP status of what was posted, once it is taken or refused."""
        if self._post is None or not self._post.admits(request.headers):
            return 403
        if (request.content_length or 0) > MAX_BODY:
            return 413
        body = bytearray()
        try:
            async with asyncio.timeout(_BODY_S):
                if not await _read(request, body, _SMALL_BODY):
                    async with self._large_bodies:
                        if not await _read(request, body, MAX_BODY):
                            return 413
        except TimeoutError:
            return 408
        return await self._post.take(bytes(body))

    async def _healthz(self, request: web.Request) -> web.Response:
        troubles = self._health.troubles(self._patience_s)
        return _told("\n".join(troubles or ["ok"]), is_well=not troubles)

    async def _readyz(self, request: web.Request) -> web.Response:
        if self._health.is_refused:
            return _told("the token is refused", is_well=False)
        is_ready = self._health.is_ready
        return _told("ready" if is_ready else "starting", is_well=is_ready)

    async def _metrics(self, request: web.Request) -> web.Response:
        from aiohttp import web

        body, content_type = self._health.exposition()
        return web.Response(body=body, headers={"Content-Type": content_type})


def _told(text: str, *, is_well: bool) -> web.Response:
    from aiohttp import web

    return web.Response(status=200 if is_well else 503, text=f"{text}\n")


class _TurnedAway(asyncio.Protocol):
    """Hangs up at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.create_server((host, port), family=family, backlog=128)
    # Its connections inherit it. asyncio would take up to 256 kB of each at once.
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _UNREAD)
    return server


async def _read(request: web.Request, body: bytearray, limit: int) -> bool:
    """Read on until a body is over or larger than a limit; whether it is over."""
    while len(body) <= limit:
        chunk = await request.content.read(_SMALL_BODY)
        if not chunk:
            return True
        body += chunk
    return False
