"""What can stand in an FAQ file or a configuration, or in what somebody takes for one.

Each line of files.jsonl has a `content`, in UTF-8 unless an `encoding` is named, is read as the
`kind` of file it says, and `must` get "loaded", or problems: each begins like this after the name
of the file. Where there are more problems than stand there, `problems` says how many.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.errors import FileProblems, Problem
from bot.files.config import read_settings
from bot.files.faq import load_faq
from tests.factories import LINES
from tests.hostile.cases import Json, cases, lines

MOST_S = 2.0  # of the processor's time


def problems_of(file: Path, kind: str) -> list[Problem]:
    """What is wrong with a file, by the reader of its kind."""
    if kind == "config":
        return read_settings(str(file))[1]
    try:
        load_faq(file, LINES)
    except FileProblems as error:
        return list(error.problems)
    return []


def test_there_are_120_and_each_is_told_apart_by_its_name() -> None:
    names = [line["name"] for line in lines("files.jsonl")]
    assert len(set(names)) == len(names) >= 120


@pytest.mark.parametrize("case", cases("files.jsonl"))
def test_a_file_is_loaded_or_told_what_is_wrong_with_it_and_soon(
    case: Json, tmp_path: Path
) -> None:
    (tmp_path / "faq").mkdir()  # where a configuration looks for it
    file = tmp_path / "f.yaml"
    content: str = case["content"]
    file.write_bytes(content.encode(case.get("encoding", "utf-8"), "surrogatepass"))
    began = time.process_time()
    problems = problems_of(file, case["kind"])
    assert time.process_time() - began < MOST_S
    assert all(problem.path == str(file) for problem in problems)
    told = [str(problem).removeprefix(str(file)).removeprefix(":") for problem in problems]
    assert [line for line in told if len(line.splitlines()) != 1] == []
    expected = [] if case["must"] == "loaded" else case["must"]
    assert len(told) == case.get("problems", len(expected))
    told = [line.replace(str(tmp_path), "") for line in told]
    assert [line[: len(start)] for line, start in zip(told, expected, strict=False)] == expected
