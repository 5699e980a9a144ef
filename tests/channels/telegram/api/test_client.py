"""What is made of whatever a server answers; it runs against one on loopback."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.telegram.api import client as module
from bot.channels.telegram.api.client import Client
from bot.errors import ChannelError

LONG_S = 60.0  # how long a test waits for what takes milliseconds
TOKEN = "4711:planted-Token_of-this-test"
WORDS = "words-of-a-person"
NO_ANSWER = "the server's answer is none of the Bot API"


class Server:
    """Answers every request with the same status and body.

    Attributes:
        asked: (path, parameters) of every request.
        bodies: as they came.
    """

    def __init__(self, body: bytes, status: int = 200, header: str = "X-Nothing: 1") -> None:
        self._body, self._status, self._header = body, status, header
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.bodies: list[bytes] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        lengths = [int(line.split(":")[1]) for line in head if line.lower().startswith("content-l")]
        self.bodies.append(await reader.readexactly(sum(lengths)))
        said = parse_qs(self.bodies[-1].decode())
        self.asked.append((head[0].split()[1], {key: each[0] for key, each in said.items()}))
        try:
            await self._say(writer)
        finally:
            writer.close()

    async def _say(self, writer: asyncio.StreamWriter) -> None:
        if self._status:
            start = f"HTTP/1.1 {self._status} Whatever\r\nContent-Length: {len(self._body)}\r\n"
            writer.write(
                f"{start}{self._header}\r\nConnection: close\r\n\r\n".encode() + self._body
            )
            await writer.drain()
        else:
            await asyncio.sleep(LONG_S if self._body else 0)  # say nothing, or hang up


def asks(server: Server, ask: Callable[[Client], Awaitable[object]]) -> object:
    """What asking a server comes to."""

    async def script() -> object:
        listening = await asyncio.start_server(server.answer, "127.0.0.1", 0)
        client = Client(TOKEN, f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
        try:
            return await ask(client)
        finally:
            await client.shutdown()
            listening.close()

    return asyncio.run(asyncio.wait_for(script(), LONG_S))


async def poll(client: Client) -> object:
    return await client.raw_updates(None, ["message"])


async def send(client: Client) -> object:
    return await client.send_message(7, WORDS)


def error_of(server: Server, ask: Callable[[Client], Awaitable[object]] = poll) -> TelegramError:
    """The error it comes to, which says nothing that nobody may read."""
    with pytest.raises(TelegramError) as caught:
        asks(server, ask)
    said = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert TOKEN.lower() not in said.lower()  # python-telegram-bot writes small letters
    assert WORDS not in said
    return caught.value


def body(result: object) -> bytes:
    return json.dumps({"ok": True, "result": result}).encode()


def test_updates_come_as_they_were_sent() -> None:
    """An update that python-telegram-bot cannot parse keeps none of the others away."""
    updates = [
        {"update_id": 5, "message": {"message_id": 1, "date": 0, "chat": {"id": 7, "type": "?"}}},
        {"update_id": 6, "message": {"nothing": "that anybody knows"}},
        {"update_id": 7, "message": "no message"},
        {"update_id": 8, "callback_query": [None, 1.5, "\ud800"]},
    ]
    assert asks(Server(body(updates)), poll) == updates


def test_updates_are_asked_for_from_an_offset_and_confirmed_without_waiting_for_more() -> None:
    server = Server(body([{"update_id": 12}]))
    asks(server, poll)
    asks(server, lambda client: client.raw_updates(12, ["message", "callback_query"]))
    asks(server, lambda client: client.raw_updates(13, ["message"], wait_s=0))
    assert server.asked == [
        (f"/bot{TOKEN}/getUpdates", parameters)
        for parameters in (
            {"timeout": "10", "allowed_updates": '["message"]'},
            {"timeout": "10", "allowed_updates": '["message", "callback_query"]', "offset": "12"},
            {"timeout": "0", "allowed_updates": '["message"]', "offset": "13"},
        )
    ]


def test_a_file_goes_out_whole_under_its_name() -> None:
    server = Server(b"{}", 500)
    name = 'Preise "Öl", 油\n2.pdf'
    error_of(server, lambda client: client.send_document(7, b"of\r\nit", filename=name))
    (sent,) = server.bodies
    assert 'name="document"; filename="Preise Öl , 油 2.pdf"\r\n'.encode() in sent
    assert b"application/pdf" in sent
    assert b"\r\n\r\nof\r\nit\r\n--" in sent
    assert b'name="chat_id"\r\n\r\n7\r\n' in sent


@pytest.mark.parametrize("result", [None, True, "words-of-a-person", {"update_id": 1}, 5])
def test_what_is_no_list_holds_no_updates(result: object) -> None:
    error = error_of(Server(body(result)))
    assert (type(error), str(error)) == (
        NetworkError,
        "the server's answer holds no list of updates",
    )


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(f"<html>{WORDS} /bot{TOKEN}/".encode(), id="a page"),
        pytest.param(b"[" * 100_000, id="too deep"),
        pytest.param(b'{"result": %s}' % (b"9" * 5000), id="a number too long"),
        pytest.param(b"[]", id="a list"),
    ],
)
@pytest.mark.parametrize("ask", [poll, send], ids=["poll", "send"])
def test_an_answer_that_is_none_is_a_network_that_does_not_work(
    caplog: pytest.LogCaptureFixture, answer: bytes, ask: Callable[[Client], Awaitable[object]]
) -> None:
    caplog.set_level(logging.WARNING)
    error = error_of(Server(answer), ask)
    assert (type(error), str(error)) == (NetworkError, NO_ANSWER)
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (401, InvalidToken),
        (403, Forbidden),
        (404, InvalidToken),
        (409, Conflict),
        (429, NetworkError),
        (502, NetworkError),
    ],
)
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(f"<html>{WORDS} is not at /bot{TOKEN}/sendMessage".encode(), id="a page"),
        pytest.param(json.dumps([WORDS, TOKEN]).encode(), id="a list"),
        pytest.param(b"[" * 100_000, id="too deep"),
    ],
)
def test_a_refusal_in_no_words_is_told_by_its_status(
    caplog: pytest.LogCaptureFixture, status: int, kind: type[TelegramError], answer: bytes
) -> None:
    caplog.set_level(logging.WARNING)
    error = error_of(Server(answer, status))
    told = "the server refuses the token" if kind is InvalidToken else f"({status})"
    assert (type(error), told in str(error)) == (kind, True)
    assert caplog.messages == []


def test_a_refusal_is_told_in_telegrams_words_without_the_token() -> None:
    said = {
        "ok": False,
        "error_code": 400,
        "description": f"Bad Request: no /bot{TOKEN}/getUpdates",
    }
    error = error_of(Server(json.dumps(said).encode(), 400))
    assert (type(error), str(error)) == (BadRequest, "No /bot<token>/getupdates")


@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")  # of RetryAfter
def test_what_telegram_asks_for_is_understood() -> None:
    asked: dict[str, Any] = {"description": "Too Many Requests", "parameters": {"retry_after": 7}}
    error = error_of(Server(json.dumps(asked).encode(), 429))
    assert isinstance(error, RetryAfter)
    assert error.retry_after == 7
    moved = {"description": "moved", "parameters": {"migrate_to_chat_id": -1001234567890}}
    error = error_of(Server(json.dumps(moved).encode(), 400), send)
    assert isinstance(error, ChatMigrated)
    assert error.new_chat_id == -1001234567890


@pytest.mark.parametrize(("said", "kind"), [(b"", NetworkError), (b"nothing for long", TimedOut)])
def test_a_server_that_gives_no_answer_is_a_network_that_does_not_work(
    monkeypatch: pytest.MonkeyPatch, said: bytes, kind: type[TelegramError]
) -> None:
    monkeypatch.setattr(module, "POLL_TIMEOUT_S", 0)
    monkeypatch.setattr(module, "_POLL_SLACK_S", 0.05)
    assert type(error_of(Server(said, 0))) is kind


def test_nobody_there_is_a_network_that_does_not_work() -> None:

    async def script() -> None:
        client = Client(TOKEN, "http://127.0.0.1:1")
        try:
            await client.get_me()
        finally:
            await client.shutdown()

    with pytest.raises(NetworkError) as caught:
        asyncio.run(script())
    told = "no connection to 127.0.0.1: Connect call failed ('127.0.0.1', 1)"
    assert str(caught.value) == told
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


def test_an_answer_that_is_not_http_is_a_network_that_does_not_work() -> None:
    """As where what is left of an answer with people's words stands before the next."""
    error = error_of(Server(body([]), header=f"{WORDS} /bot{TOKEN}/"))
    assert (type(error), str(error)) == (NetworkError, "ClientResponseError")


