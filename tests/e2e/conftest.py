"""What the end-to-end tests share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from bot.domain import Thresholds
from bot.files.faq import load_faq
from tests.e2e.bot_api import BotApi
from tests.e2e.process import BotProcess

BAKERY = Path(__file__).parent.parent / "data" / "bakery.yaml"


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration over the bakery's FAQ, with one cache for all tests."""
    folder = tmp_path_factory.mktemp("bakery")
    path = folder / "config.yaml"
    path.write_text(f"faq: {BAKERY}\ncache: {folder / 'cache'}\n", "utf-8")
    return path


@pytest.fixture(scope="session")
def answers() -> dict[str, str]:
    """The bakery's answers by entry id."""
    faq = load_faq(BAKERY, Thresholds(0.75, 0.60))
    return {entry.id: entry.answer for entry in faq.entries}


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as server:
        yield server


@pytest.fixture(scope="module")
def served(config: Path) -> Iterator[BotApi]:
    """One running bot for all tests of a file that do not stop it."""
    with BotApi() as api, BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("serving Telegram")
        yield api
        assert process.stop() == 0


_CHATS = count(1)


@pytest.fixture
def chat_id() -> int:
    """A chat of this test's own."""
    return next(_CHATS)
