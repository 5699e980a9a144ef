"""Clients of the API that are slow, or hang up half-way."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from tests.e2e.http_asking import Asking, serving_http
from tests.e2e.process import MakeConfig

MANY = 40  # of each kind; more than the large bodies that are read at once
SMALL, LARGE = 2_000, 60_000
PAGE, LIMIT = "https://www.example.com", "{burst: 10000, per_minute: 10000}"


@pytest.fixture(scope="module")
def api(make_config: MakeConfig) -> Iterator[Asking]:
    widget = f"widget: {{origins: ['{PAGE}']}}"
    with serving_http(make_config, f"{widget}, limits: {{address: {LIMIT}}}") as asking:
        yield asking


def head(length: int) -> bytes:
    lines = ["POST /v1/ask HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()


def is_open(client: socket.socket) -> bool:
    """Whether nothing has come, not even the end."""
    return not select.select([client], [], [], 0)[0]


def test_slow_and_half_open_clients_delay_nobody(api: Asking) -> None:
    begun = [
        b"POST /v1/ask HTT",  # no whole head
        head(SMALL) + b'{"text": "',  # no whole body
        head(LARGE) + b'{"text": "' + b"x" * 20_000,
        b"",
    ]
    with ExitStack() as stack:
        clients = []
        for said in begun * MANY:
            client = stack.enter_context(closing(socket.create_connection(("127.0.0.1", api.port))))
            client.sendall(said)
            clients.append(client)
        told = [api.ask("are you open on sunday?")["action"] for _ in range(20)]
        assert told == ["answer"] * 20
        assert sum(map(is_open, clients)) > len(clients) / 2, "it waited until they had gone"


def test_a_client_that_hangs_up_while_it_is_answered_harms_nobody(api: Asking) -> None:
    body = b'{"text": "are you open on sunday?"}'
    for _ in range(MANY):
        with closing(socket.create_connection(("127.0.0.1", api.port))) as client:
            client.sendall(head(len(body)) + body)
    assert api.ask("are you open on sunday?")["action"] == "answer"
    assert not [line for line in api.process.log if "ERROR" in line]


def test_streams_that_nobody_reads_leave_room_for_questions(api: Asking) -> None:
    conversation = api.ask("cake")["conversation"]
    request = f"GET /v1/messages?conversation={conversation} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    request += "Accept: text/event-stream\r\n\r\n"
    with ExitStack() as stack:
        answers = []
        for _ in range(4):
            client = stack.enter_context(closing(socket.create_connection(("127.0.0.1", api.port))))
            client.sendall(request.encode())
            answers.append(client.recv(12))
        assert answers == [b"HTTP/1.1 200"] * 3 + [b"HTTP/1.1 429"]
        assert api.ask("are you open on sunday?")["action"] == "answer"


def test_streams_of_one_address_leave_room_for_those_of_others(api: Asking) -> None:
    def waits(stack: ExitStack, conversation: str, address: str) -> bytes:
        lines = [f"GET /v1/messages?conversation={conversation} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"Origin: {PAGE}", f"X-Forwarded-For: {address}", "Accept: text/event-stream"]
        client = stack.enter_context(closing(socket.create_connection(("127.0.0.1", api.port))))
        client.sendall("\r\n".join([*lines, "", ""]).encode())
        return client.recv(12)

    with ExitStack() as stack:
        conversations = [api.ask("cake")["conversation"] for _ in range(12)]
        answers = {waits(stack, each, "1.1.1.1") for each in conversations[:10] for _ in range(3)}
        assert answers == {b"HTTP/1.1 200"}
        assert waits(stack, conversations[10], "1.1.1.1") == b"HTTP/1.1 429"
        assert waits(stack, conversations[10], "2.2.2.2") == b"HTTP/1.1 200"
