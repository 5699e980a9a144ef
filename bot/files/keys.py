"""The table of config.yaml's keys: a key is one field of a settings class, declared by `setting`.

A row says what the key is read into and how, its default, whether it decides and whether a change
of it needs a restart. Whoever needs one of these columns asks `keys_of`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from bot.files.section import Section

MAX_PATH_CHARS = 4096

T = TypeVar("T")
# Reads one key of a section; None where it is missing, or does not fit, which it has noted.
Reader = Callable[[Section, str], T | None]


@dataclass(frozen=True, slots=True)
class Key:
    """A row of the table.

    Attributes:
        path: where it stands, such as "matching.score"; "": under the field's own name.
        decides: whether the bot's decisions depend on it.
        needs_restart: whether only a restart changes it.
    """

    read: Reader[Any]
    path: str = ""
    decides: bool = False
    needs_restart: bool = False


def setting(
    default: T,
    read: Reader[T] | None = None,
    *,
    path: str = "",
    decides: bool = False,
    needs_restart: bool = False,
) -> T:
    """A field that is read from config.yaml; see `Key`.

    Args:
        read: None: by what the default is, a path, one of a few names, yes or no, or settings of
            their own under a key that may be empty.
    """
    key = Key(read or _reader_of(default), path, decides, needs_restart)
    return field(default=default, metadata={"key": key})


def _reader_of(default: Any) -> Reader[Any]:
    if isinstance(default, Path):
        return read_path
    if isinstance(default, StrEnum):
        return partial(Section.one_of, kind=type(default))
    return Section.flag if isinstance(default, bool) else partial(_read_group, default)


def read_path(section: Section, key: str) -> Path | None:
    """A path, relative to the file's folder."""
    written = section.text(key, max_chars=MAX_PATH_CHARS)
    return None if written is None else Path(written)


def _read_group(default: Any, section: Section, key: str) -> Any:
    return read_keys(default, section.part(key, known=known_keys(default)))


def keys_of(settings: Any) -> dict[str, Key]:
    """The rows of a settings class or an object of it, by field, in the order of the file."""
    rows = {each.name: each.metadata["key"] for each in fields(settings) if each.metadata}
    return {name: replace(key, path=key.path or name) for name, key in rows.items()}


def known_keys(settings: Any, part: str = "") -> tuple[str, ...]:
    """The keys that may stand in the section of a settings class, or in a part of that section."""
    beginning = f"{part}." if part else ""
    paths = [key.path for key in keys_of(settings).values() if key.path.startswith(beginning)]
    return tuple(dict.fromkeys(path[len(beginning) :].partition(".")[0] for path in paths))


def read_keys(default: T, section: Section, **given: object) -> T:
    """Settings as a section says them; problems are noted there.

    Args:
        default: its values stand for keys that are missing or do not fit.
        given: values of fields that are not read.
    """
    values = given
    parts = {"": section}
    for name, key in keys_of(default).items():
        if name in given:
            continue
        part, _, last = key.path.rpartition(".")
        if part not in parts:
            parts[part] = section.part(part, known=known_keys(default, part))
        read = key.read(parts[part], last)
        value = getattr(default, name) if read is None else read
        values[name] = section.folder / value if isinstance(value, Path) else value
    return replace(default, **values)  # type: ignore[type-var]