def test_a_redirect_is_not_followed() -> None:
    """It could lead the token and people's words elsewhere."""
    server = Server(b"", 302, f"Location: http://127.0.0.1:1/bot{TOKEN}/sendMessage")
    assert "(302)" in str(error_of(server, send))
    assert len(server.asked) == 1


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Server(body(True))

    async def script() -> None:
        listening = await asyncio.start_server(proxy.answer, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        client = Client(TOKEN, "http://bot-api.test")
        await client.delete_webhook()
        await client.shutdown()
        listening.close()

    asyncio.run(asyncio.wait_for(script(), LONG_S))
    assert [path for path, _ in proxy.asked] == [f"http://bot-api.test/bot{TOKEN}/deleteWebhook"]


@pytest.mark.parametrize("others", ["", "localhost,[::1],", "10.0.0.0/8,fd00::/8,", "::1,"])
def test_no_proxy_of_the_environment_is_heeded_whatever_else_it_names(
    monkeypatch: pytest.MonkeyPatch, others: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", f"{others}127.0.0.1")
    assert asks(Server(body([])), poll) == []


@pytest.mark.parametrize("proxy", ["socks5://user:secret@127.0.0.1:1", "nonsense://secret"])
def test_a_proxy_that_cannot_be_used_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(ChannelError) as caught:
        Client(TOKEN, "http://127.0.0.1:1")
    assert str(caught.value) == (
        "A proxy that the environment names (HTTPS_PROXY, ALL_PROXY) cannot be used; an address "
        "such as http://127.0.0.1:3128 is needed. Correct or unset it."
    )


@pytest.mark.parametrize("status", [401, 404])
def test_a_token_that_is_refused_is_not_shown(status: int) -> None:
    answer = json.dumps({"ok": False, "description": "Unauthorized"}).encode()
    error = error_of(Server(answer, status), Client.initialize)
    assert (type(error), str(error)) == (InvalidToken, "the server refuses the token")


@pytest.mark.parametrize("ask", [poll, send])
def test_no_redirect_is_followed(ask: Callable[[Client], Awaitable[object]]) -> None:
    """The address holds the token, and the request a person's words: neither goes elsewhere."""
    server = Server(b"{}", 302, "Location: /elsewhere")
    with pytest.raises(TelegramError):
        asks(server, ask)
    assert {path.partition("?")[0].rpartition("/")[0] for path, _ in server.asked} == {
        f"/bot{TOKEN}"
    }
