"""What tells a dead bot from one that has nothing to do."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from bot.service import health as module
from bot.service.health import BUCKETS_S, Durations, Pulse, Watchdog

LONG_S = 5.0
NOW = 1000.0


@pytest.fixture
def pulse(monkeypatch: pytest.MonkeyPatch) -> Pulse:
    """One whose clock stands at 1000 s, and that is well."""
    clock = SimpleNamespace(monotonic=lambda: NOW, time=lambda: 0.0)
    monkeypatch.setattr(module, "time", clock)
    return Pulse(beat=NOW, progressed=NOW)


@pytest.mark.parametrize(
    ("change", "troubles"),
    [
        pytest.param({}, [], id="well"),
        pytest.param({"beat": 940.0}, [], id="patient with the loop"),
        pytest.param({"beat": 939.0}, ["the event loop has stood still for 61 s"], id="the loop"),
        # A poll that finds nothing takes ten seconds.
        pytest.param({"polled": 930.0}, [], id="patient with polls"),
        pytest.param({"polled": 929.0}, ["Telegram has answered no poll for 71 s"], id="polls"),
        pytest.param({"polled": None}, [], id="a webhook"),
        pytest.param({"progressed": 0.0}, [], id="nothing to do"),
        pytest.param({"depth": 3, "progressed": 940.0}, [], id="patient with updates"),
        pytest.param(
            {"depth": 3, "progressed": 939.0},
            ["no update was dealt with for 61 s; waiting: 3"],
            id="updates",
        ),
        pytest.param(
            {"beat": 900.0, "polled": 800.0, "depth": 1, "progressed": 700.0},
            [
                "the event loop has stood still for 100 s",
                "Telegram has answered no poll for 200 s",
                "no update was dealt with for 300 s; waiting: 1",
            ],
            id="everything",
        ),
    ],
)
def test_what_stands_still_for_a_minute_is_dead(
    pulse: Pulse, change: dict[str, float | None], troubles: list[str]
) -> None:
    for name, value in change.items():
        setattr(pulse, name, value)
    assert pulse.troubles() == troubles
    assert pulse.troubles(1000.0) == []


def test_an_idle_poll_is_no_trouble_however_short_the_patience(pulse: Pulse) -> None:
    pulse.polled = NOW - module.POLL_TIMEOUT_S
    assert pulse.troubles(5.0) == []


def test_what_is_noted_is_counted(pulse: Pulse) -> None:
    pulse.depth, pulse.progressed = 2, 0.0
    pulse.update_over(0.3)
    pulse.update_over(-5.0)  # the clock was set back
    pulse.decided("answer", 0.01)
    pulse.decided("answer", 99.0)
    pulse.poll_answered()
    assert (pulse.progressed, pulse.polled, pulse.polled_at) == (NOW, NOW, 0.0)
    assert pulse.decisions == {"answer": 2}
    assert (pulse.reply_s.total_s, sum(pulse.reply_s.counts)) == (0.3, 2)


@pytest.mark.parametrize(
    ("seconds", "place"), [(0.0, 0), (0.005, 0), (0.0051, 1), (30.0, 11), (30.1, 12), (1e9, 12)]
)
def test_a_duration_is_counted_in_the_first_bucket_that_holds_it(
    seconds: float, place: int
) -> None:
    durations = Durations()
    durations.add(seconds)
    assert durations.counts == [int(number == place) for number in range(len(BUCKETS_S) + 1)]
    assert durations.total_s == seconds


# --- the watchdog --------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Notes that the log is written out before the process ends; pytest's must stay open."""
    written: list[str] = []
    monkeypatch.setattr(logging, "shutdown", lambda: written.append("log"))
    return written


def beat_for(seconds: float, pulse: Pulse, also: Callable[[], None] = lambda: None) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pulse.beat = time.monotonic()
        also()
        time.sleep(0.005)


@pytest.mark.parametrize("what", ["the event loop", "Telegram", "no update"])
def test_the_watchdog_ends_a_dead_process_with_an_error(
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    quiet: list[str],
    what: str,
) -> None:
    monkeypatch.setattr(module, "POLL_TIMEOUT_S", 0)
    ended, done = [], threading.Event()
    pulse = Pulse()

    def end(status: int) -> None:
        ended.append((status, list(quiet)))
        done.set()

    with Watchdog(pulse, 0.1, end):
        started = time.monotonic()
        pulse.beat = time.monotonic()
        pulse.polled = time.monotonic() if what == "Telegram" else None
        pulse.depth = 1 if what == "no update" else 0
        while not done.is_set() and time.monotonic() < started + LONG_S:
            if what != "the event loop":
                pulse.beat = time.monotonic()
            time.sleep(0.005)
        assert 0.1 < time.monotonic() - started < 1.0
    assert ended == [(1, ["log"])]
    assert [message.startswith(what) for message in caplog.messages] == [True]
    assert caplog.messages[0].endswith("; the process ends, to be started again")


def test_while_all_is_well_the_watchdog_does_nothing(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[int] = []
    pulse = Pulse()
    with Watchdog(pulse, 0.1, ended.append):
        beat_for(0.3, pulse, pulse.poll_answered)
    assert (ended, caplog.messages) == ([], [])


def test_a_watchdog_that_is_no_longer_needed_does_nothing() -> None:
    ended: list[int] = []
    pulse = Pulse()
    with Watchdog(pulse, 0.1, ended.append) as watchdog:
        pass
    time.sleep(0.2)
    assert (ended, watchdog._thread.is_alive()) == ([], False)


def test_an_event_loop_that_is_blocked_is_noticed() -> None:
    ended, done = [], threading.Event()
    pulse = Pulse()

    def end(status: int) -> None:
        ended.append(status)
        done.set()

    async def script() -> None:
        pulse.beat = time.monotonic()
        done.wait(LONG_S)  # as something would that must never run on the event loop

    with Watchdog(pulse, 0.1, end):
        asyncio.run(script())
    assert ended == [1]
