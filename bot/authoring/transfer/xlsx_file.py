"""XLSX: rows of cells out of a workbook, and rows of cells as one."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from bot.authoring.transfer.draft import Left, Place, refused
from bot.authoring.transfer.source import Source, members, needs
from bot.authoring.transfer.table import Row
from bot.errors import BotError

if TYPE_CHECKING:
    from openpyxl.cell.read_only import ReadOnlyCell
    from openpyxl.workbook import Workbook

_MAX_CELL = 32_767  # characters, by the format's own rules
_MAX_ROWS, _MAX_COLUMNS = 100_000, 100
_DAMAGED = "the workbook is damaged, or is none. Open it in a spreadsheet program and save it anew."


def read_rows(source: Source, left: Left) -> Iterator[Row]:
    """The rows of all sheets that can be seen and hold something.

    Formulas are taken for the value that they last had; those that never had one are left out.

    Raises:
        FileProblems: it is damaged, locked or too large.
    """
    needs("openpyxl", "XLSX")
    for _ in members(source):  # unpacks to no more than an FAQ can be, and is whole
        pass
    values, formulas = (_opened(source, is_value) for is_value in (True, False))
    try:
        sheets = [name for name in values.sheetnames if values[name].sheet_state == "visible"]
        for name in sheets:
            path = source.path if len(sheets) == 1 else f"{source.path}[{name}]"
            yield from _rows(path, values[name], formulas[name], left)
    except BotError:
        raise
    except Exception as error:
        raise refused(source.path, _DAMAGED) from error
    finally:
        values.close()
        formulas.close()


def has_head(source: Source, is_head: Callable[[Iterable[str]], bool]) -> bool:
    """Whether the first row of a sheet names its columns in a certain way."""
    seen: dict[str, Row] = {}
    for row in read_rows(source, Left()):
        seen.setdefault(row.path, row)
    return any(is_head(row.cells) for row in seen.values())


def written(rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook of one sheet; every cell is text, so nothing in it is run as a formula."""
    needs("openpyxl", "XLSX")
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("FAQ")
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEFGH", (20, 40, 50, 70, 20, 8, 20, 30), strict=True):
        sheet.column_dimensions[letter].width = width
    for number, row in enumerate(rows):
        cells = []
        for text in row:
            if len(text) > _MAX_CELL:
                raise BotError(
                    f"The entry {row[0]} holds {len(text):,} characters in one place; a cell takes "
                    f"{_MAX_CELL:,}. Export to CSV or Markdown."
                )
            cell = WriteOnlyCell(sheet, text)
            cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=number == 0)
            cells.append(cell)
        sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _opened(source: Source, is_value: bool) -> Workbook:
    from openpyxl import load_workbook

    warnings.filterwarnings("ignore", module="openpyxl")  # about what of a sheet is not read
    try:
        return load_workbook(io.BytesIO(source.data), read_only=True, data_only=is_value)
    except Exception as error:
        raise refused(source.path, _DAMAGED) from error


def _rows(path: str, values: Any, formulas: Any, left: Left) -> Iterator[Row]:
    """Both sheets are read side by side, row by row: one knows values, the other formulas."""
    for sheet in (values, formulas):
        sheet.reset_dimensions()  # what a file says of its own size need not be true
    bounds = {"max_row": _MAX_ROWS + 1, "max_col": _MAX_COLUMNS}
    both = zip_longest(values.iter_rows(**bounds), formulas.iter_rows(**bounds), fillvalue=())
    for number, (row, typed) in enumerate(both, 1):
        if number > _MAX_ROWS:
            raise refused(path, f"the sheet has more than {_MAX_ROWS:,} rows. Split it.")
        place = Place(path, number)
        cells = [_text(cell, was, place, left) for cell, was in zip(row, typed, strict=False)]
        if any(cells):
            yield Row(path, number, cells)


def _text(cell: ReadOnlyCell, typed: ReadOnlyCell, place: Place, left: Left) -> str:
    value = cell.value
    if value is None and typed.data_type == "f":
        told = "holds a formula whose value is not in the file. Open the file and save it anew."
        left.out(place, f"{_name(typed)} {told}")
    elif cell.data_type == "e":
        left.out(place, f"{_name(cell)} shows the error {value}; it is left out.")
        return ""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, date | time):
        return value.isoformat().replace("T", " ")
    return str(value).replace("\r\n", "\n").replace("\r", "\n")


def _name(cell: ReadOnlyCell) -> str:
    return f"the cell {cell.coordinate}"
