"""/metrics, as a Prometheus reads it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.service.health import BUCKETS_S, Health
from bot.service.metrics import exposition

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], Any]


def samples(health: Health) -> Samples:
    """By name and labels."""
    body, content_type = exposition(health)
    assert content_type == "text/plain; version=1.0.0; charset=utf-8"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def test_the_metrics_are_what_the_process_notes_of_its_health() -> None:
    health = Health(depth=3, failed_sends=4, set_aside=5, reloaded=False)
    for action, seconds in (("answer", 0.005), ("answer", 0.02), ("fallback", 99.0)):
        health.decided(action, seconds)
    health.update_over(0.3)
    health.poll_answered()
    buckets: Samples = {}
    for limit in BUCKETS_S:
        label = (("le", str(limit)),)
        buckets["faq_bot_matching_seconds_bucket", label] = 1.0 if limit < 0.02 else 2.0
        buckets["faq_bot_reply_seconds_bucket", label] = float(limit >= 0.3)
    assert samples(health) == {
        ("faq_bot_decisions_total", (("action", "answer"),)): 2.0,
        ("faq_bot_decisions_total", (("action", "fallback"),)): 1.0,
        **buckets,
        ("faq_bot_matching_seconds_bucket", (("le", "+Inf"),)): 3.0,
        ("faq_bot_reply_seconds_bucket", (("le", "+Inf"),)): 1.0,
        ("faq_bot_matching_seconds_count", ()): 3.0,
        ("faq_bot_matching_seconds_sum", ()): pytest.approx(99.025),
        ("faq_bot_reply_seconds_count", ()): 1.0,
        ("faq_bot_reply_seconds_sum", ()): 0.3,
        ("faq_bot_queue_depth", ()): 3.0,
        ("faq_bot_last_good_poll_timestamp_seconds", ()): pytest.approx(time.time(), abs=60),
        ("faq_bot_sends_failed_total", ()): 4.0,
        ("faq_bot_updates_set_aside_total", ()): 5.0,
        ("faq_bot_reload_success", ()): 0.0,
    }


def test_before_anything_happened_the_metrics_are_zero() -> None:
    found = samples(Health())
    assert ("faq_bot_last_good_poll_timestamp_seconds", ()) not in found
    assert found.pop(("faq_bot_reload_success", ())) == 1.0
    assert set(found.values()) == {0.0}
