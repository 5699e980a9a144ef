"""`digest`: what admins are told once a week, at once."""

from __future__ import annotations

import argparse
import time
from contextlib import closing

from bot.commands.options import FINE
from bot.files.project import Project

HELP = "what admins are told once a week, at once"
DESCRIPTION = (
    "Show what the weekly digest would say now: what was asked, what the last changes of the FAQ "
    "have brought, what would help most people, entries that nobody asks for, and drift. Nothing "
    "is sent, and the next digest says all of it again. The bot may be running meanwhile."
)


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the options: there are none of its own."""


def run(options: argparse.Namespace) -> int:
    """Make it and show it."""
    project = Project(options.config, options.faq)
    settings, faq = project.load()
    from bot.store.sql.pseudonyms import Pseudonyms
    from bot.store.sql.store import SqlStore, read_missed

    read_missed(settings.store.url, 1)  # whether it can be read is known before the model is loaded
    import asyncio

    from bot.app import faq_learning
    from bot.channels.telegram.handlers.digest_text import as_text
    from bot.matching.build import build_matcher
    from bot.service.admins.digest import Digests
    from bot.service.health import Health
    from bot.service.live import Live
    from bot.service.source import Files
    from bot.service.worker import Worker
    from bot.store.async_store import AsyncStore

    class Beside(SqlStore):
        """The memory of a bot that serves, which alone erases from it; nobody is named here."""

        def sweep(self, now: float) -> None:
            """Leave all as it is."""

    def opened() -> SqlStore:
        kept = settings.store
        return Beside(kept.url, Pseudonyms(bytes(32)), kept.keep_text, kept.retention_days)

    bot, at = build_matcher(settings, faq), time.time()
    with (
        closing(AsyncStore(opened)) as store,
        closing(Worker()) as worker,
        closing(faq_learning(settings, lambda: bot)) as learning,
    ):
        live = Live(bot, Files(project.load), worker, store, Health())
        digest = asyncio.run(Digests(live, store, learning).made(at))
        print(as_text(digest, live.team_texts, at), flush=True)
    return FINE
