"""Where what is remembered lies: in a file of SQLite, or on a server of PostgreSQL.

What is peculiar to either stands behind this seam, in `sqlite` and `postgres`; every statement
above it is the same for both. Only the one that is configured is imported.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy import Connection, Executable, Row, Table

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")
Values = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None  # of a statement's parameters

_SQLITE = "sqlite:///"

# What no database takes as text: halves of characters, and the end of a C string.
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


class SqlEngine(Protocol):
    """A database that is opened by the first transaction, and again after whatever went wrong.

    Not thread-safe. Everything raises StoreError alone: RowError where the database refuses just
    this, and will again.

    Attributes:
        dialect: what SQLAlchemy calls its language.
    """

    dialect: str

    def read(self) -> AbstractContextManager[Connection]:
        """A transaction that only reads, all of it as it was at one moment."""

    def write(self, *, outlasts_power_cuts: bool = False) -> AbstractContextManager[Connection]:
        """A transaction: what is done in it is done wholly or not at all.

        Args:
            outlasts_power_cuts: it is on the disk when the transaction ends; much slower.
        """

    def run(
        self, statement: Executable, values: Values = None, *, outlasts_power_cuts: bool = False
    ) -> Sequence[Row[Any]]:
        """A transaction of one statement, and what that finds; cheaper than others.

        Args:
            values: of its parameters.
            outlasts_power_cuts: see `write`.
        """

    def erase_for_good(self) -> None:
        """Have the bytes of what was erased be gone too, as far as the database lets them.

        What was erased is erased whatever comes of this, and the next sweep makes up for it.
        """

    def delete_copies(self, before: float) -> None:
        """Delete what the bot itself has put beside the database that holds what it held.

        Args:
            before: only what was last written before a time, in seconds since 1970; inf: all.
        """

    def close(self) -> None:
        """Let go of it; the next transaction opens it again."""


def engine_of(url: str) -> SqlEngine:
    """The database at an address.

    Raises:
        StoreError: what it needs is not installed.
    """
    path = file_of(url)
    if path is not None:
        from bot.store.sql.sqlite import SqliteEngine

        return SqliteEngine(path)
    from bot.store.sql.postgres import PostgresEngine

    return PostgresEngine(url)


def read_only(url: str, work: Callable[[Connection], T]) -> T:
    """Do what only reads, in the database of a bot that may be running, which notices nothing.

    Raises:
        StoreError: there is no database, it is of another version, or it cannot be read; its text
            begins with the database's place.
    """
    path = file_of(url)
    if path is not None:
        from bot.store.sql import sqlite

        return sqlite.read_only(path, work)
    from bot.store.sql import postgres

    return postgres.read_only(url, work)


def require_usable(url: str) -> None:
    """See, before anything is served, that nobody has to mend something first.

    A database that is away or locked is none of it: it may come back by itself.

    Raises:
        StoreError: it is of a newer bot; a package, the password or the database is missing.
    """
    path = file_of(url)
    if path is not None:
        from bot.store.sql.backup import refuse_newer

        refuse_newer(path)
        return
    from bot.store.sql import postgres

    postgres.require_usable(url)


def require_alone(url: str) -> None:
    """See that no bot has a database open.

    Raises:
        StoreError: one has, or it cannot be asked.
    """
    path = file_of(url)
    if path is not None:
        from bot.store.sql import backup

        backup.require_alone(path)
        return
    from bot.store.sql import postgres

    postgres.require_alone(url)


def file_of(url: str) -> Path | None:
    """The database's file; None where it lies on a server."""
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None


def place_of(url: str) -> str:
    """Where the database lies, as people are told: without who logs in there, and how."""
    path = file_of(url)
    if path is not None:
        return str(path)
    from bot.store.sql import postgres

    return postgres.place_of(url)


def insert_into(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say what is done `on_conflict_do_…`, in the words of the database."""
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


@cache
def putting(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """A statement that inserts whole rows, each in the place of the one with its primary key."""
    insert, keys = insert_into(dialect, table), [column.name for column in table.primary_key]
    given = {column.name: insert.excluded[column.name] for column in table.columns}
    return insert.on_conflict_do_update(index_elements=keys, set_=given)


def put(connection: Connection, table: Table, rows: Values) -> None:
    """See `putting`."""
    connection.execute(putting(connection.dialect.name, table), rows)


def found_by(connection: Connection, statement: Executable, values: Values) -> Sequence[Row[Any]]:
    """What a statement finds, if it does."""
    result = connection.execute(statement, values)
    return result.all() if result.returns_rows else ()


def clean(text: str) -> str:
    """The text with U+FFFD for what no database takes."""
    return _UNKEEPABLE.sub("\ufffd", text)


def as_json(value: object) -> str:
    """A value for a column of JSON."""
    return clean(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
