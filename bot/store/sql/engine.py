"""One database: opened when it is needed, and again after whatever went wrong."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import InterfaceError as WrongType
from sqlalchemy.exc import ProgrammingError as WrongUse

from bot.errors import StoreError
from bot.store.sql import sqlite
from bot.store.sql.schema import clean, migrate, require_newest
from bot.store.store import RowError

logger = logging.getLogger(__name__)

T = TypeVar("T")

_OPENING = threading.Lock()  # of the several of one process, one at a time makes or mends the file
_MOVED_ASIDE: Counter[Path] = Counter()  # how often: who has such a file open must open the new one
_OF_THE_ROW = (IntegrityError, DataError, WrongType, WrongUse)


class SqlEngine:
    """A database that is opened by the first call, and again after whatever went wrong.

    A damaged file is moved aside and a new one is made. Not thread-safe.

    Args:
        url: as SQLAlchemy reads it, such as sqlite:///data/faq-bot.db; folder and file are made.
        outlasts_power_cuts: what is written is on the disk when the call returns; a hundred times
            slower.
    """

    def __init__(self, url: str, *, outlasts_power_cuts: bool = False) -> None:
        self._url = url
        self._outlasts_power_cuts = outlasts_power_cuts
        self._engine: Engine | None = None
        self._moved_aside = 0  # how often the file had been, when it was opened

    @cached_property
    def path(self) -> Path | None:
        """Its file; None where it is not of SQLite, or in memory only."""
        url = self._parsed()
        if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
            return None
        return Path(str(url.database))

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do what only reads, in a transaction; see `write`."""
        return self._mended(partial(_transact, work, only_reads=True))

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do something in a transaction: wholly or not at all.

        Raises:
            RowError: the database refuses just this, and will again.
            StoreError: it cannot be read or written now.
        """
        return self._mended(partial(_transact, work, only_reads=False))

    def erase_for_good(self) -> None:
        """See that erased bytes stand nowhere any more; where that fails, a log line says so.

        What was erased is erased whatever comes of this, and the next sweep makes up for it.
        """
        if self.path is None:
            return
        try:
            self._mended(sqlite.empty_wal)
        except StoreError as error:
            logger.warning("erased bytes may stand in the database's log (%s)", error)

    def close(self) -> None:
        """Let go of it; the next call opens it again."""
        if self._engine is not None:
            engine, self._engine = self._engine, None
            engine.dispose()

    def _parsed(self) -> URL:
        try:
            return make_url(self._url)
        except ArgumentError:  # its text shows the address, which may hold a password
            raise StoreError("the database's address cannot be read") from None

    def _mended(self, work: Callable[[Engine], T]) -> T:
        try:
            return self._attempt(work)
        except sqlite.DamagedError:
            if self.path is None:
                raise
            self._move_aside(self.path)
            return self._attempt(work)

    def _move_aside(self, path: Path) -> None:
        try:
            with _OPENING:
                if sqlite.is_damaged(path):  # else somebody else was first, and this is a new one
                    sqlite.move_aside(path)
                    _MOVED_ASIDE[path] += 1
        except OSError as error:
            raise sqlite.explain_os(error, path) from None

    def _attempt(self, work: Callable[[Engine], T]) -> T:
        try:
            with _OPENING:
                engine = self._open()
            return work(engine)
        except (OverflowError, UnicodeError) as error:
            raise RowError(f"the database cannot hold it: {error}") from None
        except (SQLAlchemyError, sqlite3.Error, OSError, ImportError, StoreError) as error:
            explained = self._explain(error)
            if not isinstance(explained, RowError):
                self._let_go(error)
            raise explained from None

    def _let_go(self, error: Exception) -> None:
        """Close, so that the next call begins anew; but wait for others with the door open."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, sqlite3.Error) and sqlite.is_busy(cause):
            return
        with suppress(SQLAlchemyError, sqlite3.Error):
            self.close()

    def _explain(self, error: Exception) -> StoreError:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(error, _OF_THE_ROW):
            return RowError(f"the database refuses it: {cause}")
        if isinstance(cause, StoreError):
            return cause
        if isinstance(cause, sqlite3.Error):
            return sqlite.explain(cause)
        if isinstance(cause, OSError) and self.path is not None:
            return sqlite.explain_os(cause, self.path)
        first_line = next(iter(str(cause).splitlines()), type(cause).__name__)
        return StoreError(f"the database says: {first_line}")

    def _open(self) -> Engine:
        path = self.path
        if path is not None and self._moved_aside != _MOVED_ASIDE[path]:
            self.close()
            self._moved_aside = _MOVED_ASIDE[path]
        if self._engine is not None:
            return self._engine
        if path is not None:
            sqlite.make_file(path)
        engine = self._created(path)
        try:
            if path is not None:
                sqlite.check(engine)
            migrate(engine)
            if path is not None:
                sqlite.use_wal(engine)
        except BaseException:
            engine.dispose()
            raise
        self._engine = engine
        return engine

    def _created(self, path: Path | None) -> Engine:
        options = {} if path is None else {"connect_args": {"timeout": sqlite.BUSY_S}}
        engine = create_engine(self._url, hide_parameters=True, json_serializer=_json, **options)
        if engine.dialect.name == "sqlite":
            sqlite.set_up(engine, outlasts_power_cuts=self._outlasts_power_cuts)
        return engine


class ReadOnlyEngine(SqlEngine):
    """The database of a bot that may be running.

    Nothing is written: no row, no lock that a bot would wait for, no file beside the database.
    """

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do what only reads.

        Raises:
            StoreError: there is no database, it is of another version, or it cannot be read; its
                text begins with the database's path.
        """
        path = self.path
        assert path is not None  # noqa: S101  (whatever the configuration takes has one)
        try:
            if not path.is_file():
                raise StoreError(
                    "there is no such database. The bot makes it when it first runs; `store: url:` "
                    "of the configuration says where"
                )
            is_open = sqlite.is_open(path)
            found = self._read(path, work, alone=not is_open)
            # A bot that started meanwhile writes into what was read without any lock.
            is_late = not is_open and sqlite.is_open(path)
            return self._read(path, work, alone=False) if is_late else found
        except OSError as error:
            raise StoreError(f"{path}: it cannot be read ({error.strerror}).") from None
        except (StoreError, ValueError) as error:  # ValueError: a character that no name can hold
            raise StoreError(f"{path}: {error}.") from None

    def write(self, work: Callable[[Connection], T]) -> T:
        """Refuse."""
        raise StoreError("the database is open for reading only")

    def _read(self, path: Path, work: Callable[[Connection], T], *, alone: bool) -> T:
        connect = partial(sqlite.connect_read_only, path, alone=alone)
        engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                require_newest(connection)
                return work(connection)
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self._explain(error) from None
        except (AttributeError, KeyError, TypeError, ValueError):
            raise StoreError("the database holds rows that this bot did not write") from None


def _transact(work: Callable[[Connection], T], engine: Engine, *, only_reads: bool) -> T:
    with engine.connect() as connection:
        connection = connection.execution_options(**{sqlite.ONLY_READS: only_reads})
        with connection.begin():
            return work(connection)


def _json(value: object) -> str:
    return clean(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
