"""What an earlier process left is answered after the next start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.service.queue import update_queue as module
from tests.service.queue.queued import FULL, Bench, failing, left, new


async def test_what_was_left_is_replayed_first_and_once(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot")
    bench.inbox.receive([left(5), left(3), left(4, chat=8)])
    await bench.queue.replay()
    await bench.take(new(3), new(5), new(6))
    await bench.settle()
    assert [number for number in bench.handled if number != 4] == [5, 3, 6]
    assert sorted(bench.handled) == [3, 4, 5, 6]
    await bench.queue.replay()  # and of nothing, nothing is said
    assert caplog.messages == [
        "3 updates from before the start are answered now",
        "came again and is known: update 3, 5",
    ]


async def test_what_was_left_and_cannot_be_read_keeps_nobody_from_starting(bench: Bench) -> None:
    bench.inbox.receive([replace(left(1), payload=""), left(2)])
    await bench.queue.replay()
    await bench.settle()
    assert bench.handled == [2]
    assert ("set aside", 1, "it cannot be read (ValueError)") in bench.inbox.marks


@pytest.mark.parametrize(
    ("before", "tried", "reason"),
    [
        pytest.param(0, 5, "RuntimeError", id="new"),
        pytest.param(9, 5, "RuntimeError", id="nearly as often under way as can be"),
        pytest.param(10, 0, "the process ended whenever it was handled", id="deadly"),
    ],
)
async def test_what_was_under_way_when_processes_ended_is_tried_as_often_as_anything_ten_times(
    bench: Bench, before: int, tried: int, reason: str
) -> None:
    """One that ends the process does not do so for ever; one beside it does not pay for it."""
    bench.inbox.receive([left(1, tries=before), left(2)])
    bench.work = failing(1)
    await bench.queue.replay()
    await bench.settle()
    assert bench.tried == [1] * tried + [2]
    assert ("set aside", 1, reason) in bench.inbox.marks
    assert (bench.sorry, bench.handled) == ([1], [2])


async def test_suspects_are_handled_one_after_another_and_the_least_blamed_first(
    bench: Bench,
) -> None:
    """What was under way when processes ended may be what ended them; it delays nobody else."""
    found = [left(1, tries=4), left(2, chat=8, tries=2), left(3), left(4, chat=9, tries=1)]
    bench.inbox.receive(found)
    began_with: dict[int, set[int]] = {}
    under_way: set[int] = set()

    async def work(number: int) -> None:
        began_with[number] = set(under_way)
        under_way.add(number)
        await (bench.began(3) if number == 2 else asyncio.sleep(0.01))
        under_way.discard(number)

    bench.work = work
    await bench.queue.replay()
    await bench.take(new(5, chat=10), new(6, chat=8))
    await bench.settle()
    suspects = [number for number in bench.tried if number not in {4, 5}]
    assert suspects == [2, 6, 1, 3]  # each with what stands behind it in its chat
    assert {*bench.tried[:3]} == {2, 4, 5}
    assert not {2, 6} & began_with[1]


async def test_at_every_other_start_the_suspect_that_was_blamed_most_comes_first(
    bench: Bench,
) -> None:
    """Where others end the processes, it is answered rather than blamed until it is set aside."""
    bench.inbox.receive([left(1, tries=3), left(2, chat=8, tries=2), left(3, chat=9, tries=2)])
    await bench.queue.replay()
    await bench.settle()
    assert bench.tried == [1, 2, 3]


async def test_a_suspect_that_hangs_holds_up_the_next_one_for_a_moment_only(
    make_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SUSPECT_S", 0.02)
    bench = make_bench()
    bench.inbox.receive([left(1, tries=2), left(2, chat=8, tries=4)])
    bench.work = bench.holding(1, 2)
    await bench.queue.replay()
    await bench.take(new(3, chat=9))
    await bench.began(3)
    assert ([number for number in bench.tried if number != 3], bench.handled) == ([1, 2], [3])
    bench.finish.set()
    await bench.settle()


async def test_where_the_inbox_cannot_tell_yet_what_was_left_is_replayed_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_REPLAY_S", 0.01)
    bench.inbox.receive([left(1), left(2)])
    bench.inbox.refusing = FULL
    await bench.queue.replay()
    await bench.take(new(2), new(3))  # one of them is sent again
    assert bench.handled == [2, 3]
    bench.inbox.refusing = None
    await bench.began(3)
    await bench.settle()
    assert (bench.handled, bench.open) == ([2, 3, 1], [])
    assert "what was not answered before the start is not known yet" in caplog.messages
