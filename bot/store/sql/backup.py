"""Copies of the database: made while the bot runs, put back while it does not.

The key is no part of them. Whoever has a copy alone cannot read who asked; whoever has the key as
well can. So the two are kept apart.
"""

from __future__ import annotations

import glob
import logging
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from itertools import chain
from pathlib import Path

from bot.errors import StoreError
from bot.files.atomic import write_whole
from bot.store.sql.schema import NEWEST

logger = logging.getLogger(__name__)

# What lies beside the database and holds what it held.
_BEFORE_UPGRADE, _BEFORE_RESTORE, DAMAGED = ".version-", ".before-restore-", ".damaged-"
_BUSY_S = 10.0


def back_up(path: Path, target: Path) -> None:
    """Copy the database as it is at one moment, whoever writes meanwhile.

    Raises:
        StoreError: there is none, it cannot be read, or the copy cannot be written.
    """
    if not path.is_file():
        raise StoreError(f"{path}: there is no such database.")
    if target.exists():
        raise StoreError(f"{target} is there already. Name a file that is not.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy(path, target)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{target} cannot be written: {_reason(error)}.") from None


def restore(path: Path, copy: Path) -> Path | None:
    """Put a copy in the place of the database, which is moved aside.

    Returns:
        Where the one before lies now; None where there was none.
    Raises:
        StoreError: the copy is missing, none, or of a newer bot; or a bot is running.
    """
    if not copy.exists():
        raise StoreError(f"{copy}: there is no such file.")
    try:
        with closing(_opened(copy, "ro&immutable=1")) as connection:
            is_whole = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.Error:
        is_whole = False
    version = version_of(copy) if is_whole else None
    if version is None:
        raise StoreError(f"{copy}: this is no copy of a database of the bot's, or a damaged one.")
    refuse_newer(copy)
    require_alone(path)
    aside = None
    try:
        if path.exists():
            now = datetime.now().astimezone()
            aside = path.with_name(f"{path.name}{_BEFORE_RESTORE}{now:%Y%m%d-%H%M%S}")
            path.replace(aside)
        for suffix in ("-wal", "-shm"):  # of a damaged one; SQLite would read them into the copy
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        write_whole(path, copy.read_bytes())
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {_reason(error)}.") from None
    return aside


def refuse_newer(path: Path) -> None:
    """See that a database, if there is one that can be read, is of no newer bot.

    Raises:
        StoreError: it is; its text names the copy that was made before the upgrade.
    """
    version = version_of(path)
    if version is None or version <= NEWEST:
        return
    older = [file for file in _copies(path, _BEFORE_UPGRADE) if (version_of(file) or 0) <= NEWEST]
    named = max(older, key=lambda file: file.stat().st_mtime, default=Path("FILE"))
    raise StoreError(
        f"{path} is of version {version}, and this bot knows versions up to {NEWEST}. Start the "
        "newer bot; or go back to what was before the upgrade, without what came since: python -m "
        f"bot store restore {named}"
    )


def version_of(path: Path) -> int | None:
    """The version of a database; None where there is none that can be read."""
    if not path.is_file():
        return None
    try:
        with closing(_opened(path, "rw")) as connection:
            found = connection.execute("SELECT version FROM schema_version").fetchone()
    except sqlite3.Error:
        return None
    return int(found[0]) if found else None


def keep_before_upgrade(path: Path) -> None:
    """Copy a database of an older version, so that there is a way back."""
    version = version_of(path)
    if version is None or version >= NEWEST:
        return
    target = path.with_name(f"{path.name}{_BEFORE_UPGRADE}{version}")
    try:
        _copy(path, target)
    except (OSError, sqlite3.Error) as error:
        logger.warning("no copy of %s is made before the upgrade (%s)", path, _reason(error))
    else:
        logger.info(
            "%s is upgraded to version %d; a copy of before lies in %s until somebody asks to be "
            "forgotten, or all in it is too old",
            *(path, NEWEST, target),
        )


def delete_copies(path: Path, before: float) -> None:
    """Delete the copies beside a database, and those that were damaged.

    Args:
        before: only those that were written before a time, in seconds since 1970; inf: all.
    """
    kinds = (_BEFORE_UPGRADE, _BEFORE_RESTORE, DAMAGED)
    for file in chain.from_iterable(_copies(path, kind) for kind in kinds):
        try:
            if file.stat().st_mtime < before:
                file.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("%s is to be deleted, and cannot be (%s)", file, error.strerror)


def require_alone(path: Path) -> None:
    """See that nobody has the database open.

    Raises:
        StoreError: somebody has.
    """
    if not path.exists():
        return
    with suppress(sqlite3.DatabaseError), closing(_opened(path, "rw", 1.0)) as connection:
        try:
            mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError:  # it is locked
            mode = None
        if mode != ("delete",):
            raise StoreError(f"{path} is open in another program: stop the bot first.")


def _copies(path: Path, kind: str) -> Iterator[Path]:
    return path.parent.glob(f"{glob.escape(path.name)}{kind}*")


def _copy(path: Path, target: Path) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".tmp")
    try:
        with closing(_opened(path, "rw")) as connection:
            connection.execute("VACUUM INTO ?", (temporary,))  # an empty file is taken
        os.fsync(handle)
        Path(temporary).replace(target)
    finally:
        os.close(handle)
        Path(temporary).unlink(missing_ok=True)


def _opened(path: Path, mode: str, busy_s: float = _BUSY_S) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=busy_s, isolation_level=None)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
