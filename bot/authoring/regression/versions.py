"""A version of the FAQ: a folder, a file, or what a revision of git has in its place."""

from __future__ import annotations

import os
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.domain import Faq
from bot.errors import BotError, FileProblems
from bot.files.config.settings import Settings, exists
from bot.files.faq.file import TESTS_ENDING
from bot.files.faq.load import load_faq
from bot.files.writing import git
from bot.texts import wall_clock


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the FAQ, as long as its files are there.

    Attributes:
        name: as the person named it.
        folder: where the files of a revision lie meanwhile; "" where they lie in their own place.
    """

    name: str
    faq: Faq
    folder: str = ""

    def named(self, text: str) -> str:
        """A text in which files of a revision are called as git calls them: HEAD~1:faq/a.yaml."""
        return text.replace(f"{self.folder}{os.sep}", f"{self.name}:") if self.folder else text


@contextmanager
def version(name: str, settings: Settings) -> Iterator[Version]:
    """Read a version of the FAQ.

    Args:
        name: a folder or a file, or else a revision of git, of the repository in which the FAQ of
            the settings lies.
    Raises:
        FileProblems: all mistakes in it.
        BotError: there is no such file, folder or revision.
    """
    if exists(Path(name)):
        yield Version(name, _loaded(Path(name), settings))
        return
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "files")
        found = Version(name, Faq(()), str(files))
        place = _checked_out(name, settings.faq, files)
        try:
            found = replace(found, faq=_loaded(place, settings))
        except FileProblems as error:
            raise FileProblems(
                replace(it, path=found.named(it.path)) for it in error.problems
            ) from None
        yield found


def _loaded(path: Path, settings: Settings) -> Faq:
    faq = load_faq(path, settings.thresholds)
    return faq.at(wall_clock(time.time(), settings.zone))


def _checked_out(name: str, faq: Path, folder: Path) -> Path:
    """Put the FAQ as it was in a revision into a new folder, and say where there."""
    where = faq.resolve()
    top = git.ask(where if where.is_dir() else where.parent, "rev-parse", "--show-toplevel").strip()
    if not top:
        raise BotError(
            f"{name}: there is no such folder or file, and it can be no revision either, as {faq} "
            "lies in no git repository."
        )
    commit = git.ask(
        top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
    )
    if not commit:
        raise BotError(f"{name}: there is no such folder or file, and no such revision in {top}.")
    inside = where.relative_to(Path(top).resolve())
    wanted = [inside, inside.with_suffix(TESTS_ENDING)] if inside.name else [inside]
    listed = git.ask(top, "ls-tree", "-z", "--name-only", commit.strip(), "--", *map(str, wanted))
    paths = [it for it in listed.split("\0") if it] if inside.name else ["."]
    if str(inside) not in paths:
        raise BotError(f"{name}: there is no {inside} in this revision.")
    archive = folder.with_suffix(".tar")
    git.ask(top, "archive", "--format=tar", f"--output={archive}", commit.strip(), "--", *paths)
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise BotError(f"{name}: its {inside} cannot be read ({error}).") from None
    return folder / inside
