"""What a reader finds in another program's file, before it is an entry; and what it leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain import Link, Translation
from bot.errors import FileProblems, Problem
from bot.formatting import in_short
from bot.markup.answer import parse, remarks
from bot.markup.written import write

MAX_SOURCE = 200_000  # characters; an answer of more is too long however it is written
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file that is read.

    Attributes:
        line: 1-based, of a sheet its row; None where the format has no lines.
        name: what the entry is called there; "" where the line says enough.
    """

    path: str
    line: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A question and its answer as a file of another program holds them.

    Attributes:
        answer: as it is written in an FAQ file; see `bot.markup`.
        id: as the file has it, whatever letters stand in it; "" where it has none.
        key: what the file calls it in the `related` of others; "": by its id.
        related: ids or keys as the file has them.
    """

    place: Place
    question: str
    answer: str
    phrasings: tuple[str, ...] = ()
    id: str = ""
    key: str = ""
    tags: tuple[str, ...] = ()
    lang: str | None = None
    related: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    translations: tuple[Translation, ...] = ()


class Left:
    """Collects what a file holds and an FAQ cannot, one line each, in the order it was met."""

    def __init__(self) -> None:
        self._problems: dict[Problem, None] = {}

    def out(self, place: Place, text: str) -> None:
        """Note what could not be kept, or was kept in another way."""
        named = f"“{in_short(place.name, 60)}”: {text}" if place.name else text
        self._problems[Problem(place.path, place.line, named)] = None

    def take(self, problem: Problem) -> None:
        """Note what was noted elsewhere."""
        self._problems[problem] = None

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._problems)

    def __len__(self) -> int:
        return len(self._problems)


def as_shown(source: str, place: Place, left: Left) -> str:
    """An answer of Markdown, of HTML, or of both; what cannot be shown so is written as it is.

    An answer that is shown as it is written stays, to the letter.
    """
    source = source.strip()
    if len(source) > MAX_SOURCE:
        return source
    told = remarks(source)
    for _, text in told:
        left.out(place, text)
    return write(parse(source)) if told or _TAG.search(source) else source


def of_intent(
    place: Place,
    said: Sequence[str],
    answer: str,
    left: Left,
    *,
    id: str,  # noqa: A002  (as in `Draft`)
    tags: Sequence[str] = (),
    lang: str | None = None,
) -> Draft:
    """The draft of an intent: what people say to it, and what it replies."""
    first, *others = asked_first(said) or ("",)
    shown = as_shown(answer, place, left)
    return Draft(place, first, shown, tuple(others), id=id, tags=tuple(tags), lang=lang)


def first_of(answers: Sequence[str], place: Place, left: Left) -> str:
    """The answer of an intent that gives one of several by chance; "" where it has none."""
    if len(answers) > 1:
        left.out(place, f"it has {len(answers)} answers, one by chance; the first is taken.")
    return answers[0] if answers else ""


def asked_first(wordings: Sequence[str]) -> tuple[str, ...]:
    """The wordings of an intent, the one that suits a button best first: one that asks."""
    best = next((each for each in wordings if each.rstrip().endswith(("?", "？"))), "")
    return (best, *(each for each in wordings if each != best)) if best else tuple(wordings)


def refused(path: str, text: str, line: int | None = None) -> FileProblems:
    """The error that says why a whole file cannot be taken, in one line."""
    return FileProblems([Problem(path, line, text)])
