"""Stores and inboxes over a file of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.domain import KeepText
from bot.store.sql import engine
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.store import SqlStore
from bot.store.store import Store
from tests.fakes import FakeStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database lies."""
    return tmp_path / "data" / "bot.db"


@pytest.fixture
def open_store(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., SqlStore]]:
    """Opens the database, each time as another process would; it keeps all for ten days."""
    monkeypatch.setattr(engine, "BUSY_S", 0.02)
    made: list[SqlStore] = []

    def one(keep_text: KeepText = KeepText.ALL, key: bytes = bytes(32)) -> SqlStore:
        made.append(SqlStore(f"sqlite:///{path}", Pseudonyms(key), keep_text, retention_days=10))
        return made[-1]

    yield one
    for store in made:
        store.close()


@pytest.fixture(params=["sql", "fake"])
def store(request: pytest.FixtureRequest, open_store: Callable[..., SqlStore]) -> Store:
    """A store of either kind with the default settings."""
    return FakeStore() if request.param == "fake" else open_store(KeepText.UNANSWERED)
