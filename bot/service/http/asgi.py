"""An ASGI application, served by the bot's own HTTP server, with its caps and its time-outs.

uvicorn, which is mostly taken for that, keeps half-open connections for ever and refuses other
requests meanwhile; see `bot.service.http.http_server`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from aiohttp import web

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class Site(Protocol):
    """What answers requests, and how much of them is read."""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request; see https://asgi.readthedocs.io. What is wrong with the request's body
        stands in the scope under "unread": the HTTP status that says so."""

    def most_bytes(self, scope: Message) -> int:
        """How long the body may be; 0 where the request is refused anyway."""


def scope_of(request: web.Request) -> Message:
    """A request without its body, as ASGI puts it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": f"{request.version.major}.{request.version.minor}",
        "method": request.method,
        "scheme": request.scheme,
        "path": request.path,
        "raw_path": request.raw_path.partition("?")[0].encode(),
        "query_string": request.rel_url.raw_query_string.encode(),
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.raw_headers],
        "client": (request.remote or "", 0),
        "server": None,
    }


async def answered(
    site: Site, scope: Message, body: bytes, request: web.Request, patience_s: float
) -> web.StreamResponse:
    """What a site answers, which is sent already where it comes in parts.

    Args:
        patience_s: that each part may take to be read; then nobody is there any more.
    """
    from aiohttp import web

    answer = _Answer(request, patience_s)
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if parts:
            return parts.pop()
        await asyncio.Event().wait()  # that nobody is there any more, sending tells
        raise AssertionError

    try:
        await site(scope, receive, answer.send)
    except (ConnectionError, TimeoutError):
        raise
    except Exception:  # a mistake of ours, which the answer may say already
        logger.exception("a request could not be answered")
    return answer.response or web.Response(status=500)


class _Answer:
    """Puts together what a site sends."""

    def __init__(self, request: web.Request, patience_s: float) -> None:
        self._request = request
        self._patience_s = patience_s
        self._status = 500
        self._headers: list[tuple[str, str]] = []
        self.response: web.StreamResponse | None = None

    async def send(self, message: Message) -> None:
        from aiohttp import web

        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = [(name.decode(), value.decode()) for name, value in message["headers"]]
            return
        part, goes_on = message.get("body", b""), message.get("more_body", False)
        if self.response is None and not goes_on:
            kept = [each for each in self._headers if each[0] != "content-length"]
            self.response = web.Response(status=self._status, headers=_multi(kept), body=part)
            return
        async with asyncio.timeout(self._patience_s):
            if self.response is None:
                headers = _multi(self._headers)
                self.response = web.StreamResponse(status=self._status, headers=headers)
                await self.response.prepare(self._request)
            if part:
                await self.response.write(part)
            if not goes_on:
                await self.response.write_eof()


def _multi(headers: list[tuple[str, str]]) -> Any:
    from multidict import CIMultiDict

    return CIMultiDict(headers)
