"""Files of other programs as tests write them, and what becomes of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.authoring.transfer.transfer import Taken, import_faq
from bot.domain import Faq, FaqEntry
from bot.errors import FileProblems

NOTHING = Faq(())


def take(
    name: str, content: str | bytes, existing: Faq = NOTHING, form: str | None = None
) -> Taken:
    """What is taken of a file in the working folder."""
    path = Path(name)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_faq([path], existing, form=form)


def entries(name: str, content: str | bytes) -> tuple[FaqEntry, ...]:
    """The entries of a file of which nothing is left out."""
    taken = take(name, content)
    assert [str(each) for each in taken.left] == []
    return taken.entries


def refusal(name: str, content: str | bytes, form: str | None = None) -> str:
    """The one line that says why a file cannot be taken."""
    with pytest.raises(FileProblems) as caught:
        take(name, content, form=form)
    (line,) = str(caught.value).split("\n")
    return line


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def workbook(*rows: tuple[object, ...]) -> bytes:
    """A workbook of one sheet."""
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
