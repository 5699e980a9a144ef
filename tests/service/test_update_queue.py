"""Updates on their way: recorded, handled in their order, retried, set aside."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from typing import Any

import pytest

from bot.errors import StoreError
from bot.service import update_queue as module
from bot.service.health import Health
from bot.service.update_queue import (
    MAX_TRIES,
    NobodyThereError,
    NotTakenError,
    RetryAfterError,
    UpdateQueue,
)
from bot.store.async_store import AsyncInbox
from bot.store.inbox import InboxItem
from tests.fakes import FakeInbox

LONG_S = 5.0  # how long a test waits for what takes milliseconds


def new(number: int, chat: int = 7, payload: str = "words") -> InboxItem:
    """An update that has just come in."""
    return InboxItem(number, time.time(), f"{number} {payload}", chat)


def left(number: int, chat: int = 7, tries: int = 0) -> InboxItem:
    """What an earlier process did not answer."""
    return InboxItem(number, time.time() - 60, f"{number} words", chat, tries=tries)


class FlakyInbox(FakeInbox):
    """An inbox that fails while there is something that it raises.

    Attributes:
        refusing: what it raises.
        recorded: the ids that each call was to record.
    """

    def __init__(self, *left: InboxItem) -> None:
        super().__init__(*left)
        self.refusing: Exception | None = None
        self.recorded: list[list[int]] = []

    def record(self, items: Sequence[InboxItem]) -> list[int]:
        """See `Inbox.record`."""
        self._fail()
        self.recorded.append([item.update_id for item in items])
        return super().record(items)

    def open(self) -> Sequence[InboxItem]:
        """See `Inbox.open`."""
        self._fail()
        return super().open()

    def _fail(self) -> None:
        if self.refusing is not None:
            raise self.refusing


async def nothing(number: int) -> None:
    """What handling an update means where a test says nothing else."""


class Bench:
    """A queue, and what came of its updates: an `UpdateHandler`.

    Attributes:
        tried: the ids in the order in which their handling began.
        handled: the ids in the order in which it ended.
        sorry: the ids of those that somebody apologised for.
        work: what handling one means.
    """

    def __init__(
        self, inbox: FlakyInbox, first_pause_s: float = 0.0, answer_s: float = LONG_S
    ) -> None:
        self.inbox = inbox
        self.thread = AsyncInbox(
            lambda: inbox, first_pause_s=0.001, longest_pause_s=0.001, answer_s=answer_s
        )
        self.health = Health()
        self.tried: list[int] = []
        self.handled: list[int] = []
        self.sorry: list[int] = []
        self.work: Callable[[int], Awaitable[None]] = nothing
        self.apologise: Callable[[int], Awaitable[None]] = nothing
        self.queue = UpdateQueue(self.thread, self, self.health, first_pause_s=first_pause_s)

    def parse(self, payload: str) -> int:
        """See `UpdateHandler.parse`."""
        number, words = payload.split()
        if words == "unreadable":
            raise KeyError(words)
        return int(number)

    def lane(self, payload: str) -> int:
        """See `UpdateHandler.lane`."""
        return 7

    async def handle(self, update: int) -> None:
        """See `UpdateHandler.handle`."""
        self.tried.append(update)
        await self.work(update)
        self.handled.append(update)

    async def give_up(self, update: int) -> None:
        """See `UpdateHandler.give_up`."""
        self.sorry.append(update)
        await self.apologise(update)

    def run(self, script: Coroutine[Any, Any, None]) -> None:
        """Run a test's script, and see that it comes to an end."""
        asyncio.run(asyncio.wait_for(script, LONG_S))

    async def take(self, *items: InboxItem) -> None:
        await self.queue.take(items)

    async def settle(self) -> None:
        """Wait until all is handled and noted."""
        while self.health.depth:
            await asyncio.sleep(0.001)
        await self.thread.flush()

    async def began(self, count: int = 1) -> None:
        """Wait until the handling of so many has begun."""
        while len(self.tried) < count:
            await asyncio.sleep(0.001)

    @property
    def open(self) -> list[int]:
        return [item.update_id for item in FakeInbox.open(self.inbox)]


@pytest.fixture
def inbox() -> FlakyInbox:
    return FlakyInbox()


@pytest.fixture
def bench(inbox: FlakyInbox) -> Iterator[Bench]:
    bench = Bench(inbox)
    yield bench
    bench.thread.close()


def failing(*numbers: int, error: Exception | None = None) -> Callable[[int], Awaitable[None]]:
    async def work(number: int) -> None:
        if number in numbers:
            raise error or RuntimeError("words of a person")

    return work


