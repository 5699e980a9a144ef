"""A file that is read, whole and within bounds: its bytes, its text, the files in it."""

from __future__ import annotations

import importlib.util
import io
import json
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from bot.authoring.transfer.draft import refused
from bot.errors import BotError, ProblemList, cannot_be_read
from bot.files.yamlfile import MAX_BYTES, Fields, Items, Node, read_yaml

# Of a zip, all files in it together: what is packed well can be a thousand times its size.
MAX_UNPACKED = 4 * MAX_BYTES
_MAX_MEMBERS = 20_000
_MB = 1024 * 1024
_DAMAGED = "the file is damaged or was not copied whole. Export or download it anew."
_BROKEN = (  # what reading a damaged zip raises, and one packed in a way that is not known
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(NotImplementedError, OverflowError, ValueError),
)
_ZIP = b"PK\x03\x04"
_MARKS = (  # the longer ones first: that of UTF-32 begins as that of UTF-16 does
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_HIGH = re.compile(rb"[\x80-\xff]+")
_COMMON_CHINESE = re.compile(rb"(?:[\xa1-\xa3\xb0-\xd7][\xa1-\xfe])+")
_UNUSED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")  # stand for nothing in Windows-1252
_LETTERS = re.compile(rb"[A-Za-z\x80-\xff]")
_SAVE = "Save it as UTF-8"
_INSTALL = ".venv/bin/python -m pip install -r requirements-import.lock"


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one file.

    Attributes:
        path: as the person named it; of a file in a zip, after the zip's.
        encoding: what the person said it is saved as; None: to be told from its bytes.
    """

    path: str
    data: bytes
    encoding: str | None = None

    @property
    def name(self) -> str:
        """The file's own name, without its folder."""
        return PurePosixPath(self.path.replace("\\", "/")).name

    @property
    def ending(self) -> str:
        """How its name ends, in small letters, with the point; "" for none."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def is_zip(self) -> bool:
        """Whether it is a zip, as a workbook is."""
        return self.data.startswith(_ZIP)

    @property
    def is_table(self) -> bool:
        """Whether its name says that it is a table of text."""
        return self.ending in {".csv", ".tsv", ".tab"}

    def text(self) -> str:
        """Its text; every line ends in "\\n".

        Raises:
            FileProblems: it is saved in an encoding that cannot be told, or is no text.
        """
        encoding = self.encoding or _encoding_of(self.data)
        try:
            text = self.data.decode(encoding or "utf-8")
        except UnicodeDecodeError as error:
            told = f"this is not {encoding}. {_SAVE}, or name another --encoding."
            if encoding is None:
                told = f"this is no text in UTF-8. {_SAVE}, or name its encoding with --encoding."
            raise refused(self.path, told, self.data.count(b"\n", 0, error.start) + 1) from error
        if "\0" in text:
            raise refused(self.path, f"this is no text, or damaged. {_SAVE}.")
        return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")

    @property
    def guessed(self) -> str | None:
        """What it was taken to be saved as, where that is only likely; else None."""
        encoding = _encoding_of(self.data)
        return encoding if self.encoding is None and encoding in _LIKELY else None

    def json(self) -> Any:
        """Its JSON.

        Raises:
            FileProblems: it is none, or nested too deep.
        """
        return parse_json(self.text(), self.path)

    def yaml(self) -> Any:
        """Its YAML as dicts, lists and texts; None for a file of comments alone.

        Aliases and tags are refused, so nothing in it grows.

        Raises:
            FileProblems: the first thing that is refused.
        """
        notes = ProblemList(self.path)
        root = read_yaml(notes, content=self.text().encode())
        if notes.problems:
            first = min(notes.problems, key=lambda problem: problem.line or 0)
            raise refused(self.path, first.text, first.line)
        return None if root is None else _plain(root)


def _plain(node: Node) -> Any:
    if isinstance(node, Items):
        return [_plain(each) for each in node.values]
    if isinstance(node, Fields):
        return {key: _plain(each) for key, each in node.values.items()}
    return node.text


def parse_json(text: str, path: str) -> Any:
    """A text that is JSON.

    Raises:
        FileProblems: it is none, or nested too deep.
    """
    try:
        return json.loads(text, strict=False)
    except RecursionError as error:
        raise refused(path, "its values are nested too deep; no FAQ needs that.") from error
    except json.JSONDecodeError as error:
        told = f"this is no JSON: {error.msg[:1].lower()}{error.msg[1:]}. Export the file anew."
        raise refused(path, told, error.lineno) from error
    except ValueError as error:  # a number of thousands of digits
        raise refused(path, "a number in it is too long. Export the file anew.") from error


def open_source(path: Path, encoding: str | None = None) -> Source:
    """Read a file.

    Raises:
        FileProblems: there is none, it cannot be read, or it is too large.
    """
    shown = str(path)
    try:
        if path.is_dir():
            raise refused(shown, "this is a folder; a file is needed.")
        if not path.exists():
            raise refused(shown, "there is no such file.")
        if not path.is_file():  # a pipe could be endless
            raise refused(shown, "this is no ordinary file. Save its content in one.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise refused(shown, cannot_be_read("file", error)) from error
    if len(data) > MAX_BYTES:
        raise refused(shown, f"the file is larger than {MAX_BYTES // _MB} MB. Split it.")
    if not data.strip():
        raise refused(shown, "the file is empty.")
    return Source(shown, data, encoding)


def members(source: Source) -> Iterator[Source]:
    """The files in a zip, one by one; nothing is written to the disk.

    Raises:
        FileProblems: it is damaged, locked, or unpacks to more than a FAQ can be; or a name in it
            leads out of it, which no export does.
    """
    left = MAX_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if len(infos) > _MAX_MEMBERS:
                raise refused(source.path, f"the zip holds more than {_MAX_MEMBERS:,} files.")
            for info in infos:
                _check_name(source, info.filename)
                with archive.open(info) as file:
                    data = file.read(left + 1)
                left -= len(data)
                if left < 0:
                    most = f"{MAX_UNPACKED // _MB} MB"
                    raise refused(source.path, f"it unpacks to more than {most}. Split it.")
                yield Source(f"{source.path}/{info.filename}", data, source.encoding)
    except _BROKEN as error:
        raise refused(source.path, _DAMAGED) from error
    except RuntimeError as error:  # a password is needed
        raise refused(source.path, "it is locked with a password. Save it without.") from error


def names(source: Source) -> list[str]:
    """The names of the files in a zip.

    Raises:
        FileProblems: it is damaged, or a name leads out of it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            held = archive.namelist()
    except _BROKEN as error:
        raise refused(source.path, _DAMAGED) from error
    for name in held:
        _check_name(source, name)
    return held


def _check_name(source: Source, name: str) -> None:
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or re.match("[A-Za-z]:", name):
        told = f"the name {name!r} in it leads out of the zip. Export it anew."
        raise refused(source.path, told)


def needs(package: str, what: str) -> None:
    """Find out whether a package is there that not everybody has installed.

    Raises:
        BotError: it is not; says how it gets there.
    """
    if importlib.util.find_spec(package) is None:
        raise BotError(f"{what} needs the package {package}. Install it with: {_INSTALL}")


# --- encodings ---

_LIKELY = ("cp1252", "gb18030")


def _encoding_of(data: bytes) -> str | None:
    """What a text is saved as: by its mark, as UTF-8, or as a spreadsheet program would."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    try:
        data.decode()
    except UnicodeDecodeError:
        return _utf16_without_mark(data) or _of_a_spreadsheet(data)
    return _utf16_without_mark(data) or "utf-8"


def _utf16_without_mark(data: bytes) -> str | None:
    head = data[:4096]
    zeros = (head[::2].count(0), head[1::2].count(0))
    if sum(zeros) * 5 < len(head) or len(data) % 2:
        return None
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def _of_a_spreadsheet(data: bytes) -> str | None:
    """Western or Chinese, as Windows saves it; None where it could as well be something else."""
    high = _HIGH.findall(data)
    if not high or b"\0" in data:
        return None
    count = sum(map(len, high))
    chinese = sum(len(run) for run in high if _COMMON_CHINESE.fullmatch(run))
    if chinese * 10 >= count * 9:
        return "gb18030"
    # Words of Western languages have an accent here and there; those of others nothing else.
    if count * 4 > len(_LETTERS.findall(data)) and count > 8:
        return None
    return None if _UNUSED.search(data) else "cp1252"
