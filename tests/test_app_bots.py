"""Several bots in one process: what is built for one that nobody waits for any more."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import cast

import pytest

from bot import app_bots
from bot.domain import Faq
from bot.files.config.settings import Settings
from bot.matching.index import IN_MEMORY
from bot.service.worker import MatchingThread, Worker

LONG_S = 60.0


def test_a_bot_that_goes_while_it_is_built_keeps_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, closed = threading.Event(), threading.Event(), threading.Event()
    made = SimpleNamespace(encoder=SimpleNamespace(close=closed.set))

    def build(*_: object) -> SimpleNamespace:
        begun.set()
        go_on.wait(LONG_S)
        return made

    monkeypatch.setattr(app_bots, "build_matcher", build)

    async def run() -> None:
        one = app_bots._OneOfMany(cast(MatchingThread, None), {})
        parts = Settings(), Faq(()), cast(Worker, None), IN_MEMORY
        building = asyncio.create_task(one._built(*parts))
        await asyncio.to_thread(begun.wait, LONG_S)
        building.cancel()
        with pytest.raises(asyncio.CancelledError):
            await building
        assert not closed.is_set()
        go_on.set()
        assert await asyncio.to_thread(closed.wait, LONG_S)

    asyncio.run(run())
