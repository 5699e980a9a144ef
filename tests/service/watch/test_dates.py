"""Entries that begin and end while the bot serves."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import pytest

from bot.domain import Faq
from bot.files.config.texts import shipped
from bot.service.watch import rounds
from tests.factories import entry
from tests.service.served import Server, until

TEAM = shipped()["en"].team
REFUND = entry("refund", "Refund?")
BEGUN = replace(entry("return", "Return?"), valid_from=datetime(2020, 1, 1))
OVER = replace(entry("hours", "Hours?"), valid_until=datetime(2020, 1, 1))


async def test_an_entry_begins_and_ends_though_nobody_changes_a_file(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rounds, "_CLOCK_S", 0.001)
    caplog.set_level(logging.INFO, logger="bot")
    every = (REFUND, BEGUN, OVER)
    server.load = lambda: (server.matcher.settings, Faq((REFUND, OVER), every=every))
    await server.live.reload(TEAM)
    assert (await server.said("Hours?")).answered == ("hours",)
    keeping = asyncio.create_task(rounds.keep_dates(server.live))
    await until(lambda: len(server.live.faq.entries) != 2 or "return" in server.live.faq.by_id)
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping
    assert (await server.said("Return?")).answered == ("return",)
    assert (await server.said("Hours?")).answered == ()
    assert "by their dates 2 entries are valid now, and served" in caplog.messages


async def test_of_entries_that_are_all_over_the_last_ones_stay(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot without any entry could say nothing at all; `check` and the next start say so."""
    monkeypatch.setattr(rounds, "_CLOCK_S", 0.001)
    server.load = lambda: (server.matcher.settings, Faq((OVER,), every=(OVER,)))
    await server.live.reload(TEAM)
    keeping = asyncio.create_task(rounds.keep_dates(server.live))
    await asyncio.sleep(0.05)
    assert not keeping.done()
    keeping.cancel()
    assert server.live.faq.entries == (OVER,)
