"""Rows → an aligned table, and cells that keep to their line whatever strangers wrote."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import Thresholds
from bot.formatting import in_short

Cell = str | int | float | None
_JOINERS = "\u200c\u200d"  # within emoji and some scripts; they show nothing and move nothing


def table(headers: Sequence[str], rows: Sequence[Sequence[Cell]], left: int = 1) -> str:
    """Align rows under their headers.

    Args:
        headers: one per column; a line break in one makes the head higher.
        rows: as many cells each; None is shown as "-".
        left: so many first columns are aligned to the left, all others to the right.
    """
    split = [header.split("\n") for header in headers]
    height = max(map(len, split))
    head = [[""] * (height - len(lines)) + lines for lines in split]
    lines = [[column[line] for column in head] for line in range(height)]
    lines += [["-" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headers))]
    lines.insert(height, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def under(name: str, lines: Thresholds) -> str:
    """The head of a column of what such thresholds do."""
    return f"{name}\n{told(lines)}"


def told(lines: Thresholds) -> str:
    """Thresholds from the highest down; the tentative one is left out where it is off."""
    values = (lines.answer, lines.tentative, lines.follow_up)
    return " / ".join(f"{value:g}" for value in values if value is not None)


def percent(share: float | None) -> str | None:
    """A share from 0 to 1 as percent with one digit."""
    return None if share is None else f"{100 * share:.1f}"


def decimal(number: float | None, digits: int = 3) -> str | None:
    """A number with so many digits."""
    return None if number is None else f"{number:.{digits}f}"


def one_line(text: str, chars: int = 60) -> str:
    """The text on one line, shortened; what moves the cursor or turns the order of letters around
    is shown by its code, such as \\u202e."""
    return "".join(
        one if one.isprintable() or one in _JOINERS else _code(one) for one in in_short(text, chars)
    )


def _code(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
