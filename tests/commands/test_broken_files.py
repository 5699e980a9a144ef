"""The true commands on broken files: an exit code, one line per problem, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
HEAVY = {"torch", "transformers", "sentence_transformers", "faiss", "telegram", "numpy"}
GOOD = "- id: refund\n  question: Can I get a refund?\n  answer: Yes.\n"
DEFAULT: dict[str, str | bytes] = {"config.yaml": "", "faq/a.yaml": GOOD}


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


@dataclass(frozen=True)
class Broken:
    """Files, and what is wrong with them: lines that begin with a path in their folder."""

    told: tuple[str, ...]
    files: dict[str, str | bytes]

    def write(self, folder: Path) -> None:
        for name, content in (DEFAULT | self.files).items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)


def faq(told: str, content: str | bytes, *more: str) -> Broken:
    """A project whose faq/b.yaml is broken."""
    return Broken(tuple(f"faq/b.yaml:{line}" for line in (told, *more)), {"faq/b.yaml": content})


def config(told: str, content: str, *more: str) -> Broken:
    """A project whose config.yaml is broken."""
    return Broken(tuple(f"config.yaml:{line}" for line in (told, *more)), {"config.yaml": content})


KEYS = (
    "Known here: id, question, phrasings, answer, tags, lang, related, links, attachments, "
    "thresholds."
)
CASES = {
    "config: unknown key": config(
        "1: modell is not a key this bot knows. Did you mean 'model'? Known here: faq, model, "
        "encoder, threads, matching, thresholds, follow_up_choices, synonyms, cache, language, "
        "telegram, store, monitoring, texts.",
        "modell: m\n",
    ),
    "config: thresholds of the wrong kind, too large and out of order": config(
        "2: thresholds.answer is 75; a number from -1 to 1 is needed.",
        "thresholds:\n  answer: 75\nfollow_up_choices: many\n",
        '3: follow_up_choices is "many"; a number is needed.',
    ),
    "config: thresholds out of order": config(
        "3: thresholds.follow_up is 0.82 but must not exceed thresholds.answer (0, line 2), or the "
        "bot can never ask back. Lower follow_up or raise answer.",
        "thresholds:\n  answer: 0.0\n  follow_up: 0.82\n",
    ),
    "faq: ids, wordings, keys and values of several files at once": Broken(
        (
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
        ),
        {
            "faq/a.yaml": f"{GOOD}  answer: No.\n",
            "faq/b.yaml": "- id: refund\n  question: no\n  answer: ''\n  anwser: A\n",
            "faq/c.yaml": "- id: c\n  question: can i get a refund?\n  answer: 007\n",
            "faq/d.yml": "",
        },
    ),
    "faq: tab": faq("2: this line is indented with a tab. Use spaces.", "- id: b\n\tquestion: Q\n"),
    "faq: no YAML": faq(
        "2: there is a colon where none can stand, or the line is indented wrongly. Put a text "
        'that holds ": " in quotes, and begin keys of one entry in the same column.',
        "- id: b\n  question: What: now?\n",
    ),
    "faq: bad UTF-8": faq(
        "2: byte 0xe9 is not UTF-8. Save the file as UTF-8.", b"- id: b\n  question: caf\xe9\n"
    ),
    "faq: anchor, alias and a tag that runs code": faq(
        "1: &x is an anchor, which this bot does not allow. Remove it, or put the text in quotes "
        "if the & is meant.",
        "- id: &x b\n  question: *x\n  answer: !!python/object/apply:os.system [touch pwned]\n",
        "2: *x is an alias, which this bot does not allow. Write the value out here.",
        "3: !!python/object/apply:os.system is a tag, which this bot does not allow. Remove it, "
        "or put the text in quotes if the ! is meant.",
        "3: answer is a list; text is needed. Put it in quotes if the colon, dash or bracket is "
        "meant.",
    ),
    "faq: too large": Broken(
        ("faq/b.yaml: the file is larger than 16 MB. Split it into several.",),
        {"faq/b.yaml": b"#" * (16 * 1024 * 1024 + 1)},
    ),
    "faq: too deep": faq(
        "1: values are nested more than 12 deep; no file of this bot needs that. Check the "
        "brackets and the indentation here.",
        "[" * 100_000,
    ),
    "faq: no entry": faq(
        "1: the file holds no entry. Add one (- id: …), or delete the file.", "# nothing yet\n"
    ),
    "faq: missing": config(
        '1: faq is "{}questions"; there is no such file or folder. Give a folder of *.yaml files, '
        "or one such file.",
        "faq: questions\n",
    ),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_every_command_tells_each_problem_in_a_line_and_touches_nothing(
    tmp_path: Path, case: Broken
) -> None:
    """`run` and `ask` exit with 2 and tell on standard error, `check` with 1 on standard output."""
    case.write(tmp_path)
    before = snapshot(tmp_path)
    options = ("--config", str(tmp_path / "config.yaml"))
    with ThreadPoolExecutor() as pool:
        run, ask, check = pool.map(
            lambda arguments: bot(*arguments, *options), (["run"], ["ask", "hello"], ["check"])
        )
    # "{}" stands for the folder where a message names a second place.
    lines = [f"{tmp_path}/" + line.replace("{}", f"{tmp_path}/") for line in case.told]
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
        pytest.param(
            ["--faq", "{}/missing"],
            "{}/missing: there is no such file or folder (given with --faq).",
            id="faq",
        ),
        pytest.param(
            ["--faq", "{}"], "{}: no *.yaml file is in this folder. Add one FAQ file.", id="empty"
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
    assert imported & HEAVY == set()


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
