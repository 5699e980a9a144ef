"""Web addresses in an answer that lead nowhere, because they are mistyped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain import is_web_address

# What was meant for http:// or https://, whatever became of it: htps://, https//, http:/, https: //
_BEGINNING = re.compile(
    r"(?<![\w/.:-])(h{1,2}t{1,3}ps{0,2})( ?[:;]? ?/{1,3} ?|:\\{1,2})(?=(?:[a-z][\w-]*)?\.+\w)(\S*)",
    re.I,
)
_GOOD = ("http", "https")
_HOST = re.compile(r"[\w.:@%~-]*", re.UNICODE)
_SWAPPED = re.compile(r"\(([^()\[\]\n]+)\)\[(https?://[^\s\]]+)\]")
_PARTED = re.compile(r"\[([^\[\]\n]+)\] +\((https?://[^\s)]+)\)")
_LINK = re.compile(r"(?<!!)\[[^\[\]\n]+\]\(<?([a-z][a-z0-9+.-]*:[^\s()<>]*)>?\)", re.I)
_SHOWN = re.compile(
    r"(?:mailto:|tel:|https?://)\S", re.I
)  # what else is wrong with it is told below


def broken(source: str) -> Iterator[tuple[int, str]]:
    """Each line of a text, from 0, with such an address, and what is wrong with it."""
    for line, text in enumerate(source.split("\n")):
        for found in _BEGINNING.finditer(text):
            scheme, between, rest = found.groups()
            if scheme.lower() not in _GOOD or between != "://":
                told = "is no web address; one begins with https://. Correct it."
                yield line, f"{found[0]!r} {told}"
            elif not _has_host(rest):
                yield line, f"{found[0]!r} has no name of a website in it. Correct it."
        for found in _LINK.finditer(text):
            if not _SHOWN.match(found[1]) and not _BEGINNING.search(found[1]):
                told = f"is not shown as a link: {found[1]!r} is no web address. Correct it."
                yield line, f"{found[0]!r} {told}"
        for pattern in (_SWAPPED, _PARTED):
            for found in pattern.finditer(text):
                told = f"is not shown as a link. Write [{found[1]}]({found[2]})."
                yield line, f"{found[0]!r} {told}"


def _has_host(rest: str) -> bool:
    host = _HOST.match(rest)
    name = "" if host is None else host[0].rstrip(".:")
    return ".." not in name and not name.startswith(".") and is_web_address(f"https://{name}")
