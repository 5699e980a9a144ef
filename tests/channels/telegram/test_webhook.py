"""What is made of whatever is sent to the webhook, without any socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from telegram import Update

from bot.channels.telegram.arrivals import WebhookRoute
from bot.service.queue.carrying import NotTakenError
from bot.service.queue.update_queue import UpdateQueue
from bot.store.shared import InboxItem

SECRET = "s3cret_-of-this-test"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
UPDATE = {"update_id": 1, "message": {"text": "Guten Tag, 你好"}}


class Queue(UpdateQueue[Update]):
    """Takes updates, unless it is full."""

    def __init__(self, *, is_full: bool = False) -> None:
        self._is_full = is_full
        self.taken: list[Any] = []

    async def take(self, items: Sequence[InboxItem]) -> None:
        if self._is_full:
            raise NotTakenError("not yet")
        self.taken += [json.loads(item.payload) for item in items]


def posted(body: bytes, queue: Queue) -> int:
    return asyncio.run(WebhookRoute(SECRET, queue).take(body))


@pytest.mark.parametrize(
    ("headers", "is_admitted"),
    [
        pytest.param({HEADER: SECRET}, True, id="the secret"),
        pytest.param({}, False, id="none"),
        pytest.param({HEADER: "wrong"}, False, id="another"),
        pytest.param({HEADER: SECRET.upper()}, False, id="in capitals"),
        pytest.param({HEADER: "géheim\udce9"}, False, id="of other letters"),
    ],
)
def test_only_who_knows_the_secret_is_admitted(headers: dict[str, str], is_admitted: bool) -> None:
    assert WebhookRoute(SECRET, Queue()).admits(headers) is is_admitted


def test_an_update_is_confirmed_once_it_is_recorded() -> None:
    queue = Queue()
    assert (posted(json.dumps(UPDATE).encode(), queue), queue.taken) == (200, [UPDATE])


def test_what_was_not_recorded_is_to_be_sent_again() -> None:
    assert posted(json.dumps(UPDATE).encode(), Queue(is_full=True)) == 503


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'[{"update_id": 1}]', id="a list of updates"),
        pytest.param(b"{}", id="no number"),
        pytest.param(b'{"update_id": "1"}', id="a number in quotes"),
        pytest.param(b'{"update_id": %s}' % (b"9" * 5000), id="a number far beyond"),
        pytest.param(b"\xff\xfe\xfd" * 9, id="no text"),
        pytest.param(b"[" * 100_000, id="too deep"),
        pytest.param(b'{"update_id": 1' + b',"a":{' * 50_000, id="too deep inside"),
    ],
)
def test_a_body_that_is_no_update_is_refused(body: bytes) -> None:
    queue = Queue()
    assert (posted(body, queue), queue.taken) == (400, [])


def test_an_update_is_taken_or_refused_however_deeply_it_is_nested() -> None:
    bodies = [b'{"update_id": 1, "a": %s%s}' % (b"[" * n, b"]" * n) for n in range(800, 1100)]
    assert {posted(body, Queue()) for body in bodies} == {200, 400}
