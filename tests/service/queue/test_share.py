"""How much of a process a bot takes, beside others and alone."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from bot.service.queue import share as module
from bot.service.queue.share import Share, Shares
from tests.service.served import LONG_S


class Now:
    """A clock that is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.s, self.used_s = 100.0, 0.0
        clocks = {"monotonic": lambda: self.s, "process_time": lambda: self.used_s}
        monkeypatch.setattr(module, "time", SimpleNamespace(**clocks))


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Now:
    return Now(monkeypatch)


async def begin(share: Share, count: int) -> None:
    """Begin so many updates."""
    for _ in range(count):
        await share.turn()


async def test_a_bot_begins_all_at_once_while_no_other_has_anything_to_do(now: Now) -> None:
    shares = Shares(per_s=1.0)
    busy, other = Share(shares), Share(shares)
    async with asyncio.timeout(LONG_S):
        await begin(busy, 1_000)
        await begin(other, 1)
        now.s += 11.0
        await begin(busy, 1_000)


async def test_beside_others_a_bot_begins_no_more_in_a_second_than_may() -> None:
    shares = Shares(per_s=100.0)
    busy, other, _idle = (Share(shares) for _ in range(3))
    await begin(other, 1)
    clock = asyncio.get_running_loop().time
    began = clock()
    await asyncio.gather(*(begin(busy, 1) for _ in range(60)))  # thirty of them at once
    assert clock() - began >= 0.28


@pytest.mark.parametrize(
    ("cost_s", "apart_s"),
    [
        pytest.param(0.001, 0.01, id="cheap: as many as may"),
        pytest.param(0.02, 0.04, id="dearer: half a processor"),
        pytest.param(30.0, 0.2, id="others work beside: not for ever"),
    ],
)
def test_beside_others_a_bot_keeps_no_more_of_the_processors_busy_than_may(
    now: Now, cost_s: float, apart_s: float
) -> None:
    shares = Shares(per_s=100.0, processors=0.5)
    for _ in range(61):
        shares.note()
        now.s += 0.1
        now.used_s += cost_s
    assert shares.apart_s == pytest.approx(apart_s)
    now.s, now.used_s = now.s + 3600.0, now.used_s + 60.0  # for which nobody wrote
    for _ in range(2):
        shares.note()
    assert shares.apart_s == pytest.approx(apart_s)
