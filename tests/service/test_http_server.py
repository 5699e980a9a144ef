"""The bot's own HTTP server, asked over a socket."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Coroutine, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ChannelError
from bot.service import http_server as module
from bot.service.health import Health
from bot.service.http_server import MAX_BODY, HttpServer

LONG_S = 60.0  # how long a test waits for what takes milliseconds
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that nobody wants is waited for as short as can be."""
    monkeypatch.setattr(module, "_LINGER_S", 0.02)


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


# --- what may be sent ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "length", ["Content-Length: 100", "Content-Length: 99999999", "Transfer-Encoding: chunked"]
)
def test_who_is_not_admitted_is_turned_away_before_a_byte_of_the_body_is_read(length: str) -> None:
    async def script(port: int, posts: Posts) -> None:
        client = await Client.to(port, head(length, secret="wrong"))
        status, headers, said = await client.answer()  # no byte of the body was sent
        assert (status, headers["connection"], said) == (403, "close", "")
        assert await client.is_closed()
        client.close()

    assert serve(script) == []


@pytest.mark.parametrize("path", ["/telegram", "/", "/any/other?x=1", "/healthz"])
def test_a_body_is_taken_on_any_path(path: str) -> None:
    async def script(port: int, posts: Posts) -> None:
        assert await post(port, b"{}", path) == 200

    assert serve(script) == [b"{}"]


def test_a_body_in_pieces_is_taken_whole() -> None:
    async def script(port: int, posts: Posts) -> None:
        client = await Client.to(port, head("Transfer-Encoding: chunked"))
        for byte in b"0123456789":
            await client.send(b"1\r\n", bytes([byte]), b"\r\n")
        await client.send(b"0\r\n\r\n")
        assert await client.status() == 200
        client.close()

    assert serve(script) == [b"0123456789"]


def test_a_body_of_a_million_bytes_is_taken_and_not_one_more() -> None:
    async def script(port: int, posts: Posts) -> None:
        assert await post(port, b" " * MAX_BODY) == 200
        assert await post(port, b" " * MAX_BODY + b" ") == 413
        in_pieces = await Client.to(port, head("Transfer-Encoding: chunked"))
        await in_pieces.send(b"%x\r\n" % (MAX_BODY + 1), b" " * MAX_BODY, b" \r\n0\r\n\r\n")
        assert await in_pieces.status() == 413
        in_pieces.close()
        client = await Client.to(port, head(f"Content-Length: {10**12}"))
        assert (await client.answer())[1]["connection"] == "close"
        client.close()

    assert serve(script) == [b" " * MAX_BODY]


def test_large_bodies_are_read_a_few_at_a_time() -> None:
    """Or 200 of them would fill the memory at once; those that wait are taken in their turn."""
    large = b" " * 100_000

    async def script(port: int, posts: Posts) -> None:
        first, *others = [await Client.to(port, head("Content-Length: 100000")) for _ in range(3)]
        for client in (first, others[0]):
            await client.send(large[:-1])
        await asyncio.sleep(0.1)
        waiting = asyncio.create_task(others[1].status())
        await others[1].send(large)
        await asyncio.sleep(0.1)
        assert (waiting.done(), len(posts.taken)) == (False, 0)
        await first.send(b" ")
        assert (await first.status(), await waiting) == (200, 200)
        for client in (first, *others):
            client.close()

    serve(script)


@pytest.mark.slow
def test_a_body_that_never_ends_is_read_to_its_limit_and_takes_no_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_LINGER_S", 3.0)  # or the answer may be lost on its way
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"

    async def script(port: int, posts: Posts) -> None:
        client = await Client.to(port, head("Transfer-Encoding: chunked"))
        answered = asyncio.create_task(client.status())
        tracemalloc.start()
        for _ in range(1000):  # 64 MB
            if answered.done():
                break
            await client.send(chunk)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert await answered == 413
        assert peak < 8 * MAX_BODY
        client.close()

    assert serve(script) == []


@pytest.mark.parametrize(("status", "connection"), [(200, None), (400, None), (503, "close")])
def test_the_status_of_the_route_is_answered(status: int, connection: str | None) -> None:
    async def script(port: int, posts: Posts) -> None:
        posts.status = status
        client = await Client.to(port, head("Content-Length: 2"), b"{}")
        found, headers, _ = await client.answer()
        assert (found, headers.get("connection")) == (status, connection)
        client.close()

    serve(script)


# --- half-open connections -----------------------------------------------------------------------


