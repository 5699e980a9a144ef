"""A bot that watches real files, in a folder of a test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bot.domain import Faq
from bot.files.config.settings import Settings
from bot.files.faq.content import FaqContent
from bot.files.project import Look, Project
from bot.service.live import Live
from bot.service.watch.file_watch import FileWatch
from bot.service.watch.folder_watch import FolderWatch
from tests.factories import bot_over
from tests.fakes import FakeEmbedder
from tests.service.served import VECTORS, Server, until

CONFIG = """\
faq: {faq}
matching: {{score: cosine, head: off}}
multilingual_model: none
small_talk: off
"""


def entries(answer: str, *names: str) -> str:
    """An FAQ file; what it asks is what the fake embedder knows."""
    lines = (
        f"- id: {name}\n  question: {name.title()}?\n  answer: {answer}\n"
        for name in names or ("refund", "hours")
    )
    return "".join(lines)


class CountingProject(Project):
    """Notes what was read, and how often somebody looked.

    Attributes:
        loads: the answers of each FAQ that was read; None for one with mistakes.
    """

    def __init__(self, config: str) -> None:
        super().__init__(config)
        self.loads: list[set[str] | None] = []
        self.looks = 0

    def look(self) -> Look:
        self.looks += 1
        return super().look()

    def load(self, content: FaqContent | None = None) -> tuple[Settings, Faq]:
        self.loads.append(None)
        settings, faq = super().load(content)
        self.loads[-1] = {entry.answer for entry in faq.entries}
        return settings, faq


class Shop:
    """A bot over files that change.

    Attributes:
        config: the configuration's path.
        faq: the path that it names.
    """

    def __init__(self, folder: Path, faq: str = "faq") -> None:
        self.config, self.faq = folder / "config.yaml", folder / faq
        self.file = self.faq / "a.yaml"
        self.configure()

    def configure(self, more: str = "", faq: str | None = None) -> None:
        """Write the configuration."""
        self.config.write_text(CONFIG.format(faq=faq or self.faq) + more, "utf-8")

    def write(self, answer: str, *names: str) -> None:
        """Write the FAQ's file."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(entries(answer, *names), "utf-8")

    @asynccontextmanager
    async def watched(self, folders: FolderWatch | None = None) -> AsyncIterator[None]:
        """Serve it as it is, and what becomes of it; `folders` as one of several bots."""
        self.project = CountingProject(str(self.config))
        settings, faq = self.project.load()
        bot = bot_over(
            self.config.parent, *faq.entries, embedder=FakeEmbedder(VECTORS), settings=settings
        )
        self.server = Server(bot)
        self.server.load = self.project.load
        self.server.start()
        watching = asyncio.create_task(FileWatch(self.project, self.live, folders).run())
        looks = self.project.looks
        await until(lambda: self.project.looks > looks)
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            self.server.stop()

    @property
    def live(self) -> Live:
        """The bot that is served."""
        return self.server.live

    @property
    def answers(self) -> set[str]:
        """What the bot answers now."""
        return {entry.answer for entry in self.live.faq.entries}

    async def says(self, answer: str) -> None:
        """Wait until the bot answers so."""
        await until(lambda: self.answers == {answer})

    async def looked(self, times: int = 2) -> None:
        """Wait until somebody has looked so often again."""
        looks = self.project.looks + times
        await until(lambda: self.project.looks >= looks)
