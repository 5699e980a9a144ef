"""Tunes in a process of its own, which takes what the bot beside it leaves of the machine."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from bot.domain import Thresholds
from bot.errors import BotError
from bot.files.faq.load import load_project
from bot.files.project import Look, Project
from bot.files.writing.config_edit import check_thresholds_can_be_written
from bot.labels.progress import told_to
from bot.matching.policy_lock import PolicyLock
from bot.tuning.report.page import data_of
from bot.tuning.thresholds.change import Change, kept, put
from bot.tuning.thresholds.lock import lock_of
from bot.tuning.thresholds.search import Promise
from bot.tuning.thresholds.tuned import TunedOn, tune_on

logger = logging.getLogger(__name__)

_NICE = 19  # whatever else there is to do goes first
_PATIENCE_S = 5.0  # with a process that is told to end
_TENTATIVES = tuple(step / 100 for step in range(50, 95, 5))
_ROOM = 2_000_000  # bytes of a report; all of some 10,000 messages are listed in it
_CHANGED = (
    "the FAQ or config.yaml has been changed meanwhile, so nothing was written. Have the "
    "thresholds worked out again."
)
_NOTHING_TO_UNDO = "There is no change to take back."


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes:
        data: for the script of the report.
        lines: the thresholds that are recommended.
        lock: what goes with them; None where there is a hindrance.
        hindrance: why they cannot be put in place, as a sentence; None: they can.
    """

    data: str
    lines: Thresholds
    lock: PolicyLock | None
    hindrance: str | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What thresholds are wanted; see `Promise`."""

    on: TunedOn
    max_wrong: float
    oos_share: float | None = None


class Tuner:
    """Tunes for one person after the other, and puts thresholds in place.

    Args:
        cache: a folder, in which is kept how to take that back.
    Attributes:
        last: what was put in place last; None: nothing, or it was taken back.
    """

    def __init__(self, project: Project, cache: Path) -> None:
        self._project = project
        self._turn = asyncio.Lock()
        config = str(Path(project.config).absolute()).encode()
        self._kept = cache / f"thresholds-{hashlib.sha256(config).hexdigest()[:16]}.undo"
        self.last: Change | None = kept(self._kept)

    async def tune(self, wish: Wish, tell: Callable[[int, int], object]) -> tuple[Found, Look]:
        """See `tune_on`; and how the files were. To cancel it ends the process.

        Args:
            tell: is told how many messages of how many are read.
        Raises:
            BotError: there is nothing to tune on, or the process has died.
        """
        async with self._turn:
            look = await asyncio.to_thread(self._project.look)
            return await _beside((self._project.config, self._project.faq, wish), tell), look

    async def save(self, found: Found, look: Look | None, lines: Thresholds, who: str) -> Look:
        """Put thresholds in place: with their proof where they are those that were found.

        Args:
            look: how the files were when they were found.
            who: what the log calls whoever wants it.
        Returns:
            how the files are now.
        Raises:
            BotError: somebody has changed a file meanwhile, or one cannot be written.
        """
        lock = found.lock if lines == found.lines else None
        async with self._turn:
            if await asyncio.to_thread(self._project.look) != look:
                raise BotError(_CHANGED)
            self.last = await asyncio.to_thread(put, self._project, lines, lock)
            try:
                await asyncio.to_thread(self.last.keep, self._kept)
            except OSError as error:
                logger.warning("after a restart they cannot be taken back (%s)", error)
            logger.info("%s has put other thresholds in place: %s", who, lines)
            return await asyncio.to_thread(self._project.look)

    async def undo(self, look: Look | None, who: str) -> tuple[Change, Look | None]:
        """Take back what was put in place last.

        Args:
            look: as in `save`.
        Returns:
            also how the files are now; the same look where they were not as it says before.
        Raises:
            BotError: there is nothing, somebody has changed it meanwhile, or a file cannot be
                written.
        """
        async with self._turn:
            change = self.last
            if change is None:
                raise BotError(_NOTHING_TO_UNDO)
            before = await asyncio.to_thread(self._project.look)
            await asyncio.to_thread(change.undo)
            self.last = None
            with suppress(OSError):  # then it is refused, as the files are not so any more
                self._kept.unlink(missing_ok=True)
            logger.info("%s has taken back the thresholds %s", who, change.lines)
            now = await asyncio.to_thread(self._project.look)
            return change, now if before == look else look


_Asked = tuple[str, str | None, Wish]  # the configuration and the FAQ, as they are named


async def _beside(asked: _Asked, tell: Callable[[int, int], object]) -> Found:
    """What a process of its own finds."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, *asked), daemon=True)
    await asyncio.to_thread(process.start)
    theirs.close()
    try:
        while True:
            told = await asyncio.to_thread(_heard, ours)
            if isinstance(told, Found):
                return told
            if isinstance(told, str):
                raise BotError(told)
            tell(*told)
    finally:
        process.terminate()
        await asyncio.to_thread(_ended, process)


def _heard(ours: Connection) -> Found | str | tuple[int, int]:
    try:
        told: Found | str | tuple[int, int] = ours.recv()
    except (EOFError, OSError):
        return "The work has ended without a result. The log of the bot says more."
    return told


def _ended(process: multiprocessing.process.BaseProcess) -> None:
    process.join(_PATIENCE_S)
    if process.is_alive():
        process.kill()
        process.join()
    process.close()


# --- in that process ---


def _work(told: Connection, config: str, faq: str | None, wish: Wish) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's is for the bot, which ends this
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that folders of a moment are removed
    if hasattr(os, "nice"):
        os.nice(_NICE)
    try:
        with told_to(lambda done, total: told.send((done, total))):
            told.send(_found(config, faq, wish))
    except (BotError, OSError) as error:
        told.send(str(error))


def _found(config: str, named: str | None, wish: Wish) -> Found:
    settings, faq = load_project(config, named)
    promise = Promise(max_wrong=wish.max_wrong, oos_share=wish.oos_share)
    tuned = tune_on(settings, faq, wish.on, promise)
    parts = tuned.scored, tuned.regions, tuned.tuning, tuned.matcher.calibration
    lock, hindrance = None, None
    try:
        check_thresholds_can_be_written(config)
        lock = lock_of(tuned)
    except BotError as error:
        hindrance = str(error)
    lines = tuned.tuning.choice.chosen.thresholds
    return Found(data_of(*parts, _ROOM, _TENTATIVES), lines, lock, hindrance)
