"""The bot's own HTTP server, asked over a socket: the webhook, the health and the metrics."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram.updates import webhook as module
from bot.channels.telegram.updates.webhook import MAX_BODY, WebServer
from bot.errors import ChannelError, StoreError
from bot.service.health import Health
from bot.store.store import InboxItem

LONG_S = 5.0  # how long a test waits for what takes milliseconds
SECRET = "s3cret_-of-this-test"
UPDATE = {"update_id": 1, "message": {"text": "Guten Tag, 你好"}}
ROOT = Path(__file__).parent.parent.parent.parent.parent


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that nobody wants is waited for as short as can be."""
    monkeypatch.setattr(module, "_LINGER_S", 0.02)


class Hook:
    """Takes updates, once it may.

    Attributes:
        trouble: what it raises.
    """

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.may = asyncio.Event()
        self.may.set()
        self.trouble: Exception | None = None

    async def take(self, items: list[InboxItem]) -> None:
        await self.may.wait()
        if self.trouble is not None:
            raise self.trouble
        self.taken += [json.loads(item.payload) for item in items]


Script = Callable[[int, Hook], Coroutine[Any, Any, None]]


def serve(script: Script, pulse: Health | None = None, *, webhook: bool = True) -> Hook:
    """Run a script against a server; it is given the server's port."""
    hook = Hook()

    async def run() -> None:
        server = WebServer(
            "127.0.0.1", 0, pulse or Health(), (SECRET, hook.take) if webhook else None
        )
        await server.start()
        try:
            await script(port_of(server), hook)
        finally:
            await server.stop()

    asyncio.run(asyncio.wait_for(run(), LONG_S))
    return hook


def port_of(server: WebServer) -> int:
    assert server._runner is not None
    return int(server._runner.addresses[0][1])


