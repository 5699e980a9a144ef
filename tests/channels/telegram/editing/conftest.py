"""A channel whose team may change the FAQ."""

from __future__ import annotations

import pytest

from bot.files.config.telegram import TelegramSettings
from tests.channels.telegram.handlers.conftest import Serve, serve
from tests.channels.telegram.handoff.conftest import TEAM
from tests.channels.telegram.handoff.helping import asks
from tests.channels.telegram.served import Served

__all__ = ["serve"]

ADMIN = 9


@pytest.fixture
def edited(serve: Serve) -> Served:
    """A channel with a team of which everybody may edit, and a question that was missed."""
    return missed(serve(TelegramSettings(handoff_chat=TEAM, team_may_edit=True)))


def missed(served: Served, person: int = 5, text: str = "weather") -> Served:
    """Somebody asks what the bot does not know."""
    asks(served, person, text)
    return served
