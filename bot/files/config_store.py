"""The store: section of config.yaml → StoreSettings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.domain import KeepText
from bot.files.section import Section

_KEYS = ("url", "key_file", "keep_text", "retention_days")
_MAX_PATH_CHARS = 4096
_SQLITE = "sqlite:///"
_EXAMPLE = "Write sqlite:/// and a file's path, such as sqlite:///data/faq-bot.db."
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://")
_LOGIN = re.compile(r":[^/]*@")


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """What the store: section says, checked. Keys it leaves out have the values below.

    Attributes:
        url: sqlite:/// and the database's path, as named from the working folder; the file need
            not exist.
        key_file: where the key lies that people's ids are hashed with; need not exist.
        keep_text: which words of people are kept.
        retention_days: after so many days everything is erased, 1 to 3,650.
    """

    url: str = "sqlite:///data/faq-bot.db"
    key_file: Path = Path("data/key")
    keep_text: KeepText = KeepText.UNANSWERED
    retention_days: int = 90


def read_store(top: Section, folder: Path) -> StoreSettings:
    """The settings of the section; problems are noted there.

    Args:
        folder: what relative paths are relative to.
    """
    section = top.section("store", known=_KEYS, may_be_empty=True)
    default = StoreSettings()
    default_url = _under(folder, default.url.removeprefix(_SQLITE))
    if section is None:
        return StoreSettings(url=default_url, key_file=folder / default.key_file)
    url = _url(section, folder)
    key_file = section.text("key_file", max_chars=_MAX_PATH_CHARS)
    keep_text = section.one_of("keep_text", [name.value for name in KeepText])
    days = section.whole("retention_days", low=1, high=3_650)
    return StoreSettings(
        url=default_url if url is None else url,
        key_file=folder / (default.key_file if key_file is None else key_file),
        keep_text=default.keep_text if keep_text is None else KeepText(keep_text),
        retention_days=default.retention_days if days is None else days,
    )


def _url(section: Section, folder: Path) -> str | None:
    """The database's address. What is refused is never shown: it may hold a password."""
    written = section.text("url", max_chars=_MAX_PATH_CHARS)
    if written is None:
        return None
    path = written.removeprefix(_SQLITE)
    scheme = _SCHEME.match(written)
    if path == written and scheme is not None and scheme[1] != "sqlite":
        section.refuse("url", f"begins with {scheme[1]}://; only sqlite is possible. {_EXAMPLE}")
    elif path == written:
        section.refuse("url", f"does not begin with {_SQLITE}, as is needed. {_EXAMPLE}")
    elif "?" in path or _LOGIN.search(path):
        section.refuse(
            "url", f"holds more than a file's path: a password or options (?…). {_EXAMPLE}"
        )
    elif not path or path == ":memory:" or path.endswith("/") or _is_folder(folder / path):
        section.refuse("url", f"names no file. {_EXAMPLE}")
    else:
        return _under(folder, path)
    return None


def _under(folder: Path, path: str) -> str:
    return f"{_SQLITE}{folder / path}"


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # ValueError: a character that no name can hold
        return False