class Client:
    """One connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, *parts: bytes) -> Client:
        self._writer.write(b"".join(parts))
        await self._writer.drain()
        return self

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


def head(*headers: str | bytes, path: str = "/telegram", secret: str | None = SECRET) -> bytes:
    """The head of a POST."""
    lines: list[str | bytes] = [f"POST {path} HTTP/1.1", "Host: bot", *headers]
    if secret is not None:
        lines.append(f"X-Telegram-Bot-Api-Secret-Token: {secret}")
    encoded = [line if isinstance(line, bytes) else line.encode() for line in lines]
    return b"\r\n".join([*encoded, b"", b""])


async def post(port: int, body: bytes, *headers: str, path: str = "/telegram") -> int:
    client = await Client.to(port)
    await client.send(head(f"Content-Length: {len(body)}", *headers, path=path), body)
    try:
        return await client.status()
    finally:
        client.close()


async def get(port: int, path: str) -> tuple[int, dict[str, str], str]:
    client = await Client.to(port)
    await client.send(f"GET {path} HTTP/1.1\r\nHost: bot\r\n\r\n".encode())
    try:
        return await client.answer()
    finally:
        client.close()


# --- who may send updates ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
        pytest.param("wrong", id="another"),
        pytest.param(SECRET[:-1], id="too short"),
        pytest.param(f"{SECRET}x", id="too long"),
        pytest.param(SECRET.upper(), id="in capitals"),
        pytest.param("géheim", id="of other letters"),
    ],
)
@pytest.mark.parametrize(
    "length", ["Content-Length: 100", "Content-Length: 99999999", "Transfer-Encoding: chunked"]
)
def test_who_does_not_know_the_secret_is_turned_away_before_a_byte_is_read(
    secret: str | None, length: str
) -> None:
    async def script(port: int, hook: Hook) -> None:
        client = await (await Client.to(port)).send(head(length, secret=secret))
        status, headers, said = await client.answer()  # no byte of the body was sent
        assert (status, headers["connection"], said) == (403, "close", "")
        client.close()

    assert serve(script).taken == []


def test_who_does_not_know_the_secret_cannot_keep_a_connection() -> None:
    async def script(port: int, hook: Hook) -> None:
        client = await Client.to(port)
        await client.send(head("Content-Length: 99999999", secret="wrong"), b"x" * 1000)
        assert await client.status() == 403
        started = time.monotonic()
        assert await client.is_closed()
        assert time.monotonic() - started < 1.0
        client.close()

    serve(script)


def test_a_secret_that_comes_first_counts_and_the_second_does_not() -> None:
    async def script(port: int, hook: Hook) -> None:
        name = "X-Telegram-Bot-Api-Secret-Token"
        client = await Client.to(port)
        await client.send(head(f"{name}: wrong", "Content-Length: 2"), b"{}")
        assert await client.status() == 403
        client.close()

    assert serve(script).taken == []


# --- what may be sent ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/telegram", "/", "/any/other?x=1", "/healthz"])
def test_an_update_is_taken_on_any_path(path: str) -> None:
    async def script(port: int, hook: Hook) -> None:
        assert await post(port, json.dumps(UPDATE).encode(), path=path) == 200

    assert serve(script).taken == [UPDATE]


def test_many_updates_come_over_one_connection() -> None:
    async def script(port: int, hook: Hook) -> None:
        client = await Client.to(port)
        for number in range(20):
            body = json.dumps({"update_id": number}).encode()
            await client.send(head(f"Content-Length: {len(body)}"), body)
            assert await client.status() == 200
        client.close()

    assert [update["update_id"] for update in serve(script).taken] == [*range(20)]


def test_an_update_in_pieces_is_taken_whole() -> None:
    async def script(port: int, hook: Hook) -> None:
        client = await (await Client.to(port)).send(head("Transfer-Encoding: chunked"))
        for byte in json.dumps(UPDATE).encode():
            await client.send(b"1\r\n", bytes([byte]), b"\r\n")
        await client.send(b"0\r\n\r\n")
        assert await client.status() == 200
        client.close()

    assert serve(script).taken == [UPDATE]


def test_a_body_of_a_million_bytes_is_taken_and_not_one_more() -> None:
    async def script(port: int, hook: Hook) -> None:
        body = json.dumps(UPDATE).encode().ljust(MAX_BODY)
        assert await post(port, body) == 200
        assert await post(port, body + b" ") == 413

    assert serve(script).taken == [UPDATE]


@pytest.mark.parametrize("length", [MAX_BODY + 1, 10**12])
def test_a_body_that_says_it_is_too_large_is_not_read(length: int) -> None:
    async def script(port: int, hook: Hook) -> None:
        client = await (await Client.to(port)).send(head(f"Content-Length: {length}"))
        status, headers, _ = await client.answer()
        assert (status, headers["connection"]) == (413, "close")
        client.close()

    assert serve(script).taken == []


def test_a_body_that_never_ends_is_read_to_its_limit_and_takes_no_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_LINGER_S", 3.0)  # or the answer may be lost on its way
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"

    async def script(port: int, hook: Hook) -> None:
        client = await (await Client.to(port)).send(head("Transfer-Encoding: chunked"))
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
        assert await post(port, json.dumps(UPDATE).encode()) == 200

    assert serve(script).taken == [UPDATE]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'[{"update_id": 1}]', id="a list of updates"),
        pytest.param(b'"update"', id="words"),
        pytest.param(b"{}", id="no number"),
        pytest.param(b'{"update_id": "1"}', id="a number in quotes"),
        pytest.param(b'{"update_id": 1.0}', id="no whole number"),
        pytest.param(b'{"update_id": true}', id="yes"),
        pytest.param(b'{"update_id": -1}', id="a number below zero"),
        pytest.param(b'{"update_id": %d}' % 2**63, id="a number beyond all"),
        pytest.param(b'{"update_id": %s}' % (b"9" * 5000), id="a number far beyond"),
        pytest.param(b"\xff\xfe\xfd" * 9, id="no text"),
        pytest.param(b"[" * 100_000, id="too deep"),
        pytest.param(b'{"update_id": 1' + b',"a":{' * 50_000, id="too deep inside"),
    ],
)
def test_junk_is_refused_and_the_server_goes_on(body: bytes) -> None:
    async def script(port: int, hook: Hook) -> None:
        assert await post(port, body) == 400
        assert await post(port, json.dumps(UPDATE).encode()) == 200

    assert serve(script).taken == [UPDATE]


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
        b"POST / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + b"A: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_and_the_server_goes_on(said: bytes) -> None:
    async def script(port: int, hook: Hook) -> None:
        client = await (await Client.to(port)).send(said)
        assert await client.status() == 400
        client.close()
        assert await post(port, json.dumps(UPDATE).encode()) == 200

    assert serve(script).taken == [UPDATE]


def test_whoever_hangs_up_half_way_harms_nobody() -> None:
    async def script(port: int, hook: Hook) -> None:
        for _ in range(20):
            client = await Client.to(port)
            await client.send(head("Content-Length: 100"), b'{"update_id": 1, ')
            client.close()
        assert await post(port, json.dumps(UPDATE).encode()) == 200

    assert serve(script).taken == [UPDATE]


# --- when Telegram is told -----------------------------------------------------------------------


def test_telegram_is_told_when_the_update_is_taken_and_not_before() -> None:
    async def script(port: int, hook: Hook) -> None:
        hook.may.clear()
        posted = asyncio.create_task(post(port, json.dumps(UPDATE).encode()))
        await asyncio.sleep(0.05)
        assert not posted.done()
        hook.may.set()
        assert await posted == 200

    serve(script)


def test_what_could_not_be_taken_is_to_be_sent_again() -> None:
    async def script(port: int, hook: Hook) -> None:
        hook.trouble = StoreError("the bot stops")
        assert await post(port, json.dumps(UPDATE).encode()) == 503
        hook.trouble = None
        assert await post(port, json.dumps(UPDATE).encode()) == 200

    assert serve(script).taken == [UPDATE]


def test_a_stop_answers_what_is_under_way_and_takes_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_STOP_S", 0.2)

    async def run() -> None:
        hook = Hook()
        hook.may.clear()
        server = WebServer("127.0.0.1", 0, Health(), (SECRET, hook.take))
        await server.start()
        port = port_of(server)
        slow = await (await Client.to(port)).send(head("Content-Length: 9"), b"{")
        posted = asyncio.create_task(post(port, json.dumps(UPDATE).encode()))
        await asyncio.sleep(0.05)
        stopped = asyncio.create_task(server.stop())
        await asyncio.sleep(0.02)
        hook.may.set()
        assert await posted == 200
        await stopped  # whoever dawdles is not waited for long
        slow.close()
        with pytest.raises(OSError, match="Connect call failed"):
            await Client.to(port)

    asyncio.run(asyncio.wait_for(run(), 2.0))


# --- health and metrics --------------------------------------------------------------------------


@pytest.mark.parametrize("webhook", [True, False])
def test_the_health_says_what_is_dead(webhook: bool) -> None:
    pulse = Health()

    async def script(port: int, hook: Hook) -> None:
        status, headers, said = await get(port, "/healthz")
        assert (status, headers["content-type"], said) == (200, "text/plain; charset=utf-8", "ok\n")
        pulse.polled = time.monotonic() - 100
        status, _, said = await get(port, "/healthz")
        assert (status, said) == (503, "Telegram has answered no poll for 100 s\n")

    serve(script, pulse, webhook=webhook)


@pytest.mark.parametrize("webhook", [True, False])
def test_it_is_ready_when_updates_are_taken(webhook: bool) -> None:
    pulse = Health()

    async def script(port: int, hook: Hook) -> None:
        assert (await get(port, "/readyz"))[::2] == (503, "starting\n")
        pulse.is_ready = True
        assert (await get(port, "/readyz"))[::2] == (200, "ready\n")

    serve(script, pulse, webhook=webhook)


def test_the_metrics_are_not_on_the_port_that_others_reach_nor_the_webhook_on_the_other() -> None:
    async def outside(port: int, hook: Hook) -> None:
        assert (await get(port, "/metrics"))[0] == 405

    async def inside(port: int, hook: Hook) -> None:
        assert (await get(port, "/metrics"))[2].startswith("# HELP faq_bot_decisions_total")
        assert await post(port, json.dumps(UPDATE).encode()) == 404
        assert (await get(port, "/"))[0] == 404

    serve(outside)
    assert serve(inside, webhook=False).taken == []


# --- what keeps it from starting -----------------------------------------------------------------


def told(host: str, port: int) -> str:
    server = WebServer(host, port, Health())

    async def run() -> None:
        try:
            await server.start()
        finally:
            await server.stop()

    with pytest.raises(ChannelError) as caught:
        asyncio.run(asyncio.wait_for(run(), LONG_S))
    return str(caught.value)


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = told("127.0.0.1", port)
    assert said == (
        f"127.0.0.1:{port} cannot be listened on (Address already in use). Stop the program that "
        "does, or choose another port in config.yaml."
    )


@pytest.mark.parametrize("host", ["a..b", "256.1.1.1.1", "no host"])
def test_a_host_that_is_none_is_told_in_one_line(host: str) -> None:
    said = told(host, 1)
    assert said.startswith(f"{host}:1 cannot be listened on (")
    assert "\n" not in said


# --- what is not needed is not loaded ------------------------------------------------------------

STARTS = """
import asyncio, sys
from bot.channels.telegram.channel import TelegramChannel
from bot.service.health import Health
from bot.channels.telegram.updates.webhook import WebServer
from bot.files.config import Settings

port = lambda port: TelegramChannel(Settings(monitoring_port=port), "1:x", {})._monitoring(Health())
loaded = lambda: [name for name in ("aiohttp", "prometheus_client") if name in sys.modules]
assert port(None) is None
assert port(9464) is not None
print(loaded())

async def take(updates): ...
async def start():
    server = WebServer("127.0.0.1", 0, Health(), ("secret", take))
    await server.start()
    await server.stop()

asyncio.run(start())
print(loaded())
"""


def test_the_server_is_loaded_where_one_is_configured_and_the_metrics_where_they_are_read() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout.splitlines(), done.stderr) == (["[]", "['aiohttp']"], "")
