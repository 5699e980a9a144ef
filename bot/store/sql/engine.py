"""One database, opened when it is needed and healed where that can be done."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import InterfaceError as WrongType
from sqlalchemy.exc import ProgrammingError as WrongUse

from bot.errors import StoreError
from bot.store.sql import sqlite
from bot.store.sql.schema import migrate
from bot.store.store import RowError

logger = logging.getLogger(__name__)

T = TypeVar("T")

_OPENING = threading.Lock()  # of the several of one process, one at a time makes or mends the file

_OF_THE_ROW = (IntegrityError, DataError, WrongType, WrongUse)
_to_json = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


class Opened:
    """A database that is opened by the first call, and again after whatever went wrong.

    A damaged file is moved aside and a new one is made; a file that was deleted or replaced while
    the bot runs is noticed before the next call. Not thread-safe.

    Args:
        outlasts_power_cuts: what is written is on the disk when the call returns; a hundred times
            slower.
    """

    def __init__(self, url: str, *, outlasts_power_cuts: bool = False) -> None:
        self._url = url
        self._outlasts_power_cuts = outlasts_power_cuts
        self._engine: Engine | None = None
        self._seen: sqlite.Seen | None = None

    @cached_property
    def path(self) -> Path | None:
        """Its file; None where it is not of SQLite, or in memory only."""
        url = self._parsed()
        if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
            return None
        return Path(str(url.database))

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do what only reads, in a transaction; see `write`."""
        return self._mended(partial(self._transact, work, only_reads=True))

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do something in a transaction: wholly or not at all.

        Raises:
            RowError: the database refuses just this, and will again.
            StoreError: it cannot be read or written now.
        """
        return self._mended(partial(self._transact, work, only_reads=False))

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
                if self._seen is not None and not sqlite.see(path).is_other(self._seen):
                    sqlite.move_aside(path)
            # Else somebody else was first, and what lies there now is its new one.
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

    def _transact(self, work: Callable[[Connection], T], engine: Engine, *, only_reads: bool) -> T:
        with engine.connect() as connection:
            connection = connection.execution_options(**{sqlite.ONLY_READS: only_reads})
            with connection.begin():
                return work(connection)

    def _open(self) -> Engine:
        path = self.path
        if path is not None and self._engine is not None:
            self._notice_other_file(path)
        if self._engine is not None:
            return self._engine
        if path is not None:
            sqlite.make_file(path)
            self._seen = sqlite.see(path)
        engine = self._created(path)
        try:
            if path is not None:
                sqlite.check(engine)
            migrate(engine)
            if path is not None:
                sqlite.use_wal(engine)
                self._transact(lambda connection: None, engine, only_reads=True)
                self._seen = sqlite.see(path)
        except BaseException:
            engine.dispose()
            raise
        self._engine = engine
        return engine

    def _created(self, path: Path | None) -> Engine:
        options = {} if path is None else {"connect_args": {"timeout": sqlite.BUSY_S}}
        engine = create_engine(self._url, hide_parameters=True, json_serializer=_to_json, **options)
        if engine.dialect.name == "sqlite":
            sqlite.set_up(engine, outlasts_power_cuts=self._outlasts_power_cuts)
        return engine

    def _notice_other_file(self, path: Path) -> None:
        """Close where others replaced, deleted or cut the file."""
        before, present = self._seen, sqlite.see(path)
        self._seen = present
        if before is None:
            return
        if present.is_other(before):
            self.close()
            for suffix in ("-wal", "-shm"):  # the old file's, which must not meet the new one
                if suffix in present.files and present.files[suffix] == before.files.get(suffix):
                    sqlite.beside(path, suffix).unlink(missing_ok=True)
        elif present.has_shrunk(before):
            self.close()
