"""Stores and inboxes over a database of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.operations import Operations

from bot.domain import KeepText
from bot.store.sql import migrations, schema, sqlite
from bot.store.sql.postgres import PASSWORD
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.schema import metadata, schema_version
from bot.store.sql.store import SqlStore
from bot.store.store import Store
from tests.fake_store import FakeStore
from tests.postgres import PostgresServer
from tests.store.files import NEWEST, AddStep


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database lies."""
    return tmp_path / "data" / "bot.db"


@pytest.fixture
def open_store(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., SqlStore]]:
    """Opens the database, each time as another process would; it keeps all for ten days."""
    monkeypatch.setattr(sqlite, "BUSY_S", 0.02)
    yield from _stores(f"sqlite:///{path}")


@pytest.fixture
def open_shared(
    shared_database: str, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., SqlStore]]:
    """The same on PostgreSQL, empty."""
    monkeypatch.setenv(PASSWORD, postgres.password)
    yield from _stores(shared_database)
    kept = ", ".join(table for table in metadata.tables if table != schema_version.name)
    postgres.run(f"TRUNCATE {kept} RESTART IDENTITY", shared_database)


def _stores(url: str) -> Iterator[Callable[..., SqlStore]]:
    made: list[SqlStore] = []

    def one(keep_text: KeepText = KeepText.ALL, key: bytes = bytes(32)) -> SqlStore:
        made.append(SqlStore(url, Pseudonyms(key), keep_text, retention_days=10))
        return made[-1]

    yield one
    for store in made:
        store.close()


@pytest.fixture(params=["sqlite", "postgres", "fake"])
def store(request: pytest.FixtureRequest) -> Store:
    """A store of each kind with the default settings."""
    if request.param == "fake":
        return FakeStore()
    opened = request.getfixturevalue("open_store" if request.param == "sqlite" else "open_shared")
    store: Store = opened(KeepText.UNANSWERED)
    return store


@pytest.fixture
def add_step(monkeypatch: pytest.MonkeyPatch) -> AddStep:
    """Makes a version that is newer by a step."""

    def add(step: Callable[[Operations], None]) -> None:
        monkeypatch.setattr(schema, "NEWEST", NEWEST + 1)
        monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, step))

    return add
