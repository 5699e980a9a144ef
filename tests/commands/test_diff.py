"""`diff`: what an edit of the FAQ changes, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.domain import KeepText
from bot.files.faq.load import load_project
from tests.commands.conftest import FAQ, Run, assembled, files
from tests.logged import Logbook

TEST = "  tests:\n    - tell me of kettle\n"
MOVED = FAQ.replace("    - tell me of kettle now\n", "").replace(
    "    - tell me of colour now\n", "    - tell me of kettle now\n    - tell me of kettle\n"
)


@pytest.fixture
def old(project: Path) -> str:
    """The FAQ before an edit that gives a wording to another entry, and a test of it."""
    (project / "old.yaml").write_text(FAQ + TEST, "utf-8")
    (project / "faq.yaml").write_text(MOVED + TEST, "utf-8")
    return "old.yaml"


def test_a_test_that_broke_is_shown_with_scores_before_and_after(old: str, run: Run) -> None:
    code, out, _ = run("diff", old)
    assert code == 1
    lines = out.splitlines()
    assert lines[0] == "old.yaml → faq.yaml"
    assert "1 test broke." in lines
    place = lines.index("Tests:")
    number = len((MOVED + TEST).splitlines())
    assert lines[place + 1] == (
        f"  broke: faq.yaml:{number}: “tell me of kettle” (asks for kettle)"
    )
    assert lines[place + 2].startswith("    before  0.")
    assert lines[place + 2].endswith(" answered: kettle")
    assert lines[place + 3] == "    after   1.0000 answered: colour"


def test_nothing_broke_where_the_old_version_is_compared_with_itself(old: str, run: Run) -> None:
    code, out, _ = run("diff", old, old)
    assert code == 0
    told = "No decision changes. Asked of both: 1 test, 32 wordings, each held out."
    assert out.splitlines()[1] == told


def test_json_has_every_change_for_machines(old: str, run: Run) -> None:
    code, out, _ = run("diff", old, "--format", "json")
    assert code == 1
    record = json.loads(out)
    assert record["broken_tests"] == 1
    (test,) = [change for change in record["changes"] if change["kind"] == "test"]
    assert (test["turn"], test["before"]["entry"], test["after"]["entry"]) == (
        *("worse", "kettle", "colour"),
    )


def test_markdown_lets_no_text_out_of_its_cell(project: Path, run: Run) -> None:
    evil = "zebra `@everyone` | <img> [x](http://a)"
    test = f"  tests:\n    - {json.dumps(evil)}\n"
    (project / "old.yaml").write_text(FAQ + test, "utf-8")
    (project / "faq.yaml").write_text(FAQ + f"    - {json.dumps(evil)}\n" + test, "utf-8")
    code, out, _ = run("diff", "old.yaml", "--format", "markdown")
    assert code == 0
    (row,) = [line for line in out.splitlines() if "zebra" in line]
    assert row.startswith(
        "| 🟢 better | `zebra '@everyone' \\| <img> [x](http://a)` | `kettle` | `"
    )


def test_messages_of_the_log_are_asked_where_that_is_wanted(
    project: Path, old: str, run: Run
) -> None:
    (project / "data").mkdir()
    book = Logbook(project / "data/faq-bot.db", KeepText.ALL)
    book.ask(assembled(*load_project()), "tell me of kettle now")
    book.close()
    asked = json.loads(run("diff", old, "--format", "json")[1])["asked"]
    assert asked["logged"] == 0
    record = json.loads(run("diff", old, "--log", "--format", "json")[1])
    assert record["asked"]["logged"] == 1
    assert [it["text"] for it in record["changes"] if it["kind"] == "logged"] == [
        "tell me of kettle now"
    ]


def test_a_comparison_changes_no_file(project: Path, old: str, run: Run) -> None:
    before = files(project)
    run("diff", old)
    assert files(project) == before


def test_what_is_no_version_is_told_in_one_line(run: Run) -> None:
    code, _, err = run("diff", "nowhere")
    assert code == 2
    assert err.startswith("nowhere: there is no such folder or file, and it can be no revision")
