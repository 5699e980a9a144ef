"""What the Telegram channel refuses before it starts, and how it starts."""

from __future__ import annotations

import asyncio
import json
import signal

import pytest

from bot.channels.telegram.api.client import Request
from bot.channels.telegram.channel import TelegramChannel
from bot.errors import ChannelError
from bot.files.config import Settings
from bot.files.config_telegram import TelegramSettings, Webhook
from bot.service.health import Health
from bot.service.live import Live
from bot.service.reload_outcome import ReloadOutcome
from bot.store.async_store import AsyncStore
from tests.channels.telegram.served import ME
from tests.fakes import FakeStore

WEBHOOK = Webhook("https://bot.example.com/", 8443)


def channel(telegram: TelegramSettings | None = None, **environment: str) -> TelegramChannel:
    return TelegramChannel(Settings(telegram=telegram or TelegramSettings()), "1:x", environment)


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
def test_an_address_that_is_none_is_said_in_one_line(url: str) -> None:
    with pytest.raises(ChannelError) as caught:
        channel(TELEGRAM_API_URL=url)
    assert str(caught.value) == (
        f"TELEGRAM_API_URL is {url.rstrip('/')!r}; an address such as https://api.telegram.org is "
        "needed. Correct or unset it."
    )


@pytest.mark.parametrize(
    "url", ["", "  ", "http://127.0.0.1:8081", "https://api.example.com/bots/"]
)
def test_an_address_or_none_at_all_will_do(url: str) -> None:
    channel(TELEGRAM_API_URL=url)


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
def test_a_webhook_without_a_secret_does_not_start(environment: dict[str, str], told: str) -> None:
    with pytest.raises(ChannelError) as caught:
        channel(TelegramSettings(webhook=WEBHOOK), **environment)
    assert str(caught.value) == told


class MistakenLive(Live):
    """Reads the files anew with a mistake in the program, after which the bot is stopped."""

    def __init__(self) -> None:
        """Nobody asks it anything."""

    async def reload(self) -> ReloadOutcome:
        """See `Live.reload`."""
        asyncio.get_running_loop().call_later(0.1, signal.raise_signal, signal.SIGTERM)
        raise RuntimeError("a mistake in the program")


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no such signal")
def test_a_mistake_in_a_reload_by_signal_is_told_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def do_request(_: Request, url: str, *__: object, **___: object) -> tuple[int, bytes]:
        await asyncio.sleep(0.01)
        result: object = ME if url.endswith("getMe") else [] if url.endswith("getUpdates") else True
        return 200, json.dumps({"ok": True, "result": result}).encode()

    monkeypatch.setattr(Request, "do_request", do_request)
    started = channel()
    signal.raise_signal(signal.SIGHUP)
    store = AsyncStore(FakeStore)
    started.serve(MistakenLive(), store, Health())
    store.close()
    mistakes = [str(record.exc_info[1]) for record in caplog.records if record.exc_info]
    assert mistakes == ["a mistake in the program"]
