"""All that is true of SQLite alone: how it is set up, what its errors mean, what its files are."""

from __future__ import annotations

import errno
import glob
import logging
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, event

from bot.errors import StoreError

logger = logging.getLogger(__name__)

BUSY_S = 1.0  # how long another process that writes is waited for
_BESIDE = ("", "-wal", "-shm")  # the database and what lies beside it
_OPEN = ("-wal", "-journal")  # beside what somebody has open, or left in a crash
ONLY_READS = "only_reads"  # an execution option of a connection

_PRAGMAS = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # what is erased is overwritten
)
_REASONS = {
    sqlite3.SQLITE_BUSY: "the database is locked by another program",
    sqlite3.SQLITE_LOCKED: "the database is locked by another program",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the database cannot be written",
    sqlite3.SQLITE_PERM: "the database cannot be written",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written",
}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_NOT_WRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}
_FULL = {errno.ENOSPC, errno.EDQUOT}


class DamagedError(StoreError):
    """The file is no database, or one that is broken."""


def set_up(engine: Engine, *, outlasts_power_cuts: bool) -> None:
    """Prepare each connection, and leave the beginning of transactions to us.

    Python's own module begins them too late: a table made before the first row is written would
    stay when the rest is rolled back.
    """

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        # With WAL, NORMAL loses the last rows in a power cut at most, and never the file.
        connection.execute(f"PRAGMA synchronous={'FULL' if outlasts_power_cuts else 'NORMAL'}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Whoever is to write waits here for the others, and not when it is half done.
        only_reads = connection.get_execution_options().get(ONLY_READS)
        connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


def make_file(path: Path) -> None:
    """Make the folder and an empty file, for their owner alone, where there are none.

    Raises:
        OSError: that cannot be done, or the file cannot be written.
        StoreError: no file can have that name.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        # It must not be opened just to look: by closing it, a process gives up the locks of all
        # its connections, and another program would then throw away what they write.
        if not path.parent.is_dir():
            raise
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)) from None
        if not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None
    except ValueError:
        raise StoreError(f"no file can be named {str(path)!r}") from None


def check(engine: Engine) -> None:
    """Look through the whole file.

    Raises:
        DamagedError: it is broken somewhere.
    """
    found = _pragma(engine, "quick_check(1)")
    if found != [("ok",)]:
        raise DamagedError("the database is damaged")


def use_wal(engine: Engine) -> None:
    """Let others read while the bot writes; where the file system cannot, go on without."""
    _pragma(engine, "journal_mode=WAL")


def empty_wal(engine: Engine) -> None:
    """Bring all into the file itself and cut the log to nothing, so that erased bytes are gone."""
    rows = _pragma(engine, "wal_checkpoint(TRUNCATE)")
    if rows and rows[0][0]:
        logger.warning("erased bytes stand in the database's log until the next sweep")


def _pragma(engine: Engine, text: str) -> list[tuple[object, ...]]:
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA {text}")
        return [tuple(row) for row in cursor.fetchall()]
    finally:
        connection.close()


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process is writing just now."""
    return _code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def explain(error: sqlite3.Error) -> StoreError:
    """The same in words that a person understands."""
    code = _code(error)
    if code in _DAMAGED:
        return DamagedError("the database is damaged")
    return StoreError(_REASONS.get(code, f"the database says: {error}"))


def explain_os(error: OSError, path: Path) -> StoreError:
    """The same of what the operating system refuses."""
    if error.errno in _FULL:
        return StoreError("the disk is full")
    if error.errno in _NOT_WRITABLE:
        return StoreError(f"{path} cannot be written ({error.strerror})")
    return StoreError(f"{path}: {error.strerror or type(error).__name__}")


def _code(error: sqlite3.Error) -> int:
    # Absent where Python itself refuses; the upper bits tell more than is needed here.
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def beside(path: Path, suffix: str) -> Path:
    """The database's file, its log or its index, by suffix."""
    return path.with_name(path.name + suffix)


def is_damaged(path: Path) -> bool:
    """Whether what lies there now is no database, or one that is broken."""
    try:
        with closing(_connect(path, "rw")) as connection:
            return connection.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]
    except sqlite3.Error as error:
        return _code(error) in _DAMAGED


def is_open(path: Path) -> bool:
    """Whether somebody seems to have a database open."""
    return any(beside(path, suffix).exists() for suffix in _OPEN)


def connect_read_only(path: Path, *, alone: bool) -> sqlite3.Connection:
    """Open a database for reading.

    Args:
        alone: nobody else has it open. Then SQLite is told not to look for others, for which it
            would leave files beside the database.
    """
    return _connect(path, "ro&immutable=1" if alone else "ro")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    address = f"file:{quote(str(path.absolute()))}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None)


def move_aside(path: Path) -> None:
    """Give a damaged database another name, log and index along with it, and say so.

    Raises:
        OSError: the folder cannot be written.
    """
    stem = f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
    number, target = 1, path.with_name(stem)
    while target.exists():
        number, target = number + 1, path.with_name(f"{stem}-{number + 1}")
    for suffix in _BESIDE:
        file = beside(path, suffix)
        if file.exists():
            file.replace(beside(target, suffix))
    logger.warning(
        "%s is damaged and now lies in %s; a new one is made. What people asked still stands in "
        "the old one, until it is deleted or as old as all that is remembered",
        path,
        target,
    )


def delete_moved_aside(path: Path, before: float) -> None:
    """Delete the damaged databases that were last written before a time."""
    for file in path.parent.glob(f"{glob.escape(path.name)}.damaged-*"):
        if file.stat().st_mtime < before:
            file.unlink(missing_ok=True)
