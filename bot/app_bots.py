"""Composition of several bots in one process, which share models and the thread that matches."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot import logs
from bot.app import (
    CHANNELS,
    SWITCH_S,
    channels_of,
    indexes_of,
    open_safely,
    parts_of,
    replicas_of,
)
from bot.channels.telegram.api.token import TOKEN, TOKEN_FILE, read_token
from bot.domain import Faq
from bot.errors import ChannelError
from bot.files.config.settings import Settings
from bot.files.project import Project
from bot.matching.build import Matcher, build_matcher
from bot.matching.index import Indexes

if TYPE_CHECKING:
    from bot.service.health import Health
    from bot.service.serving import Bot
    from bot.service.worker import MatchingThread, Worker

# Of one bot: as many as Telegram takes of it, and a share of the process that leaves others theirs.
# With half a processor for one that is flooded, the others' p99 stays within 1.5 times as much.
_PER_S, _PROCESSORS = 30.0, 0.5
logger = logging.getLogger(__name__)


def serve_bots(folder: Path, settings: Settings, environment: Mapping[str, str]) -> None:
    """Serve all bots of a folder in one process until it is told to stop.

    Args:
        settings: of the process: its cache, monitoring and watchdog. Each bot has its own beside.
    Raises:
        BotError: there is no such folder, or the port of /metrics is taken.
    """
    from bot.service.bots import Bots
    from bot.service.serving import Serving
    from bot.service.worker import MatchingThread

    sys.setswitchinterval(SWITCH_S)
    serving = Serving(settings, environment)
    # A token of the environment is nobody's: each bot names its own.
    environment = {k: v for k, v in environment.items() if k not in (TOKEN, TOKEN_FILE)}
    with closing(MatchingThread()) as thread:
        one = _OneOfMany(thread, environment)
        limit_s = settings.telegram.watchdog_s
        serving.run(Bots(folder, settings.cache, one, thread, limit_s))


class _OneOfMany:
    """Builds one of the bots of a process, which share a thread; see `BuildBot`."""

    def __init__(self, thread: MatchingThread, environment: Mapping[str, str]) -> None:
        from bot.service.queue.share import Shares
        from bot.service.watch.folder_watch import FolderWatch

        self._thread = thread
        self._environment = environment
        self._folders, self._shares = FolderWatch(), Shares(_PER_S, _PROCESSORS)
        self._building = asyncio.Lock()  # one after another: what one compiles, the next one has
        self._taken: dict[str, str] = {}  # what no two bots may have, and whose it is

    @asynccontextmanager
    async def __call__(self, project: Project, health: Health) -> AsyncIterator[Bot]:
        from bot.service.live import Live
        from bot.service.queue.share import Share
        from bot.service.serving import Bot
        from bot.service.source import Files
        from bot.service.watch.shared_faq import SharedFaq
        from bot.service.worker import Worker

        settings, faq = await asyncio.to_thread(project.load)
        for remark in (*settings.remarks, *faq.remarks):
            logger.warning("%s", remark)
        token = read_token(self._environment, settings.token_file)
        names = channels_of(settings, token)
        if not names:
            raise ChannelError(
                "nobody can reach it: its config.yaml has neither token_file nor http."
            )
        channels = [CHANNELS[name](settings, self._environment) for name in names]
        with self._alone(token, settings.store.url):
            store = await asyncio.to_thread(open_safely, settings)
            try:
                replicas = replicas_of(settings)
                shared = SharedFaq(project, store, replicas) if store.is_shared else None
                if shared is not None:
                    began = await asyncio.to_thread(shared.begin)
                    settings, faq = began or (settings, faq)
                indexes = await asyncio.to_thread(indexes_of, settings)
                with closing(indexes), closing(Worker(self._thread)) as worker:
                    matcher = await self._built(settings, faq, worker, indexes)
                    encoder = matcher.encoder
                    try:
                        live = Live(matcher, shared or Files(project.load), worker, store, health)
                        del matcher  # it goes when the FAQ is read anew
                        own = settings, project, live, store, health, worker, replicas, shared
                        with parts_of(*own, self._folders) as parts:
                            yield Bot(channels, replace(parts, share=Share(self._shares)))
                    finally:
                        await asyncio.to_thread(encoder.close)
            finally:
                await asyncio.to_thread(store.close)

    async def _built(
        self, settings: Settings, faq: Faq, worker: Worker, indexes: Indexes
    ) -> Matcher:
        """Build what decides; what nobody waits for any more is closed once it is built."""
        async with self._building:
            build = asyncio.to_thread(build_matcher, settings, faq, worker, indexes)
            built = asyncio.ensure_future(build)
            try:
                return await asyncio.shield(built)
            except asyncio.CancelledError:
                built.add_done_callback(_close)
                raise

    @contextmanager
    def _alone(self, token: str | None, url: str) -> Iterator[None]:
        """Let a bot have what no other may have.

        Raises:
            ChannelError: another has it.
        """
        name = logs.BOT.get()
        wanted = {url: "store.url"} | ({token: "the token in token_file"} if token else {})
        for each, what in wanted.items():
            if each in self._taken:
                raise ChannelError(f"{what} is that of {self._taken[each]}, too; it needs its own.")
        self._taken |= dict.fromkeys(wanted, name)
        try:
            yield
        finally:
            for each in wanted:
                del self._taken[each]


def _close(built: asyncio.Future[Matcher]) -> None:
    """Let go of what decides in nobody's bot."""
    if not built.cancelled() and built.exception() is None:
        threading.Thread(target=built.result().encoder.close).start()
