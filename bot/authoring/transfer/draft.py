"""What a reader finds in a file, before it is an entry; and what it has to leave out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain import Link, Translation
from bot.errors import FileProblems, Problem


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
        named = f"“{_short(place.name)}”: {text}" if place.name else text
        self._problems[Problem(place.path, place.line, named)] = None

    def take(self, problem: Problem) -> None:
        """Note what was noted elsewhere."""
        self._problems[problem] = None

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._problems)

    def __len__(self) -> int:
        return len(self._problems)


def asked_first(wordings: Sequence[str]) -> tuple[str, ...]:
    """The wordings of an intent, the one that suits a button best first: one that asks."""
    best = next((each for each in wordings if each.rstrip().endswith(("?", "？"))), "")
    return (best, *(each for each in wordings if each != best)) if best else tuple(wordings)


def refused(path: str, text: str, line: int | None = None) -> FileProblems:
    """The error that says why a whole file cannot be taken, in one line."""
    return FileProblems([Problem(path, line, text)])


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else f"{flat[:59]}…"
