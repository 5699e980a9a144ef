"""What the process notes of itself, in Prometheus's text format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.service.health import BUCKETS_S, Durations, Health

if TYPE_CHECKING:
    from prometheus_client.core import HistogramMetricFamily, Metric


def exposition(health: Health) -> tuple[bytes, str]:
    """The body of /metrics and its content type."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
    from prometheus_client.registry import Collector

    class HealthCollector(Collector):
        def collect(self) -> Iterator[Metric]:
            return _families(health)

    registry = CollectorRegistry()
    registry.register(HealthCollector())
    return generate_latest(registry), CONTENT_TYPE_LATEST


def _families(health: Health) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily as Counter
    from prometheus_client.core import GaugeMetricFamily as Gauge

    decisions = Counter("faq_bot_decisions", "Decisions by action.", labels=["action"])
    for action, count in sorted(health.decisions.items()):
        decisions.add_metric([action], count)
    yield decisions
    handled = "From an update's arrival to the end of its handling."
    yield _histogram("reply", handled, health.reply_s)
    yield _histogram("matching", "From an utterance to its reply's words.", health.matching_s)
    yield Gauge("faq_bot_queue_depth", "Updates that wait or are handled.", health.depth)
    if health.polled_at is not None:
        name = "faq_bot_last_good_poll_timestamp_seconds"
        yield Gauge(name, "When Telegram last answered a poll.", health.polled_at)
    failed = "Messages that Telegram did not take."
    yield Counter("faq_bot_sends_failed", failed, health.failed_sends)
    yield Counter("faq_bot_updates_set_aside", "Updates given up on.", health.set_aside)
    reloaded = "1: the last reading of the FAQ succeeded."
    yield Gauge("faq_bot_reload_success", reloaded, int(health.reloaded))


def _histogram(name: str, told: str, durations: Durations) -> HistogramMetricFamily:
    from prometheus_client.core import HistogramMetricFamily

    limits, total, buckets = [*map(str, BUCKETS_S), "+Inf"], 0, []
    for limit, count in zip(limits, durations.counts, strict=True):
        total += count
        buckets.append((limit, float(total)))
    family = HistogramMetricFamily(f"faq_bot_{name}_seconds", told)
    family.add_metric([], buckets, durations.total_s)
    return family
