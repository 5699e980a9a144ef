"""One database in a file of SQLite: opened when it is needed, and again after whatever went wrong.

A damaged file is moved aside, and a new one is made.
"""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Executable, NullPool, QueuePool, Row, create_engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import InterfaceError as WrongType
from sqlalchemy.exc import ProgrammingError as WrongUse

from bot.errors import StoreError
from bot.store.sql.backup import DAMAGED, delete_copies, keep_before_upgrade
from bot.store.sql.engine import SqlEngine, Values, as_json, found_by
from bot.store.sql.schema import migrate, require_newest
from bot.store.store import RowError

logger = logging.getLogger(__name__)

T = TypeVar("T")

BUSY_S = 1.0  # how long another process that writes is waited for
_OPEN = ("-wal", "-journal")  # beside what somebody has open, or left in a crash
_PRAGMAS = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # what is erased is overwritten
)
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the database cannot be written",
    sqlite3.SQLITE_PERM: "the database cannot be written",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written",
}
_FULL = {errno.ENOSPC, errno.EDQUOT}


class _LockedError(StoreError):
    """Another process is writing just now."""


class _DamagedError(StoreError):
    """The file is no database, or one that is broken."""


class SqliteEngine(SqlEngine):
    """A file of SQLite, which only one bot uses.

    A file that was deleted or replaced meanwhile is noticed before the next transaction; what was
    written into the old one from then on would be lost.

    Args:
        path: its file, which is made with its folder, for their owner alone.
    """

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = create_engine(
            "sqlite://",
            creator=partial(connect, path, "rw"),
            poolclass=QueuePool,
            hide_parameters=True,
            json_serializer=as_json,
        )
        self._files: dict[str, tuple[int, int] | None] = {}  # as they were when it was opened

    def read(self) -> AbstractContextManager[Connection]:
        return self._begun("BEGIN")

    def write(self, *, outlasts_power_cuts: bool = False) -> AbstractContextManager[Connection]:
        return self._begun("BEGIN IMMEDIATE", outlasts_power_cuts=outlasts_power_cuts)

    def run(
        self, statement: Executable, values: Values = None, *, outlasts_power_cuts: bool = False
    ) -> Sequence[Row[Any]]:
        with self._opened(), self._engine.connect() as connection:
            _synchronise(connection, outlasts_power_cuts=outlasts_power_cuts)
            return found_by(connection, statement, values)

    def erase_for_good(self) -> None:
        """Bring all into the file itself and cut the log to nothing."""
        is_busy: object = True
        with suppress(StoreError), self._opened(), self._engine.connect() as connection:
            is_busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
            # What is read next is read from the file, so that damage is noticed.
            connection.exec_driver_sql("PRAGMA shrink_memory")
        if is_busy:
            logger.warning("erased bytes stand in the database's log until the next sweep")

    def delete_copies(self, before: float) -> None:
        delete_copies(self.path, before)

    def close(self) -> None:
        self._files = {}
        with suppress(SQLAlchemyError, sqlite3.Error):
            self._engine.dispose()

    @contextmanager
    def _begun(self, begin: str, *, outlasts_power_cuts: bool = False) -> Iterator[Connection]:
        outlasts = {"outlasts_power_cuts": outlasts_power_cuts}
        with self._opened(), _begun(self._engine, begin, **outlasts) as connection:
            yield connection

    @contextmanager
    def _opened(self) -> Iterator[None]:
        """Have it open, until something goes wrong; what is merely locked stays open."""
        try:
            with _explained(self.path):
                self._notice_another_file()
                if not self._files:
                    self._open()
                yield
        except (RowError, _LockedError):
            raise
        except StoreError as error:
            self.close()
            if isinstance(error, _DamagedError):
                with _explained(self.path):
                    _move_aside(self.path)
            raise

    def _notice_another_file(self) -> None:
        if not self._files or _which(self.path) == self._files[""]:
            return
        opened = self._files
        self.close()
        for suffix, file in _files(self.path):  # SQLite would read the old log into the new file
            if suffix and _which(file) == opened[suffix]:
                file.unlink(missing_ok=True)

    def _open(self) -> None:
        """See that its file is there and whole, with the newest tables in it."""
        _make_file(self.path)
        with self._engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                raise _DamagedError("the database is damaged")
        keep_before_upgrade(self.path)
        with _begun(self._engine, "BEGIN IMMEDIATE") as connection:
            migrate(connection)
        with self._engine.connect() as connection:
            # Others can read while the bot writes; where the file system cannot, it goes without.
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.exec_driver_sql("SELECT * FROM schema_version").all()  # makes log and index
        self._files = {suffix: _which(file) for suffix, file in _files(self.path)}