@pytest.mark.parametrize("said", [b"", b"POST / HT"], ids=["nothing", "half a head"])
def test_a_half_open_connection_is_closed_after_the_timeout(
    monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(module, "_HEAD_S", 0.05)

    async def script(port: int, posts: Posts) -> None:
        client = await Client.to(port, said)
        assert await client.is_closed()
        client.close()

    serve(script)


def test_a_body_that_does_not_come_is_given_up_after_the_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_BODY_S", 0.05)

    async def script(port: int, posts: Posts) -> None:
        client = await Client.to(port, head("Content-Length: 100"), b"{")
        assert await client.status() == 408
        assert await client.is_closed()
        client.close()

    assert serve(script) == []


@pytest.mark.parametrize("most", [3, 40])
def test_beyond_the_cap_each_new_connection_ends_the_oldest(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, most: int
) -> None:
    """So nobody keeps others away by holding connections open. What had come in whole is answered,
    and the log has one line."""
    monkeypatch.setattr(module, "_MAX_CONNECTIONS", most)

    async def script(port: int, posts: Posts) -> None:
        posts.may.clear()
        busy = await Client.to(port, head("Content-Length: 2"), b"{}")
        held = [await Client.to(port, b"POST / HT") for _ in range(3 * most)]
        posts.may.set()
        assert await busy.status() == 200
        assert await post(port, b"{}") == 200
        for client in held[: 2 * most]:
            assert await client.is_closed()
        for client in [*held, busy]:
            client.close()

    assert serve(script) == [b"{}", b"{}"]
    (line,) = caplog.messages
    assert line == f"{most} connections are open; each new one ends the oldest"


def test_the_cap_leaves_the_process_most_of_the_files_it_may_open(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (40, 40))

    async def script(port: int, posts: Posts) -> None:
        held = [await Client.to(port) for _ in range(11)]
        assert await held[0].is_closed()
        for client in held:
            client.close()

    serve(script)
    assert caplog.messages == ["10 connections are open; each new one ends the oldest"]


def test_whoever_does_not_read_the_answers_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BODY_S", 0.1)

    async def script(port: int, posts: Posts) -> None:
        with closing(socket.socket()) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_024)
            client.connect(("127.0.0.1", port))
            client.setblocking(False)
            loop, asked = asyncio.get_running_loop(), b"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n"
            with suppress(ConnectionError):
                while True:
                    await loop.sock_sendall(client, asked * 400)

    serve(script)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", id="TLS"),
        pytest.param(b"GET / HTTP/9.9\r\n\r\n", id="a version"),
        pytest.param(b"GET / HTTP/1.1\r\nA: " + b"x" * 20_000 + b"\r\n\r\n", id="a long head"),
        pytest.param(head("Content-Length: -1"), id="a length"),
        pytest.param(head("Transfer-Encoding: chunked") + b"zz\r\n", id="a chunk"),
        pytest.param(head("Content-Encoding: gzip", "Content-Length: 3") + b"abc", id="no gzip"),
    ],
)
def test_requests_that_cannot_be_read_are_refused_and_fill_no_log(
    caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    async def script(port: int, posts: Posts) -> None:
        for _ in range(20):
            client = await Client.to(port, said)
            assert await client.status() == 400
            client.close()

    serve(script)
    assert len(caplog.messages) <= 1
    assert "x" * 100 not in caplog.text


def test_a_stop_answers_what_is_under_way_and_takes_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_STOP_S", 0.2)

    async def run() -> None:
        posts = Posts()
        posts.may.clear()
        server = HttpServer("127.0.0.1", 0, Health(), posts)
        await server.start()
        slow = await Client.to(server.port, head("Content-Length: 9"), b"{")
        posted = asyncio.create_task(post(server.port, b"{}"))
        while not posts.is_asked:
            await asyncio.sleep(0.001)
        stopped = asyncio.create_task(server.stop())
        await asyncio.sleep(0.02)
        posts.may.set()
        assert await posted == 200
        await stopped  # whoever dawdles is not waited for long
        slow.close()
        with pytest.raises(OSError, match="Connect call failed"):
            await Client.to(server.port)

    asyncio.run(asyncio.wait_for(run(), LONG_S))


# --- health and metrics --------------------------------------------------------------------------


@pytest.mark.parametrize("is_open", [True, False])
def test_the_health_says_what_is_dead(is_open: bool) -> None:
    health = Health()

    async def script(port: int, posts: Posts) -> None:
        status, headers, said = await get(port, "/healthz")
        assert (status, headers["content-type"], said) == (200, "text/plain; charset=utf-8", "ok\n")
        health.polled = health.progressed - 100
        status, _, said = await get(port, "/healthz")
        assert (status, said) == (503, "Telegram has answered no poll for 100 s\n")

    serve(script, health, is_open=is_open)


def test_the_metrics_are_not_on_the_port_that_others_reach_nor_are_posts_on_the_other() -> None:
    async def outside(port: int, posts: Posts) -> None:
        assert (await get(port, "/metrics"))[0] == 405

    async def inside(port: int, posts: Posts) -> None:
        status, headers, said = await get(port, "/metrics")
        assert (status, "faq_bot_queue_depth 0.0" in said) == (200, True)
        assert headers["content-type"] == "text/plain; version=1.0.0; charset=utf-8"
        assert await post(port, b"{}") == 404
        assert (await get(port, "/"))[0] == 404

    serve(outside)
    assert serve(inside, is_open=False) == []


# --- what keeps it from starting -----------------------------------------------------------------


def told(host: str, port: int) -> str:
    async def run() -> None:
        server = HttpServer(host, port, Health())
        try:
            await server.start()
        finally:
            await server.stop()

    with pytest.raises(ChannelError) as caught:
        asyncio.run(asyncio.wait_for(run(), LONG_S))
    return str(caught.value)


@pytest.mark.parametrize("host", ["a..b", "256.1.1.1.1", "no host"])
def test_a_host_that_is_none_is_told_in_one_line(host: str) -> None:
    said = told(host, 1)
    assert said.startswith(f"{host}:1 cannot be listened on (")
    assert "\n" not in said


STARTS = """
import asyncio, sys
from bot.channels.telegram.channel import TelegramChannel
from bot.service.health import Health
from bot.service.http_server import HttpServer

def loaded():
    print("aiohttp" in sys.modules)

async def start():
    server = HttpServer("127.0.0.1", 0, Health())
    loaded()
    await server.start()
    await server.stop()
    loaded()

asyncio.run(start())
"""


def test_aiohttp_is_loaded_where_a_server_starts() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout.splitlines(), done.stderr) == (["False", "True"], "")