def waiting_for(event: asyncio.Event, *numbers: int) -> Callable[[int], Awaitable[None]]:
    """Work that goes on when an event is set; that on other numbers, at once."""

    async def work(number: int) -> None:
        if not numbers or number in numbers:
            await event.wait()

    return work


# --- order ---------------------------------------------------------------------------------------


def test_the_updates_of_one_chat_are_handled_in_their_order(bench: Bench) -> None:
    async def script() -> None:
        async def work(number: int) -> None:
            assert len(bench.tried) == len(bench.handled) + 1  # one at a time
            await asyncio.sleep(0.003 / number)

        bench.work = work
        await bench.take(new(1), new(2))
        await bench.take(new(4), new(3))
        await bench.settle()
        assert bench.handled == [1, 2, 4, 3]
        assert bench.open == []

    bench.run(script())


def test_a_slow_chat_delays_nobody_else(bench: Bench) -> None:
    async def script() -> None:
        finish = asyncio.Event()
        bench.work = waiting_for(finish, 1)
        await bench.take(new(1, chat=7), new(2, chat=8), new(3, chat=7), new(4, chat=8))
        await bench.began(3)
        await asyncio.sleep(0)
        assert bench.handled == [2, 4]
        finish.set()
        await bench.settle()
        assert bench.handled == [2, 4, 1, 3]

    bench.run(script())


def test_256_chats_are_answered_at_once(bench: Bench) -> None:
    async def script() -> None:
        finish = asyncio.Event()
        bench.work = waiting_for(finish)
        await bench.take(*(new(number, chat=number) for number in range(300)))
        await bench.began(256)
        await asyncio.sleep(0.01)
        assert (len(bench.tried), bench.health.depth) == (256, 300)
        finish.set()
        await bench.settle()
        assert sorted(bench.handled) == [*range(300)]

    bench.run(script())


def test_whoever_waits_is_told_as_soon_as_it_is_recorded(bench: Bench) -> None:
    async def script() -> None:
        finish = asyncio.Event()
        bench.work = waiting_for(finish)
        await bench.take(new(1), new(2))
        assert (bench.open, bench.handled) == ([1, 2], [])
        finish.set()
        await bench.settle()
        assert (bench.open, bench.handled) == ([], [1, 2])

    bench.run(script())


# --- retries -------------------------------------------------------------------------------------


def test_what_fails_is_retried_until_it_succeeds(bench: Bench) -> None:
    async def script() -> None:
        async def work(number: int) -> None:
            if len(bench.tried) < MAX_TRIES:
                raise OSError("away")

        bench.work = work
        await bench.take(new(1))
        await bench.settle()
        assert (bench.tried, bench.handled, bench.sorry) == ([1] * 5, [1], [])
        assert bench.inbox.marks == [("begin", 1)] * 5 + [("done", 1)]

    bench.run(script())


