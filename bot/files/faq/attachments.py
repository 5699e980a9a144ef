"""The attachments of an FAQ entry: files beside it, and web addresses."""

from __future__ import annotations

import os
from pathlib import Path

from bot.domain import Attachment, FileKind, is_web_address
from bot.errors import cannot_be_read
from bot.files.section import Section, describe_text

MAX_URL_CHARS = 2_048
_EXAMPLE = "{photo: pictures/label.jpg, caption: Where the label goes}"
_NEEDED = "a file's path from this file's folder on, or a web address"
_MAX_CAPTION_CHARS = 1_024
# What Telegram takes.
_MAX_BYTES = {FileKind.PHOTO: 10_000_000, FileKind.DOCUMENT: 50_000_000}
_PHOTO_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")


def read_attachments(section: Section, root: Path) -> tuple[Attachment, ...]:
    """The attachments of an entry; problems are noted there.

    Args:
        root: the folder that no attachment may lie outside of.
    """
    found = []
    known, example = (*FileKind, "caption"), _EXAMPLE
    for part in section.sections("attachments", known=known, example=example):
        caption = part.text("caption", max_chars=_MAX_CAPTION_CHARS)
        kind = _kind(part)
        source = None if kind is None else _source(part, kind, root)
        if kind is not None and source is not None:
            found.append(Attachment(kind, source, caption or ""))
    return tuple(found)


def _kind(part: Section) -> FileKind | None:
    kinds = [kind for kind in FileKind if kind in part]
    if not kinds:
        first, *others = FileKind
        part.refuse(first, f"or {' or '.join(others)} is missing: {_NEEDED}.")
    for other in kinds[1:]:
        part.refuse(other, f"stands beside {kinds[0]}. Give each an item of its own.")
    return kinds[0] if len(kinds) == 1 else None


def _source(part: Section, kind: FileKind, root: Path) -> str | None:
    written = part.text(kind, max_chars=MAX_URL_CHARS)
    if written is None or is_web_address(written):
        return written
    path = part.folder / written
    wrong = _wrong_with_path(written, path, root) or _wrong_with_file(path, kind)
    if wrong is not None:
        part.refuse(kind, f"is {describe_text(written)}; {wrong}")
        return None
    return str(path)


def _wrong_with_path(written: str, path: Path, root: Path) -> str | None:
    if "://" in written:
        return "an address that begins with https:// or http:// is needed, or a file's path."
    if Path(written).is_absolute():
        return "a path from this file's folder on is needed. Put the file into the FAQ folder."
    try:
        is_inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):  # links in a circle; no name of a file
        return f"there is no such file in {path.parent}."
    if is_inside:
        return None
    return f"this is outside of the FAQ folder {root}. Put the file into it."


def _wrong_with_file(path: Path, kind: FileKind) -> str | None:
    try:
        if path.is_dir():
            return "this is a folder; a file is needed."
        if not path.is_file():  # opening a pipe would wait for ever
            return f"there is no such file in {path.parent}."
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        return cannot_be_read("file", error)
    if size == 0:
        return "the file is empty. Save it anew."
    if size > _MAX_BYTES[kind]:
        most = f"{_MAX_BYTES[kind]:,}"
        return f"the file has {size:,} bytes; a {kind} may have {most}. Make it smaller."
    if kind is FileKind.PHOTO and path.suffix.lower() not in _PHOTO_ENDINGS:
        endings = f"{', '.join(_PHOTO_ENDINGS[:-1])} or {_PHOTO_ENDINGS[-1]}"
        return f"a {kind}'s name ends in {endings}. Send other files as a document."
    return None
