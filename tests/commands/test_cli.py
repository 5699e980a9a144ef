"""The command line, in this process."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import cli
from bot.files.faq.load import load_project
from tests.factories import bot_over

FAQ = "- id: a\n  question: How are you?\n  answer: Fine\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.yaml").write_text("faq: faq.yaml\n", "utf-8")
    (tmp_path / "faq.yaml").write_text(FAQ, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_check_says_what_it_looked_at(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--fast"]) == 0
    assert capsys.readouterr().out == (
        "No problems: 1 entry, 1 wording.\nScale: measured at the next start.\n"
    )
    assert sorted(path.name for path in project.iterdir()) == ["config.yaml", "faq.yaml"]


def test_check_shows_the_scale_that_a_start_measured(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, faq = load_project()
    bot_over(project, *faq.entries, settings=settings)
    assert cli.main(["check", "--fast"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == (
        "Scale of this FAQ: a raw score of 0.340 becomes 0.60, 0.570 0.69 and 0.650 0.75, measured "
        "on 0 phrasings, without the classifier."
    )
    (project / "faq.yaml").write_text(f"{FAQ}  phrasings: [Are you well?]\n", "utf-8")
    cli.main(["check", "--fast"])  # other files
    assert "measured at the next start" in capsys.readouterr().out
    (project / "faq.yaml").write_text(FAQ, "utf-8")
    (fit,) = (project / ".cache").glob("fit-*.npz")
    fit.write_bytes(fit.read_bytes()[:100])  # damaged
    assert cli.main(["check", "--fast"]) == 0
    assert "measured at the next start" in capsys.readouterr().out


def test_with_cosine_there_is_no_scale(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "config.yaml").write_text("faq: faq.yaml\nmatching:\n  score: cosine\n", "utf-8")
    cli.main(["check", "--fast"])
    assert capsys.readouterr().out.splitlines()[1] == "Scale: none, scores are plain cosines."


@pytest.mark.parametrize("place", ["before", "after"])
def test_options_may_stand_before_and_after_the_command(
    project: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    options = ["--config", "other.yaml"]
    arguments = [*options, "check"] if place == "before" else ["check", *options]
    assert cli.main(arguments) == 1
    assert capsys.readouterr().out == "other.yaml: there is no such file.\n"


def test_help_names_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    said = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert ended.value.code == 0
    for part in (*cli.COMMANDS, "--config", "--faq", "--verbose", "Exit codes: 0 fine"):
        assert part in said
