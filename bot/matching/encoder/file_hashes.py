"""SHA-256 of files, remembered by size and time of change, so that only what changed is read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path


class FileHashes:
    """Those of the files in a folder.

    Attributes:
        known: by a file's name in the folder: size in bytes, time of change in ns, SHA-256.
    """

    def __init__(self, folder: Path, known: Mapping[str, tuple[int, int, str]]) -> None:
        self._folder = folder
        self.known = dict(known)

    def of(self, name: str) -> str:
        """A file's SHA-256.

        Raises:
            OSError: the file cannot be read.
        """
        file = self._folder / name
        status = file.stat()
        size, changed, digest = self.known.get(name, (None, None, ""))
        if (size, changed) != (status.st_size, status.st_mtime_ns):
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            self.known[name] = (status.st_size, status.st_mtime_ns, digest)
        return digest
