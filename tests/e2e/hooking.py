"""What tests say to the served bot's own HTTP server."""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from itertools import count
from queue import SimpleQueue
from typing import Any

from tests.e2e.bot_api import BotApi
from tests.e2e.process import START_TIMEOUT_S

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Courier:
    """Brings messages to a webhook as Telegram does: in their order, each until it is taken."""

    def __init__(self, port: int, secret: str) -> None:
        self._port = port
        self._secret = secret
        self._bodies: SimpleQueue[bytes | None] = SimpleQueue()
        self._numbers = count(1)
        self._chats: dict[int, int] = {}  # by update
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._bring)

    def __enter__(self) -> Courier:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        self._bodies.put(None)
        self._thread.join()

    def say(self, text: str, *, chat_id: int) -> int:
        """Have a message brought; return its update id."""
        number = next(self._numbers)
        self._chats[number] = chat_id
        self.bring(update(number, text, chat_id))
        return number

    def edit(self, update_id: int, text: str) -> int:
        """Have it brought that a message has other words now; return the update id."""
        number = next(self._numbers)
        self.bring(update(number, text, self._chats[update_id], edits=update_id))
        return number

    def bring(self, body: bytes) -> None:
        """Have an update brought."""
        self._bodies.put(body)

    def _bring(self) -> None:
        while (body := self._bodies.get()) is not None:
            while not self._is_over.is_set() and not self._is_taken(body):
                time.sleep(0.02)

    def _is_taken(self, body: bytes) -> bool:
        try:
            return post(self._port, body, self._secret) == 200
        except (OSError, http.client.HTTPException):  # the bot is not there, or died meanwhile
            return False


class HookedApi(BotApi):
    """A stand-in for Telegram that brings updates to the bot's webhook, and keeps none for polls.

    Args:
        courier: brings them.
    """

    def __init__(self, courier: Courier) -> None:
        super().__init__()
        self._courier = courier

    def push(self, update: Mapping[str, Any]) -> int:
        number = super().push(update)
        self._courier.bring(json.dumps({**update, "update_id": number}).encode())
        return number


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and that no system gives away by itself."""
    begin = 20_000 + 1_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    while True:
        port = random.randrange(begin, begin + 1_000)  # no other worker looks here
        with suppress(OSError), closing(socket.create_server(("127.0.0.1", port))):
            return port


def post(port: int, body: bytes, secret: str | None) -> int:
    """Post a body as Telegram does; return the HTTP status."""
    headers = {} if secret is None else {SECRET_HEADER: secret}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("POST", "/telegram", body, headers)
        return connection.getresponse().status


def get(port: int, path: str, timeout_s: float = 60) -> tuple[int, str]:
    """Get a page; return the HTTP status and what it says."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def first(port: int, path: str) -> tuple[int, str]:
    """The first thing that a page says after the bot has begun to listen."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            return get(port, path)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, f"nobody listens on {port}"
            time.sleep(0.05)


def update(update_id: int, text: str, chat_id: int, edits: int | None = None) -> bytes:
    """A message in a private chat, as Telegram sends it to a webhook.

    Args:
        edits: the update of the message whose words these are now; None: it is a new one.
    """
    person, now = {"id": chat_id, "first_name": "Ada"}, int(time.time())
    message: dict[str, Any] = {
        "message_id": update_id if edits is None else edits,
        "date": now,
        "chat": {**person, "type": "private"},
        "from": {**person, "is_bot": False},
        "text": text,
    }
    if edits is None:
        return json.dumps({"update_id": update_id, "message": message}).encode()
    changed = {**message, "edit_date": now}
    return json.dumps({"update_id": update_id, "edited_message": changed}).encode()
