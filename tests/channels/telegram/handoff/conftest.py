"""A channel with people behind the bot."""

from __future__ import annotations

import pytest

from bot.channels.telegram.handoff.posting import backlog, team_chat
from bot.files.config.telegram import TelegramSettings
from tests.channels.telegram.handlers.conftest import Serve, serve
from tests.channels.telegram.served import Served

__all__ = ["TEAM", "serve"]

TEAM = -100


@pytest.fixture
def helped(serve: Serve) -> Served:
    """A channel with a handoff chat."""
    return serve(TelegramSettings(handoff_chat=TEAM))


@pytest.fixture
def crowded(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Served:
    """A team whose chat takes one post a minute; whatever is more waits for a digest."""
    monkeypatch.setattr(team_chat, "_POSTS_PER_MINUTE", 1)
    monkeypatch.setattr(backlog, "_DIGESTS_PER_MINUTE", 100)
    monkeypatch.setattr(backlog, "_GATHER_S", 0.0)
    return serve(TelegramSettings(handoff_chat=TEAM))
