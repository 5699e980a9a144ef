"""What cannot be taken gets one line that says where, what and what to do; nothing grows."""

from __future__ import annotations

import resource
import struct
import zipfile
from pathlib import Path

import pytest

from bot.authoring.transfer.transfer import import_faq
from bot.domain import Faq
from bot.errors import BotError, FileProblems
from tests.authoring.transfer.files import refusal, take, workbook, zipped

MB = 1024 * 1024
GOOD = workbook(("question", "answer"), ("Why?", "So."))
LAUGHS = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
XML_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "&a;" * 10}">' for n in range(9))
    + "]><workbook>&a8;</workbook>"
)
DAMAGED = "the file is damaged or was not copied whole. Export or download it anew."
NO_WORKBOOK = (
    "the workbook is damaged, or is none. Open it in a spreadsheet program and save it anew."
)


CASES: list[tuple[str, str | bytes, str]] = [
    ("a.csv", b"", "a.csv: the file is empty."),
    ("a.csv", " \n", "a.csv: the file is empty."),
    (
        "a.csv",
        'question,answer\nWhy?,"So',
        "a.csv:2: a quotation mark is opened here and never closed. Close it.",
    ),
    (
        "a.csv",
        f"question,answer\nWhy?,{'x' * 300_000}\n",
        "a.csv:2: a cell holds more than 200,000 characters. Shorten it, or close its quotes.",
    ),
    (
        "a.csv",
        "name,age\nBob,3\n",
        "a.csv: no row names the columns. Write “question” above the questions and “answer” above "
        "the answers.",
    ),
    (
        "a.csv",
        "question,answer\nПочему так вышло?,Потому что\n".encode("cp1251"),
        "a.csv:2: this is no text in UTF-8. Save it as UTF-8, or name its encoding with "
        "--encoding.",
    ),
    (
        "a.csv",
        b"question,answer\nWhy\0?,So\n",
        "a.csv: this is no text, or damaged. Save it as UTF-8.",
    ),
    ("a.xlsx", GOOD[:-40], f"a.xlsx: {DAMAGED}"),
    ("a.xlsx", GOOD[:200], f"a.xlsx: {DAMAGED}"),
    ("a.zip", b"PK\x03\x04", f"a.zip: {DAMAGED}"),
    (
        "a.xlsx",
        zipped({"xl/workbook.xml": XML_LAUGHS, "[Content_Types].xml": XML_LAUGHS}),
        f"a.xlsx: {NO_WORKBOOK}",
    ),
    (
        "a.zip",
        zipped({"intents/a.json": b"0" * (65 * MB)}),
        "a.zip: it unpacks to more than 64 MB. Split it.",
    ),
    (
        "a.zip",
        zipped({"../intents/a.json": "{}"}),
        "a.zip: the name '../intents/a.json' in it leads out of the zip. Export it anew.",
    ),
    ("a.zip", zipped({"a.txt": "x"}), "a.zip: the format is not known."),
    ("a.json", '{"a": ', "a.json:1: this is no JSON: expecting value. Export the file anew."),
    (
        "a.json",
        "[" * 100_000,
        "a.json: its values are nested too deep; no FAQ needs that.",
    ),
    ("a.json", "[1]", "a.json: the format is not known. Name it with --format: csv,"),
    (
        "a.json",
        f'{{"a": {"9" * 5_000}}}',
        "a.json: a number in it is too long. Export the file anew.",
    ),
    (
        "nlu.yml",
        LAUGHS,
        "nlu.yml:1: &a is an anchor, which this bot does not allow. Remove it, or put the text in "
        "quotes if the & is meant.",
    ),
    (
        "nlu.yml",
        "nlu: " + "[" * 5_000,
        "nlu.yml:1: values are nested more than 12 deep; no file of this bot needs that. Check the "
        "brackets and the indentation here.",
    ),
    ("nlu.yml", "nlu: []\n", "nlu.yml: no intent with examples was found (nlu:)."),
    (
        "faq.yaml",
        "- id: a\n  question: Q\n  answer: A\n",
        "faq.yaml: this is a list, as an FAQ file is. Put it into the FAQ folder, and run check.",
    ),
    (
        "a.html",
        "<p>" * 300_001,
        "a.html: the page has more than 300,000 tags. Split it.",
    ),
    (
        "a.html",
        "<h2>Why?</h2>" + "<div>" * 100_000,
        "a.html: more than 2,000 tags are open at once. Close them.",
    ),
    ("a.html", "<p>Hello", "a.html: no question with an answer was found."),
    ("a.md", "# Title\n", "a.md: no question with an answer was found."),
    ("a.bin", b"\x89PNG\r\n\x1a\n\0\0\0", "a.bin:1: this is no text in UTF-8."),
]


@pytest.mark.parametrize(("name", "content", "told"), CASES)
def test_a_file_that_cannot_be_taken_is_refused_in_one_line(
    name: str, content: str | bytes, told: str
) -> None:
    assert refusal(name, content).startswith(told)


def test_a_file_larger_than_an_faq_can_be_is_not_even_read(folder: Path) -> None:
    with Path("a.csv").open("wb") as file:
        file.write(b'question,answer\nWhy?,"')
        file.truncate(100 * MB)  # one cell of 100 MB, of which the disk has nothing
    with pytest.raises(FileProblems, match=r"^a\.csv: the file is larger than 16 MB\. Split it\.$"):
        import_faq([Path("a.csv")], Faq(()))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 8_000_000


def test_a_cell_of_100_mb_in_a_workbook_is_never_unpacked_whole(folder: Path) -> None:
    sheet = b'<worksheet><sheetData><row><c t="inlineStr"><is><t>' + b"x" * (100 * MB)
    files = {name: data for name, data in members_of(GOOD).items() if "sheet1" not in name}
    data = zipped({**files, "xl/worksheets/sheet1.xml": sheet})
    assert refusal("a.xlsx", data) == "a.xlsx: it unpacks to more than 64 MB. Split it."


def members_of(data: bytes) -> dict[str, bytes]:
    Path("members.zip").write_bytes(data)
    with zipfile.ZipFile("members.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_zip_that_is_locked_is_refused(folder: Path) -> None:
    data = bytearray(zipped({"intents/a.json": "{}"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + offset
        data[at : at + 2] = struct.pack("<H", 1)
    told = "a.zip: it is locked with a password. Save it without."
    assert refusal("a.zip", bytes(data)) == told


def test_a_page_nested_deep_is_read_all_the_same(folder: Path) -> None:
    page = "<h2>Why?</h2>" + "<div>" * 1_900 + "So."
    assert [each.answer for each in take("a.html", page).entries] == ["So."]


def test_what_is_no_ordinary_file_is_refused(folder: Path) -> None:
    for path, told in (("nowhere.csv", "there is no such file."), (".", "this is a folder")):
        with pytest.raises(FileProblems, match=told):
            import_faq([Path(path)], Faq(()))


@pytest.mark.parametrize(("name", "content"), [("a.xlsx", GOOD), ("a.html", "<h2>Why?</h2>So.")])
def test_a_package_that_is_missing_is_named(
    name: str, content: bytes | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(
        BotError, match=r"needs the package .*-m pip install -r requirements-import"
    ):
        take(name, content)
