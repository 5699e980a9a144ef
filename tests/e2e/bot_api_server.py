"""The HTTP side of the stand-in for Telegram's Bot API, on aiohttp in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from aiohttp import web

from tests.e2e.bot_api_types import Json, Upload

# Forms do not tell text from JSON: a text such as "123" or "[1]" must stay the text it is.
_TEXT_FIELDS = {"text", "caption", "parse_mode", "callback_query_id", "url", "language_code"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """Serves /bot<token>/<method> on a port of 127.0.0.1 from `start` to `stop`.

    Args:
        handle: answers one request, in this server's event loop.
        file: answers who wants what is in a file.
        port: 0: a free one.
    """

    def __init__(self, handle: Handler, file: Handler, port: int) -> None:
        self._handle, self._file = handle, file
        self._port = port
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._bound: Future[int] = Future()

    def start(self) -> int:
        """Begin to answer; return the port."""
        self._thread.start()
        return self._bound.result(60)

    def stop(self) -> None:
        """End every request and connection."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def wake(self) -> None:
        """Have every `until` look again; from any thread."""
        if self._bound.done() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news_came)

    async def until(self, is_so: Callable[[], Any], timeout_s: float) -> None:
        """Wait until something is so, the time is over, or the server stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while not (is_so() or self._over.is_set()):
                    await self._news.wait()

    async def sleep(self, seconds: float) -> None:
        """Wait so long, or until the server stops."""
        await self.until(lambda: False, seconds)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._news, self._over = asyncio.Event(), asyncio.Event()
        app = web.Application(client_max_size=64_000_000)
        app.router.add_post("/bot{token}/{method}", self._handle)
        app.router.add_get("/file/bot{token}/{path}", self._file)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self._port).start()
            self._bound.set_result(runner.addresses[0][1])
            await self._over.wait()
            self._news_came()
        except OSError as error:  # the port is taken
            self._bound.set_exception(error)
        finally:
            await runner.cleanup()

    def _news_came(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


async def params_of(request: web.Request) -> Json:
    """The parameters of a request: a form, with files or without, or JSON."""
    if request.content_type == "application/json":
        return dict(await request.json())
    return {name: _decoded(name, value) for name, value in (await request.post()).items()}


def hung_up(request: web.Request) -> web.StreamResponse:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _decoded(name: str, value: str | web.FileField | bytes | bytearray) -> Any:
    if isinstance(value, web.FileField):
        return Upload(value.filename, value.content_type, value.file.read())
    if name in _TEXT_FIELDS or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
