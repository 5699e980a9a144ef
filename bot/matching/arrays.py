"""Arrays on disk: written whole or not at all, read back only if they are what they claim to be."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.files.atomic import write_whole

logger = logging.getLogger(__name__)

Arrays = Mapping[str, NDArray[Any]]
T = TypeVar("T")


def load_arrays(path: Path, fingerprint: str, read: Callable[[Arrays], T]) -> T | None:
    """Read arrays; None, with one log line, where they are damaged or belong to something else.

    Args:
        fingerprint: of whatever the arrays depend on; it must be the one they were saved with.
        read: makes something of the arrays; whatever it raises means that they are damaged.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            if str(file["fingerprint"]) != fingerprint:
                logger.info("%s belongs to another FAQ, model or version; rebuilding", path)
                return None
            return read({name: file[name] for name in file.files})
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Exception as error:  # noqa: BLE001  (damaged bytes can raise anything)
        report_damage(path, type(error).__name__)
        return None


def report_damage(path: Path, reason: str) -> None:
    """Say once that a file or folder will be made anew."""
    logger.warning("%s is damaged (%s); rebuilding", path, reason)


def save_arrays(path: Path, fingerprint: str, arrays: Arrays) -> bool:
    """Save arrays, whole or not at all.

    Where that cannot be done, one log line says so: a cache is no reason not to start.

    Returns:
        Whether they are saved.
    """
    stream = io.BytesIO()
    np.savez(stream, fingerprint=np.array(fingerprint), **arrays)  # type: ignore[arg-type]
    try:
        write_whole(path, stream.getvalue(), outlasts_power=False)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        logger.warning("%s cannot be written (%s); the next start will be slower", path, reason)
        return False
    return True
