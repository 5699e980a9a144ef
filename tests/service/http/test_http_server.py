"""The bot's own HTTP server, asked over a socket."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from bot.errors import ChannelError
from bot.service.health import Health
from bot.service.http import http_server as module
from bot.service.http.http_server import MAX_BODY, HttpServer
from tests.service.http.http_asked import Client, Posts, get, head, post, serve
from tests.service.served import LONG_S

ROOT = Path(__file__).parent.parent.parent.parent


pytestmark = pytest.mark.usefixtures("impatient")


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
from bot.service.health import Health
from bot.service.http.http_server import HttpServer
from tests.service.http.http_asked import Client, Posts, get, head, post, serve
from tests.service.served import LONG_S

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
