"""CSV, TSV and XLSX: rows become entries by the names of their columns."""

from __future__ import annotations

import datetime

import pytest

from bot.authoring.transfer.formats import FORMATS
from bot.domain import Faq, FaqEntry, Link, Translation
from tests.authoring.transfer.files import entries, take, workbook

WHY = FaqEntry("why", "Why?", (), "So.")


@pytest.mark.parametrize(
    "content",
    [
        "question,answer\nWhy?,So.\n",
        "Question;Answer\r\nWhy?;So.\r\n",
        "QUESTION\tANSWER\nWhy?\tSo.\n",
        '"Question","Answer"\n"Why?","So."\n',
        "\ufeffFrage,Antwort\nWhy?,So.\n",
        "问题,答案\nWhy?,So.\n",
        "My FAQ,\n,\nQ.,A.\nWhy?,So.\n",
        "Why?,So.\n",
        "answer,question\nSo.,Why?\n,\n",
    ],
)
def test_columns_are_told_by_their_names_and_cells_by_what_parts_them(content: str) -> None:
    assert entries("a.csv", content) == (WHY,)


def test_a_german_column_of_other_questions_holds_phrasings() -> None:
    content = "Frage;Antwort;Alternative Fragen\nWhy?;So.;why so\n"
    assert entries("a.csv", content) == (FaqEntry("why", "Why?", ("why so",), "So."),)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_every_unicode_encoding_is_read(encoding: str) -> None:
    content = "question,answer\nCafé wo? 中,Über dem Café.\n".encode(encoding)
    assert [each.answer for each in entries("a.csv", content)] == ["Über dem Café."]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Wo ist das Café? – „Über“ € Straße"),
        ("latin-1", "naïve façade"),
        ("gb18030", "怎么退货？请看说明"),
    ],
)
def test_what_spreadsheet_programs_save_is_read_and_said_to_be_a_guess(
    encoding: str, text: str
) -> None:
    taken = take("a.csv", f"question,answer\nWhy?,{text}\n".encode(encoding))
    assert [each.answer for each in taken.entries] == [text]
    guess = encoding.replace("latin-1", "cp1252")
    assert [each.text for each in taken.left] == [
        f"read as {guess}. If letters are wrong, save it as UTF-8."
    ]


def test_all_columns_of_an_entry_are_read() -> None:
    content = (
        "id,question,phrasings,answer,tags,lang,related,links,question (de),answer (de),note\n"
        'a,Why?,"why so\nhow come",So.,"x, y",en,b,[More](https://x.com/a),Warum?,Darum.,!\n'
        "b,Who?,who | whom,We.,,,,,,,\n"
    )
    taken = take("a.csv", content)
    assert taken.entries == (
        FaqEntry(
            id="a",
            question="Why?",
            phrasings=("why so", "how come"),
            answer="So.",
            tags=("x", "y"),
            lang="en",
            related=("b",),
            links=(Link("More", "https://x.com/a"),),
            translations=(Translation("de", "Warum?", "Darum."),),
        ),
        FaqEntry("b", "Who?", ("who", "whom"), "We."),
    )
    assert list(map(str, taken.left)) == [
        "a.csv:1: the column “note” is left out. Other ways to ask stand under “phrasings”."
    ]


def test_rows_with_one_answer_are_one_entry_and_alternatives_may_have_columns() -> None:
    rows = "question,alternative 1,alternative 2,answer\nWhy?,,how come,So.\nwhy so,,,So.\n"
    assert entries("a.csv", rows) == (FaqEntry("why", "Why?", ("how come", "why so"), "So."),)


def test_no_cell_of_an_export_is_run_as_a_formula() -> None:
    texts = ["=1+1", "+1", "-5", "@a", "'=1", "''-2", "'a"]
    faq = Faq(tuple(FaqEntry(f"e{n}", f"{t} x", (), t) for n, t in enumerate(texts)))
    for form, name in (("csv", "a.csv"), ("xlsx", "a.xlsx")):
        writes = FORMATS[form].writes
        assert writes is not None
        data = writes(faq.entries)
        assert entries(name, data) == faq.entries
        if form == "csv":
            cells = data.decode("utf-8-sig").replace("\r\n", ",").split(",")
            assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_formulas_have_their_last_value_or_are_told() -> None:
    taken = take("a.xlsx", workbook(("question", "answer"), ("Why?", "=A1"), ("Who?", "We.")))
    assert [each.id for each in taken.entries] == ["who"]
    assert list(map(str, taken.left)) == [
        "a.xlsx:2: the cell B2 holds a formula whose value is not in the file. Open the file and "
        "save it anew.",
        "a.xlsx:2: this question has no answer; it is left out.",
    ]


def test_numbers_and_dates_of_a_workbook_are_text() -> None:
    values = [30, 2.5, 3.0, True, datetime.datetime(2026, 11, 28), datetime.time(9, 30)]
    rows = [("question", "answer"), *((f"What is {n}?", value) for n, value in enumerate(values))]
    answers = [each.answer for each in entries("a.xlsx", workbook(*rows))]
    assert answers == ["30", "2.5", "3", "yes", "2026-11-28", "09:30:00"]


def test_html_and_tables_in_cells_become_what_can_be_shown() -> None:
    cell = "<p>One <b>two</b></p><ul><li>three</li></ul>"
    taken = take("a.csv", f'question,answer\nWhy?,{cell}\nWho?,"| a | b |\n|---|---|\n| 1 | 2 |"\n')
    assert [each.answer for each in taken.entries] == ["One **two**\n\n- three", "a: 1\nb: 2"]
    assert list(map(str, taken.left)) == [
        "a.csv:3: a table is shown line by line, each cell after its column's heading."
    ]
