"""What the Telegram channel refuses before it starts."""

from __future__ import annotations

import pytest

from bot.app import Bot
from bot.channels.telegram.channel import TelegramChannel
from bot.errors import ChannelError


def never_built() -> Bot:
    raise AssertionError("nothing is built before the address is known to be one")


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
        TelegramChannel(never_built, "1:x", {"TELEGRAM_API_URL": url})
    assert str(caught.value).endswith(
        "; an address such as https://api.telegram.org is needed. Correct or unset it."
    )


@pytest.mark.parametrize(
    "url", ["", "  ", "http://127.0.0.1:8081", "https://api.example.com/bots/"]
)
def test_an_address_or_none_at_all_will_do(url: str) -> None:
    TelegramChannel(never_built, "1:x", {"TELEGRAM_API_URL": url})
