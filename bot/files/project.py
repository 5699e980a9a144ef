"""The files that a bot is made of, and whether they have changed since they were read."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.domain import Faq
from bot.errors import FileProblems
from bot.files.config.settings import Settings, read_settings
from bot.files.faq.content import FaqContent
from bot.files.faq.file import TESTS_ENDING
from bot.files.faq.load import load_project

_State = tuple[int, ...]  # inode, size, when its content and when anything about it was changed
_MISSING: _State = ()
_YAML = (".yaml", ".yml")
_LOCK_OF_GIT = Path(".git", "index.lock")  # there for as long as git writes files
_GIT_WRITES_S = 60.0  # an older one is left of a git that was killed


@dataclass(frozen=True, slots=True)
class Look:
    """How the files were at one moment. Two looks are alike where what is read from is alike.

    Attributes:
        read: what a bot is read from, by path: the configuration, policy.lock, all YAML files.
        others: the other files in the FAQ's folder. An entry may name one of them.
        folders: where a change would show, with their inodes; they were there.
        is_git_writing: git is putting other files into the place of these.
    """

    read: Mapping[str, _State]
    others: Mapping[str, _State] = field(compare=False)
    folders: frozenset[tuple[str, int]] = field(compare=False)
    is_git_writing: bool = field(compare=False)


class Project:
    """A configuration, and the FAQ that it names.

    Args:
        config: see `load_project`, as for `faq`.
        cache: the folder of `Settings.cache`, whatever the configuration says.
    Attributes:
        config, faq: as they were given.
        seen: how the files were when they were read last, whatever came of it.
    """

    def __init__(self, config: str, faq: str | None = None, cache: Path | None = None) -> None:
        self.config = config
        self.faq = faq
        self._cache = cache
        self._closed: set[str] = set()  # files whose last line ended when they were read
        self._named: tuple[_State, Path, Path] | None = None
        self.seen = Look({}, {}, frozenset(), is_git_writing=False)

    def load(self, content: FaqContent | None = None) -> tuple[Settings, Faq]:
        """Read all of it; see `load_project`.

        Args:
            content: of the FAQ, whatever its folder holds; None: what that holds.
        """
        self.seen = self.look()
        self._closed = {path for path in self.seen.read if not _is_open_ended(path)}
        only = None if content is None else content.within
        settings, faq = load_project(self.config, self.faq, only=only)
        return replace(settings, cache=self._cache or settings.cache), faq

    def content(self) -> FaqContent:
        """What the FAQ's files hold now.

        Raises:
            FileProblems: the configuration does not say which they are.
        """
        return FaqContent.read(self._paths()[0])

    def read_ahead(self) -> None:
        """Read what has changed, which makes `load` fast; mistakes are its to tell."""
        with suppress(FileProblems):
            load_project(self.config, self.faq)

    def look(self) -> Look:
        """See how the files are now; none of them is read but a changed configuration."""
        faq, lock = self._paths()
        alone = [Path(self.config), lock]
        read = {str(path): _state(path) for path in alone}
        others: dict[str, _State] = {}
        folders: set[Path] = set()
        if faq.is_dir():
            for folder, names in _walk(faq):
                folders.add(folder)
                for path in (folder / name for name in names):
                    is_set = path.name.endswith(TESTS_ENDING)  # which no bot reads
                    kept = read if path.suffix.lower() in _YAML and not is_set else others
                    kept[str(path)] = _state(path)
        else:
            read[str(faq)] = _state(faq)
        # A name changes hands in the folder that it stands in, and a link has two.
        folders |= {each.parent for path in (*alone, faq) for each in (path, _real(path))}
        inodes = ((str(folder), _state(folder)) for folder in folders)
        return Look(
            read,
            others,
            frozenset((folder, state[0]) for folder, state in inodes if state),
            is_git_writing=any(_is_new(each / _LOCK_OF_GIT) for each in _real(faq).parents),
        )

    def is_cut_short(self, look: Look) -> bool:
        """Whether a changed file looks as if its second half were still to be written.

        What was cut short may hold no mistake, and hardly ever ends with a line as it did before.
        """
        changed = {path for path, state in look.read.items() if state != self.seen.read.get(path)}
        return any(
            _is_open_ended(path) and (path in self._closed or path not in self.seen.read)
            for path in changed
        )

    def _paths(self) -> tuple[Path, Path]:
        """The FAQ and policy.lock, as the configuration names them now."""
        state = _state(Path(self.config))
        if self._named is None or self._named[0] != state:
            settings, _ = read_settings(self.config, self.faq)
            self._named = state, settings.faq, settings.lock
        return self._named[1:]


def _walk(top: Path) -> Iterator[tuple[Path, Iterable[str]]]:
    """Folders, and the files in them, that an FAQ may be made of."""
    for name, folders, names in os.walk(top):
        folders[:] = [folder for folder in folders if not folder.startswith(".")]
        yield Path(name), (each for each in names if not each.startswith("."))


def _state(path: Path) -> _State:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return _MISSING
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _is_new(path: Path) -> bool:
    """Whether a file was made a short while ago."""
    state = _state(path)
    return bool(state) and time.time() - state[2] / 1e9 < _GIT_WRITES_S


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _is_open_ended(path: str) -> bool:
    """Whether a file is there whose last line does not end, or that holds nothing."""
    try:
        if not Path(path).is_file():  # opening a pipe would wait for ever
            return False
        with Path(path).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 1))
            return file.read(1) not in (b"\n", b"\r")
    except OSError:
        return False
