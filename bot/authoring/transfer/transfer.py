"""The door: a file of another program → an FAQ file, and an FAQ → a file for other programs."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from itertools import accumulate
from pathlib import Path

from bot.authoring.transfer.draft import Draft, Left, Place, refused
from bot.authoring.transfer.entries import make_entries, make_id
from bot.authoring.transfer.formats import FORMATS, tell
from bot.authoring.transfer.source import Source, open_source
from bot.domain import Faq, FaqEntry, Thresholds
from bot.errors import BotError, FileProblems, Problem
from bot.files.atomic import write_whole
from bot.files.faq.load import load_faq
from bot.files.writing.faq_writer import faq_text
from bot.files.yamlfile import MAX_BYTES

_READABLE = 0o644
_STEM = "entry"
_NEW = Path("new.yaml")  # is not written yet
_IS_THERE = "is there already. Name another file, or add --force to replace it."


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken of a file.

    Attributes:
        text: of the FAQ file; "" where nothing could be taken.
        entries: that stand in it.
        left: what could not be kept, one line each.
    """

    text: str
    entries: tuple[FaqEntry, ...]
    left: tuple[Problem, ...]


def import_faq(
    paths: Sequence[Path], existing: Faq, *, form: str | None = None, encoding: str | None = None
) -> Taken:
    """Read files of other programs; what is read passes `check` beside the FAQ that is there.

    Args:
        form: their format; None: told from each file.
        encoding: what their text is saved as; None: told from each file.
    Raises:
        FileProblems: one of them cannot be read; it says which, and why, in one line.
        BotError: what reads it is not installed.
    """
    left, drafts = Left(), list[Draft]()
    together: dict[str, list[Source]] = {}
    for path in paths:
        source = open_source(path, encoding)
        with _one_line(source.path, form or "other programs'"):
            together.setdefault(form or tell(source), []).append(source)
        if not source.is_zip and source.guessed is not None:
            told = f"read as {source.guessed}. If letters are wrong, save it as UTF-8."
            left.out(Place(source.path), told)
    for name, sources in together.items():
        with _one_line(sources[0].path, name):
            drafts += FORMATS[name].reads(sources, left)
    stem = make_id(paths[0].stem) or _STEM
    entries = _accepted(make_entries(drafts, existing, stem, left), left)
    known = {*existing.by_id, *(entry.id for entry in entries)}
    entries = [replace(e, related=tuple(i for i in e.related if i in known)) for e in entries]
    text = faq_text(entries)
    if len(text.encode()) > MAX_BYTES:
        told = f"what is in it makes a file of more than {MAX_BYTES >> 20} MB. Split it."
        raise refused(str(paths[0]), told)
    return Taken(text, tuple(entries), tuple(left))


def export_faq(faq: Faq, form: str) -> tuple[bytes, list[str]]:
    """A file of all entries, and what of them it cannot hold, one line each.

    Raises:
        BotError: what writes it is not installed, or an answer is too long for it.
    """
    written, left = FORMATS[form], []
    if written.writes is None:
        raise BotError(f"An FAQ cannot be exported to {form}.")
    held = {field.name for field in fields(FaqEntry)} - {"place", "lines"}
    for key in sorted(held - written.keeps):
        ids = [entry.id for entry in faq.entries if getattr(entry, key)]
        if ids:
            many = f"{ids[0]} and {len(ids) - 1} more" if len(ids) > 1 else ids[0]
            left.append(f"{key} of {many}: {form} cannot hold them.")
    return written.writes(faq.entries), left


def may_be_written(path: Path, *, replaces: bool, ending: str = "") -> None:
    """Find out, before anything is read, whether a file can be written.

    Raises:
        BotError: its name ends otherwise, or there is such a file and it is not to be replaced.
    """
    if not path.name.endswith(ending):
        raise BotError(f"{path}: the names of FAQ files end in {ending}.")
    if path.is_dir():
        raise BotError(f"{path} is a folder; a file is needed.")
    if path.exists() and not replaces:
        raise BotError(f"{path} {_IS_THERE}")


def write_file(path: Path, data: bytes, *, replaces: bool) -> None:
    """Write a file whole or not at all.

    Raises:
        BotError: there is one already, and it is not to be replaced.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_whole(path, data, _READABLE, replaces=replaces)
    except FileExistsError as error:
        raise BotError(f"{path} {_IS_THERE}") from error


@contextmanager
def _one_line(path: str, form: str) -> Iterator[None]:
    """Say of a file in which a value is not of the kind that every export has there just that."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        told = f"this is not built as {form} files are. Export it anew, or name another --format."
        raise refused(path, told) from error


def _accepted(made: Sequence[tuple[FaqEntry, Place]], left: Left) -> list[FaqEntry]:
    """The entries that the bot reads without a problem; of the others the problems are noted."""
    while wrong := _problems([entry for entry, _ in made]):
        for number, text in wrong:
            left.out(made[number][1], f"{text.removesuffix('.')}. The entry is left out.")
        numbers = {number for number, _ in wrong}
        made = [each for number, each in enumerate(made) if number not in numbers]
    return [entry for entry, _ in made]


def _problems(entries: Sequence[FaqEntry]) -> list[tuple[int, str]]:
    """What `check` would say: the entry's number, and its problem."""
    if not entries:
        return []
    # What is related may stand in other files.
    texts = [faq_text([replace(entry, related=())]) for entry in entries]
    starts = list(accumulate((text.count("\n") + 1 for text in texts), initial=1))[:-1]
    try:
        load_faq(_NEW, Thresholds(1, 0), instead={_NEW: "\n".join(texts).encode()[:MAX_BYTES]})
    except FileProblems as error:
        return [(bisect(starts, each.line or 1) - 1, each.text) for each in error.problems]
    return []
