"""All that is served at the bot's address: who may ask is seen to before a body is read."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.routing import Route

from bot.channels.http.access import Access
from bot.channels.http.once import HEADER as IDEMPOTENCY
from bot.channels.http.problems import ProblemError, unread
from bot.channels.http.widget.pages import Pages
from bot.service.health import Health
from bot.service.http.asgi import Message, Receive, Send
from bot.service.http.callers import headers_of

_MOST = 1 << 16  # bytes of a body
_MOST_OF_MANY = 1_000_000
_FOR_MANY = ("/v1/similarity", "/v1/embeddings")
_READING = ("GET", "HEAD")  # the server leaves out the body where it is not wanted
_METHODS, _HEADERS, _AGE_S = "GET, POST", f"Authorization, Content-Type, {IDEMPOTENCY}", "3600"


class HttpSite:
    """A `Site`: the API, and the pages beside it.

    Args:
        api: answers what is admitted.
        pages: what is served beside it.
        health: counts it.
    """

    def __init__(self, access: Access, api: FastAPI, pages: Pages, health: Health) -> None:
        self._access = access
        self._api = api
        self._pages = pages
        self._health = health
        self._paths = {route.path for route in api.routes if isinstance(route, Route)}

    def most_bytes(self, scope: Message) -> int:
        scope["caller"] = self._access.guest(scope)
        if not scope["path"].startswith("/v1/") or scope["method"] == "OPTIONS":
            return 0
        try:
            scope["caller"] = self._access.admit(scope)
        except ProblemError as problem:
            scope["problem"] = problem
            return 0
        return _most(scope)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        origin = headers.get("origin", "")
        allowed = [(b"vary", b"origin"), (b"x-content-type-options", b"nosniff")]
        if self._access.is_allowed(origin):
            allowed.append((b"access-control-allow-origin", origin.encode("latin-1")))
            allowed.append((b"access-control-expose-headers", b"Retry-After"))

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *allowed]
                path = scope["path"] if scope["path"] in self._paths else "other"
                self._health.http_requests.labels(path, str(message["status"])).inc()
            await send(message)

        is_preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        if is_preflight:
            await _preflight(telling, is_allowed=self._access.is_allowed(origin))
            return
        problem = scope.get("problem")
        if "unread" in scope and problem is None:
            problem = unread(scope["unread"], _most(scope))
        if problem is not None:
            await problem.response()(scope, receive, telling)
            return
        is_page = scope["method"] in _READING and not scope["path"].startswith("/v1/")
        page = self._pages.response(scope["path"], headers) if is_page else None
        await (self._api if page is None else page)(scope, receive, telling)


def _most(scope: Message) -> int:
    return _MOST_OF_MANY if scope["path"] in _FOR_MANY else _MOST


async def _preflight(send: Send, *, is_allowed: bool) -> None:
    """Tell a browser whether a page may call the API."""
    told = {"allow-methods": _METHODS, "allow-headers": _HEADERS, "max-age": _AGE_S}
    headers = [(f"access-control-{name}".encode(), value.encode()) for name, value in told.items()]
    status = 204 if is_allowed else 403
    start = {"type": "http.response.start", "status": status, "headers": headers * is_allowed}
    await send(start)
    await send({"type": "http.response.body", "body": b""})
