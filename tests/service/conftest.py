"""What the tests of the service share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from bot.files.config.settings import Score, Settings
from bot.matching.build import Matcher
from bot.service.http import http_server
from bot.service.queue import carrying as module
from bot.store import async_store
from tests.factories import bot_over, entry
from tests.fakes import FakeEmbedder
from tests.service.queue.queued import Bench
from tests.service.served import VECTORS, Server


@pytest.fixture(scope="module")
def matcher(tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    folder = tmp_path_factory.mktemp("bot")
    settings = Settings(cache=folder, score=Score.COSINE, head=False)
    entries = [entry(word.lower(), f"{word}?") for word in ("Refund", "Return", "Hours")]
    return bot_over(folder, *entries, embedder=FakeEmbedder(VECTORS), settings=settings)


@pytest.fixture
def server(matcher: Matcher) -> Iterator[Server]:
    server = Server(matcher)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def make_bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Bench]]:
    monkeypatch.setattr(async_store, "_FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(async_store, "_LONGEST_PAUSE_S", 0.01)
    with ExitStack() as stack:

        def make(first_pause_s: float = 0.0) -> Bench:
            monkeypatch.setattr(module, "_FIRST_PAUSE_S", first_pause_s)
            bench = Bench()
            stack.callback(bench.thread.close)
            return bench

        yield make


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that nobody wants is waited for as short as can be."""
    monkeypatch.setattr(http_server, "_LINGER_S", 0.02)
