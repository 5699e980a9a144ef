"""What the Telegram channel refuses before it starts, and how it starts."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from contextlib import closing
from typing import Any, cast

import pytest

from bot.channels.telegram.api.request import Request
from bot.channels.telegram.channel import TelegramChannel
from bot.errors import ChannelError
from bot.files.config.settings import Settings
from bot.files.config.telegram import TelegramSettings, Webhook
from bot.files.config.texts import shipped
from bot.service.health import Health
from bot.service.live import Live
from bot.service.replicas import Replicas
from bot.service.serving import Bot, Parts, Serving
from bot.service.watch.file_watch import FileWatch
from bot.service.worker import Worker
from bot.store.async_store import AsyncStore
from bot.texts import TeamTexts, Texts
from tests.channels.telegram.served import ME
from tests.fake_learning import FakeLearning
from tests.fake_store import FakeStore

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
    "url", ["http://ada:pass@word/1@host/?x", "ada:password1@host", "ftp://ada:password1@host"]
)
def test_a_password_in_an_address_is_not_repeated(url: str) -> None:
    with pytest.raises(ChannelError) as caught:
        channel(TELEGRAM_API_URL=url)
    assert not re.search(r"ada|pass|word", str(caught.value).replace("…@host", ""))


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


# --- while it serves -----------------------------------------------------------------------------


def test_a_hot_reload_by_signal_that_breaks_is_logged_and_the_bot_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    signals = [signal.SIGHUP, signal.SIGTERM]

    async def do_request(_: Request, url: str, *arguments: Any, **more: Any) -> tuple[int, bytes]:
        method = url.rsplit("/", 1)[1]
        if method == "getUpdates":
            await asyncio.sleep(0.05)
            if signals:
                os.kill(os.getpid(), signals.pop(0))
        result = {"getMe": ME, "getUpdates": []}.get(method, True)
        return 200, json.dumps({"ok": True, "result": result}).encode()

    class Broken:
        def texts(self, lang: str | None) -> Texts:
            return shipped()["en"]

        async def reload(self, texts: TeamTexts) -> str:
            raise RuntimeError("the model broke")

        async def complete(self) -> None:
            """Nothing is missing."""

    class Still:
        async def run(self) -> None:
            """No file changes."""

    monkeypatch.setattr(Request, "do_request", do_request)
    store = AsyncStore(FakeStore)
    live, files = cast(Live, Broken()), cast(FileWatch, Still())
    with closing(Worker()) as worker:
        parts = Parts(live, store, Health(), files, FakeLearning({}), worker, Replicas())
        Serving(Settings(), {}).run(Bot([channel()], parts))
    store.close()
    errors = [it.message for it in caplog.records if it.name == "bot.service.serving"]
    assert errors.count("the FAQ could not be read anew") == 1
