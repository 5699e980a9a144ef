"""Which files of an FAQ folder are read, and what is told of those that are not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.domain import Place
from bot.files.faq.load import load_faq
from tests.files.faq.faq_files import (
    LINES,
    REFUND,
    problems_now,
    problems_of,
    write,
)


def test_a_folder_is_read_with_the_folders_in_it_in_a_fixed_order() -> None:
    names = ("b.yaml", "a.yaml", "sub/c.yaml", "sub/deep/d.yaml")
    write({name: "\n" + REFUND.replace("refund", Path(name).stem) for name in names})
    entries = load_faq(Path("faq"), LINES).entries
    assert [(entry.id, entry.place) for entry in entries] == [
        ("a", Place("faq/a.yaml", 2)),
        ("b", Place("faq/b.yaml", 2)),
        ("c", Place("faq/sub/c.yaml", 2)),
        ("d", Place("faq/sub/deep/d.yaml", 2)),
    ]


def test_one_file_may_be_an_faq_whatever_its_name() -> None:
    write({"questions.txt": REFUND})
    assert [entry.id for entry in load_faq(Path("faq/questions.txt"), LINES).entries] == ["refund"]


def test_hidden_files_and_other_kinds_of_files_are_not_read() -> None:
    """Editors and synchronising tools leave copies under names that begin with a dot."""
    names = (
        ".a.yaml",
        ".git/b.yaml",
        "sub/.c.yaml",
        ".d.yml",
        "notes.txt",
        "a.yaml~",
        "a.yaml.bak",
    )
    write({"a.yaml": REFUND} | dict.fromkeys(names, "[broken"))
    (Path("faq") / "folder.yaml").mkdir()
    (Path("faq") / "folder.yml").mkdir()
    assert [entry.id for entry in load_faq(Path("faq"), LINES).entries] == ["refund"]


@pytest.mark.parametrize("name", ["b.yml", "sub/b.YAML", "b.Yml"])
def test_a_file_that_looks_like_an_faq_file_but_is_not_read_is_told(name: str) -> None:
    write({"a.yaml": REFUND, name: REFUND})
    assert problems_now() == [
        f"faq/{name}: this file is not read: the names of FAQ files end in .yaml. Rename it or "
        "move it out of the folder."
    ]


def test_a_folder_without_faq_files_is_told() -> None:
    assert problems_now() == ["faq: no *.yaml file is in this folder. Add one FAQ file."]


def test_a_link_that_leads_nowhere_or_to_a_folder_is_told(folder: Path) -> None:
    write({"a.yaml": REFUND})
    (folder / "elsewhere").mkdir()
    Path("faq/b.yaml").symlink_to("gone.yaml")
    Path("faq/more").symlink_to(folder / "elsewhere")
    assert problems_now() == [
        "faq/b.yaml: there is no such file.",
        "faq/more: this folder is a link, which is not followed. Put the folder itself here.",
    ]


def test_the_faq_folder_itself_may_be_a_link(folder: Path) -> None:
    write({"a.yaml": REFUND})
    (folder / "link").symlink_to(folder / "faq")
    assert [entry.id for entry in load_faq(Path("link"), LINES).entries] == ["refund"]


def test_a_folder_that_may_not_be_read_is_told_and_not_passed_over_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write({"a.yaml": REFUND})
    Path("faq/locked").mkdir()
    readable = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return readable(path)

    monkeypatch.setattr("os.scandir", refuse)
    assert problems_now() == [
        "faq/locked: the folder cannot be read (Permission denied). Check its permissions."
    ]


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "[]\n"])
def test_a_file_without_entries_is_told(content: str) -> None:
    assert problems_of(content) == [
        "faq/a.yaml:1: the file holds no entry. Add one (- id: …), or delete the file."
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("\nid: a\nquestion: Q\n", "2: the file is a group of keys; {list}"),
        ("Where is my order?\n", '1: the file is "Where is my order?"; {list}'),
        ("- refund\n", '1: an entry is "refund"; {keys}'),
        (f"{REFUND}-\n", "4: an entry is empty; {keys}"),
        ("- - id: a\n", "1: an entry is a list; {keys}"),
    ],
)
def test_a_file_is_a_list_of_entries(content: str, told: str) -> None:
    needed = {
        "list": 'a list of entries is needed. Begin each entry with "- id: …".',
        "keys": "keys are needed: id, question, answer.",
    }
    assert problems_of(content) == [f"faq/a.yaml:{told.format(**needed)}"]
