"""Several bots in one process: one for each folder that has a config.yaml, beside each other."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Protocol

from bot import logs
from bot.errors import BotError, ChannelError
from bot.files.config.settings import DEFAULT_PATH
from bot.files.project import Project
from bot.service.health import Health, HealthOfAll
from bot.service.serving import Bot, Work
from bot.service.worker import MatchingThread

logger = logging.getLogger(__name__)

_LOOK_S = 1.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 5.0, 300.0  # before a bot that ended is begun anew
_STEADY_S = 600.0  # who served for so long begins with the first pause again


class BuildBot(Protocol):
    """Builds bots."""

    def __call__(self, project: Project, health: Health, /) -> AbstractAsyncContextManager[Bot]:
        """What a folder holds, as a bot, for as long as it is served.

        Raises:
            BotError: it cannot be built.
        """


class Bots(Work):
    """The bots of a folder, for as long as they stand there: they come and go without a restart.

    What befalls one stays with it: mistakes in its files, a token that is refused, an end that
    nobody wished for. It is told in the log, and the bot is begun anew once its files have changed,
    or after a pause that doubles; the others go on.

    Args:
        folder: holds one folder for each bot, named as the log and the metrics name it.
        cache: for what is computed of all of them.
        build: builds one.
        thread: on which all of them match.
        limit_s: how long something in a bot may stand still before it is begun anew.
    Raises:
        ChannelError: there is no such folder.
    """

    def __init__(
        self, folder: Path, cache: Path, build: BuildBot, thread: MatchingThread, limit_s: float
    ) -> None:
        if not folder.is_dir():
            raise ChannelError(
                f"--bots {folder}: there is no such folder. It holds a folder for each bot, with "
                f"its {DEFAULT_PATH}."
            )
        self._folder = folder
        self._cache = cache
        self._build = build
        self._limit_s = limit_s
        self._health = HealthOfAll(lambda: thread.busy_s)
        self._bots: dict[str, Bot] = {}
        self._tried: set[str] = set()  # they serve, or it is known why not

    @property
    def health(self) -> Health:
        return self._health

    def reload(self) -> None:
        """See `Work.reload`."""
        for bot in self._bots.values():
            bot.reload()

    async def run(self, ready: Callable[[], None]) -> None:
        """See `Work.run`."""
        kept: dict[str, asyncio.Task[None]] = {}
        there: dict[str, Path] = {}
        try:
            while True:
                before, there = there, await asyncio.to_thread(_folders, self._folder)
                # An editor may put a new file into the place of an old one that it deletes first.
                for name in kept.keys() - there.keys() - before.keys():
                    await _ended([kept.pop(name)])
                    del self._health.of[name]
                    logger.info("the folder of the bot %s is gone; it is served no more", name)
                for name in sorted(there.keys() - kept.keys()):
                    kept[name] = asyncio.create_task(self._keep(name, there[name]))
                if not kept and not self._health.is_ready:
                    told = "no folder in %s has a %s yet; the first that has one is served"
                    logger.warning(told, self._folder, DEFAULT_PATH)
                if not self._health.is_ready and self._tried >= kept.keys():
                    self._health.is_ready = True
                    ready()
                await asyncio.sleep(_LOOK_S)
        finally:
            await _ended(kept.values())

    async def _keep(self, name: str, folder: Path) -> None:
        """Serve a bot, again and again, until cancelled."""
        logs.BOT.set(name)
        project = Project(str(folder / DEFAULT_PATH), cache=self._cache)
        pause_s, told = _FIRST_PAUSE_S, ""
        while True:
            began = time.monotonic()
            health = self._health.of[name] = Health()
            try:
                async with self._build(project, health) as bot:
                    self._bots[name] = bot
                    await self._served(name, bot)
            except (BotError, OSError) as error:
                # Where its folder is gone, `run` says so, once it has not come back.
                if str(error) != told and (folder / DEFAULT_PATH).is_file():
                    told = str(error)
                    logger.error("%s", told)
            except Exception:
                logger.exception("it has ended")
            finally:
                self._bots.pop(name, None)
                self._tried.add(name)
            if time.monotonic() - began > _STEADY_S:
                pause_s = _FIRST_PAUSE_S
            await _changed(project, pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _served(self, name: str, bot: Bot) -> None:
        """Serve until it ends, or stands still for too long."""
        served = asyncio.create_task(bot.run(lambda: self._tried.add(name)))
        try:
            while not served.done():
                await asyncio.wait({served}, timeout=_LOOK_S)
                if troubles := bot.health.troubles(self._limit_s):
                    logger.critical("%s; it is begun anew", "; ".join(troubles))
                    return
            served.result()
        finally:
            await _ended([served])


def _folders(folder: Path) -> dict[str, Path]:
    """The folders of bots, by their names."""
    with suppress(OSError):
        found = (each for each in folder.iterdir() if not each.name.startswith("."))
        return {each.name: each for each in found if (each / DEFAULT_PATH).is_file()}
    return {}


async def _changed(project: Project, pause_s: float) -> None:
    """Wait until the files of a bot have changed, at most for a pause."""
    with suppress(TimeoutError):
        async with asyncio.timeout(pause_s):
            while True:
                await asyncio.sleep(_LOOK_S)
                if await asyncio.to_thread(project.look) != project.seen:
                    return


async def _ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks, and let them come to their end."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
