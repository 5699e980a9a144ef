"""`import` and `export`: what is written, what is said, and that nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot import cli
from bot.authoring.transfer.formats import FORMATS, written_formats
from bot.files import atomic

FAQ = "- id: why\n  question: Why?\n  answer: So.\n"
TABLE = "question,answer\nWho?,We.\nWhy?,No.\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "faq").mkdir()
    (tmp_path / "faq" / "a.yaml").write_text(FAQ, "utf-8")
    (tmp_path / "config.yaml").write_text("faq: faq/\n", "utf-8")
    (tmp_path / "table.csv").write_text(TABLE, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_import_writes_a_file_that_check_finds_nothing_wrong_with(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["import", "table.csv", "-o", "faq/new.yaml"]) == 0
    told = capsys.readouterr()
    assert told.err == (
        "table.csv:3: “Why?” stands already under 'why' in faq/a.yaml:1; the entry is left out.\n"
    )
    assert told.out == (
        "faq/new.yaml: 1 entry, 1 wording. Look through it, then run: python -m bot check\n"
    )
    assert Path("faq/new.yaml").read_text("utf-8") == (
        "- id: who\n  question: Who?\n  answer: |\n    We.\n"
    )
    assert cli.main(["check", "--fast"]) == 0


def test_import_without_a_target_shows_the_file(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["import", "table.csv"]) == 0
    assert capsys.readouterr().out == "- id: who\n  question: Who?\n  answer: |\n    We.\n"


def test_nothing_new_is_said_and_nothing_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "table.csv").write_text("question,answer\nWhy?,So.\n", "utf-8")
    assert cli.main(["import", "table.csv", "-o", "faq/new.yaml"]) == 1
    assert capsys.readouterr().err.endswith("\nNothing was imported.\n")
    assert not Path("faq/new.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["import", "table.csv", "-o", "faq/a.yaml"],
            "faq/a.yaml is there already. Name another file, or add --force to replace it.",
        ),
        (
            ["export", "table.csv"],
            "table.csv is there already. Name another file, or add --force to replace it.",
        ),
        (["import", "table.csv", "-o", "new.yml"], "new.yml: the names of FAQ files end in .yaml."),
        (
            ["import", "table.csv", "--format", "cvs"],
            "--format cvs: no such format. Did you mean 'csv'?",
        ),
        (
            ["export", "faq"],
            "faq: its name says no format. End it in one of .csv, .xlsx, .md, .html.",
        ),
        (["export", "a.zip", "--format", "rasa"], "--format rasa: no such format."),
        (["import", "table.csv", "--encoding", "x"], "argument --encoding: 'x' is no encoding"),
        (["import", "gone.csv"], "gone.csv: there is no such file."),
        (["export", "gone/"], "gone: its name says no format."),
    ],
)
def test_nothing_is_overwritten_and_what_is_wrong_is_one_line(
    arguments: list[str], told: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    try:
        code = cli.main(arguments)
    except SystemExit as error:
        code = int(str(error.code))
    (line,) = capsys.readouterr().err.splitlines()
    assert code == 2
    assert told in line
    assert before == {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("command", "names"), [("import", FORMATS), ("export", written_formats())])
def test_help_names_every_format(
    command: str, names: Iterable[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    told = capsys.readouterr().out
    assert [name for name in names if name not in told] == []


def test_what_is_replaced_by_force_is_not_held_against_the_import(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["import", "table.csv", "-o", "faq/a.yaml", "--force"]) == 0
    assert capsys.readouterr().err == ""
    assert cli.main(["check", "--fast"]) == 0


def test_export_says_what_a_format_cannot_hold(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = "  links: [{text: a, url: https://x.com}]\n  thresholds: {answer: 0.8}\n"
    (project / "faq" / "a.yaml").write_text(FAQ + more, "utf-8")
    assert cli.main(["export", "faq.html"]) == 0
    told = capsys.readouterr()
    assert told.out == "faq.html: 1 entry.\n"
    assert told.err == (
        "faq.html: links of why: faqpage cannot hold them.\n"
        "faq.html: thresholds of why: faqpage cannot hold them.\n"
    )


def test_a_kill_in_the_middle_of_the_write_leaves_the_old_file_or_the_new_one(
    project: Path,
) -> None:
    rows = "".join(f"Is it {n}?,{'so ' * 50}\n" for n in range(300))
    (project / "table.csv").write_text(f"question,answer\n{rows}", "utf-8")
    target = project / "faq" / "a.yaml"
    # As it is, but slow enough to be killed in the middle.
    slowly = (
        "import sys, time, os\nfrom bot import cli\nreal = os.fsync\n"
        "def fsync(handle):\n    print('writing', flush=True)\n    time.sleep(60)\n"
        "os.fsync = fsync\nsys.exit(cli.main(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", slowly, "import", "table.csv", "-o", str(target), "--force"]
    root = Path(atomic.__file__).parents[2]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(root)}
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert target.read_text("utf-8") == FAQ
    assert cli.main(["check", "--fast"]) == 0


def test_the_true_command_imports_what_it_exported(project: Path) -> None:
    root = Path(atomic.__file__).parents[2]
    for arguments in (["export", "out.xlsx"], ["import", "out.xlsx", "--faq", "none.yaml"]):
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == FAQ.replace("answer: So.", "answer: |\n    So.")
