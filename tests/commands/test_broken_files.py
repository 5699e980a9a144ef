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


# Broken files, and what is told of them: lines that begin with a path in their folder, which "{}"
# stands for. tests/files has the other mistakes.
CASES: dict[str, tuple[dict[str, str | bytes], list[str]]] = {
    "config": (
        {"config.yaml": "thresholds:\n  answer: 75\nfollow_up_choices: many\n"},
        [
            "config.yaml:2: thresholds.answer is 75; a number from -1 to 1 is needed. Did you "
            "mean 0.75?",
            'config.yaml:3: follow_up_choices is "many"; a number is needed.',
        ],
    ),
    "several FAQ files at once": (
        {
            "faq/b.yaml": "- id: refund\n  question: no\n  answer: !!python/name:os.system x\n",
            "faq/c.yaml": b"- id: c\n  question: caf\xe9\n",
            "faq/d.yml": "",
            "faq/e.yaml": b"#" * (16 * 1024 * 1024 + 1),
        },
        [
            "faq/b.yaml:1: the id 'refund' is taken: it stands in {}faq/a.yaml:1 too. Give one of "
            "the two entries another id.",
            "faq/b.yaml:2: question is no, which YAML reads as yes/no; text is needed. Put it in "
            'quotes: "no".',
            "faq/b.yaml:3: !!python/name:os.system is a tag, which this bot does not allow. "
            "Remove it, or put the text in quotes if the ! is meant.",
            "faq/c.yaml:2: byte 0xe9 is not UTF-8. Save the file as UTF-8.",
            "faq/d.yml: this file is not read: the names of FAQ files end in .yaml. Rename it or "
            "move it out of the folder.",
            "faq/e.yaml: the file is larger than 16 MB. Split it into several.",
        ],
    ),
    "no configuration": (
        {"config.yaml": b"\xff\xfe"},
        ["config.yaml:1: the file is saved as UTF-16. Save it as UTF-8."],
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
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["tune", "--help"], 0),
        (["check", "--fast"], 0),
        (["ask", "hello", "--config", "missing.yaml"], 2),
        (["run", "--config", "missing.yaml"], 2),
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
    assert imported & HEAVY <= ({"numpy"} if "check" in arguments else set())


def test_a_service_without_a_token_ends_with_an_error_and_is_not_started_again() -> None:
    """A supervisor takes 0 for a bot that has served to its end."""
    found = bot("run")
    told = (
        "TELEGRAM_BOT_TOKEN is not set, and there is no terminal to chat in. Set it to the token "
        "that @BotFather gave you (deploy/README.md says where).\n"
    )
    assert (found.returncode, found.stderr, found.stdout) == (2, told, "")


def test_wrong_usage_is_told_in_one_line() -> None:
    found = bot("check", "--nope")
    told = "python -m bot check: unrecognized arguments: --nope. See: python -m bot check --help\n"
    assert (found.returncode, found.stderr, found.stdout) == (2, told, "")
    found = bot("replay", "--days", "0")
    assert found.stderr.endswith(" See: python -m bot replay --help\n")
    found = bot("--nope")
    assert (
        found.stderr == "python -m bot: unrecognized arguments: --nope. See: python -m bot --help\n"
    )


def test_an_unknown_command_is_told_in_one_line_with_the_known_ones() -> None:
    """The rest of the line is argparse's and differs between versions of Python."""
    found = bot("nonsense")
    (line,) = found.stderr.splitlines()
    assert (found.returncode, found.stdout) == (2, "")
    assert line.startswith("python -m bot: argument ")
    assert line.endswith(" See: python -m bot --help")
    assert [word for word in ("nonsense", "run", "ask", "check") if word not in line] == []
