"""CSV and TSV: rows of cells out of a text, and rows of cells as one."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from bot.authoring.transfer.draft import refused
from bot.authoring.transfer.source import Source
from bot.authoring.transfer.table import Row, head_of

_MAX_CELL = 200_000  # characters; five times the longest answer
_DELIMITERS = ",;\t|"
_SAMPLE, _SAMPLE_ROWS = 64 * 1024, 50
# What a spreadsheet program would run as a formula; an apostrophe before it makes it text.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_HELD = re.compile(r"'+[=+\-@\t\r]")


def read_rows(source: Source) -> Iterator[Row]:
    """The rows that hold something, each with the line that it begins in.

    Raises:
        FileProblems: it is no text, or a quotation mark is never closed.
    """
    text = source.text()
    csv.field_size_limit(_MAX_CELL)
    delimiter = "\t" if source.ending in {".tsv", ".tab"} else _delimiter(text)
    # Tables with tabs are written by programs that know of quotes, and by some that do not.
    are_quoted = delimiter != "\t" or _is_quoted(text)
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if are_quoted else csv.QUOTE_NONE,
        strict=True,
    )
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(source.path, line, [_unescaped(cell) for cell in cells])
            line = reader.line_num + 1
    except csv.Error as error:
        raise refused(source.path, _explain(str(error)), line) from error


def first_cells(text: str) -> list[str]:
    """The cells of the first line."""
    line = text.partition("\n")[0]
    return [cell.strip('" ') for cell in line.split(_delimiter(text))]


def _is_quoted(text: str) -> bool:
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True):
            pass
    except csv.Error:
        return False
    return True


def written(rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file that spreadsheet programs open as UTF-8; nothing in it is run as a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_escaped(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _escaped(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unescaped(cell: str) -> str:
    return cell[1:] if _HELD.match(cell) else cell


def _delimiter(text: str) -> str:
    """The character between cells: the one by which a row names the columns; else the one that
    parts most lines alike.
    """
    best, most = ",", 0
    for delimiter in _DELIMITERS:
        rows = _sample(text, delimiter)
        if any(head_of(Row("", 1, cells)) for cells in rows):
            return delimiter
        widths = [len(cells) for cells in rows if len(cells) > 1]
        alike = max((widths.count(width) for width in set(widths)), default=0)
        if alike > most:
            best, most = delimiter, alike
    return best


def _sample(text: str, delimiter: str) -> list[list[str]]:
    rows = csv.reader(io.StringIO(text[:_SAMPLE], newline=""), delimiter=delimiter)
    try:
        return list(islice(rows, _SAMPLE_ROWS))
    except csv.Error:
        return []


def _explain(error: str) -> str:
    if "field larger" in error:
        return f"a cell holds more than {_MAX_CELL:,} characters. Shorten it, or close its quotes."
    if "unexpected end" in error:
        return "a quotation mark is opened here and never closed. Close it."
    return 'a quotation mark stands inside a cell. Double it, and put the cell in quotes: "…""…".'
