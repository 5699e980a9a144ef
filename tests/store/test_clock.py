"""A wall clock that is wrong erases nothing and calls nothing late; both clocks are the test's."""

from __future__ import annotations

import logging

import pytest

from bot.store import clock as module
from bot.store.clock import STEADY_S, Clock

DAY_S, HOUR_S = 86_400.0, 3_600.0
NOW = 1_700_000_000.0


class Clocks:
    """Seconds since 1970 and since some start, moved by hand."""

    def __init__(self) -> None:
        self.wall, self.steady = NOW, 1_000.0

    def time(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr(module, "time", clocks)
    caplog.set_level(logging.INFO, logger="bot")
    return clocks


def trusts(clock: Clock) -> tuple[bool, bool]:
    return clock.knows_age, clock.may_erase


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        pytest.param(200 * DAY_S, "was set 200 days ahead", id="200 days ahead"),
        pytest.param(5 * HOUR_S, "was set 5 hours ahead", id="5 hours ahead"),
        pytest.param(-HOUR_S, "was set 60 minutes back", id="back"),
    ],
)
def test_a_jump_is_held_back_for_ten_minutes_and_told_once(
    clocks: Clocks, caplog: pytest.LogCaptureFixture, seconds: float, told: str
) -> None:
    clock = Clock()
    clocks.pass_by(DAY_S)
    assert trusts(clock) == (True, True)
    clocks.wall += seconds
    assert trusts(clock) == (False, False)
    clocks.pass_by(STEADY_S - 1)
    assert trusts(clock) == (False, False)
    clocks.pass_by(1)
    assert trusts(clock) == (True, True)
    assert caplog.messages == [
        f"the clock {told}: until it was steady for ten minutes, nothing is erased for its age",
        "the clock was steady for ten minutes, and counts again",
    ]


def test_ten_minutes_begin_anew_with_each_jump(clocks: Clocks) -> None:
    clock = Clock()
    for _ in range(3):
        clocks.wall += HOUR_S
        assert trusts(clock) == (False, False)
        clocks.pass_by(STEADY_S - 1)
    assert trusts(clock) == (False, False)


def test_a_clock_that_is_corrected_by_little_is_trusted(
    clocks: Clocks, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    for _ in range(100):
        clocks.pass_by(HOUR_S)
        clocks.wall += 30
        assert trusts(clock) == (True, True)
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("newest", "trusted"),
    [
        pytest.param(None, (True, True), id="nothing is remembered"),
        pytest.param(NOW - 5 * HOUR_S, (True, True), id="the bot was away for hours"),
        pytest.param(NOW - 200 * DAY_S, (True, False), id="away for long, or ahead: not erased"),
        pytest.param(NOW + HOUR_S, (False, False), id="it is behind"),
    ],
)
def test_the_newest_thing_remembered_tells_a_clock_that_was_wrong_at_the_start(
    clocks: Clocks, newest: float | None, trusted: tuple[bool, bool]
) -> None:
    clock = Clock()
    clock.compare(newest)
    assert trusts(clock) == trusted
    clocks.pass_by(STEADY_S)
    assert trusts(clock) == (True, True)
