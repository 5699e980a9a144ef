"""Connections of the bot's HTTP server that are half open, too many, or hard to read."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing, suppress

import pytest

from bot.service.health import Health
from bot.service.http import http_server as module
from bot.service.http.http_server import HttpServer
from tests.service.http.http_asked import Client, Posts, head, post, serve
from tests.service.served import LONG_S

pytestmark = pytest.mark.usefixtures("impatient")


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
