"""What tells a dead bot from one that has nothing to do; and /metrics, as a Prometheus reads it."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.service import health as module
from bot.service.health import BUCKETS_S, POLL_TIMEOUT_S, Health

NOW = 1000.0
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], Any]


@pytest.fixture
def health(monkeypatch: pytest.MonkeyPatch) -> Health:
    """One whose clock stands at 1000 s, and that is well."""
    clock = SimpleNamespace(monotonic=lambda: NOW, time=lambda: 5 * NOW)
    monkeypatch.setattr(module, "time", clock)
    return Health()


def samples(health: Health) -> Samples:
    """By name and labels."""
    body, content_type = health.exposition()
    assert content_type == "text/plain; version=1.0.0; charset=utf-8"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize(
    ("change", "troubles"),
    [
        pytest.param({}, [], id="well"),
        # A poll that finds nothing takes ten seconds.
        pytest.param({"polled": 930.0}, [], id="patient with polls"),
        pytest.param({"polled": 929.0}, ["Telegram has answered no poll for 71 s"], id="polls"),
        pytest.param({"progressed": 0.0}, [], id="nothing to do"),
        pytest.param({"depth": 3, "progressed": 940.0}, [], id="patient with updates"),
        pytest.param(
            {"depth": 3, "progressed": 939.0},
            ["no update was dealt with for 61 s; waiting: 3"],
            id="updates",
        ),
        pytest.param(
            {"polled": 800.0, "depth": 1, "progressed": 700.0},
            [
                "Telegram has answered no poll for 200 s",
                "no update was dealt with for 300 s; waiting: 1",
            ],
            id="everything",
        ),
    ],
)
def test_what_stands_still_for_a_minute_is_dead(
    health: Health, change: dict[str, float], troubles: list[str]
) -> None:
    for name, value in change.items():
        setattr(health, name, value)
    assert health.troubles() == troubles
    assert health.troubles(1000.0) == []


def test_an_idle_poll_is_no_trouble_however_short_the_patience(health: Health) -> None:
    health.polled = NOW - POLL_TIMEOUT_S
    assert health.troubles(5.0) == []


def test_clocks_that_are_set_back_count_nothing_below_zero(health: Health) -> None:
    health.update_over(-5.0)
    found = samples(health)
    assert health.progressed == NOW
    assert found["faq_bot_reply_seconds_sum", ()] == 0.0
    assert found["faq_bot_reply_seconds_count", ()] == 1.0


def test_the_metrics_are_what_the_process_notes_of_its_health(health: Health) -> None:
    health.depth = 3
    health.failed_sends.inc(4)
    health.set_aside.inc(5)
    health.reload_success.set(0)
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
        ("faq_bot_last_good_poll_timestamp_seconds", ()): 5 * NOW,
        ("faq_bot_sends_failed_total", ()): 4.0,
        ("faq_bot_updates_set_aside_total", ()): 5.0,
        ("faq_bot_reload_success", ()): 0.0,
    }


def test_before_anything_happened_the_metrics_are_zero_and_no_poll_was_answered() -> None:
    found = samples(Health())
    assert math.isnan(found.pop(("faq_bot_last_good_poll_timestamp_seconds", ())))
    assert found.pop(("faq_bot_reload_success", ())) == 1.0
    assert set(found.values()) == {0.0}
