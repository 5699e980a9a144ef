"""What tells a dead bot from one that has nothing to do."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot.service import health as module
from bot.service.health import POLL_TIMEOUT_S, Health

NOW = 1000.0


@pytest.fixture
def health(monkeypatch: pytest.MonkeyPatch) -> Health:
    """One whose clock stands at 1000 s, and that is well."""
    clock = SimpleNamespace(monotonic=lambda: NOW, time=lambda: 0.0)
    monkeypatch.setattr(module, "time", clock)
    return Health(progressed=NOW)


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
    assert (health.progressed, health.reply_s.total_s, sum(health.reply_s.counts)) == (NOW, 0.0, 1)
