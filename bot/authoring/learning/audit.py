"""The audit log: one line for each edit that the bot made in the FAQ, or took back.

It lies beside the database, for its owner alone, and only ever grows. Before a file is written,
what is about to happen is noted in a small file of its own; so after a kill at any moment the next
one who looks finds out whether it happened, and the log says what is true.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.authoring.edit.edits import Rewrite, Undo
from bot.files.atomic import write_whole
from bot.files.writing import git
from bot.files.writing.remark import Remark, RemarkError
from bot.files.writing.rewrite import alone

NAME = "faq-edits.jsonl"
_UNDER_WAY = "faq-edits.under-way"


class AuditError(RemarkError):
    """The log cannot be written, so nothing else is."""


@dataclass(frozen=True, slots=True)
class Line:
    """An edit that was made, or taken back.

    Attributes:
        number: from 1, in the order they were made.
        at: seconds since 1970.
        who: who decided on it, as they are called.
        adds, entry, text: what was added to the FAQ, or changed in it.
        path: of the file.
        undo: what takes it back, or took it back.
        flips: how many decisions it changed which way, by what was known then.
        harmful: tests and wordings that spoke against it, though it was made.
        undoes: the number of what it takes back; None: it was made.
        commit: its name in git; None: it is not committed.
    """

    number: int
    at: float
    who: str
    adds: str
    entry: str
    text: str
    path: str
    undo: Undo
    flips: Mapping[str, int] = field(default_factory=dict)
    harmful: Sequence[str] = ()
    undoes: int | None = None
    commit: str | None = None

    @property
    def told(self) -> str:
        """What was done, in a few words."""
        what = {"phrasing": f"the phrasing “{self.text}” to", "change": "the change of"}
        told = f"{what.get(self.adds, 'the entry')} {self.entry}"
        if self.undoes is not None:
            return f"Take back {told} (number {self.undoes})"
        return f"Change {self.entry}" if self.adds == "change" else f"Add {told}"


class Audit:
    """The log of one FAQ. Several processes may use it.

    Args:
        folder: where it lies; made if it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._under_way = folder / _UNDER_WAY

    def lines(self) -> tuple[Line, ...]:
        """All that was done, the oldest first; a line that is damaged is passed over."""
        if self._under_way.exists():
            with self._alone():
                self._settle()
        return self._read()

    def carry_out(
        self, change: Rewrite, line: Line, *, commits: bool
    ) -> tuple[Line, Remark | None]:
        """Write a file, commit it if that is wanted, and note it.

        Args:
            line: its number and time are given here.
            commits: whether a commit is wanted.

        Returns:
            The line as it stands in the log, and what went wrong with it or its commit, though the
            file is written; None: all went well.
        Raises:
            AuditError: the log cannot be written; the file stands as it was.
            FileProblems: the file cannot be written, or has changed; the log stands as it was.
        """
        with self._alone():
            self._settle()
            last = max((one.number for one in self._read()), default=0)
            line = replace(line, number=last + 1, at=time.time())
            why_not = _why_not(change) if commits else None
            plan = {
                "line": _plain(line),
                "before": _digest(change.before),
                "after": _digest(change.after),
                "commits": commits and why_not is None,
            }
            try:
                write_whole(self._under_way, json.dumps(plan).encode())
            except OSError as error:
                raise self._refused(error) from None
            try:
                change.write()
            except BaseException:
                self._under_way.unlink()
                raise
            line, failed = self._finish(line, commits=bool(plan["commits"]))
            return line, why_not or failed

    def _settle(self) -> None:
        """Find out what became of what was under way when a process ended."""
        try:
            plan = json.loads(self._under_way.read_bytes())
        except FileNotFoundError:
            return
        line = _line(plan["line"])
        now = _content(Path(line.path))
        if _digest(now) != plan["before"] and (
            _digest(now) == plan["after"] or _is_done(line, now)
        ):
            self._finish(line, commits=plan["commits"])
        else:
            self._under_way.unlink()

    def _finish(self, line: Line, *, commits: bool) -> tuple[Line, Remark | None]:
        """Commit and note what is written."""
        failed = None
        if line.number not in {one.number for one in self._read()}:
            if commits:
                try:
                    message = f"{line.told}\n\nWritten by the FAQ bot, as {line.who} decided."
                    line = replace(line, commit=git.commit(Path(line.path).resolve(), message))
                except git.GitError as error:
                    failed = _uncommitted(error.remark)
            try:
                self._append(line)
            except OSError as error:  # what is under way tells of it until then
                return line, self._refused(error).remark
        self._under_way.unlink()
        return line, failed

    def _read(self) -> tuple[Line, ...]:
        try:
            written = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._refused(error) from None
        found = []
        for each in written:
            with suppress(ValueError, TypeError, KeyError):
                found.append(_line(json.loads(each)))
        return tuple(found)

    def _append(self, line: Line) -> None:
        written = (json.dumps(_plain(line), ensure_ascii=False) + "\n").encode()
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":  # cut short with the power
                written = b"\n" + written
            os.write(handle, written)
            os.fsync(handle)
        finally:
            os.close(handle)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from editing meanwhile."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600))
            with alone(self.path):
                yield
        except OSError as error:
            raise self._refused(error) from None

    def _refused(self, error: OSError) -> AuditError:
        reason = error.strerror or type(error).__name__
        return AuditError(Remark("log_refused", {"path": str(self.path), "reason": reason}))


def _why_not(change: Rewrite) -> Remark | None:
    try:
        reason = git.why_not(Path(change.path).resolve(), is_new=change.before is None)
    except git.GitError as error:
        reason = error.remark
    return None if reason is None else _uncommitted(reason)


def _uncommitted(reason: Remark) -> Remark:
    return Remark("not_committed", {"reason": reason})


def _is_done(line: Line, now: bytes | None) -> bool:
    """Whether an edit shows in a file that somebody has changed since."""
    is_there = line.undo.added.encode("utf-8", "surrogatepass") in (now or b"")
    return is_there if line.undoes is None else not is_there


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _digest(content: bytes | None) -> str | None:
    return None if content is None else sha256(content).hexdigest()


def _plain(line: Line) -> dict[str, Any]:
    return asdict(line) | {"at": datetime.fromtimestamp(line.at, UTC).isoformat()}


def _line(plain: dict[str, Any]) -> Line:
    at = datetime.fromisoformat(plain["at"]).timestamp()
    return Line(**plain | {"at": at, "undo": Undo(**plain["undo"])})
