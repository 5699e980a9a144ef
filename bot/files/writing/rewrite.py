"""Changing files that people wrote: never blindly, and never half."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.errors import FileProblems, Problem
from bot.files.atomic import write_whole
from bot.files.writing.remark import Remark


class ChangedError(FileProblems):
    """A file is not as it was when it was read."""


# Kubernetes puts a volume's files into such a folder, swaps it with each change, and links there.
_MOUNTED = ".."
_MODE = 0o644  # of a new file: its readers are not only the bot


def hindrance(path: Path) -> Remark | None:
    """Why a file cannot be changed here; None where it can."""
    target = path.resolve()
    if any(part.startswith(_MOUNTED) for part in target.parent.parts):
        return Remark("file_mounted")
    if not os.access(target.parent, os.W_OK):
        return Remark("file_folder")
    try:
        owner = target.stat().st_uid
    except OSError:
        return None
    # It is replaced by another file, which would be somebody else's.
    if hasattr(os, "geteuid") and os.geteuid() not in (0, owner):
        return Remark("file_owner", {"owner": str(owner)})
    return None


def rewrite(path: Path, before: bytes | None, after: bytes | None) -> None:
    """Put other content into a file that has not changed since it was read.

    A kill at any moment leaves the old or the new file. A link stays a link; mode and owner stay.

    Args:
        before: what it was changed from; None where there was no file.
        after: None takes the file away.
    Raises:
        ChangedError: it has changed meanwhile, or is gone.
        FileProblems: it cannot be written; the old one stands.
    """
    told = hindrance(path)
    if told is not None:
        raise FileProblems([Problem(str(path), None, str(told))])
    target = path.resolve()
    try:
        with alone(target.parent):
            require(path, before)
            if after is None:
                target.unlink()
            else:
                _replace(target, after, replaces=before is not None)
    except OSError as error:
        text = f"it cannot be written ({error.strerror or error}); the old file stands."
        raise FileProblems([Problem(str(path), None, text)]) from None


def _replace(target: Path, content: bytes, *, replaces: bool) -> None:
    found = target.stat() if replaces else None
    write_whole(target, content, _MODE if found is None else found.st_mode, replaces=replaces)
    if found is not None and found.st_uid != target.stat().st_uid:  # by root, for somebody
        os.chown(target, found.st_uid, found.st_gid)


def require(path: Path, content: bytes | None) -> None:
    """See that a file is as it was.

    Args:
        content: what it held; None where there was no file.
    Raises:
        ChangedError: it is not.
    """
    try:
        now = path.read_bytes()
    except FileNotFoundError:
        now = None
    if now == content:
        return
    told = (
        "the file is gone; nothing was written."
        if now is None
        else ("the file has changed meanwhile; nothing was written. Try again.")
    )
    raise ChangedError([Problem(str(path), None, told)])


@contextmanager
def alone(place: Path) -> Iterator[None]:
    """Keep other bots from changing a file, or what is in a folder, where the system can."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    handle = os.open(place, os.O_RDONLY)
    try:
        with suppress(OSError):  # not every network folder knows it
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
