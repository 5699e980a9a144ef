"""What `check` tells, one noun for all of it; its kinds, and how much it helps to mend one."""

from __future__ import annotations

from collections.abc import Mapping
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
        about: which of the entry's texts is meant; "" where that is not known.
    """

    path: str
    line: int | None
    level: Level
    code: str
    text: str
    severity: float = 0.0
    entry: str = ""
    other: Place | None = None
    about: str = ""

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
    return Finding(place.path, place.line, level, code, text, severity, entry.id, other, about)


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


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding.

    Attributes:
        gain: what mending one does for people, against the other kinds.
        one: what there is, if there is one.
        many: what there is, if there are {n}.
        remedy: what helps.
    """

    gain: float
    one: str
    many: str
    remedy: str


KINDS: Mapping[str, Kind] = {
    Code.FEW_WORDINGS: Kind(
        1.0,
        "1 entry has only one or two wordings",
        "{n} entries have only one or two wordings",
        "Two or three short ones more for each help most of all.",
    ),
    Code.COMPETING: Kind(
        1.0,
        "1 wording fits another entry better than its own",
        "{n} wordings fit another entry better than their own",
        "Move them where they belong, or make them plainer.",
    ),
    Code.NEAR_DUPLICATE: Kind(
        0.8,
        "1 wording says the same as one of another entry",
        "{n} wordings say the same as one of another entry",
        "Keep one of the two.",
    ),
    Code.TWINS: Kind(
        0.8,
        "1 pair of entries is told apart by a single word",
        "{n} pairs of entries are told apart by a single word",
        "Give both sides wordings that only they can have.",
    ),
    Code.TOO_GENERAL: Kind(
        0.7,
        "1 wording is so general that it draws in other questions",
        "{n} wordings are so general that they draw in other questions",
        "Say in them what they are about.",
    ),
    Code.LANGUAGE: Kind(
        1.0,
        "1 entry is in a language that is only compared letter by letter",
        "{n} entries are in a language that is only compared letter by letter",
        "Many wordings help, or a translation.",
    ),
    Code.BROKEN_LINK: Kind(
        0.8, "1 link is mistyped", "{n} links are mistyped", "Correct the addresses."
    ),
    Code.DEAD_LINK: Kind(
        0.8, "1 link leads nowhere", "{n} links lead nowhere", "Correct or remove them."
    ),
    Code.ONLY_IN_ANSWER: Kind(
        0.3,
        "1 entry has words in its answer that no wording has",
        "{n} entries have words in their answers that no wording has",
        "People may ask with them.",
    ),
    Code.LONG_WORDING: Kind(
        0.3, "1 wording is very long", "{n} wordings are very long", "A sentence or two finds more."
    ),
    Code.LONG_BUTTON: Kind(
        0.3, "1 button is cut off", "{n} buttons are cut off", "Shorten their texts."
    ),
    Code.MARKUP: Kind(
        0.2,
        "1 line of an answer is shown in another way than it is written",
        "{n} lines of answers are shown in another way than they are written",
        "Look at them in Telegram.",
    ),
    Code.LONG_ANSWER: Kind(
        0.2,
        "1 answer takes more than one message",
        "{n} answers take more than one message",
        "Shorten them, or link to the rest.",
    ),
    Code.CONFIG: Kind(
        0.2,
        "1 setting in config.yaml looks odd",
        "{n} settings in config.yaml look odd",
        "Look at them.",
    ),
    Code.EXPIRED: Kind(
        0.2, "1 thing has expired", "{n} things have expired", "Delete them, or move their dates."
    ),
    Code.NO_LETTERS: Kind(
        0.2,
        "1 wording has no letters",
        "{n} wordings have no letters",
        "No message will match them.",
    ),
    Code.UNTESTED: Kind(
        0.2,
        "1 entry has no test",
        "{n} entries have no test",
        "One message each that must find it is enough.",
    ),
    Code.ADDS_NOTHING: Kind(
        0.1,
        "1 wording says what another one of its entry says",
        "{n} wordings say what another one of their entry says",
        "Other ways to ask would find more.",
    ),
    Code.EMPTY_WORDING: Kind(
        0.1, "1 wording is empty", "{n} wordings are empty", "Delete their lines."
    ),
}
