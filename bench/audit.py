"""python -m bench.audit: do the tests notice what one changed line would undo?

Each line of mutations.yaml is changed in a copy of the project, and its test is run there. A
mutation is killed where that test turns red. `make audit` runs it; it takes some minutes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import yaml

from bench import command
from bot.errors import BotError

_LIST = Path(__file__).with_name("mutations.yaml")
_TIMEOUT_S = 300.0  # a test that hangs has noticed, too
_SUSPECT = (1, 2)  # exit codes of pytest: tests failed, or could not be collected


class Outcome(Enum):
    """What became of a mutation."""

    KILLED = "killed"
    SURVIVED = "SURVIVED"
    STALE = "STALE: the line is not there exactly once"


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change of one line.

    Attributes:
        file: relative to the project, as is `test`, a file or folder of tests.
        old: stands in the file exactly once.
    """

    file: str
    old: str
    new: str
    test: str

    def __str__(self) -> str:
        return f"{self.file}: {self.old.strip()!r} -> {self.new.strip()!r}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Try all, and print what became of each.

    Returns:
        0: enough were killed; 1: too few; 2: wrong usage, or tests that fail without a change.
    """
    parser = command.OneLineParser(prog="python -m bench.audit", description=__doc__)
    add = parser.add_argument
    add("--list", type=Path, default=_LIST, metavar="FILE", help="default: bench/mutations.yaml")
    add("--only", default="", metavar="TEXT", help="those whose file or line holds it")
    add("--least", type=float, default=0.95, metavar="SHARE", help="killed (default: 0.95)")
    options = parser.parse_args(arguments)
    return command.guarded(
        lambda: _run(Path.cwd(), read(options.list), options.only, options.least)
    )


def read(path: Path) -> list[Mutation]:
    """The mutations of a file."""
    return [Mutation(**each) for each in yaml.safe_load(path.read_text("utf-8"))]


def _run(project: Path, mutations: Iterable[Mutation], only: str, least: float) -> int:
    chosen = [each for each in mutations if only in str(each)]
    if not chosen:
        raise BotError(f"no mutation holds {only!r}")
    killed = 0
    with tempfile.TemporaryDirectory() as name:
        copy = _copied(project, Path(name) / "project")
        if is_red(copy, sorted({each.test for each in chosen})):
            raise BotError("tests fail without any change; run them first")
        for each in chosen:
            started = time.monotonic()
            outcome = tried(copy, each)
            killed += outcome is Outcome.KILLED
            print(f"{outcome.value}  {each}  ({time.monotonic() - started:.0f} s)", flush=True)
    print(f"{killed} of {len(chosen)} mutations killed ({100 * killed / len(chosen):.0f} %)")
    return 0 if killed >= least * len(chosen) else 1


def tried(project: Path, mutation: Mutation) -> Outcome:
    """Make a change, run its test and take the change back."""
    file = project / mutation.file
    before = file.read_text("utf-8")
    if before.count(mutation.old) != 1:
        return Outcome.STALE
    file.write_text(before.replace(mutation.old, mutation.new), "utf-8")
    try:
        return Outcome.KILLED if is_red(project, [mutation.test]) else Outcome.SURVIVED
    finally:
        file.write_text(before, "utf-8")


def is_red(project: Path, tests: Sequence[str]) -> bool:
    """Whether one of the tests fails, or does not end.

    Raises:
        BotError: no test was run.
    """
    # -B: compiled files go by size and second, and a change may keep both
    run = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    limit_s = _TIMEOUT_S * len(tests)
    try:
        ended = subprocess.run(run, cwd=project, capture_output=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        return True
    if ended.returncode not in (0, *_SUSPECT):
        raise BotError(f"{' '.join(tests)}: pytest ended with {ended.returncode}")
    return ended.returncode != 0


def _copied(project: Path, copy: Path) -> Path:
    """The project without its environment, its history and what it has written."""
    hidden = shutil.ignore_patterns(".*", "__pycache__", "data.db")
    return Path(shutil.copytree(project, copy, ignore=hidden))


if __name__ == "__main__":
    sys.exit(main())
