"""What lies in the files of a database, seen past the store."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.operations import Operations
from sqlalchemy import Column, Text

from bot.domain import Action, Decision
from bot.errors import StoreError
from bot.store.sql.schema import NEWEST as NEWEST
from bot.store.sql.store import SqlStore
from bot.store.store import Record

Make = Callable[..., SqlStore]
AddStep = Callable[[Callable[[Operations], None]], None]
LOCKED = "the database is locked by another program"
DAY_S = 86_400.0
NOON = 1_700_000_000.0 // DAY_S * DAY_S + DAY_S / 2  # of 2023-11-14


def unanswered(
    number: int, words: str = "words", *, at: float = NOON, person: str = "ada"
) -> Record:
    """A question that nobody could answer."""
    decision = Decision(Action.FALLBACK, None, 0.1, (), "too low")
    return Record(f"{number:016x}", at, words, None, decision, person, f"chat:{person}")


def words(store: SqlStore) -> list[str | None]:
    """The words of all that is unanswered, newest first."""
    return [one.record.text for one in store.missed(1000)]


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """What a query finds or changes."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(query).fetchall()


def bytes_on_disk(path: Path) -> bytes:
    """All that stands in the folder of a database."""
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def contents(path: Path) -> dict[str, bytes]:
    """By name, what stands in the files beside a database."""
    return {file.name: file.read_bytes() for file in path.parent.iterdir()}


def locked(path: Path) -> closing[sqlite3.Connection]:
    """Another program that writes until it is closed."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return closing(other)


def reason(work: object) -> str:
    """Why a call fails."""
    assert callable(work)
    with pytest.raises(StoreError) as caught:
        work()
    return str(caught.value)


def add_mood(op: Operations) -> None:
    """A step to a version that is not there."""
    op.add_column("decisions", Column("mood", Text))  # fails the second time
    op.execute("UPDATE decisions SET mood = 'fine'")
