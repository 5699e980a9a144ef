"""The bot's own HTTP server: /healthz, /readyz, /metrics, and what a channel serves beside them.

It is aiohttp's, whose `keepalive_timeout` also ends connections that never send a whole head. With
430 half-open connections and a time-out of 3 s, all were closed after it, and meanwhile a request
was answered in 2 ms. What it lacks is here: a cap on connections, a time-out for whoever does not
read what they asked for, and one line in the log where strangers could fill it.

uvicorn 0.54 kept them for ever and refused other requests (503), granian 2.8
accepted no others. hypercorn 0.18 did as well as aiohttp, with twice its memory, and has no cap on
connections either.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from bot.errors import ChannelError
from bot.service.health import UNHEALTHY_S, Health
from bot.service.http.asgi import Site, answered, scope_of

if TYPE_CHECKING:
    from aiohttp import web
    from aiohttp.typedefs import Handler
    from aiohttp.web_protocol import RequestHandler

logger = logging.getLogger(__name__)

MAX_BODY = 1_000_000  # bytes; Telegram's updates have some thousands
_SMALL_BODY = 1 << 14  # bytes; those of nearly all requests
_LARGE_AT_ONCE = 2  # bodies beyond that, or many of them fill the memory
_UNREAD = 1 << 14  # bytes that the system takes in for a connection, before anybody has asked
_MAX_CONNECTIONS = 512
_MAX_OWN = 64  # where nobody but this machine asks
_OF_ALL_FILES = 4  # so many times fewer than the process may open: the rest has to work as well
_HEAD_S = 75.0  # until a connection's next request; proxies close their idle ones sooner
_BODY_S = 30.0  # until a body is over, and until an answer is read
_SILENCE_S = 60.0  # after a line about requests that are refused
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

    async def take(self, body: bytes) -> int:
        """Take a body of at most `MAX_BODY` bytes; returns the HTTP status of the answer."""


class HttpServer:
    """Listens on one port.

    Args:
        host, port: where it listens; port 0 takes any that is free.
        post: what takes POSTs. The port is then open to others, and there is no /metrics on it.
        patience_s: how long something may stand still before /healthz says so.
        site: what answers all other requests; the port is then open to others, likewise.
    """

    def __init__(
        self,
        host: str,
        port: int,
        health: Health,
        post: PostRoute | None = None,
        patience_s: float = UNHEALTHY_S,
        site: Site | None = None,
    ) -> None:
        self._host = host
        self.port = port
        self._health = health
        self._post, self._site = post, site
        self._patience_s = patience_s
        is_own = post is None and site is None
        self._most = _most_connections(_MAX_OWN if is_own else _MAX_CONNECTIONS)
        self._full = _Seldom()
        # The oldest first; closed ones among them are as many as the open ones at most.
        self._oldest: deque[RequestHandler] = deque(maxlen=2 * self._most)
        self._busy: set[RequestHandler] = set()
        self._large_bodies = asyncio.Semaphore(_LARGE_AT_ONCE)
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            ChannelError: the port is taken, or not ours to take.
        """
        from aiohttp import web

        @web.middleware
        async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._answer(request, handler)

        application = web.Application(middlewares=[answer])
        application.router.add_get("/healthz", self._healthz)
        application.router.add_get("/readyz", self._readyz)
        if self._site is not None:
            application.router.add_route("*", "/{path:.*}", self._sited)
        elif self._post is not None:
            application.router.add_post("/{path:.*}", self._posted)
        else:
            application.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            logger=_request_logger(),
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

    def _connection(self) -> asyncio.BaseProtocol:
        """What speaks to a new connection."""
        if self._runner is None or self._runner.server is None:
            return asyncio.Protocol()
        connection = self._runner.server()
        self._oldest.append(connection)
        asyncio.get_running_loop().call_soon(self._make_room, connection)
        return connection

    def _make_room(self, new: RequestHandler) -> None:
        """End the oldest connection that nothing is answered on, where too many are open; or else
        the new one. Whoever holds connections open for nothing would keep all others away."""
        server = self._runner.server if self._runner is not None else None
        if server is None or len(server.connections) < self._most:
            return
        self._full.tell("%d connections are open; each new one ends the oldest", self._most)
        idle = (one for one in self._oldest if one in server.connections and one not in self._busy)
        ended = next(idle, new)
        self._oldest.remove(ended)
        asyncio.get_running_loop().call_soon(ended.force_close)

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request, and hang up on whoever does not read the answer."""
        self._busy.add(request.protocol)
        try:
            response = await handler(request)
            async with asyncio.timeout(_BODY_S):
                await response.prepare(request)
                await response.write_eof()
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._busy.discard(request.protocol)
        return response

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
        body = await self._body(request, MAX_BODY)
        return body if isinstance(body, int) else await self._post.take(body)

    async def _sited(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web

        if self._site is None:
            raise web.HTTPNotFound
        scope = scope_of(request)
        most = self._site.most_bytes(scope)
        body = await self._body(request, most) if most else b""
        if isinstance(body, int):
            scope["unread"], body = body, b""
        response = await answered(self._site, scope, body, request, _BODY_S)
        if response.status in _CLOSING and not response.prepared:
            response.force_close()
        return response

    async def _body(self, request: web.Request, most: int) -> bytes | int:
        """A request's body; or the HTTP status that says why it is not read.

        That is 413 of one that is larger than so many bytes, 408 of one that does not come to its
        end, and 400 of one that is not encoded as it says.
        """
        from aiohttp import web

        if (request.content_length or 0) > most:
            return 413
        body, small = bytearray(), min(most, _SMALL_BODY)
        try:
            async with asyncio.timeout(_BODY_S):
                if not await _read(request, body, small):
                    async with self._large_bodies:
                        if not await _read(request, body, most):
                            return 413
        except TimeoutError:
            return 408
        except web.RequestPayloadError:
            return 400
        return bytes(body)

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


def _most_connections(wanted: int) -> int:
    """As many as leave the process enough files for all else."""
    try:
        import resource
    except ImportError:  # Windows
        return wanted
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return wanted if allowed == resource.RLIM_INFINITY else min(wanted, allowed // _OF_ALL_FILES)


class _Seldom:
    """Writes one line of a kind a minute; the next one says how many there were meanwhile."""

    def __init__(self) -> None:
        self._told_at = -_SILENCE_S
        self._untold = 0

    def tell(self, text: str, *values: object) -> None:
        """Write a line, or count it."""
        if time.monotonic() - self._told_at < _SILENCE_S:
            self._untold += 1
            return
        more = f" ({self._untold} more since the last line like this)" if self._untold else ""
        logger.warning(f"{text}%s", *values, more)
        self._told_at, self._untold = time.monotonic(), 0


def _request_logger() -> logging.Logger:
    """What aiohttp logs of requests, but one line a minute of those that nobody can read: who sends
    them would fill the disk."""
    from aiohttp import web
    from aiohttp.http_exceptions import HttpProcessingError

    refused = _Seldom()

    def is_ours(record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HttpProcessingError | web.RequestPayloadError | ConnectionError):
            return True
        refused.tell("a request was refused (%s)", type(error).__name__)
        return False

    own = logging.Logger(f"{__name__}.requests")
    own.parent = logger
    own.addFilter(is_ours)
    return own


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
