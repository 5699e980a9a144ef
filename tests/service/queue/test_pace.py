"""How soon a bot begins with what it is sent, beside others and alone."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from bot.service.queue import pace as module
from bot.service.queue.pace import Pace, Paces
from tests.service.served import LONG_S, until


class Now:
    """A clock that is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.s = 100.0
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: self.s))


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Now:
    return Now(monkeypatch)


async def begin(pace: Pace, count: int) -> None:
    """Handle updates in no time."""
    for _ in range(count):
        async with pace.turn():
            pass


async def test_a_bot_begins_all_at_once_while_no_other_has_anything_to_do(now: Now) -> None:
    paces = Paces(per_s=1.0)
    busy, other = Pace(paces), Pace(paces)
    async with asyncio.timeout(LONG_S):
        await begin(busy, 1_000)
        await begin(other, 1)
        now.s += 11.0
        await begin(busy, 1_000)


async def test_beside_others_a_bot_begins_no_more_in_a_second_than_may() -> None:
    paces = Paces(per_s=100.0)
    busy, other = Pace(paces), Pace(paces)
    await begin(other, 1)
    clock = asyncio.get_running_loop().time
    began = clock()
    await asyncio.gather(*(begin(busy, 1) for _ in range(130)))
    assert clock() - began >= 0.28


@pytest.mark.parametrize("over", ["the other has ended", "so long has passed"])
async def test_who_has_begun_many_waits_a_little_for_one_that_has_begun_few(
    now: Now, over: str
) -> None:
    """Those that have begun about as many do not wait for each other."""
    paces = Paces(per_s=2.0)
    busy, other, third = (Pace(paces) for _ in range(3))
    await begin(busy, 5)
    async with other.turn():
        waiting = asyncio.create_task(begin(busy, 1))
        await begin(third, 1)
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()
        if over == "so long has passed":
            now.s += 0.6
            await until(waiting.done)
    await until(waiting.done)
