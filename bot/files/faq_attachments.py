"""The attachments of an FAQ entry: pictures and documents that go with its answer."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bot.domain import Attachment, FileKind, is_web_address
from bot.errors import cannot_be_read
from bot.files.section import Section, describe_text

_KEYS = (*FileKind, "caption")
_EXAMPLE = "{photo: pictures/label.jpg, caption: Where the label goes}"
_NEEDED = "a file's path from this file's folder on, or a web address"
_MAX_CHARS = 2_048
_MAX_CAPTION_CHARS = 1_024


@dataclass(frozen=True, slots=True)
class _Rule:
    """What Telegram takes of a kind of file: so many bytes, and these endings (none: any)."""

    max_bytes: int
    suffixes: tuple[str, ...] = ()


_RULES = {
    FileKind.PHOTO: _Rule(10_000_000, (".jpg", ".jpeg", ".png", ".webp")),
    FileKind.DOCUMENT: _Rule(50_000_000),
}


def read_attachments(section: Section, root: Path) -> tuple[Attachment, ...]:
    """The attachments of an entry; problems are noted there.

    Args:
        root: the folder that no attachment may lie outside of.
    """
    found = []
    for part in section.sections("attachments", known=_KEYS, example=_EXAMPLE):
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
    written = part.text(kind, max_chars=_MAX_CHARS)
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
    rule = _RULES[kind]
    if size == 0:
        return "the file is empty. Save it anew."
    if size > rule.max_bytes:
        most = f"{rule.max_bytes:,}"
        return f"the file has {size:,} bytes; a {kind} may have {most}. Make it smaller."
    if rule.suffixes and path.suffix.lower() not in rule.suffixes:
        endings = f"{', '.join(rule.suffixes[:-1])} or {rule.suffixes[-1]}"
        return f"a {kind}'s name ends in {endings}. Send other files as a document."
    return None
