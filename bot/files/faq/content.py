"""What the files of an FAQ hold, as one thing that can be compared, kept and sent."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bot.files.faq.load import faq_files, folder_of


@dataclass(frozen=True)
class FaqContent:
    """The files of an FAQ.

    Attributes:
        files: what each holds, by its path within the FAQ's folder, with / between folders.
    """

    files: Mapping[str, bytes]

    @classmethod
    def read(cls, faq: Path) -> FaqContent:
        """What the files hold now; without those that cannot be read.

        Args:
            faq: the folder, or the one file.
        """
        folder, found = folder_of(faq), {}
        for file in faq_files(faq):
            try:
                found[file.relative_to(folder).as_posix()] = file.read_bytes()
            except OSError:
                continue  # whoever loads it says why
        return cls(found)

    @cached_property
    def digest(self) -> str:
        """64 hexadecimal digits; others, if one name or one byte is another."""
        parts = (
            f"{name}\0{len(text)}\0".encode() + text for name, text in sorted(self.files.items())
        )
        return hashlib.sha256(b"".join(parts)).hexdigest()

    def within(self, faq: Path) -> dict[Path, bytes]:
        """What each file holds, by its path on this machine."""
        return {folder_of(faq) / name: text for name, text in self.files.items()}


def pack(files: Mapping[str, bytes]) -> bytes:
    """Files as the bytes of one."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return stream.getvalue()


def unpack(packed: bytes) -> dict[str, bytes]:
    """The files that were packed."""
    with zipfile.ZipFile(io.BytesIO(packed)) as found:
        return {name: found.read(name) for name in found.namelist()}
