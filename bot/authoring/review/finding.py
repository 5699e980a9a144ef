"""What `check` tells, one noun for all of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain import FaqEntry, Place
from bot.errors import Problem
from bot.files.findings import Code

ERROR_CODE = "error"
FAILED_TEST = "failed-test"


class Level(StrEnum):
    """How bad it is: an error keeps the bot from loading, a warning is probably wrong."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend, in the words of whoever edits the files.

    Attributes:
        path: the file as the person named it.
        line: 1-based; None where the file as a whole is meant.
        code: what silences it: a `Code`, or "error" or "failed-test" of what cannot be silenced.
        text: what is there, and what to do.
        severity: from 0 to 1, to be compared with others of the same code.
        entry: the id of the entry it stands under; "" where that is not known.
        other: the other place that the text names.
    """

    path: str
    line: int | None
    level: Level
    code: str
    text: str
    severity: float = 0.0
    entry: str = ""
    other: Place | None = None

    @property
    def place(self) -> str:
        """Where it is, as an editor jumps to it."""
        return self.path if self.line is None else f"{self.path}:{self.line}"

    def __str__(self) -> str:
        is_error = self.level is Level.ERROR
        text = self.text if is_error else f"{self.level}: {self.text} [{self.code}]"
        return str(Problem(self.path, self.line, text))


def of_entry(
    entry: FaqEntry,
    about: str,
    code: Code,
    text: str,
    level: Level = Level.HINT,
    severity: float = 0.0,
    other: Place | None = None,
) -> Finding:
    """A finding about one of the texts of an entry, or (with "") about the entry."""
    place = entry.place_of(about)
    return Finding(place.path, place.line, level, code, text, severity, entry.id, other)


def of_error(problem: Problem) -> Finding:
    """A mistake, for the formats that tell it beside the findings."""
    return Finding(problem.path, problem.line, Level.ERROR, ERROR_CODE, problem.text)


def of_failure(problem: Problem) -> Finding:
    """A test of the FAQ that fails."""
    return replace(of_error(problem), code=FAILED_TEST)


def of_remark(problem: Problem, entry: str) -> Finding:
    """What was remarked on while the files were read."""
    return Finding(
        problem.path, problem.line, Level.WARNING, problem.code, problem.text, entry=entry
    )
