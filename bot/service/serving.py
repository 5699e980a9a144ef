"""One bot with its channels, and the process that serves it until a signal."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.files.config.settings import Settings
from bot.service.admins.learning import Learning
from bot.service.health import UNHEALTHY_S, Health, Watchdog
from bot.service.http.http_server import HttpServer
from bot.service.live import Live
from bot.service.queue.share import Share
from bot.service.replicas import Replicas
from bot.service.visitors.team import Line
from bot.service.watch.file_watch import FileWatch
from bot.service.watch.rounds import keep_dates, watch_drift, watch_weights
from bot.service.watch.shared_faq import SharedFaq
from bot.service.worker import Worker
from bot.store.async_store import AsyncStore
from bot.store.shared import TABLES

logger = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Parts:
    """What every channel works with.

    Attributes:
        replicas: the processes that serve beside this one.
        shared: what is served by all, where replicas share one store.
        line: from visitors to the team, where both are in this process.
        share: of a process with several bots; None: there is one.
    """

    live: Live
    store: AsyncStore
    health: Health
    files: FileWatch
    learning: Learning
    worker: Worker
    replicas: Replicas
    shared: SharedFaq | None = None
    line: Line = field(default_factory=Line)
    share: Share | None = None


class Channel(Protocol):
    """Where people write to the bot."""

    async def serve(self, parts: Parts, ready: Callable[[], None]) -> None:
        """Serve until cancelled; then finish what is under way.

        Args:
            ready: called once messages are taken.
        Raises:
            ChannelError: it cannot start.
        """


class Work(Protocol):
    """What a process does until it is told to stop.

    Attributes:
        health: what /healthz, /metrics and the watchdog go by.
    """

    @property
    def health(self) -> Health: ...

    async def run(self, ready: Callable[[], None]) -> None:
        """Serve until cancelled; then finish what is under way.

        Args:
            ready: called once messages are taken.
        Raises:
            ChannelError: it cannot start.
        """

    def reload(self) -> None:
        """Have what is served read anew."""


class Bot(Work):
    """One bot: its channels beside each other, and all that goes on beside them."""

    def __init__(self, channels: Sequence[Channel], parts: Parts) -> None:
        self._channels = channels
        self._parts = parts
        self._jobs: set[asyncio.Task[None]] = set()

    @property
    def health(self) -> Health:
        return self._parts.health

    async def run(self, ready: Callable[[], None]) -> None:
        parts, live = self._parts, self._parts.live
        parts.replicas.on(TABLES, lambda _: parts.store.reopen())
        together = asyncio.create_task(parts.replicas.run())
        served: set[asyncio.Task[None]] = set()

        def serving() -> None:
            if not parts.health.is_ready:
                parts.health.is_ready = True
                ready()
                beside = parts.files.run(), live.complete(), keep_dates(live), watch_weights(live)
                jobs = (*beside, watch_drift(live, parts.store))
                self._jobs.update(map(asyncio.create_task, jobs))
                if parts.shared is not None:
                    shared = parts.shared.run(live)
                    self._jobs.add(asyncio.create_task(shared))

        try:
            tasks = (each.serve(parts, serving) for each in self._channels)
            served.update(map(asyncio.create_task, tasks))
            ended, _ = await asyncio.wait(served, return_when=asyncio.FIRST_COMPLETED)
            for each in ended:
                each.result()
        finally:
            parts.health.is_ready = False
            for some in (self._jobs, served, {together}):
                await _ended(some)

    def reload(self) -> None:
        self._jobs.add(asyncio.create_task(_reload(self._parts.live)))


class Serving:
    """The process: what is served in it until a signal, with its watchdog and its monitoring.

    Made before anything is built; SIGHUP, which would end the process, is noted from then on.

    Args:
        environment: may name systemd's socket.
    """

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._environment = environment
        self._was_hung_up = False  # before the FAQ could be read anew
        if hasattr(signal, "SIGHUP"):  # Windows has none
            signal.signal(signal.SIGHUP, self._hang_up)

    def run(self, work: Work) -> None:
        """Serve until SIGTERM or SIGINT; what is under way is answered before it returns.

        Raises:
            ChannelError: a channel cannot start, or the port of /metrics is taken.
        """
        asyncio.run(_until_signal(self._run(work)))
        logger.info("stopped")

    def _hang_up(self, *_: object) -> None:
        self._was_hung_up = True

    async def _run(self, work: Work) -> None:
        limit_s, port = self._settings.telegram.watchdog_s, self._settings.monitoring_port
        watchdog = Watchdog(work.health, limit_s, self._environment)
        watching, monitoring = asyncio.create_task(watchdog.run()), None
        served: set[asyncio.Task[None]] = set()
        if port is not None:
            monitoring = HttpServer("127.0.0.1", port, work.health, patience_s=patience_s(limit_s))
        try:
            if monitoring is not None:
                await monitoring.start()
            if hasattr(signal, "SIGHUP"):
                asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, work.reload)
            if self._was_hung_up:
                work.reload()
            served.add(asyncio.create_task(work.run(watchdog.ready)))
            ended, _ = await asyncio.wait(served)
            for each in ended:
                each.result()
        finally:
            watchdog.stopping()
            await _ended(served)
            watching.cancel()
            if monitoring is not None:
                await monitoring.stop()


def patience_s(watchdog_s: float) -> float:
    """How long something may stand still before /healthz says so, which it does before the watchdog
    ends the process.

    Args:
        watchdog_s: `telegram.watchdog_s`.
    """
    return min(UNHEALTHY_S, watchdog_s / 2)


async def _ended(tasks: set[asyncio.Task[None]]) -> None:
    """Cancel tasks, and let them come to their end."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _until_signal(work: Coroutine[Any, Any, None]) -> None:
    """Do something until it is over, or SIGTERM or SIGINT cancels it."""
    task = asyncio.create_task(work)
    for number in _SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


async def _reload(live: Live) -> None:
    """Read the FAQ anew; the log says what came of it."""
    try:
        await live.reload(live.team_texts)
    except Exception:  # nobody waits for it who would say so
        logger.exception("the FAQ could not be read anew")
