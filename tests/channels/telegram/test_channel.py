"""What the Telegram channel refuses before it starts, and how it starts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import Bot
from bot.channels.telegram.channel import TelegramChannel
from bot.domain import Faq
from bot.errors import ChannelError
from bot.files.config import Settings
from bot.files.config_telegram import TelegramSettings, Webhook
from bot.store.async_store import AsyncInbox, AsyncStore
from tests.factories import bot_over, entry
from tests.fakes import FakeInbox, FakeStore

LONG_S = 5.0  # how long a test waits for what takes milliseconds
WEBHOOK = Webhook("https://bot.example.com/", 8443)


def never_built() -> Bot:
    raise AssertionError("nothing is built before the address is known to be one")


def never_loaded() -> tuple[Settings, Faq]:
    raise AssertionError("nothing is read anew before somebody asks for it")


@pytest.fixture
def memory() -> Iterator[AsyncStore]:
    memory = AsyncStore(FakeStore)
    yield memory
    memory.close()


@pytest.fixture
def inbox() -> Iterator[AsyncInbox]:
    inbox = AsyncInbox(FakeInbox)
    yield inbox
    inbox.close()


def channel(url: str, memory: AsyncStore, inbox: AsyncInbox) -> TelegramChannel:
    environment = {"TELEGRAM_API_URL": url}
    return TelegramChannel(never_built, never_loaded, memory, inbox, "1:x", environment)


def serving(folder: Path, telegram: TelegramSettings, **environment: str) -> TelegramChannel:
    """A channel over a whole bot and a server that nobody reaches."""
    bot = bot_over(folder, entry("refund"), settings=Settings(cache=folder, telegram=telegram))
    environment.setdefault("TELEGRAM_API_URL", "http://127.0.0.1:1")
    memory, inbox = AsyncStore(FakeStore), AsyncInbox(FakeInbox)
    return TelegramChannel(lambda: bot, never_loaded, memory, inbox, "1:x", environment)


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
def test_an_address_that_is_none_is_said_in_one_line(
    url: str, memory: AsyncStore, inbox: AsyncInbox
) -> None:
    with pytest.raises(ChannelError) as caught:
        channel(url, memory, inbox)
    assert str(caught.value) == (
        f"TELEGRAM_API_URL is {url.rstrip('/')!r}; an address such as https://api.telegram.org is "
        "needed. Correct or unset it."
    )


@pytest.mark.parametrize(
    "url", ["", "  ", "http://127.0.0.1:8081", "https://api.example.com/bots/"]
)
def test_an_address_or_none_at_all_will_do(url: str, memory: AsyncStore, inbox: AsyncInbox) -> None:
    channel(url, memory, inbox)


# --- the webhook's secret ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        pytest.param(
            {},
            "telegram.webhook has no secret. Make one up (openssl rand -hex 32) and put it into "
            "TELEGRAM_WEBHOOK_SECRET.",
            id="none",
        ),
        pytest.param(
            {"TELEGRAM_WEBHOOK_SECRET": "  "},
            "telegram.webhook has no secret. Make one up (openssl rand -hex 32) and put it into "
            "TELEGRAM_WEBHOOK_SECRET.",
            id="blanks",
        ),
        pytest.param(
            {"TELEGRAM_WEBHOOK_SECRET": "planted, and Telegram would never take it"},
            "TELEGRAM_WEBHOOK_SECRET is no secret that Telegram takes: 16 to 256 letters, digits, "
            "- and _ are needed. Make one up with: openssl rand -hex 32",
            id="not one that Telegram takes",
        ),
    ],
)
def test_a_webhook_without_a_secret_does_not_start(
    tmp_path: Path, environment: dict[str, str], told: str
) -> None:
    with pytest.raises(ChannelError) as caught:
        serving(tmp_path, TelegramSettings(webhook=WEBHOOK), **environment).serve()
    assert str(caught.value) == told
