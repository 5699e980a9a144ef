"""Updates where the inbox fails, too much waits, or the bot stops."""

from __future__ import annotations

import asyncio

import pytest

from bot.service.queue import carrying
from bot.service.queue import update_queue as module
from bot.service.queue.carrying import NotTakenError
from tests.fake_store import FakeStore, settled
from tests.service.queue.queued import FULL, Bench, failing, new
from tests.service.served import LONG_S


@pytest.mark.parametrize("error", [FULL, RecursionError(), TypeError("of any kind")])
async def test_where_nothing_can_be_recorded_all_is_answered_before_the_sender_is_told(
    bench: Bench, error: Exception
) -> None:
    bench.inbox.refusing, bench.work = error, bench.holding()
    taken = asyncio.create_task(bench.take(new(1), new(2), new(3, chat=8)))
    again = asyncio.create_task(bench.take(new(2)))
    await bench.began(2)
    await asyncio.sleep(0.02)
    assert (taken.done(), again.done()) == (False, False)
    bench.finish.set()
    await taken
    await again
    assert sorted(bench.handled) == [1, 2, 3]
    await bench.take(new(1))  # it is known, and waits for nobody
    bench.inbox.refusing = None
    await bench.take(new(1), new(4))
    await bench.settle()
    assert sorted(bench.handled) == [1, 2, 3, 4]
    assert bench.marks("record") == [4]


async def test_what_cannot_be_recorded_is_set_aside_like_all_else(bench: Bench) -> None:
    bench.inbox.refusing, bench.work = FULL, failing(1)
    await bench.take(new(1), new(2))
    assert (bench.tried, bench.sorry, bench.handled) == ([1] * 5 + [2], [1], [2])


async def test_a_slow_chat_keeps_nobody_from_asking_where_nothing_can_be_recorded(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_DIRECT_S", 0.02)
    bench.inbox.refusing, bench.work = FULL, bench.holding(1)
    updates = [new(1), new(2, chat=8), new(3, chat=9)]
    for count in (2, 3):
        with pytest.raises(NotTakenError, match=r"^what arrived is neither written down nor ans"):
            await bench.take(*updates[:count])
    assert bench.handled == [2, 3]
    bench.finish.set()
    await bench.take(*updates)
    assert bench.handled == [2, 3, 1]


async def test_when_too_many_wait_no_more_are_taken(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    room = asyncio.Semaphore(0)

    async def work(number: int) -> None:
        await room.acquire()

    bench.work = work
    await bench.take(new(1), new(2))
    await bench.take(new(3), new(4))
    taken = asyncio.create_task(bench.take(new(5)))
    room.release()
    await bench.began(2)
    await asyncio.sleep(0.01)
    assert (taken.done(), bench.marks("record")) == (False, [1, 2, 3, 4])
    room.release()
    await taken
    assert bench.marks("record") == [1, 2, 3, 4, 5]
    for _ in range(3):
        room.release()
    await bench.settle()
    assert bench.handled == [1, 2, 3, 4, 5]


async def test_a_stop_ends_what_is_under_way_and_leaves_the_rest_open(bench: Bench) -> None:
    bench.work = bench.holding()
    await bench.take(new(1), new(2), new(3, chat=8))
    await bench.began(2)
    stopped = asyncio.create_task(bench.queue.stop())
    await asyncio.sleep(0.01)
    await bench.take(new(5, chat=9))  # it is recorded, and the sender may be told
    assert not stopped.done()
    bench.finish.set()
    await stopped
    settled(bench.thread)
    assert (sorted(bench.handled), bench.open) == ([1, 3], [2, 5])
    assert [item.tries for item in FakeStore.backlog(bench.inbox)] == [0, 0]


@pytest.mark.parametrize("end", ["takes too long", "fails"])
async def test_what_does_not_end_well_during_a_stop_is_left_to_the_next_start(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(carrying, "_STOP_S", 0.02)

    async def work(number: int) -> None:
        await bench.finish.wait()
        raise OSError("the network goes down too")

    bench.work = work
    await bench.take(new(1))
    await bench.began()
    stopped = asyncio.create_task(bench.queue.stop())
    await asyncio.sleep(0)
    if end == "fails":
        bench.finish.set()
    await stopped
    await asyncio.sleep(0)
    settled(bench.thread)
    assert (bench.handled, bench.sorry, bench.open) == ([], [], [1])
    assert bench.marks("begin") == [1]


async def test_the_sender_is_never_told_of_what_is_neither_recorded_nor_handled(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sends it again then, to the next process."""
    monkeypatch.setattr(module, "_DIRECT_S", 0.05)
    bench.inbox.refusing, bench.work = FULL, bench.holding()
    taken = [asyncio.create_task(bench.take(new(1))), asyncio.create_task(bench.take(new(2)))]
    await bench.began()
    stopped = asyncio.create_task(bench.queue.stop())
    await asyncio.sleep(0)
    taken.append(asyncio.create_task(bench.take(new(3, chat=8))))
    bench.finish.set()
    await stopped
    taken.append(asyncio.create_task(bench.take(new(2))))  # it is known, and not handled
    outcomes = await asyncio.gather(*taken, return_exceptions=True)
    assert bench.handled == [1]
    assert [type(each) for each in outcomes] == [type(None), *[NotTakenError] * 3]


async def test_the_health_knows_what_waits_and_what_was_dealt_with(bench: Bench) -> None:
    """A try that failed is no standstill."""
    noted = []

    async def work(number: int) -> None:
        noted.append((bench.health.depth, bench.health.progressed > 0))
        bench.health.progressed = 0.0
        if number == 2:
            raise OSError("no")

    bench.work = work
    bench.health.progressed = 0.0
    await bench.take(new(1), new(2), new(3))
    await bench.settle()
    assert noted == [(3, True), *[(2, True)] * 5, (1, True)]
    value = bench.health.registry.get_sample_value
    assert value("faq_bot_reply_seconds_count") == 3
    assert 0 < (value("faq_bot_reply_seconds_sum") or 0) < LONG_S
