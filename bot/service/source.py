"""Where the bot that serves reads its configuration and its FAQ from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from bot.domain import Faq
from bot.files.config.settings import Settings
from bot.matching.build import Matcher


class Source(Protocol):
    """Gives what is to be served, and is told what came of it."""

    async def read(self, *, is_asked: bool = False) -> tuple[Settings, Faq]:
        """What is to be served now.

        Args:
            is_asked: somebody waits for what the files in the folder come to.
        Raises:
            FileProblems: they hold mistakes.
            BotError: it cannot be had now.
        """

    async def served(self, matcher: Matcher) -> None:
        """What was read last is served from now on."""

    async def refused(self) -> None:
        """What was read last is not served."""


class Files(Source):
    """The files of this machine.

    Args:
        load: reads them; raises FileProblems where they hold mistakes.
    """

    def __init__(self, load: Callable[[], tuple[Settings, Faq]]) -> None:
        self._load = load

    async def read(self, *, is_asked: bool = False) -> tuple[Settings, Faq]:
        return await asyncio.to_thread(self._load)

    async def served(self, matcher: Matcher) -> None:
        pass

    async def refused(self) -> None:
        pass
