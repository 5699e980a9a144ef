"""FAQ files → entries; and with config.yaml, everything people wrote."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from bot.domain import Faq, FaqEntry, Place, Thresholds
from bot.errors import FileProblems, Names, Problem, cannot_be_read
from bot.files.config.settings import DEFAULT_PATH, Settings, exists, read_settings
from bot.files.faq.file import TESTS_ENDING, FaqFile, Wording, read_file
from bot.files.section import describe_text
from bot.files.when import meet
from bot.texts import wall_clock


def load_project(
    config: str = DEFAULT_PATH,
    faq: str | None = None,
    *,
    reviews: bool = False,
    only: Callable[[Path], Mapping[Path, bytes]] | None = None,
) -> tuple[Settings, Faq]:
    """Read config.yaml and the FAQ it names, of which the entries are there that are valid now.

    Nothing is written and nothing half-loaded.

    Args:
        config: the configuration's path, relative to the working folder.
        faq: an FAQ path that replaces the configured one, relative to the working folder.
        reviews: see `load_faq`.
        only: gives the files that the FAQ is taken to be made of, whatever its folder holds.
    Raises:
        FileProblems: all mistakes of the configuration and of all FAQ files.
    """
    settings, problems = read_settings(config, faq)
    entries = Faq(())
    if faq != "" and exists(settings.faq):  # where it does not, that is among the problems already
        try:
            content = None if only is None else only(settings.faq)
            entries = load_faq(settings.faq, settings.thresholds, reviews=reviews, only=content)
            entries = entries.at(wall_clock(time.time(), settings.zone))
            if not entries.entries:
                text = "no entry is valid now. Correct valid_from and valid_until of one."
                raise FileProblems([Problem(str(settings.faq), None, text)])
        except FileProblems as error:
            problems = [*problems, *error.problems]
    if problems:
        raise FileProblems(problems)
    return settings, entries


def load_faq(
    path: Path,
    thresholds: Thresholds,
    *,
    reviews: bool = False,
    instead: Mapping[Path, bytes] = MappingProxyType({}),
    only: Mapping[Path, bytes] | None = None,
) -> Faq:
    """Read an FAQ: every *.yaml of a folder and the folders in it, or one file.

    What ends in .tests.yaml there is a labelled set: it is named, and read by whoever tests.

    Args:
        thresholds: the configured lines, for entries that set only one of their own.
        reviews: remark on what of the answers cannot be shown as it is written, too.
        instead: what some files are taken to hold, there or not, to see what would come of it.
        only: all files with what they are taken to hold, there or not; others are not read.
    Raises:
        FileProblems: all mistakes of all files. Nothing is loaded unless everything can be.
    """
    found, problems = _yaml_files(path)
    files, sets = _split(path, found)
    if only is not None:
        files, problems, instead = list(only), [], only
    if not files:
        text = "no *.yaml file is in this folder. Add one FAQ file."
        problems.append(Problem(str(path), None, text))
    together = _Together()
    for file in sorted({*files, *instead}):
        content = instead.get(file)
        together.add(read_file(file, content, folder_of(path), thresholds, reviews=reviews))
    problems += together.problems
    if together.every_id_known:  # an id that could not be read is not a missing one
        problems += together.unknown_related()
    if problems:
        raise FileProblems(problems)
    return Faq(tuple(together.entries), tuple(together.remarks), tuple(map(str, sets)))


def folder_of(path: Path) -> Path:
    """The folder that an FAQ's files stand in; of one file, the one that it stands in."""
    return path if path.is_dir() else path.parent


def faq_files(path: Path) -> list[Path]:
    """The files that an FAQ is read from, in a fixed order."""
    return _split(path, _yaml_files(path)[0])[0]


def _split(path: Path, found: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """The files of an FAQ, and the labelled sets beside them."""
    sets = [file for file in found if file.name.endswith(TESTS_ENDING) and file != path]
    return [file for file in found if file not in sets], sets


def _yaml_files(path: Path) -> tuple[list[Path], list[Problem]]:
    """All *.yaml in a fixed order, and what looks like one, or holds some, but is not read.

    Names that begin with a dot are left out: editors and synchronising tools put copies there.
    """
    if not path.is_dir():
        beside = path.with_suffix(TESTS_ENDING)
        return [path, beside] if beside.is_file() else [path], []
    files = []
    unread: list[OSError] = []
    told: dict[Path, str] = {}
    for name, folders, names in os.walk(path, onerror=unread.append):
        folders[:] = [folder for folder in folders if not folder.startswith(".")]
        for folder in (Path(name, each) for each in folders):
            if folder.is_symlink():
                told[folder] = (
                    "this folder is a link, which is not followed. Put the folder itself here."
                )
        for file in (Path(name, each) for each in names if not each.startswith(".")):
            if file.suffix == ".yaml":
                files.append(file)
            elif file.suffix.lower() in {".yml", ".yaml"}:
                told[file] = (
                    "this file is not read: the names of FAQ files end in .yaml. Rename it or move "
                    "it out of the folder."
                )
    told |= {Path(error.filename): cannot_be_read("folder", error) for error in unread}
    return sorted(files), [Problem(str(where), None, text) for where, text in told.items()]


class _Together:
    """The files of an FAQ, and what must hold between entries of different files."""

    def __init__(self) -> None:
        self._ids: dict[str, Place] = {}
        self._wordings: dict[str, list[Wording]] = {}
        self._related: list[tuple[str, str, Place]] = []
        self.entries: list[FaqEntry] = []
        self.problems: list[Problem] = []
        self.remarks: list[Problem] = []
        self.every_id_known = True

    def add(self, file: FaqFile) -> None:
        """Add what a file says."""
        self.every_id_known = self.every_id_known and file.every_id_known
        self.entries += file.entries
        self.problems += file.problems
        self.remarks += file.remarks
        self._related += file.related
        for entry_id, place in file.ids:
            self._add_id(entry_id, place)
        for wording in file.wordings:
            self._add_wording(wording)

    def unknown_related(self) -> list[Problem]:
        """Related ids that no entry has, or that are the entry itself."""
        problems, names = [], Names(self._ids)
        for entry_id, other, place in self._related:
            if other == entry_id:
                text = f"related names {other!r}, the entry itself. Remove it."
            elif other not in self._ids:
                hint = names.hint(other) or " Correct or remove it."
                text = f"related names {other!r}, but no entry has this id.{hint}"
            else:
                continue
            problems.append(Problem(place.path, place.line, text))
        return problems

    def _add_id(self, entry_id: str, place: Place) -> None:
        first = self._ids.setdefault(entry_id, place)
        if first is not place:
            text = (
                f"the id {entry_id!r} is taken: it stands in {first} too. Give one of the two "
                "entries another id."
            )
            self.problems.append(Problem(place.path, place.line, text))

    def _add_wording(self, one: Wording) -> None:
        """Note a wording; two entries that are never valid at once may share it."""
        known = self._wordings.setdefault(one.key, [])
        known.append(one)
        if len(known) == 1:
            return
        owner = one.entry_id
        first = next(it for it in known if it.entry_id == owner or meet(it.span, one.span))
        if first.entry_id != owner:
            text = (
                f"{describe_text(one.text)} stands under two entries: here under {owner!r}, and in "
                f"{first.place} under {first.entry_id!r}. The bot could not tell them apart. "
                "Remove one."
            )
            self.problems.append(Problem(one.place.path, one.place.line, text))
