"""What the Telegram channel refuses before it starts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.app import Bot
from bot.channels.telegram.channel import TelegramChannel
from bot.domain import Faq
from bot.errors import ChannelError
from bot.files.config import Settings
from bot.store.memory import Memory
from tests.fakes import FakeStore


def never_built() -> Bot:
    raise AssertionError("nothing is built before the address is known to be one")


def never_loaded() -> tuple[Settings, Faq]:
    raise AssertionError("nothing is read anew before somebody asks for it")


@pytest.fixture
def memory() -> Iterator[Memory]:
    memory = Memory(FakeStore)
    yield memory
    memory.close()


def channel(url: str, memory: Memory) -> TelegramChannel:
    environment = {"TELEGRAM_API_URL": url}
    return TelegramChannel(never_built, never_loaded, memory, "1:x", environment)


@pytest.mark.parametrize(
    "url",
    [
        "api.telegram.org",
        "ftp://api.telegram.org",
        "http://",
        "http://host:port",
        "http://bad host/",
        "http://localhost:1/?x={}",
        "http://[::1",
        "http://host/#part",
    ],
)
def test_an_address_that_is_none_is_said_in_one_line(url: str, memory: Memory) -> None:
    with pytest.raises(ChannelError) as caught:
        channel(url, memory)
    assert str(caught.value) == (
        f"TELEGRAM_API_URL is {url.rstrip('/')!r}; an address such as https://api.telegram.org is "
        "needed. Correct or unset it."
    )


@pytest.mark.parametrize(
    "url", ["", "  ", "http://127.0.0.1:8081", "https://api.example.com/bots/"]
)
def test_an_address_or_none_at_all_will_do(url: str, memory: Memory) -> None:
    channel(url, memory)
