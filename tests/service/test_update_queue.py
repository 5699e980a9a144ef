"""Updates on their way: recorded, handled in their order, retried, set aside."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import pytest

from bot.errors import StoreError
from bot.service import update_queue as module
from bot.service.health import Health
from bot.service.update_queue import (
    NobodyThereError,
    NotTakenError,
    RetryAfterError,
    UpdateQueue,
)
from bot.store import async_store
from bot.store.async_store import AsyncStore
from bot.store.store import InboxItem
from tests.fakes import FakeStore, settled
from tests.service.served import LONG_S


def new(number: int, chat: int = 7, payload: str = "words") -> InboxItem:
    """An update that has just come in."""
    return InboxItem(number, time.time(), f"{number} {chat} {payload}")


def left(number: int, chat: int = 7, tries: int = 0) -> InboxItem:
    """What an earlier process did not answer."""
    return InboxItem(number, time.time() - 60, f"{number} {chat} words", tries=tries)


FULL = StoreError("the disk is full")


class FlakyInbox(FakeStore):
    """An inbox that fails while there is something that it raises."""

    refusing: Exception | None = None

    def receive(self, items: Sequence[InboxItem]) -> list[int]:
        """See `Store.receive`."""
        self._fail()
        self.marks += [("record", item.update_id) for item in items]
        return super().receive(items)

    def backlog(self) -> Sequence[InboxItem]:
        """See `Store.backlog`."""
        self._fail()
        return super().backlog()

    def _fail(self) -> None:
        if self.refusing is not None:
            raise self.refusing


def set_aside(bench: Bench) -> float | None:
    """How many updates were given up on."""
    return bench.health.registry.get_sample_value("faq_bot_updates_set_aside_total")


async def nothing(number: int) -> None:
    """What handling an update means where a test says nothing else."""


class Bench:
    """A queue, and what came of its updates: an `UpdateHandler`.

    Attributes:
        tried: the ids in the order in which their handling began.
        handled: the ids in the order in which it ended.
        sorry: the ids of those that somebody apologised for.
        work: what handling one means.
        finish: what work that is held waits for.
    """

    def __init__(self) -> None:
        self.inbox = inbox = FlakyInbox()
        self.thread = AsyncStore(lambda: inbox)
        self.health = Health()
        self.tried: list[int] = []
        self.handled: list[int] = []
        self.sorry: list[int] = []
        self.finish = asyncio.Event()
        self.work: Callable[[int], Awaitable[None]] = nothing
        self.apologise: Callable[[int], Awaitable[None]] = nothing
        self.queue = UpdateQueue(self.thread, self, self.health)

    def parse(self, payload: str) -> int:
        """See `UpdateHandler.parse`."""
        number, _, words = payload.split()
        if words == "unreadable":
            raise KeyError(words)
        return int(number)

    def lane(self, payload: str) -> int:
        """See `UpdateHandler.lane`."""
        return int(payload.split()[1])

    async def handle(self, update: int) -> None:
        """See `UpdateHandler.handle`."""
        self.tried.append(update)
        await self.work(update)
        self.handled.append(update)

    async def give_up(self, update: int) -> None:
        """See `UpdateHandler.give_up`."""
        self.sorry.append(update)
        await self.apologise(update)

    def holding(self, *numbers: int) -> Callable[[int], Awaitable[None]]:
        """Work on these, or on all, that ends when it may `finish`."""

        async def work(number: int) -> None:
            if not numbers or number in numbers:
                await self.finish.wait()

        return work

    async def take(self, *items: InboxItem) -> None:
        await self.queue.take(items)

    async def settle(self) -> None:
        """Wait until all is handled and noted."""
        while self.health.depth:
            await asyncio.sleep(0.001)
        settled(self.thread)

    async def began(self, count: int = 1) -> None:
        """Wait until the handling of so many has begun."""
        while len(self.tried) < count:
            await asyncio.sleep(0.001)

    @property
    def open(self) -> list[int]:
        return [item.update_id for item in FakeStore.backlog(self.inbox)]

    def marks(self, kind: str) -> list[int]:
        """The ids that were marked so, such as "record"."""
        return [int(str(mark[1])) for mark in self.inbox.marks if mark[0] == kind]


@pytest.fixture
def make_bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Bench]]:
    monkeypatch.setattr(async_store, "_FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(async_store, "_LONGEST_PAUSE_S", 0.01)
    with ExitStack() as stack:

        def make(first_pause_s: float = 0.0) -> Bench:
            monkeypatch.setattr(module, "_FIRST_PAUSE_S", first_pause_s)
            bench = Bench()
            stack.callback(bench.thread.close)
            return bench

        yield make


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


def failing(*numbers: int, error: Exception | None = None) -> Callable[[int], Awaitable[None]]:
    async def work(number: int) -> None:
        if number in numbers:
            raise error or RuntimeError("words of a person")

    return work


# --- order ---------------------------------------------------------------------------------------


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


# --- what an earlier process left ----------------------------------------------------------------


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
    assert caplog.messages == ["3 updates from before the start are answered now"]


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
        pytest.param(3, 2, "RuntimeError", id="tried before"),
        pytest.param(5, 1, "RuntimeError", id="more than once under way when a process ended"),
        pytest.param(9, 1, "RuntimeError", id="nearly as often as can be"),
        pytest.param(10, 0, "the process ended whenever it was handled", id="deadly"),
    ],
)
async def test_the_tries_of_earlier_processes_count(
    bench: Bench, before: int, tried: int, reason: str
) -> None:
    """One that ends the process does not do so for ever."""
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


async def test_a_suspect_that_hangs_holds_up_the_next_one_for_a_moment_only(
    make_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SUSPECT_S", 0.02)
    bench = make_bench()
    bench.inbox.receive([left(1, tries=2), left(2, chat=8, tries=3)])
    bench.work = bench.holding(1, 2)
    await bench.queue.replay()
    await bench.take(new(3, chat=9))
    await bench.began(3)
    assert ([number for number in bench.tried if number != 3], bench.handled) == ([1, 2], [3])
    bench.finish.set()
    await bench.settle()


async def test_where_the_inbox_cannot_tell_yet_what_was_left_is_replayed_later(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
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


# --- an inbox that fails -------------------------------------------------------------------------


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


# --- too much, and the end -----------------------------------------------------------------------


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
    monkeypatch.setattr(module, "_STOP_S", 0.02)

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
