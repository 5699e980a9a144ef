"""What tells a dead bot from one that has nothing to do, and ends it; /metrics, as read."""

from __future__ import annotations

import faulthandler
import logging
import math
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.service import health as module
from bot.service.health import BUCKETS_S, POLL_TIMEOUT_S, Health, Watchdog

ROOT = Path(__file__).parent.parent.parent
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
    health.turn_s.observe(0.03)
    health.thumbs.labels("up").inc(6)
    health.memory_unwritable.set(1)
    health.encoder_unavailable.set(1)
    health.open_conversations.set(7)
    health.poll_answered()
    buckets: Samples = {}
    for limit in BUCKETS_S:
        label = (("le", str(limit)),)
        buckets["faq_bot_matching_seconds_bucket", label] = 1.0 if limit < 0.02 else 2.0
        buckets["faq_bot_reply_seconds_bucket", label] = float(limit >= 0.3)
        buckets["faq_bot_worker_wait_seconds_bucket", label] = float(limit >= 0.03)
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
        ("faq_bot_worker_wait_seconds_bucket", (("le", "+Inf"),)): 1.0,
        ("faq_bot_worker_wait_seconds_count", ()): 1.0,
        ("faq_bot_worker_wait_seconds_sum", ()): 0.03,
        ("faq_bot_thumbs_total", (("kind", "up"),)): 6.0,
        ("faq_bot_memory_unwritable", ()): 1.0,
        ("faq_bot_encoder_unavailable", ()): 1.0,
        ("faq_bot_handoff_unreachable", ()): 0.0,
        ("faq_bot_open_conversations", ()): 7.0,
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


# --- the watchdog --------------------------------------------------------------------------------


class EndedError(Exception):
    """The process would have ended."""


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Notes, in order, that the log was written out and with which status the process ended."""
    noted: list[str] = []

    def end(status: int) -> None:
        noted.append(f"exit {status}")
        raise EndedError

    monkeypatch.setattr(logging, "shutdown", lambda: noted.append("log"))
    monkeypatch.setattr(os, "_exit", end)
    yield noted
    faulthandler.cancel_dump_traceback_later()


def still(seconds: float) -> Health:
    """A queue in which nothing was dealt with for so long."""
    health = Health()
    health.depth, health.progressed = 1, time.monotonic() - seconds
    return health


def test_the_watchdog_ends_a_dead_process_with_one_line_in_the_log(
    ended: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    for health in (Health(), still(59.0)):  # while all is well it does nothing
        Watchdog(health, 60.0, {}).tick()
    assert (ended, caplog.messages) == ([], [])
    with pytest.raises(EndedError):
        Watchdog(still(61.0), 60.0, {}).tick()
    assert ended == ["log", "exit 1"]
    assert caplog.messages == [
        "no update was dealt with for 61 s; waiting: 1; the process ends, to be started again"
    ]


STANDS_STILL = """
import asyncio, time
from bot.service.health import Health, Watchdog

async def blocks_the_loop():
    watching = asyncio.create_task(Watchdog(Health(), 0.2, {}).run())
    await asyncio.sleep(0.01)
    time.sleep({seconds})
    watching.cancel()
    await asyncio.sleep(0)
    time.sleep({after})

asyncio.run(blocks_the_loop())
"""


@pytest.mark.parametrize(
    ("seconds", "after", "status"),
    [
        pytest.param(60.0, 0.0, 1, id="it stands still"),
        pytest.param(0.0, 0.5, 0, id="it has stopped watching"),
    ],
)
def test_an_event_loop_that_stands_still_ends_the_process_and_says_where(
    seconds: float, after: float, status: int
) -> None:
    script = STANDS_STILL.replace("{seconds}", str(seconds)).replace("{after}", str(after))
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == status
    assert done.stderr.startswith("Timeout (0:00:00.200000)!\n" * status)
    assert ("in blocks_the_loop" in done.stderr) == bool(status)


# --- systemd -------------------------------------------------------------------------------------


@pytest.fixture(params=["a file", "an abstract name"])
def named(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """The name of systemd's socket, as it stands in the environment, and the socket."""
    name = str(tmp_path / "user@1000")
    if request.param == "an abstract name":
        if sys.platform != "linux":
            pytest.skip("only Linux has abstract names")
        name = f"@faq-bot-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(f"\0{name[1:]}" if name.startswith("@") else name)
        server.setblocking(False)
        yield name, server


def heard(server: socket.socket) -> list[bytes]:
    said = []
    with suppress(BlockingIOError):
        while True:
            said.append(server.recv(100))
    return said


@pytest.mark.usefixtures("ended")
def test_systemd_is_told_each_state_in_one_message(named: tuple[str, socket.socket]) -> None:
    name, server = named
    health = Health()
    watchdog = Watchdog(health, 60.0, {"NOTIFY_SOCKET": name})
    watchdog.ready()
    assert health.is_ready
    watchdog.tick()
    watchdog.tick()
    watchdog.stopping()
    assert not health.is_ready
    assert heard(server) == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"STOPPING=1"]


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize("name", ["", "nowhere/notify", "@nobody-listens", "x" * 500])
def test_where_no_systemd_listens_nothing_happens(name: str) -> None:
    watchdog = Watchdog(Health(), 60.0, {"NOTIFY_SOCKET": name})
    watchdog.ready()
    watchdog.tick()
    watchdog.stopping()