def read_only(path: Path, work: Callable[[Connection], T]) -> T:
    """See `engine.read_only`.

    Nothing is written: no row, no lock that a bot would wait for, no file beside the database.
    """
    try:
        if not path.is_file():
            raise StoreError(
                "there is no such database. The bot makes it when it first serves Telegram; a "
                "chat in the terminal is not remembered. `store: url:` of the configuration says "
                "where it is"
            )
        # Where nobody has it open, SQLite is told not to look for others, for which it would leave
        # files beside the database.
        is_alone = not _is_open(path)
        creator = partial(connect, path, "ro&immutable=1" if is_alone else "ro")
        engine = create_engine("sqlite://", creator=creator, poolclass=NullPool)
        with _explained(path), _begun(engine, "BEGIN") as connection:
            require_newest(connection)
            found = work(connection)
    except OSError as error:
        raise StoreError(f"{path}: it cannot be read ({error.strerror}).") from None
    except StoreError as error:
        raise StoreError(f"{path}: {error}.") from None
    except (AttributeError, KeyError, TypeError, ValueError):
        raise StoreError(f"{path}: the database holds rows that this bot did not write.") from None
    # A bot that started meanwhile writes into what was read without any lock.
    return read_only(path, work) if is_alone and _is_open(path) else found


# --- a connection --------------------------------------------------------------------------------


def _files(path: Path) -> list[tuple[str, Path]]:
    """The database, its log and its index, each after its suffix."""
    return [(suffix, path.with_name(path.name + suffix)) for suffix in ("", "-wal", "-shm")]


def _which(file: Path) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None where there is none."""
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino


def _make_file(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # One that is there must not be opened just to look: by closing it, a process gives up the
        # locks of all its connections.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except ValueError:
        raise StoreError(f"no file can be named {str(path)!r}") from None


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection on which transactions begin only when they are told to.

    Python's own module begins them too late: a table made before the first row is written would
    stay when the rest is rolled back.
    """
    address = f"file:{quote(str(path.absolute()))}?mode={mode}"
    connection = sqlite3.connect(
        address, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    return connection


@contextmanager
def _begun(
    engine: Engine, begin: str, *, outlasts_power_cuts: bool = False
) -> Iterator[Connection]:
    """A transaction. Whoever is to write waits here for the others, not when it is half done."""
    with engine.connect() as connection, connection.begin():
        _synchronise(connection, outlasts_power_cuts=outlasts_power_cuts)
        connection.exec_driver_sql(begin)
        yield connection


def _synchronise(connection: Connection, *, outlasts_power_cuts: bool) -> None:
    # With WAL, NORMAL loses the last rows in a power cut at most, and never the file; FULL is a
    # hundred times slower.
    how = "FULL" if outlasts_power_cuts else "NORMAL"
    if connection.info.get("synchronous") != how:
        connection.exec_driver_sql(f"PRAGMA synchronous={how}")
        connection.info["synchronous"] = how


def _is_open(path: Path) -> bool:
    """Whether somebody seems to have a database open."""
    return any(path.with_name(path.name + suffix).exists() for suffix in _OPEN)


# --- what goes wrong -----------------------------------------------------------------------------


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Have every error be a StoreError, in words that a person understands."""
    try:
        yield
    except (OverflowError, UnicodeError) as error:
        raise RowError(f"the database cannot hold it: {error}") from None
    except (IntegrityError, DataError, WrongType, WrongUse) as error:
        raise RowError(f"the database refuses it: {error.orig}") from None
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise _explain(error.orig if isinstance(error, DBAPIError) else error) from None
    except OSError as error:
        reason = f"{path} cannot be written ({error.strerror})"
        raise StoreError("the disk is full" if error.errno in _FULL else reason) from None


def _explain(error: BaseException | None) -> StoreError:
    # The code is absent where Python itself refuses; its upper bits tell more than is needed here.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _LOCKED:
        return _LockedError("the database is locked by another program")
    if code in _DAMAGED:
        return _DamagedError("the database is damaged")
    return StoreError(_REASONS.get(code, f"the database says: {error}"))


def _move_aside(path: Path) -> None:
    """Give a damaged database another name, log and index along with it, and say so."""
    now = datetime.now().astimezone()  # to the microsecond: a second damage replaces no first one
    target = path.with_name(f"{path.name}{DAMAGED}{now:%Y%m%d-%H%M%S-%f}")
    for suffix, file in _files(path):
        with suppress(FileNotFoundError):
            file.replace(f"{target}{suffix}")
    logger.warning(
        "%s is damaged and now lies in %s; a new one is made. What people asked still stands in "
        "the old one, until it is deleted or as old as all that is remembered",
        path,
        target,
    )
