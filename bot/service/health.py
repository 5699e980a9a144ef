"""What the process notes of itself: what /healthz and /metrics go by, and the watchdog.

The watchdog ends the process where it is dead, so that whoever supervises it starts it again. What
was not answered stands in the inbox.
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import math
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import Metric

logger = logging.getLogger(__name__)

POLL_TIMEOUT_S = 10  # a poll that finds nothing takes so long
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
UNHEALTHY_S = 60.0  # of standing still
_TICK_S = 1.0


class Health:
    """Written by the event loop; others only read it, but for `has_progressed`. The other
    attributes are metrics.

    Attributes:
        polled: when the channel's server last answered a poll, or polling began, in monotonic
            seconds; None before that, and with a webhook.
        progressed: when an update was last dealt with or tried, or a message matched, or the queue
            was last empty, in monotonic seconds.
        depth: updates that wait or are being answered.
        is_ready: updates are being taken.
        is_refused: the channel's server does not take the token any more.
    """

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, disable_created_metrics, metrics

        self.polled: float | None = None
        self.progressed = time.monotonic()
        self.depth = 0
        self.is_ready = False
        self.is_refused = False
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        counter = partial(metrics.Counter, registry=self.registry)
        gauge = partial(metrics.Gauge, registry=self.registry)
        histogram = partial(metrics.Histogram, registry=self.registry, buckets=BUCKETS_S)
        self.decisions = counter("faq_bot_decisions", "Decisions by action.", ["action"])
        handled = "From an update's arrival to the end of its handling."
        self.reply_s = histogram("faq_bot_reply_seconds", handled)
        matched = "From an utterance to its reply's words."
        self.matching_s = histogram("faq_bot_matching_seconds", matched)
        waited = "From an utterance to its turn on the one thread that matches; part of matching."
        self.turn_s = histogram("faq_bot_worker_wait_seconds", waited)
        self.thumbs = counter(
            "faq_bot_thumbs", "Thumbs under answers and the team's help.", ["kind"]
        )
        requests = "HTTP requests by what was asked for and the status of the answer."
        self.http_requests = counter("faq_bot_http_requests", requests, ["path", "status"])
        unwritable = "1: nothing can be remembered now."
        self.memory_unwritable = gauge("faq_bot_memory_unwritable", unwritable)
        unreachable = "1: the team's chat cannot be reached."
        self.handoff_unreachable = gauge("faq_bot_handoff_unreachable", unreachable)
        no_encoder = "1: the server that runs the encoder does not serve."
        self.encoder_unavailable = gauge("faq_bot_encoder_unavailable", no_encoder)
        with_team = "Conversations that the team is part of now."
        self.open_conversations = gauge("faq_bot_open_conversations", with_team)
        depth = gauge("faq_bot_queue_depth", "Updates that wait or are handled.")
        depth.set_function(lambda: self.depth)
        polled = "When Telegram last answered a poll."
        self.last_poll = gauge("faq_bot_last_good_poll_timestamp_seconds", polled)
        self.last_poll.set(math.nan)  # none yet, and none ever with a webhook
        failed = "Messages that Telegram did not take."
        self.failed_sends = counter("faq_bot_sends_failed", failed)
        self.set_aside = counter("faq_bot_updates_set_aside", "Updates given up on.")
        succeeded = "1: the last reading of the FAQ succeeded."
        self.reload_success = gauge("faq_bot_reload_success", succeeded)
        self.reload_success.set(1)

    @property
    def set_aside_count(self) -> int:
        """How many updates were given up on since the start."""
        return int(self.registry.get_sample_value("faq_bot_updates_set_aside_total") or 0)

    def poll_answered(self) -> None:
        """Note that a poll was answered."""
        self.polled, self.is_refused = time.monotonic(), False
        self.last_poll.set(time.time())

    def decided(self, action: str, seconds: float) -> None:
        """Note a decision, and how long it took with all that belongs to it."""
        self.decisions.labels(action).inc()
        self.matching_s.observe(seconds)

    def has_progressed(self) -> None:
        """Note, from any thread, that something was done for somebody who waits."""
        self.progressed = time.monotonic()

    def update_over(self, seconds: float) -> None:
        """Note that an update was dealt with, so long after it came in."""
        self.has_progressed()
        self.reply_s.observe(max(0.0, seconds))  # clocks are set back at times

    def troubles(self, patience_s: float = UNHEALTHY_S) -> list[str]:
        """What is dead, in words; nothing where all is well.

        That the event loop stands still is not among it, for then nobody asks: see `Watchdog`.

        Args:
            patience_s: how long something may stand still.
        """
        now = time.monotonic()
        found = []
        if self.polled is not None and now - self.polled > patience_s + POLL_TIMEOUT_S:
            found.append(f"Telegram has answered no poll for {now - self.polled:.0f} s")
        if self.depth > 0 and now - self.progressed > patience_s:
            found.append(
                f"no update was dealt with for {now - self.progressed:.0f} s; waiting: {self.depth}"
            )
        return found

    def exposition(self) -> tuple[bytes, str]:
        """The body of /metrics, in Prometheus's text format, and its content type."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(self.registry), CONTENT_TYPE_LATEST