def test_what_fails_five_times_is_set_aside_and_those_behind_it_go_on(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async def script() -> None:
        bench.work = failing(2)
        await bench.take(new(1), new(2), new(3))
        await bench.settle()
        assert bench.tried == [1, 2, 2, 2, 2, 2, 3]
        assert (bench.handled, bench.sorry, bench.health.set_aside) == ([1, 3], [2], 1)
        marks = [mark for mark in bench.inbox.marks if mark[1] == 2]
        # Its reason stands in a file, and says nothing that a person said.
        assert marks == [("begin", 2)] * 5 + [("set aside", 2, "RuntimeError")]
        assert bench.open == []

    bench.run(script())
    assert caplog.messages == [
        *(f"an update failed, try {number} of 5" for number in range(1, 6)),
        "update 2 is set aside: RuntimeError",
    ]


@pytest.mark.parametrize("error", [OSError("away"), KeyError("words")])
def test_an_apology_that_fails_holds_up_nobody(bench: Bench, error: Exception) -> None:
    """What broke the update may break the apology too."""

    async def script() -> None:
        bench.work = failing(1)
        bench.apologise = failing(1, error=error)
        await bench.take(new(1), new(2))
        await bench.settle()
        assert (bench.sorry, bench.handled, bench.open) == ([1], [2], [])

    bench.run(script())


def test_where_nobody_is_there_any_more_an_update_is_done(bench: Bench) -> None:
    async def script() -> None:
        bench.work = failing(1, error=NobodyThereError("blocked"))
        await bench.take(new(1), new(2))
        await bench.settle()
        assert (bench.tried, bench.handled, bench.sorry) == ([1, 2], [2], [])
        assert bench.inbox.marks[:2] == [("begin", 1), ("done", 1)]
        assert bench.health.set_aside == 0

    bench.run(script())


@pytest.mark.parametrize(
    ("error", "pauses"),
    [
        pytest.param(OSError("no"), [0.5, 1.0, 2.0, 4.0], id="each twice as long"),
        pytest.param(RetryAfterError(3), [3.0, 3.0, 3.0, 4.0], id="as long as is asked for"),
        pytest.param(RetryAfterError(3600), [60.0] * 4, id="a minute at most"),
    ],
)
def test_retries_wait_with_exponential_backoff(
    inbox: FlakyInbox, monkeypatch: pytest.MonkeyPatch, error: Exception, pauses: list[float]
) -> None:
    bench, waited, sleep = Bench(inbox, first_pause_s=0.5), [], asyncio.sleep

    async def no_sleep(seconds: float) -> None:
        waited.append(seconds)
        await sleep(0)

    async def script() -> None:
        bench.work = failing(1, error=error)
        with monkeypatch.context() as patch:
            patch.setattr(asyncio, "sleep", no_sleep)
            await bench.take(new(1))
            while not bench.sorry:
                await sleep(0.001)
        await bench.settle()

    bench.run(script())
    bench.thread.close()
    assert waited == pauses


def test_an_update_that_cannot_be_read_is_set_aside_and_the_others_go_on(bench: Bench) -> None:
    async def script() -> None:
        await bench.take(new(1), new(2, payload="unreadable"), new(3))
        await bench.settle()
        assert bench.tried == [1, 3]
        assert ("set aside", 2, "it cannot be read (KeyError)") in bench.inbox.marks
        assert (bench.sorry, bench.open, bench.health.set_aside) == ([], [], 1)

    bench.run(script())


# --- what comes again ----------------------------------------------------------------------------


def test_updates_are_deduplicated(bench: Bench, inbox: FlakyInbox) -> None:
    async def script() -> None:
        await bench.take(*[new(1)] * 100)
        await bench.settle()
        for _ in range(100):
            await bench.take(new(1), new(2))
        await asyncio.gather(*(bench.take(new(3)) for _ in range(100)))
        await bench.settle()
        assert bench.handled == [1, 2, 3]
        assert inbox.recorded == [[1], [2], [3]]

    bench.run(script())


def test_what_an_earlier_process_dealt_with_is_not_handled_when_it_comes_again(
    bench: Bench,
) -> None:
    async def script() -> None:
        bench.inbox.record([left(1)])
        bench.inbox.done(1)
        await bench.take(new(1), new(2))
        await bench.settle()
        assert bench.handled == [2]

    bench.run(script())


def test_ids_that_were_let_go_are_still_known_to_the_inbox(
    inbox: FlakyInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_KNOWN", 2)
    bench = Bench(inbox)

    async def script() -> None:
        await bench.take(new(1), new(2), new(3))
        await bench.settle()
        await bench.take(new(1), new(4))
        await bench.settle()
        assert bench.handled == [1, 2, 3, 4]
        assert inbox.recorded == [[1, 2, 3], [1, 4]]

    bench.run(script())
    bench.thread.close()


# --- what an earlier process left ----------------------------------------------------------------


def test_what_was_left_is_replayed_first_and_once(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot")

    async def script() -> None:
        bench.inbox.record([left(5), left(3), left(4, chat=8)])
        assert await bench.queue.replay() == 3
        await bench.take(new(3), new(5), new(6))
        await bench.settle()
        assert [number for number in bench.handled if number != 4] == [5, 3, 6]
        assert sorted(bench.handled) == [3, 4, 5, 6]
        assert await bench.queue.replay() == 0  # and of nothing, nothing is said

    bench.run(script())
    assert caplog.messages == ["3 updates from before the start are answered now"]


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
def test_the_tries_of_earlier_processes_count(before: int, tried: int, reason: str) -> None:
    """One that ends the process does not do so for ever."""
    bench = Bench(FlakyInbox(left(1, tries=before), left(2)))

    async def script() -> None:
        bench.work = failing(1)
        await bench.queue.replay()
        await bench.settle()
        assert bench.tried == [1] * tried + [2]
        assert ("set aside", 1, reason) in bench.inbox.marks
        assert (bench.sorry, bench.handled) == ([1], [2])

    bench.run(script())
    bench.thread.close()


def test_suspects_are_handled_alone_after_the_others_and_the_least_blamed_first() -> None:
    """What was under way when processes ended may be what ended them."""
    found = [left(1, tries=4), left(2, chat=8, tries=2), left(3), left(4, chat=9, tries=1)]
    bench = Bench(FlakyInbox(*found))
    together: list[set[int]] = []
    under_way: set[int] = set()

    async def script() -> None:
        async def work(number: int) -> None:
            under_way.add(number)
            await asyncio.sleep(0.01)
            together.append(set(under_way))
            under_way.discard(number)

        bench.work = work
        await bench.queue.replay()
        await bench.take(new(5, chat=10), new(6, chat=8))
        await bench.settle()
        assert together[:2] == [{4, 5}, {5}]
        assert together[2:] == [{2}, {6}, {1}, {3}]  # each with what stands behind it in its chat

    bench.run(script())
    bench.thread.close()


def test_a_suspect_that_hangs_holds_up_the_others_for_a_moment_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_ALONE_S", 0.01)
    bench = Bench(FlakyInbox(left(1, tries=2)))

    async def script() -> None:
        finish = asyncio.Event()
        bench.work = waiting_for(finish, 1)
        await bench.queue.replay()
        await bench.began()
        await bench.take(new(2, chat=8))
        await bench.began(2)
        assert bench.tried == [1, 2]
        finish.set()
        await bench.settle()

    bench.run(script())
    bench.thread.close()


def test_where_the_inbox_cannot_tell_yet_what_was_left_is_replayed_later(
    inbox: FlakyInbox,
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(module, "_REPLAY_S", 0.01)

    async def script() -> None:
        inbox.record([left(1), left(2)])
        inbox.refusing = StoreError("the disk is full")
        assert await bench.queue.replay() == 0
        await bench.take(new(2), new(3))  # one of them is sent again
        assert bench.handled == [2, 3]
        inbox.refusing = None
        await bench.began(3)
        await bench.settle()
        assert (bench.handled, bench.open) == ([2, 3, 1], [])

    bench.run(script())
    assert "what was not answered before the start is not known yet" in caplog.messages


# --- an inbox that fails -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [StoreError("the disk is full"), RecursionError(), TypeError("of any kind")]
)
def test_where_nothing_can_be_recorded_all_is_answered_before_the_sender_is_told(
    inbox: FlakyInbox, bench: Bench, error: Exception
) -> None:
    async def script() -> None:
        finish = asyncio.Event()
        inbox.refusing, bench.work = error, waiting_for(finish)
        taken = asyncio.create_task(bench.take(new(1), new(2), new(3, chat=8)))
        again = asyncio.create_task(bench.take(new(2)))
        await bench.began(2)
        await asyncio.sleep(0.02)
        assert (taken.done(), again.done()) == (False, False)
        finish.set()
        await taken
        await again
        assert sorted(bench.handled) == [1, 2, 3]
        await bench.take(new(1))  # it is known, and waits for nobody
        inbox.refusing = None
        await bench.take(new(1), new(4))
        await bench.settle()
        assert sorted(bench.handled) == [1, 2, 3, 4]
        assert inbox.recorded == [[4]]

    bench.run(script())


def test_what_cannot_be_recorded_is_set_aside_like_all_else(
    inbox: FlakyInbox, bench: Bench
) -> None:
    async def script() -> None:
        inbox.refusing, bench.work = StoreError("the disk is full"), failing(1)
        await bench.take(new(1), new(2))
        assert (bench.tried, bench.sorry, bench.handled) == ([1] * 5 + [2], [1], [2])

    bench.run(script())


def test_an_inbox_that_gives_no_answer_is_not_waited_for(
    inbox: FlakyInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, finish = Bench(inbox, answer_s=0.01), threading.Event()
    monkeypatch.setattr(inbox, "done", lambda update_id: finish.wait(LONG_S))

    async def script() -> None:
        bench.thread.done(0)  # it hangs
        await bench.take(new(1))
        assert bench.handled == [1]
        finish.set()
        await bench.settle()

    bench.run(script())
    bench.thread.close()


def test_a_slow_chat_keeps_nobody_from_asking_where_nothing_can_be_recorded(
    inbox: FlakyInbox, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_DIRECT_S", 0.02)

    async def script() -> None:
        finish = asyncio.Event()
        inbox.refusing, bench.work = StoreError("the disk is full"), waiting_for(finish, 1)
        with pytest.raises(NotTakenError):
            await bench.take(new(1), new(2, chat=8))
        with pytest.raises(NotTakenError):
            await bench.take(new(1), new(2, chat=8), new(3, chat=9))
        assert bench.handled == [2, 3]
        finish.set()
        await bench.take(new(1), new(2, chat=8), new(3, chat=9))
        assert bench.handled == [2, 3, 1]

    bench.run(script())


# --- too much, and the end -----------------------------------------------------------------------


def test_when_too_many_wait_no_more_are_taken(
    inbox: FlakyInbox, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 3)

    async def script() -> None:
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
        assert (taken.done(), inbox.recorded) == (False, [[1, 2], [3, 4]])
        room.release()
        await taken
        assert inbox.recorded == [[1, 2], [3, 4], [5]]
        for _ in range(3):
            room.release()
        await bench.settle()
        assert bench.handled == [1, 2, 3, 4, 5]

    bench.run(script())


def test_a_stop_ends_what_is_under_way_and_leaves_the_rest_open(
    inbox: FlakyInbox, bench: Bench
) -> None:
    async def script() -> None:
        finish = asyncio.Event()
        bench.work = waiting_for(finish)
        await bench.take(new(1), new(2), new(3, chat=8))
        await bench.began(2)
        stopped = asyncio.create_task(bench.queue.stop())
        await asyncio.sleep(0.01)
        await bench.take(new(5, chat=9))  # it is recorded, and the sender may be told
        assert not stopped.done()
        finish.set()
        await stopped
        await bench.thread.flush()
        assert (sorted(bench.handled), bench.open) == ([1, 3], [2, 5])
        assert [item.tries for item in FakeInbox.open(inbox)] == [0, 0]

    bench.run(script())


def test_what_takes_too_long_to_end_is_left_open(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STOP_S", 0.02)

    async def script() -> None:
        bench.work = waiting_for(asyncio.Event())
        await bench.take(new(1))
        await bench.began()
        await bench.queue.stop()
        await asyncio.sleep(0)
        await bench.thread.flush()
        assert (bench.handled, bench.open) == ([], [1])
        assert bench.inbox.marks == [("begin", 1)]

    bench.run(script())


def test_what_fails_during_a_stop_is_retried_after_the_next_start(bench: Bench) -> None:
    async def script() -> None:
        finish = asyncio.Event()

        async def work(number: int) -> None:
            await finish.wait()
            raise OSError("the network goes down too")

        bench.work = work
        await bench.take(new(1))
        await bench.began()
        stopped = asyncio.create_task(bench.queue.stop())
        await asyncio.sleep(0)
        finish.set()
        await stopped
        await bench.thread.flush()
        assert (bench.tried, bench.sorry, bench.open) == ([1], [], [1])

    bench.run(script())


def test_the_sender_is_never_told_of_what_is_neither_recorded_nor_handled(
    inbox: FlakyInbox, bench: Bench
) -> None:
    """It sends it again then, to the next process."""

    async def script() -> None:
        finish = asyncio.Event()
        inbox.refusing, bench.work = StoreError("the disk is full"), waiting_for(finish)
        taken = [asyncio.create_task(bench.take(new(1))), asyncio.create_task(bench.take(new(2)))]
        await bench.began()
        await asyncio.sleep(0.01)
        stopped = asyncio.create_task(bench.queue.stop())
        await asyncio.sleep(0.01)
        taken.append(asyncio.create_task(bench.take(new(3, chat=8))))
        finish.set()
        await stopped
        taken.append(asyncio.create_task(bench.take(new(2))))  # it is known, and not handled
        outcomes = await asyncio.gather(*taken, return_exceptions=True)
        assert bench.handled == [1]
        told = "what arrived is neither written down nor answered"
        assert [None if each is None else str(each) for each in outcomes] == [None, *[told] * 3]

    bench.run(script())


def test_nobody_waits_for_what_a_stop_has_cut_off(
    inbox: FlakyInbox, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STOP_S", 0.02)

    async def script() -> None:
        inbox.refusing = StoreError("the disk is full")
        bench.work = waiting_for(asyncio.Event())
        taken = asyncio.create_task(bench.take(new(2), new(1)))
        again = asyncio.create_task(bench.take(new(1)))
        await bench.began()
        await bench.queue.stop()
        outcomes = await asyncio.gather(taken, again, return_exceptions=True)
        assert [type(each) for each in outcomes] == [NotTakenError, NotTakenError]

    bench.run(script())


def test_the_health_knows_what_waits_and_what_was_dealt_with(bench: Bench) -> None:
    async def script() -> None:
        depths, progressed = [], []

        async def work(number: int) -> None:
            depths.append(bench.health.depth)
            progressed.append(bench.health.progressed)
            bench.health.progressed = 0.0
            if number == 2:
                raise OSError("no")

        bench.work = work
        bench.health.progressed = 0.0
        await bench.take(new(1), new(2), new(3))
        await bench.settle()
        assert depths == [3] + [2] * 5 + [1]
        assert 0.0 not in progressed  # a try that failed is no standstill
        assert sum(bench.health.reply_s.counts) == 3
        assert 0 < bench.health.reply_s.total_s < LONG_S

    bench.run(script())
