"""A channel with people behind the bot."""

from __future__ import annotations

import pytest

from bot.files.config_telegram import TelegramSettings
from tests.channels.telegram.handlers.conftest import Serve, serve
from tests.channels.telegram.served import Served

__all__ = ["TEAM", "serve"]

TEAM = -100


@pytest.fixture
def helped(serve: Serve) -> Served:
    """A channel with a handoff chat."""
    return serve(TelegramSettings(handoff_chat=TEAM))
