"""A memory that moves from one database to another, of the other kind or the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, tuple_

from bot.errors import StoreError
from bot.store.sql.backup import version_of
from bot.store.sql.engine import (
    SqlEngine,
    engine_of,
    file_of,
    place_of,
    put,
    require_alone,
    require_usable,
)
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.schema import metadata, notes, received, schema_version, tickets

_PAGE = 1_000  # rows that are written at once
_UNDER_WAY = "copy under way from"  # a note in the database that is written to
_TABLES = [table for table in metadata.sorted_tables if table is not schema_version]


def copy_store(source: str, target: str, pseudonyms: Pseudonyms) -> Mapping[str, int]:
    """Copy all that one database holds into another, which is empty or holds part of this.

    What is interrupted goes on when it is called again. No bot may use either meanwhile.

    Args:
        source, target: their addresses.
        pseudonyms: the key of both.
    Returns:
        How many rows each table holds now, counted in both.
    Raises:
        StoreError: the key is another one's, the target holds something else, or either cannot be
            read or written.
    """
    old, new = engine_of(source), engine_of(target)
    try:
        _require_key(old, source, pseudonyms)
        _begin(new, source, target)
        for table in _TABLES:
            for page in _pages(old, table):
                with new.write() as connection:
                    put(connection, table, page)  # in the place of what was interrupted
        _require_same_counts(old, new, target)
        with new.write(outlasts_power_cuts=True) as connection:
            _count_on(connection)
            connection.execute(delete(notes).where(notes.c.name == _UNDER_WAY))
        return _counts(new)
    finally:
        old.close()
        new.close()


def require_copyable(source: str, target: str) -> None:
    """See, before anything is opened or made, that one database can be copied to the other.

    Raises:
        StoreError: a bot runs, either is of a newer one, cannot be reached, or is something else.
    """
    file = file_of(source)
    if file is not None and not file.is_file():
        raise StoreError(f"{file}: there is no such database.")
    if source == target:
        raise StoreError(f"{place_of(source)} is both: name another database to copy to.")
    for url in (source, target):
        file = file_of(url)
        # Whoever opens a file of something else would move it aside.
        if file is not None and file.is_file() and file.stat().st_size and version_of(file) is None:
            raise StoreError(f"{file} is no database of the bot's, or a damaged one: name another.")
        require_usable(url)
        require_alone(url)


def require_one_key(source: Path, target: Path) -> None:
    """See that two configurations name the same key.

    Raises:
        StoreError: they do not.
    """
    if not source.is_file():
        raise StoreError(f"{source}: there is no such key; it is needed to know who asked.")
    if source != target and (not target.exists() or target.read_bytes() != source.read_bytes()):
        raise StoreError(
            f"{target} is not the key {source}, with which all was sealed that is to be copied. "
            "Put that key there first, or nobody would be recognised."
        )


def _require_key(old: SqlEngine, source: str, pseudonyms: Pseudonyms) -> None:
    """See that the key reads what it should; where nothing is sealed, any would do."""
    queries = (
        select(tickets.c.sealed).order_by(tickets.c.last_at.desc()),
        select(received.c.sealed).where(received.c.sealed.is_not(None)),
    )
    with old.read() as connection:
        sealed = [text for query in queries for text in connection.execute(query).scalars()]
    if sealed and all(pseudonyms.unseal(text) is None for text in sealed):
        raise StoreError(
            f"{place_of(source)} was sealed with another key than the one of store.key_file: name "
            "the configuration that has its key. Nothing was copied."
        )


def _begin(new: SqlEngine, source: str, target: str) -> None:
    """Note in the target what is copied into it, unless it holds something else."""
    place = place_of(source)
    with new.write(outlasts_power_cuts=True) as connection:
        said = select(notes.c.text).where(notes.c.name == _UNDER_WAY)
        before = connection.execute(said).scalar()
        rows = sum(count for table, count in _counted(connection).items() if table != notes.name)
        if before != place and rows:
            raise StoreError(
                f"{place_of(target)} holds {rows:,} rows already. Name an empty database, or "
                "remove that one first. Nothing was copied."
            )
        put(connection, notes, {"name": _UNDER_WAY, "text": place})


def _pages(old: SqlEngine, table: Table) -> Iterator[list[dict[str, Any]]]:
    """All rows of a table, some at a time, by primary key."""
    key = list(table.primary_key)
    last: list[Any] | None = None
    while True:
        query = select(table).order_by(*key).limit(_PAGE)
        if last is not None:
            query = query.where(tuple_(*key) > tuple_(*last))
        with old.read() as connection:
            page = [dict(row) for row in connection.execute(query).mappings()]
        if not page:
            return
        last = [page[-1][column.name] for column in key]
        yield page


def _count_on(connection: Connection) -> None:
    """Have PostgreSQL count on from the numbers that were copied; SQLite does so by itself."""
    if connection.dialect.name == "sqlite":
        return
    for table in _TABLES:
        (key, *others) = table.primary_key
        if table.autoincrement_column is not None and not others:
            sequence = func.pg_get_serial_sequence(table.name, key.name)
            most = select(func.coalesce(func.max(key), 0) + 1).scalar_subquery()
            connection.execute(select(func.setval(sequence, most, False)))


def _require_same_counts(old: SqlEngine, new: SqlEngine, target: str) -> None:
    before, after = _counts(old), _counts(new)
    differ = [name for name in before if before[name] != after[name] and name != notes.name]
    if differ:
        told = ", ".join(f"{name} {before[name]:,} and {after[name]:,}" for name in differ)
        raise StoreError(
            f"what was copied differs in number ({told}): something was written meanwhile. Empty "
            f"{place_of(target)}, and copy again while no bot runs."
        )


def _counts(engine: SqlEngine) -> Mapping[str, int]:
    with engine.read() as connection:
        return _counted(connection)


def _counted(connection: Connection) -> Mapping[str, int]:
    count = select(func.count())
    return {
        table.name: connection.execute(count.select_from(table)).scalar_one() for table in _TABLES
    }
