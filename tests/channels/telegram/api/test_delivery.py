"""How long a message waits for Telegram to take it."""

from __future__ import annotations

import asyncio

import pytest
from telegram.error import RetryAfter

from bot.channels.telegram.api.client import Delivery
from bot.service.health import Health


@pytest.mark.parametrize(
    ("asked_s", "waits"),
    [
        pytest.param(7, [7.0] * 3, id="seconds: it is tried again"),
        pytest.param(3_000, [], id="most of an hour: whoever sent it decides"),
    ],
)
@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")  # of RetryAfter
def test_a_message_waits_no_longer_than_anybody_waits_for_it(
    monkeypatch: pytest.MonkeyPatch, asked_s: int, waits: list[float]
) -> None:
    waited: list[float] = []

    async def no_sleep(seconds: float) -> None:
        waited.append(seconds)

    async def refused() -> None:
        raise RetryAfter(asked_s)

    monkeypatch.setattr("bot.channels.telegram.api.client.asyncio.sleep", no_sleep)
    delivery = Delivery(Health(), None)
    sent = delivery.process_request(refused, (), {}, "sendMessage", {"chat_id": 7}, None)
    with pytest.raises(RetryAfter):
        asyncio.run(sent)
    assert waited == waits
