"""Other thresholds in the files of a bot that runs, and back again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.domain import Thresholds
from bot.errors import BotError
from bot.files.atomic import write_whole
from bot.files.config.settings import read_settings
from bot.files.project import Project
from bot.files.writing.config_edit import write_thresholds
from bot.files.writing.rewrite import require, rewrite
from bot.matching.policy_lock import PolicyLock
from bot.tuning.thresholds.lock import read_by, write_tuning

_FORMAT = 1
_BYTES = "latin-1"  # each is a character


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed.

    Attributes:
        lines: the thresholds since then.
        files: each with what it held before and after; None: it was not there.
    """

    lines: Thresholds
    files: tuple[tuple[Path, bytes | None, bytes | None], ...]

    def undo(self) -> None:
        """Put back what the files held.

        Raises:
            ChangedError: somebody has changed one of them meanwhile; none is touched.
            FileProblems: one cannot be written.
        """
        for path, _, after in self.files:
            require(path, after)
        for path, before, after in self.files:
            rewrite(path, after, before)

    def keep(self, path: Path) -> None:
        """Write it to a file that its owner alone reads, to be taken back after a restart.

        Raises:
            OSError: it cannot be written.
        """
        files = [
            (str(name.absolute()), *(None if its is None else its.decode(_BYTES) for its in both))
            for name, *both in self.files
        ]
        told = {"format": _FORMAT, "lines": asdict(self.lines), "files": files}
        write_whole(path, json.dumps(told).encode())


def kept(path: Path) -> Change | None:
    """What was kept in a file; None where that is nothing that can be read."""
    try:
        told = json.loads(path.read_bytes())
        if told["format"] != _FORMAT:
            return None
        files = tuple(
            (Path(name), _bytes(before), _bytes(after)) for name, before, after in told["files"]
        )
        return Change(Thresholds(**told["lines"]), files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _bytes(told: str | None) -> bytes | None:
    return None if told is None else told.encode(_BYTES)


def put(project: Project, lines: Thresholds, lock: PolicyLock | None) -> Change:
    """Write thresholds to config.yaml, of which every other byte stays.

    Args:
        lock: what goes with them, where they are those that were found; None: policy.lock stays,
            and the bot says that they are not what it was tuned to.
    Raises:
        BotError: the bot could not read its FAQ by them, or a file cannot be written; then both
            are as they were.
    """
    settings, _ = read_settings(project.config, project.faq)
    read_by(settings, lines)
    config = Path(project.config)
    before = [(path, _content(path)) for path in (config, settings.lock)]
    try:
        if lock is None:
            write_thresholds(project.config, lines)
        else:
            write_tuning(project.config, settings.lock, lock)
    except OSError as error:  # config.yaml is written by then
        rewrite(config, _content(config), before[0][1])
        raise BotError(
            f"{settings.lock} cannot be written ({error.strerror or error}); nothing was changed."
        ) from None
    files = ((path, then, _content(path)) for path, then in before)
    return Change(lines, tuple(each for each in files if each[1] != each[2]))


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        told = f"{path} cannot be read ({error.strerror or error}), so nothing was changed."
        raise BotError(told) from None
