"""Words of strangers, to be printed in a line of their own."""

from __future__ import annotations

_JOINERS = "\u200c\u200d"  # within emoji and some scripts; they show nothing and move nothing


def one_line(text: str, chars: int = 60) -> str:
    """The text on one line, shortened; what moves the cursor or turns the order of letters around
    is shown by its code, such as \\u202e."""
    flat = " ".join(text.split())
    cut = flat if len(flat) <= chars else f"{flat[: chars - 1]}…"
    return "".join(one if one.isprintable() or one in _JOINERS else _code(one) for one in cut)


def _code(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
