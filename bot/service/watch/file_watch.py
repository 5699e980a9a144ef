"""Hot reload: whoever saves a file of the FAQ, or config.yaml, sees it served at once."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing
from pathlib import Path

from bot.files.project import Look, Project
from bot.service.incidents import Trouble
from bot.service.live import Live
from bot.service.watch import folder_watch
from bot.service.watch.folder_watch import FolderWatch

logger = logging.getLogger(__name__)

_QUIET_S = 0.05  # without a change
_PATIENCE_S = 2.0  # with a file that looks cut short


class FileWatch:
    """Has files read anew once they have changed, as /reload and SIGHUP do.

    What wakes it is a mere hint; what counts is how the files are. Thereby it does not matter how
    an editor saves, or in how many steps: they are read once nothing has changed for a moment.

    Args:
        folders: tells of changes, where a bot whose configuration is gone is served no more
            (`Bots`); None: there is this bot alone, and something is wrong then.
    Attributes:
        project: the files.
    """

    def __init__(self, project: Project, live: Live, folders: FolderWatch | None = None) -> None:
        self.project = project
        self._live = live
        self._folders = folders or FolderWatch()
        self._may_go = folders is not None
        self._is_deaf = False

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            folders = await self._catch_up()
            try:
                names = [name for name, _ in folders]
                async with aclosing(self._folders.hints(names)) as hints:
                    async for _ in hints:
                        if await self._catch_up() != folders:
                            break
            # A folder has gone meanwhile, or more are watched on this machine than may be.
            except (OSError, RuntimeError, ExceptionGroup) as error:
                await self._wait(error)

    async def _catch_up(self) -> frozenset[tuple[str, int]]:
        """Read what has changed; returns the folders to watch from now on."""
        while True:
            look = await self._look()
            if not (self._live.matcher.settings.hot_reload and self._has_changed(look)):
                return look.folders
            if not await self._is_finished(look):
                continue
            try:
                await self._live.reload(self._live.texts(None).team)
            except Exception:  # nobody waits for it who would say so
                logger.exception("the FAQ could not be read anew")

    def _has_changed(self, look: Look) -> bool:
        if self._may_go and not look.read[str(Path(self.project.config))]:
            return False
        seen, is_refused = self.project.seen, Trouble.FAQ in self._live.incidents.reasons
        # The mistake may be that a picture was missing.
        return look != seen or (is_refused and look.others != seen.others)

    async def _is_finished(self, look: Look) -> bool:
        """Wait for a moment; whether whoever writes the files has finished by then."""
        ends_at = time.monotonic() + _PATIENCE_S
        while True:
            quiet = asyncio.sleep(_QUIET_S)
            # What is read now need not be read again, where nothing changes meanwhile.
            await asyncio.gather(quiet, asyncio.to_thread(self.project.read_ahead))
            now = await self._look()
            if now != look or now.is_git_writing:
                return False
            if time.monotonic() > ends_at:
                return True
            if not await asyncio.to_thread(self.project.is_cut_short, look):
                return True

    async def _look(self) -> Look:
        return await asyncio.to_thread(self.project.look)

    async def _wait(self, error: Exception) -> None:
        """Wait to look by oneself, as nobody tells of changes."""
        if not self._is_deaf:
            logger.info(
                "changed files are found within %.0f s, as this system does not tell of them: %s",
                *(folder_watch.LOOK_EVERY_S, error),
            )
        self._is_deaf = True
        await asyncio.sleep(folder_watch.LOOK_EVERY_S)
