"""What can stand in an FAQ file or a configuration, or in what somebody takes for one.

Each line of files.jsonl has a `content`, in UTF-8 unless an `encoding` is named, is read as the
`kind` of file it says, and `must` get "loaded", or problems: each begins like this after the name
of the file. Where there are more problems than stand there, `problems` says how many.
"""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path

import pytest

from bot.errors import FileProblems, Problem
from bot.files.config.settings import read_settings
from bot.files.faq.load import load_faq
from tests.factories import LINES
from tests.hostile.cases import Json, lines, written_out

LONG = [line for line in lines("files.jsonl") if len(written_out(line)["content"]) > 20_000]
NOISE_S = 0.01
CASES = [
    pytest.param(case, id=case["name"], marks=[pytest.mark.slow] * (len(case["content"]) > 20_000))
    for case in map(written_out, lines("files.jsonl"))
]


def problems_of(file: Path, kind: str) -> list[Problem]:
    """What is wrong with a file, by the reader of its kind."""
    if kind == "config":
        return read_settings(str(file))[1]
    try:
        load_faq(file, LINES)
    except FileProblems as error:
        return list(error.problems)
    return []


def written(case: Json, folder: Path) -> Path:
    """The file of a case, in a folder in which a configuration finds an FAQ."""
    (folder / "faq").mkdir(exist_ok=True)
    file = folder / "f.yaml"
    content: str = case["content"]
    file.write_bytes(content.encode(case.get("encoding", "utf-8"), "surrogatepass"))
    return file


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_file_is_loaded_or_each_problem_is_one_line(case: Json, tmp_path: Path) -> None:
    file = written(case, tmp_path)
    problems = problems_of(file, case["kind"])
    assert all(problem.path == str(file) for problem in problems)
    told = [str(problem).removeprefix(str(file)).removeprefix(":") for problem in problems]
    assert [line for line in told if len(line.splitlines()) != 1] == []
    expected = [] if case["must"] == "loaded" else case["must"]
    assert len(told) == case.get("problems", len(expected))
    told = [line.replace(str(tmp_path), "") for line in told]
    assert [line[: len(start)] for line, start in zip(told, expected, strict=False)] == expected


@pytest.mark.slow
@pytest.mark.parametrize("line", [pytest.param(line, id=line["name"]) for line in LONG])
def test_the_cost_of_a_hostile_file_grows_no_faster_than_its_length(
    line: Json, tmp_path: Path
) -> None:
    """Of ten times the length, a linear reader takes ten times as long, a quadratic one 100."""

    folders = (tmp_path / str(number) for number in count())  # what is known is not read again

    def cost_s(shorter: int) -> float:
        folder = next(folders)
        folder.mkdir()
        file = written(written_out(line, shorter), folder)
        begun = time.process_time()
        problems_of(file, line["kind"])
        return time.process_time() - begun

    tenth_s = max(NOISE_S, min(cost_s(10) for _ in range(3)))
    assert cost_s(1) < 40 * tenth_s
