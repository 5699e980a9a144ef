"""The true commands on broken files: an exit code, one line per problem, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
HEAVY = {"torch", "transformers", "sentence_transformers", "faiss", "telegram", "numpy", "scipy"}
GOOD = "- id: refund\n  question: Can I get a refund?\n  answer: Yes.\n"


def bot(*arguments: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """`python -m bot …` in the project's folder, without any token."""
    environment = {key: value for key, value in os.environ.items() if "TELEGRAM" not in key}
    return subprocess.run(
        [sys.executable, *options, "-m", "bot", *arguments],
        cwd=ROOT,
        env=environment | {"PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


def snapshot(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    """Every name under a folder, with its time of change and, of a file, its bytes."""
    return {
        path.relative_to(folder).as_posix(): (
            path.lstat().st_mtime_ns,
            path.read_bytes() if path.is_file() else None,
        )
        for path in (folder, *folder.rglob("*"))
    }


KEYS = (
    "Known here: id, question, phrasings, answer, tags, lang, related, links, attachments, "
    "thresholds."
)
# Broken files, and what is told of them: lines that begin with a path in their folder, which "{}"
# stands for. tests/files has the other mistakes.
CASES: dict[str, tuple[dict[str, str | bytes], list[str]]] = {
    "config": (
        {"config.yaml": "thresholds:\n  answer: 75\nfollow_up_choices: many\n"},
        [
            "config.yaml:2: thresholds.answer is 75; a number from -1 to 1 is needed.",
            'config.yaml:3: follow_up_choices is "many"; a number is needed.',
        ],
    ),
    "ids, wordings, keys and values of several files at once": (
        {
            "faq/a.yaml": f"{GOOD}  answer: No.\n",
            "faq/b.yaml": "- id: refund\n  question: no\n  answer: ''\n  anwser: A\n",
            "faq/c.yaml": "- id: c\n  question: can i get a refund?\n  answer: 007\n",
            "faq/d.yml": "",
        },
        [
            "faq/a.yaml:4: the key 'answer' stands here a second time (first in line 3). Remove "
            "one of the two.",
            "faq/b.yaml:1: the id 'refund' is taken: it stands in {}faq/a.yaml:1 too. Give one of "
            "the two entries another id.",
            "faq/b.yaml:2: question is no, which YAML reads as yes/no; text is needed. Put it in "
            'quotes: "no".',
            "faq/b.yaml:3: answer is empty; text is needed.",
            f"faq/b.yaml:4: anwser is not a key this bot knows. Did you mean 'answer'? {KEYS}",
            "faq/c.yaml:2: \"can i get a refund?\" stands under two entries: here under 'c', and "
            "in {}faq/a.yaml:2 under 'refund'. The bot could not tell them apart. Remove one.",
            "faq/c.yaml:3: answer is 007, which YAML reads as a number; text is needed. Put it in "
            'quotes: "007".',
            "faq/d.yml: this file is not read: the names of FAQ files end in .yaml. Rename it or "
            "move it out of the folder.",
        ],
    ),
    "anchor, alias and a tag that runs code": (
        {"faq/b.yaml": "- id: &x b\n  question: *x\n  answer: !!python/name:os.system x\n"},
        [
            "faq/b.yaml:1: &x is an anchor, which this bot does not allow. Remove it, or put the "
            "text in quotes if the & is meant.",
            "faq/b.yaml:2: *x is an alias, which this bot does not allow. Write the value out "
            "here.",
            "faq/b.yaml:3: !!python/name:os.system is a tag, which this bot does not allow. "
            "Remove it, or put the text in quotes if the ! is meant.",
        ],
    ),
    "bad UTF-8": (
        {"faq/b.yaml": b"- id: b\n  question: caf\xe9\n"},
        ["faq/b.yaml:2: byte 0xe9 is not UTF-8. Save the file as UTF-8."],
    ),
    "too large": (
        {"faq/b.yaml": b"#" * (16 * 1024 * 1024 + 1)},
        ["faq/b.yaml: the file is larger than 16 MB. Split it into several."],
    ),
}


@pytest.mark.parametrize(("files", "told"), CASES.values(), ids=CASES)
def test_every_command_tells_each_problem_in_a_line_and_touches_nothing(
    tmp_path: Path, files: dict[str, str | bytes], told: list[str]
) -> None:
    """`run` and `ask` exit with 2 and tell on standard error, `check` with 1 on standard output."""
    for name, content in ({"config.yaml": "", "faq/a.yaml": GOOD} | files).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    before = snapshot(tmp_path)
    options = ("--config", str(tmp_path / "config.yaml"))
    with ThreadPoolExecutor() as pool:
        run, ask, check = pool.map(
            lambda arguments: bot(*arguments, *options), (["run"], ["ask", "hello"], ["check"])
        )
    lines = [f"{tmp_path}/" + line.replace("{}", f"{tmp_path}/") for line in told]
    assert (run.returncode, run.stderr.splitlines(), run.stdout) == (2, lines, "")
    assert (ask.returncode, ask.stderr.splitlines(), ask.stdout) == (2, lines, "")
    assert (check.returncode, check.stdout.splitlines(), check.stderr) == (1, lines, "")
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(
            ["--config", "{}/missing.yaml"], "{}/missing.yaml: there is no such file.", id="config"
        ),
        pytest.param(
            ["--config", "{}"], "{}: this is a folder; a file is needed.", id="folder for config"
        ),
    ],
)
def test_files_that_are_not_there_are_told_in_one_line(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    found = bot("check", *(argument.format(tmp_path) for argument in arguments))
    assert (found.returncode, found.stdout, found.stderr) == (1, told.format(tmp_path) + "\n", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["--help"], 0, id="--help"),
        pytest.param(["--version"], 0, id="--version"),
        pytest.param(["tune", "--help"], 0, id="tune --help"),
        pytest.param(["check"], 0, id="check"),
        pytest.param(["ask", "hello", "--config", "missing.yaml"], 2, id="ask, files broken"),
        pytest.param(["run", "--config", "missing.yaml"], 2, id="run, files broken"),
    ],
)
def test_no_heavy_library_is_imported_where_no_text_is_compared(
    arguments: list[str], code: int
) -> None:
    found = bot(*arguments, options=("-X", "importtime"))
    imported = {
        line.rsplit("|", 1)[1].strip().split(".")[0]
        for line in found.stderr.splitlines()
        if line.startswith("import time:")
    }
    assert found.returncode == code
    assert {"bot", "argparse", "yaml"} <= imported
    # The scale that `check` shows lies in a cache of arrays.
    assert imported & HEAVY <= ({"numpy"} if arguments == ["check"] else set())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["check", "--nope"], "unrecognized arguments: --nope", id="unknown option"),
        pytest.param(["ask", "a", "b"], "unrecognized arguments: b", id="a word too many"),
        pytest.param(["--config"], "argument --config: expected one argument", id="no value"),
    ],
)
def test_wrong_usage_is_told_in_one_line(arguments: list[str], told: str) -> None:
    found = bot(*arguments)
    expected = f"python -m bot: {told}. See: python -m bot --help\n"
    assert (found.returncode, found.stderr, found.stdout) == (2, expected, "")


def test_an_unknown_command_is_told_in_one_line_with_the_known_ones() -> None:
    """The rest of the line is argparse's and differs between versions of Python."""
    found = bot("nonsense")
    (line,) = found.stderr.splitlines()
    assert (found.returncode, found.stdout) == (2, "")
    assert line.startswith("python -m bot: argument ")
    assert line.endswith(" See: python -m bot --help")
    assert [word for word in ("nonsense", "run", "ask", "check") if word not in line] == []
