"""The thresholds of config.yaml are written, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.domain import Thresholds
from bot.errors import FileProblems
from bot.files.config.settings import read_settings
from bot.files.writing.config_edit import check_thresholds_can_be_written, write_thresholds

NEW = Thresholds(0.705, 0.5, 0.66)
WANTED = (
    "to write the thresholds, each must stand in a line of its own. Write three lines: "
    "thresholds:, then, indented, answer: 0.75 and follow_up: 0.60."
)


def write(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "# my\nthresholds:\n  answer: 0.75       # above\n  tentative: off     # perhaps\n"
            "  follow_up: 0.60    # below\na: x\n",
            "# my\nthresholds:\n  answer: 0.705      # above\n  tentative: 0.66    # perhaps\n"
            "  follow_up: 0.5     # below\na: x\n",
            id="comments stay, in their columns",
        ),
        pytest.param(
            "thresholds:\r\n  answer: 0.75\r\n  follow_up: 0.60\r\n",
            "thresholds:\r\n  answer: 0.705\r\n  tentative: 0.66\r\n  follow_up: 0.5\r\n",
            id="line ends of Windows stay, and a missing line is added",
        ),
        pytest.param(
            "thresholds:\n    follow_up:   .6 # a\n    'answer' :   1\nfaq: answer",
            "thresholds:\n    follow_up:   0.5 # a\n    'answer' :   0.705\n    tentative: 0.66\n"
            "faq: answer",
            id="the other way round, no end",
        ),
        pytest.param(
            "thresholds:\n  follow_up: .6\n  tentative: 0.65\n  answer: 1",
            "thresholds:\n  follow_up: 0.5\n  tentative: 0.66\n  answer: 0.705",
            id="in any order",
        ),
        pytest.param(
            "thresholds:\n  follow_up: .6\n  answer: 1  # last",
            "thresholds:\n  follow_up: 0.5\n  answer: 0.705 # last\n  tentative: 0.66",
            id="a line is added where the file ends",
        ),
        pytest.param(
            "a: |\n      answer: 0.75\nthresholds:\n  answer: 0.75\n  follow_up: 0\n",
            "a: |\n      answer: 0.75\nthresholds:\n  answer: 0.705\n  tentative: 0.66\n"
            "  follow_up: 0.5\n",
            id="the same words elsewhere stay",
        ),
        pytest.param(
            "a: 1\r\nb: 2",
            "a: 1\r\nb: 2\r\n\r\nthresholds:\r\n  answer: 0.705\r\n  follow_up: 0.5\r\n"
            "  tentative: 0.66\r\n",
            id="a missing section is added at the end",
        ),
        pytest.param(
            "# nothing\n",
            "# nothing\n\nthresholds:\n  answer: 0.705\n  follow_up: 0.5\n  tentative: 0.66\n",
            id="where nothing is there, too",
        ),
    ],
)
def test_three_lines_are_written_and_nothing_else(tmp_path: Path, before: str, after: str) -> None:
    path = write(tmp_path, before)
    write_thresholds(str(path), NEW)
    assert path.read_bytes() == after.encode()


def test_a_line_that_is_off_is_written_as_off(tmp_path: Path) -> None:
    path = write(tmp_path, "thresholds:\n  answer: 0.75\n  tentative: 0.7\n  follow_up: 0.6\n")
    write_thresholds(str(path), Thresholds(0.8, 0.5))
    assert path.read_bytes() == (
        b"thresholds:\n  answer: 0.8\n  tentative: off\n  follow_up: 0.5\n"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("thresholds: {answer: 0.75, follow_up: 0.60}\n", ":1", id="in one line"),
        pytest.param("thresholds:\n  {answer: 0.75,\n  follow_up: 0.60}\n", ":1", id="in braces"),
        pytest.param("a: 1\nthresholds:\n  answer: 0.75\n", ":2", id="one is missing"),
        pytest.param("a: 1\nthresholds:\n", ":2", id="both are missing"),
        pytest.param("{a: 1}\n", "", id="the section is missing, and nothing can stand below"),
    ],
)
def test_what_cannot_be_written_is_told_and_left_alone(
    tmp_path: Path, text: str, line: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(FileProblems) as error:
        check_thresholds_can_be_written(str(path))
    assert str(error.value) == f"{path}{line}: {WANTED}"
    assert path.read_text("utf-8") == text


def test_a_folder_that_takes_no_file_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container. Who runs the tests may be allowed everything, so rights prove nothing."""
    path = write(tmp_path, "thresholds:\n  answer: 0.75\n  follow_up: 0.60\n")
    closed = {(tmp_path, os.W_OK)}
    monkeypatch.setattr("os.access", lambda folder, mode: (folder, mode) not in closed)
    with pytest.raises(FileProblems) as error:
        check_thresholds_can_be_written(str(path))
    assert str(error.value) == (
        f"{path}: nothing can be written to this folder. Tune as "
        "somebody who may write there; in a container: deploy/README.md, “Tuning in a container”."
    )


def test_a_link_stays_a_link_and_rights_stay_as_they_are(tmp_path: Path) -> None:
    path = write(tmp_path, "thresholds:\n  answer: 0.75\n  follow_up: 0.60\n")
    path.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    write_thresholds(str(link), NEW)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert "answer: 0.705" in path.read_text("utf-8")


def test_the_shipped_configuration_can_be_written(tmp_path: Path) -> None:
    shipped = (Path(__file__).parent.parent.parent.parent / "config.yaml").read_text("utf-8")
    path = write(tmp_path, shipped)
    write_thresholds(str(path), NEW)
    written = path.read_text("utf-8").splitlines()
    changed = [new for old, new in zip(shipped.splitlines(), written, strict=True) if old != new]
    assert [line.split("#")[0].split() for line in changed] == [
        ["answer:", "0.705"],
        ["tentative:", "0.66"],
        ["follow_up:", "0.5"],
    ]
    settings, problems = read_settings(str(path))
    assert (settings.thresholds, problems) == (NEW, [])
