"""What the end-to-end tests share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from bot.matching.encoder.encoder import Encoder
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ANSWERS, BAKERY
from tests.e2e.handing import Team, helped_by_team, with_team
from tests.e2e.process import MakeConfig, serving
from tests.e2e.site import Site, served_site


@pytest.fixture(scope="session")
def make_config(
    tmp_path_factory: pytest.TempPathFactory, cache: Path, encoder: Encoder, multilingual: Encoder
) -> MakeConfig:
    """Writes configurations over the bakery's FAQ, each with more YAML and a store of its own.

    They share one cache, in which `encoder` and `multilingual` are compiled, so that the bakery is
    encoded once for all tests. A key at the top of the YAML given counts instead of the one here.
    """

    def make(more: str = "") -> Path:
        folder = tmp_path_factory.mktemp("bakery")
        store = f"{{url: 'sqlite:///{folder / 'bot.db'}', key_file: '{folder / 'key'}'}}"
        given = {line.partition(":")[0] for line in more.splitlines()}
        ours = {"faq": str(BAKERY), "cache": str(cache), "store": store}
        lines = [f"{key}: {value}\n" for key, value in ours.items() if key not in given]
        path = folder / "config.yaml"
        path.write_text("".join(lines) + more, "utf-8")
        return path

    return make


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A web site that includes the chat."""
    with served_site() as site:
        yield site


@pytest.fixture
def config(make_config: MakeConfig) -> Path:
    """A configuration over the bakery's FAQ; what one test's bot remembers, no other reads."""
    return make_config("")


@pytest.fixture(scope="session")
def answers() -> dict[str, str]:
    """The bakery's answers by entry id."""
    return ANSWERS


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as server:
        yield server


@pytest.fixture(scope="session")
def served(make_config: MakeConfig) -> Iterator[BotApi]:
    """One running bot for all tests that neither stop nor configure it, each in its own chats."""
    with BotApi() as api, serving(api, make_config("")):
        yield api


_CHATS = count(1)


@pytest.fixture
def chat_id() -> int:
    """A chat of this test's own."""
    return next(_CHATS)


@pytest.fixture(scope="module")
def helped(make_config: MakeConfig) -> Iterator[BotApi]:
    """A bot with people behind it."""
    with helped_by_team(make_config(with_team())) as api:
        yield api


@pytest.fixture
def team(helped: BotApi) -> Team:
    """The people behind it."""
    return Team(helped)
