"""What was decided and what people said of it, read beside a bot that may be running.

Nothing is written: no row, no lock that a bot would wait for, no file beside the database.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import NullPool, Row, and_, create_engine, make_url, select
from sqlalchemy.exc import DBAPIError

from bot.errors import StoreError
from bot.store.sql import sqlite
from bot.store.sql.rows import record_of
from bot.store.sql.schema import decisions, labels, require_newest
from bot.store.store import Record

_OPEN = ("-wal", "-journal")  # beside a database that somebody has open, or left in a crash


def database_path(url: str) -> Path:
    """The file that an address such as sqlite:///data/faq-bot.db names."""
    return Path(str(make_url(url).database))


def read_history(url: str, since: float) -> tuple[Record, ...]:
    """All that was asked since a time (seconds since 1970), oldest first.

    Small talk is left out: a greeting is greeted, however the thresholds lie.

    Raises:
        StoreError: there is no database, it is of another version, or it cannot be read; its text
            begins with the database's path.
    """
    path = database_path(url)
    try:
        if not path.is_file():
            raise StoreError(
                "there is no such database. The bot makes it when it first runs; `store: url:` of "
                "the configuration says where"
            )
        is_open = _is_open(path)
        found = _read(path, since, alone=not is_open)
        # A bot that started meanwhile writes into what was read without any lock.
        return _read(path, since, alone=False) if not is_open and _is_open(path) else found
    except OSError as error:
        raise StoreError(f"{path}: it cannot be read ({error.strerror}).") from None
    except (StoreError, ValueError) as error:  # ValueError: a character that no name can hold
        raise StoreError(f"{path}: {error}.") from None


def _is_open(path: Path) -> bool:
    return any(sqlite.beside(path, suffix).exists() for suffix in _OPEN)


def _read(path: Path, since: float, *, alone: bool) -> tuple[Record, ...]:
    """Read all at once, so that nobody waits for what is done with it.

    Args:
        alone: nobody else has it open. Then SQLite is told not to look for others, for which it
            would leave files beside the database.
    """
    how = "mode=ro&immutable=1" if alone else "mode=ro"
    address = f"file:{quote(str(path.absolute()))}?{how}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=sqlite.BUSY_S, isolation_level=None)

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
    recent = and_(decisions.c.at >= since, decisions.c.small_talk.is_(False))
    said = select(labels).join(decisions).where(recent).order_by(labels.c.number)
    told = select(decisions).where(recent).order_by(decisions.c.at, decisions.c.number)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            require_newest(connection)
            by_decision: dict[int, list[Row[Any]]] = {}
            for label in connection.execute(said):
                by_decision.setdefault(label.decision, []).append(label)
            rows = connection.execute(told).all()
        return tuple(record_of(row, by_decision.get(row.number, ())) for row in rows)
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise sqlite.explain(error.orig) from None
        raise StoreError(f"the database says: {error.orig}") from None
    except (AttributeError, KeyError, TypeError, ValueError):
        raise StoreError("the database holds rows that this bot did not write") from None
