"""Files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(
    path: Path,
    data: bytes,
    mode: int | None = None,
    *,
    replaces: bool = True,
    outlasts_power: bool = True,
) -> None:
    """Write beside the file and swap, so that a kill at any point leaves the old or the new one.

    A folder that is missing is made, for its owner alone.

    Args:
        mode: who may do what with it; None: its owner may read and write, nobody else anything.
        outlasts_power: False for what may be lost with the power, and is known to be damaged then;
            a disk can take a second to have written something for good.
        replaces: False where a file that another process has made meanwhile is to stand.

    Raises:
        FileExistsError: there is such a file, and it is not to be replaced.
        OSError: the folder cannot be made or written to; the old file stands.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if outlasts_power:
                os.fsync(stream.fileno())
            if mode is not None:
                os.fchmod(stream.fileno(), mode & 0o7777)
        if replaces:
            Path(temporary).replace(path)
        else:
            path.hardlink_to(temporary)
    finally:
        Path(temporary).unlink(missing_ok=True)