class HealthOfAll(Health):
    """The health of a process with several bots, which is theirs together.

    Args:
        busy_s: for how long the thread that they share has been busy with one thing, in seconds.
    Attributes:
        of: each bot's, by its name.
    """

    def __init__(self, busy_s: Callable[[], float]) -> None:
        super().__init__()
        self.of: dict[str, Health] = {}
        self._busy_s = busy_s

    def troubles(self, patience_s: float = UNHEALTHY_S) -> list[str]:
        """What all of them suffer from; a single one is begun anew by itself."""
        busy_s = self._busy_s()
        return [f"matching has stood still for {busy_s:.0f} s"] if busy_s > patience_s else []

    def exposition(self) -> tuple[bytes, str]:
        """See `Health.exposition`; each figure has its bot's name."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(_Labelled(self.of)), CONTENT_TYPE_LATEST


class _Labelled:
    """The registries of several bots as one: see prometheus_client's custom collectors."""

    def __init__(self, of: Mapping[str, Health]) -> None:
        self._of = of

    def collect(self) -> Iterator[Metric]:
        """The metrics, each with the samples of all bots."""
        metrics: dict[str, Metric] = {}
        for name, health in self._of.items():
            for metric in health.registry.collect():
                samples = [
                    sample._replace(labels={**sample.labels, "bot": name})
                    for sample in metric.samples
                ]
                known = metrics.get(metric.name)
                metric.samples = samples if known is None else known.samples + samples
                metrics[metric.name] = metric
        yield from metrics.values()


class Watchdog:
    """Looks every second, from the event loop, whether polls are answered and the queue goes on.

    An event loop that stands still looks at nothing. Then `faulthandler` ends the process, which it
    is told anew at every tick to do unless it is told again in time: it prints "Timeout (0:05:00)!"
    and where each thread stands, by file and line, on standard error.

    Where systemd is there, it is told when the bot is ready, alive and stopping (sd_notify(3)).

    Args:
        limit_s: how long something may stand still.
        environment: names systemd's socket under NOTIFY_SOCKET.
    """

    def __init__(self, health: Health, limit_s: float, environment: Mapping[str, str]) -> None:
        self._health = health
        self._limit_s = limit_s
        named = environment.get("NOTIFY_SOCKET", "")
        # A name in the abstract namespace is written with "@" for its leading zero byte.
        self._socket = f"\0{named[1:]}" if named.startswith("@") else named

    async def run(self) -> None:
        """Look until cancelled."""
        try:
            while True:
                self.tick()
                await asyncio.sleep(_TICK_S)
        finally:
            faulthandler.cancel_dump_traceback_later()

    def tick(self) -> None:
        """Look once."""
        faulthandler.dump_traceback_later(self._limit_s, exit=True)
        troubles = self._health.troubles(self._limit_s)
        if troubles:
            logger.critical("%s; the process ends, to be started again", "; ".join(troubles))
            logging.shutdown()
            os._exit(1)
        self._notify("WATCHDOG=1")

    def ready(self) -> None:
        """Say that updates are being taken."""
        self._health.is_ready = True
        self._notify("READY=1")

    def stopping(self) -> None:
        """Say that no more updates are taken."""
        self._health.is_ready = False
        self._notify("STOPPING=1")

    def _notify(self, state: str) -> None:
        if not self._socket:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
            client.setblocking(False)  # one that nobody reads must not stop the event loop
            client.connect(self._socket)
            client.send(state.encode())
