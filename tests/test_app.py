"""The composition: what the tables name is there, and stands where the configuration says."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bot.app import CHANNELS, STORES, open_store
from bot.domain import Action, Decision, KeepText
from bot.files.config.settings import Settings
from bot.files.config.store import StoreSettings
from bot.store.shared import InboxItem
from bot.store.store import Record


def test_every_plug_point_has_a_table_of_names() -> None:
    assert [*CHANNELS] == ["telegram", "http", "studio"]
    assert [*STORES] == ["sqlite", "postgresql+psycopg"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    url = f"sqlite:///{tmp_path / 'kept' / 'bot.db'}"
    return Settings(store=StoreSettings(url, tmp_path / "kept" / "key", KeepText.ALL, 5))


def test_the_store_is_where_the_configuration_says_and_there_after_a_restart(
    settings: Settings, tmp_path: Path
) -> None:
    decision = Decision(Action.FALLBACK, None, 0.0, (), "why")
    for number in range(2):
        store = open_store(settings)
        store.record(
            Record(f"{number:016x}", time.time(), "words", None, decision, "7", "1")
        ).result(60)
        asked = asyncio.run(store.stats(0)).total.asked
        store.close()
    assert asked == 2
    assert sorted(path.name for path in (tmp_path / "kept").iterdir())[:2] == ["bot.db", "key"]


def test_the_inbox_keeps_what_is_not_answered_over_a_restart(settings: Settings) -> None:
    for number in range(2):
        inbox = open_store(settings)
        asyncio.run(inbox.receive([InboxItem(number, time.time(), "{}")]))
        found = asyncio.run(inbox.backlog())
        inbox.close()
    assert [item.update_id for item in found] == [0, 1]
