"""One process, whatever the channels: serves until a signal, with all that goes on beside them."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.files.config import Settings
from bot.service.file_watch import FileWatch
from bot.service.health import UNHEALTHY_S, Health, Watchdog
from bot.service.http_server import HttpServer
from bot.service.learning import Learning
from bot.service.live import Live
from bot.service.replicas import Replicas
from bot.service.rounds import keep_dates, watch_drift, watch_weights
from bot.service.shared_faq import SharedFaq
from bot.service.team import Line
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


class Channel(Protocol):
    """Where people write to the bot."""

    async def serve(self, parts: Parts, ready: Callable[[], None]) -> None:
        """Serve until cancelled; then finish what is under way.

        Args:
            ready: called once messages are taken.
        Raises:
            ChannelError: it cannot start.
        """


class Serving:
    """Serves channels beside each other.

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

    def run(self, channels: Sequence[Channel], parts: Parts) -> None:
        """Serve until SIGTERM or SIGINT; what is under way is answered before it returns.

        Raises:
            ChannelError: a channel cannot start, or the port of /metrics is taken.
        """
        asyncio.run(_until_signal(self._run(channels, parts)))
        logger.info("stopped")

    def _hang_up(self, *_: object) -> None:
        self._was_hung_up = True

    async def _run(self, channels: Sequence[Channel], parts: Parts) -> None:
        live, health = parts.live, parts.health
        parts.replicas.on(TABLES, lambda _: parts.store.reopen())
        limit_s, port = self._settings.telegram.watchdog_s, self._settings.monitoring_port
        watchdog = Watchdog(health, limit_s, self._environment)
        watching = asyncio.create_task(watchdog.run())
        together = asyncio.create_task(parts.replicas.run())
        monitoring = None
        if port is not None:
            monitoring = HttpServer("127.0.0.1", port, health, patience_s=patience_s(limit_s))
        jobs: set[asyncio.Task[None]] = set()
        served: set[asyncio.Task[None]] = set()

        def reload() -> None:
            jobs.add(asyncio.create_task(_reload(live)))

        def ready() -> None:
            if not health.is_ready:
                watchdog.ready()
                beside = parts.files.run(), live.complete(), keep_dates(live), watch_weights(live)
                jobs.update(map(asyncio.create_task, (*beside, watch_drift(live, parts.store))))
                if parts.shared is not None:
                    jobs.add(asyncio.create_task(parts.shared.run(live)))

        try:
            if monitoring is not None:
                await monitoring.start()
            if hasattr(signal, "SIGHUP"):
                asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
            if self._was_hung_up:
                reload()
            tasks = (each.serve(parts, ready) for each in channels)
            served.update(map(asyncio.create_task, tasks))
            ended, _ = await asyncio.wait(served, return_when=asyncio.FIRST_COMPLETED)
            for each in ended:
                each.result()
        finally:
            watchdog.stopping()
            for some in (jobs, served, {together}):
                await _ended(some)
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
