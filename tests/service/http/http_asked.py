"""An HTTP server to test, and who asks it byte by byte."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from bot.service.health import Health
from bot.service.http.http_server import HttpServer
from tests.service.served import LONG_S


class Posts:
    """A `PostRoute` that takes what comes with the secret, once it may."""

    def __init__(self) -> None:
        self.is_asked = False
        self.taken: list[bytes] = []
        self.may = asyncio.Event()
        self.may.set()
        self.status = 200

    def admits(self, headers: Mapping[str, str]) -> bool:
        return headers.get("secret") == "right"

    async def take(self, body: bytes) -> int:
        self.is_asked = True
        await self.may.wait()
        self.taken.append(body)
        return self.status


Script = Callable[[int, Posts], Coroutine[Any, Any, None]]


def serve(script: Script, health: Health | None = None, *, is_open: bool = True) -> list[bytes]:
    """Run a script against a server; it is given the port. Returns the bodies taken."""
    posts = Posts()

    async def run() -> None:
        server = HttpServer("127.0.0.1", 0, health or Health(), posts if is_open else None)
        await server.start()
        try:
            await script(server.port, posts)
        finally:
            await server.stop()

    asyncio.run(asyncio.wait_for(run(), LONG_S))
    return posts.taken


class Client:
    """One connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, port: int, *said: bytes) -> Client:
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        await client.send(*said)
        return client

    async def send(self, *parts: bytes) -> None:
        self._writer.write(b"".join(parts))
        await self._writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], str]:
        """Status, headers in small letters, and body."""
        first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        pairs = (line.split(": ", 1) for line in lines if line)
        headers = {name.lower(): value for name, value in pairs}
        said = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return int(first.split()[1]), headers, said.decode()

    async def status(self) -> int:
        return (await self.answer())[0]

    async def is_closed(self) -> bool:
        return await self._reader.read(1) == b""

    def close(self) -> None:
        self._writer.close()


def head(*headers: str, path: str = "/", secret: str = "right") -> bytes:
    """The head of a POST."""
    lines = [f"POST {path} HTTP/1.1", "Host: bot", f"Secret: {secret}", *headers, "", ""]
    return "\r\n".join(lines).encode()


async def post(port: int, body: bytes, path: str = "/") -> int:
    client = await Client.to(port, head(f"Content-Length: {len(body)}", path=path), body)
    try:
        return await client.status()
    finally:
        client.close()


async def get(port: int, path: str) -> tuple[int, dict[str, str], str]:
    client = await Client.to(port, f"GET {path} HTTP/1.1\r\nHost: bot\r\n\r\n".encode())
    try:
        return await client.answer()
    finally:
        client.close()
