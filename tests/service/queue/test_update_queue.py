"""Updates on their way: handled in their order, retried, set aside, deduplicated."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from bot.service.queue.carrying import NobodyThereError, RetryAfterError
from tests.service.queue.queued import Bench, failing, left, new, set_aside

# --- order and pace -------------------------------------------------------------------------------


async def test_the_updates_of_one_chat_are_handled_in_their_order(bench: Bench) -> None:
    async def work(number: int) -> None:
        assert len(bench.tried) == len(bench.handled) + 1  # one at a time
        await asyncio.sleep(0.003 / number)

    bench.work = work
    await bench.take(new(1), new(2))
    await bench.take(new(4), new(3))
    await bench.settle()
    assert bench.handled == [1, 2, 4, 3]
    assert bench.open == []


async def test_a_slow_chat_delays_nobody_else(bench: Bench) -> None:
    bench.work = bench.holding(1)
    await bench.take(new(1, chat=7), new(2, chat=8), new(3, chat=7), new(4, chat=8))
    assert (bench.open, bench.handled) == ([1, 2, 3, 4], [])  # the sender is told when all stand
    await bench.began(3)
    await asyncio.sleep(0)
    assert bench.handled == [2, 4]
    bench.finish.set()
    await bench.settle()
    assert bench.handled == [2, 4, 1, 3]


async def test_256_chats_are_answered_at_once(bench: Bench) -> None:
    bench.work = bench.holding()
    await bench.take(*(new(number, chat=number) for number in range(300)))
    await bench.began(256)
    await asyncio.sleep(0.01)
    assert (len(bench.tried), bench.health.depth) == (256, 300)
    bench.finish.set()
    await bench.settle()
    assert sorted(bench.handled) == [*range(300)]


# --- people who are forgotten --------------------------------------------------------------------


async def test_what_an_earlier_process_left_of_somebody_is_not_tried_again_once_they_are_forgotten(
    bench: Bench,
) -> None:

    async def work(number: int) -> None:
        if number == 2:
            async with bench.thread.under_way.forgetting("ada", 2):
                pass
        elif number == 1:
            while 2 not in bench.tried:
                await asyncio.sleep(0.001)
            raise OSError("away")

    bench.work = work
    bench.inbox.receive([left(1, person="ada"), left(3, chat=9, person="ben")])
    await bench.queue.replay()
    await bench.began(2)
    await bench.take(new(2, chat=8, person="ada"))
    await bench.settle()
    assert sorted(bench.tried) == [1, 2, 3]


# --- retries -------------------------------------------------------------------------------------


BEGUN = ("begin", 1)
REASON = "RuntimeError"  # it stands in a file, and says nothing that a person said


@pytest.mark.parametrize(
    ("error", "times", "marks"),
    [
        pytest.param(
            OSError("away"), 4, [BEGUN] * 5 + [("done", 1)], id="retried until it is done"
        ),
        pytest.param(
            RuntimeError("words of a person"),
            5,
            [BEGUN] * 5 + [("set aside", 1, REASON)],
            id="set aside after five tries",
        ),
        pytest.param(
            NobodyThereError("blocked"), 1, [BEGUN, ("done", 1)], id="nobody is there: it is done"
        ),
    ],
)
async def test_what_fails_is_retried_or_set_aside_and_those_behind_it_go_on(
    bench: Bench,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    times: int,
    marks: list[tuple[object, ...]],
) -> None:
    async def work(number: int) -> None:
        if number == 1 and len(bench.tried) <= times:
            raise error

    bench.work, bench.apologise = work, failing(1)  # what broke it may break the apology too
    await bench.take(new(1), new(2))
    await bench.settle()
    assert [mark for mark in bench.inbox.marks if mark[1] == 1] == [("record", 1), *marks]
    is_set_aside = marks[-1][0] == "set aside"
    assert (bench.sorry, set_aside(bench)) == ([1] * is_set_aside, is_set_aside)
    assert (bench.handled[-1], bench.open) == (2, [])
    if is_set_aside:
        tries = [f"an update failed, try {number} of 5" for number in range(1, 6)]
        assert caplog.messages[:6] == [*tries, f"update 1 is set aside: {REASON}"]


async def test_an_update_that_cannot_be_read_is_set_aside_and_the_others_go_on(
    bench: Bench,
) -> None:
    await bench.take(new(1), new(2, payload="unreadable"), new(3))
    await bench.settle()
    assert bench.tried == [1, 3]
    assert ("set aside", 2, "it cannot be read (KeyError)") in bench.inbox.marks
    assert (bench.sorry, bench.open, set_aside(bench)) == ([], [], 1)


@pytest.mark.parametrize(
    ("error", "pauses"),
    [
        pytest.param(OSError("no"), [0.5, 1.0, 2.0, 4.0], id="each twice as long"),
        pytest.param(RetryAfterError(3), [3.0, 3.0, 3.0, 4.0], id="as long as is asked for"),
        pytest.param(RetryAfterError(3600), [60.0] * 4, id="a minute at most"),
    ],
)
async def test_retries_wait_with_exponential_backoff(
    make_bench: Callable[..., Bench],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    pauses: list[float],
) -> None:
    bench, waited, sleep = make_bench(first_pause_s=0.5), [], asyncio.sleep

    async def no_sleep(seconds: float) -> None:
        waited.append(seconds)
        await sleep(0)

    bench.work = failing(1, error=error)
    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "sleep", no_sleep)
        await bench.take(new(1))
        while not bench.sorry:
            await sleep(0.001)
    await bench.settle()
    assert waited == pauses


# --- what comes again ----------------------------------------------------------------------------


async def test_what_is_not_handled_again_is_told_of(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Known to the inbox, or to this process."""
    caplog.set_level(logging.INFO, logger="bot")
    bench.inbox.receive([left(1)])
    bench.inbox.done(1)
    await bench.take(new(1), new(2))
    await bench.settle()
    await bench.take(new(2), new(3))
    await bench.settle()
    told = "came again and is known: update "
    assert caplog.messages == [f"{told}1", f"{told}2"]


async def test_updates_are_deduplicated_over_a_restart_too(bench: Bench) -> None:
    bench.inbox.receive([left(1)])
    bench.inbox.done(1)
    await bench.take(*[new(2)] * 100)
    await bench.settle()
    for _ in range(100):
        await bench.take(new(1), new(2), new(3))
    await asyncio.gather(*(bench.take(new(4)) for _ in range(100)))
    await bench.settle()
    assert bench.handled == [2, 3, 4]
