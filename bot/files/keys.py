"""The table of config.yaml's keys: a key is one field of a settings class, declared by `setting`.

A row says what the key is read into and how, its default, whether it decides and whether a change
of it needs a restart. Whoever needs one of these columns asks `keys_of`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from bot.files.section import E, Section

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
    read: Reader[T],
    *,
    path: str = "",
    decides: bool = False,
    needs_restart: bool = False,
) -> T:
    """A field that is read from config.yaml; see `Key`."""
    return field(default=default, metadata={"key": Key(read, path, decides, needs_restart)})


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


# --- readers, beside those of `Section` ---


def text(max_chars: int) -> Reader[str]:
    """A text."""
    return lambda section, key: section.text(key, max_chars=max_chars)


def path(section: Section, key: str) -> Path | None:
    """A path, relative to the file's folder."""
    written = section.text(key, max_chars=MAX_PATH_CHARS)
    return None if written is None else Path(written)


def number(low: float, high: float) -> Reader[float]:
    """A number from `low` to `high`."""
    return lambda section, key: section.number(key, low=low, high=high)


def whole(low: int, high: int) -> Reader[int]:
    """A whole number from `low` to `high`."""
    return lambda section, key: section.whole(key, low=low, high=high)


def one_of(kind: type[E]) -> Reader[E]:
    """One of a few names."""
    return lambda section, key: section.one_of(key, kind)


def group(default: T) -> Reader[T]:
    """Settings of their own, under a key that may be empty."""
    known = known_keys(default)
    return lambda section, key: read_keys(default, section.part(key, known=known))
