"""The store: section of config.yaml: where what people asked is remembered, and what of it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from bot.domain import KeepText
from bot.files.section import MAX_PATH_CHARS, Section, setting

_SQLITE, _POSTGRES = "sqlite:///", "postgresql+psycopg://"
_EXAMPLE = "Write sqlite:/// and a file's path, such as sqlite:///data/faq-bot.db."
_SERVER_EXAMPLE = f"Write it such as {_POSTGRES}faqbot@db.example.com/faqbot."
INDEX_EXAMPLE = (
    f"Name one there, such as {_POSTGRES}faqbot@db.example.com/faqbot, or write index: faiss."
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://")
_LOGIN = re.compile(r":[^/]*@")
_PASSWORD = re.compile(r"[?&]pass(?:word|file)=")


def _read_url(section: Section, key: str) -> str:
    """The database's address. What is refused is never shown: it may hold a password."""
    default = _SQLITE + str(section.folder / StoreSettings().url.removeprefix(_SQLITE))
    written = section.text(key, max_chars=MAX_PATH_CHARS)
    if written is None:
        return default
    try:
        return address(written, section.folder)
    except ValueError as problem:
        section.refuse(key, str(problem))
    return default


def address(written: str, folder: Path) -> str:
    """The address of a database, whose file is named from the working folder.

    Args:
        folder: the file's path is relative to it.
    Raises:
        ValueError: it is none, or holds a password; says what is wrong without showing it.
    """
    file = written.removeprefix(_SQLITE)
    is_server = written.startswith(_POSTGRES)
    problem = _of_server(written) if is_server else _of_file(written, file, folder / file)
    if problem is not None:
        raise ValueError(problem)
    return written if is_server else _SQLITE + str(folder / file)


def _of_file(written: str, file: str, path: Path) -> str | None:
    """What is wrong with the address of a file of SQLite."""
    scheme = _SCHEME.match(written)
    if file == written and scheme is not None and scheme[1].startswith("postgres"):
        return f"begins with {scheme[1]}://. {_SERVER_EXAMPLE}"
    if file == written and scheme is not None and scheme[1] != "sqlite":
        told = f"begins with {scheme[1]}://; only sqlite and postgresql+psycopg are possible."
    elif file == written:
        told = f"does not begin with {_SQLITE}, as is needed."
    elif "?" in file or _LOGIN.search(file):
        told = "holds more than a file's path: a password or options (?…)."
    elif not file or file == ":memory:" or file.endswith("/") or _is_folder(path):
        told = "names no file."
    else:
        return None
    return f"{told} {_EXAMPLE}"


def _of_server(written: str) -> str | None:
    """What is wrong with the address of a database of PostgreSQL."""
    try:
        found = urlsplit(written)
        password, _ = found.password, found.port
    except ValueError:
        return f"is no address. {_SERVER_EXAMPLE}"
    if password is not None or _PASSWORD.search(written):
        return (
            "holds a password, which does not belong in this file. Put it in STORE_PASSWORD, or "
            f"the path of a file that holds it in STORE_PASSWORD_FILE. {_SERVER_EXAMPLE}"
        )
    if not found.path.strip("/"):
        return f"names no database. {_SERVER_EXAMPLE}"
    return None


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112  (whatever the name, it never raises)


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """What the store: section says, checked. Keys it leaves out have the values below.

    Attributes:
        url: sqlite:/// and the database's path, as named from the working folder; the file need
            not exist. Or postgresql+psycopg://, a server and a database; never a password.
        key_file: where the key lies that people's ids are hashed with; need not exist.
        keep_text: which words of people are kept.
        retention_days: after so many days everything is erased, 1 to 3,650.
    """

    url: str = setting("sqlite:///data/faq-bot.db", _read_url)
    key_file: Path = setting(Path("data/key"))
    keep_text: KeepText = setting(KeepText.UNANSWERED)
    retention_days: int = setting(90, partial(Section.whole, low=1, high=3_650))

    @property
    def is_shared(self) -> bool:
        """Whether several processes may use it at once, as a server's."""
        return self.url.startswith(_POSTGRES)
