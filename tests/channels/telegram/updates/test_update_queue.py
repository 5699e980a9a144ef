"""Updates on their way: recorded, handled in their order, tried again, set aside."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from telegram import Update
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter

from bot.channels.telegram.updates import update_queue as module
from bot.channels.telegram.updates.incoming import inbox_item
from bot.channels.telegram.updates.update_queue import MAX_TRIES, Dispatcher, NotTakenError
from bot.errors import StoreError
from bot.service.health import Pulse
from bot.store.async_store import AsyncInbox
from bot.store.inbox import InboxItem
from tests.fakes import FakeInbox

LONG_S = 5.0  # how long a test waits for what takes milliseconds


def raw(number: int, chat: int = 7) -> dict[str, Any]:
    """A message as the Bot API sends it."""
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 0,
            "chat": {"id": chat, "type": "private"},
            "from": {"id": chat, "is_bot": False, "first_name": "Ada"},
            "text": f"words {number}",
        },
    }


def unparsable(number: int, chat: int = 7) -> dict[str, Any]:
    """One without a date and with a chat of no kind: python-telegram-bot cannot read it."""
    return {"update_id": number, "message": {"chat": {"id": chat}}}


def left(number: int, chat: int = 7, tries: int = 0) -> InboxItem:
    """What an earlier process did not answer."""
    came = inbox_item(raw(number, chat))
    return replace(came, at=time.time() - 60, tries=tries)


class Flaky(FakeInbox):
    """An inbox that fails while `trouble` says why.

    Attributes:
        refusing: what it raises.
        recorded: the ids that each call was to record.
        may_go_on: cleared, it gives no answer.
    """

    def __init__(self, *left: InboxItem) -> None:
        super().__init__(*left)
        self.refusing: Exception | None = None
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.recorded: list[list[int]] = []

    def record(self, received: Sequence[InboxItem]) -> list[int]:
        """See `Inbox.record`."""
        self._fail()
        self.recorded.append([each.update_id for each in received])
        return super().record(received)

    def open(self) -> Sequence[InboxItem]:
        """See `Inbox.open`."""
        self._fail()
        return super().open()

    def _fail(self) -> None:
        self.may_go_on.wait(LONG_S)
        if self.refusing is not None:
            raise self.refusing


class Bench:
    """A dispatcher, and what came of its updates.

    Attributes:
        handled: the ids in the order in which their handling ended.
        tried: the ids in the order in which it began.
        sorry: the ids of those that somebody apologised for.
        work: what handling one means.
    """

    def __init__(self, inbox: FakeInbox, *, answer_s: float = LONG_S) -> None:
        self.inbox = inbox
        self.memory: AsyncInbox = AsyncInbox(
            lambda: inbox, first_pause_s=0.001, longest_pause_s=0.001, answer_s=answer_s
        )
        self.pulse = Pulse()
        self.handled: list[int] = []
        self.tried: list[int] = []
        self.sorry: list[int] = []
        self.work: Callable[[int], Awaitable[None]] = self._nothing
        self.apologise: Callable[[int], Awaitable[None]] = self._nothing
        self.dispatcher = Dispatcher(
            self.memory,
            lambda update: Update.de_json(update, None),
            self._handle,
            self._give_up,
            self.pulse,
            first_pause_s=0.0,
        )

    def run(self, script: Coroutine[Any, Any, None]) -> None:
        """Run a test's script, and see that it comes to an end."""
        asyncio.run(asyncio.wait_for(script, LONG_S))

    async def take(self, *updates: dict[str, Any]) -> None:
        await self.dispatcher.take(updates)

    async def settle(self) -> None:
        """Wait until all is handled and noted."""
        while self.pulse.depth:
            await asyncio.sleep(0.001)
        await self.memory.flush()

    @property
    def open(self) -> list[int]:
        return [each.update_id for each in FakeInbox.open(self.inbox)]

    async def _handle(self, update: Update) -> None:
        self.tried.append(update.update_id)
        await self.work(update.update_id)
        self.handled.append(update.update_id)

    async def _give_up(self, update: Update) -> None:
        self.sorry.append(update.update_id)
        await self.apologise(update.update_id)

    async def _nothing(self, number: int) -> None:
        return


@pytest.fixture
def inbox() -> Flaky:
    return Flaky()


@pytest.fixture
def bench(inbox: Flaky) -> Iterator[Bench]:
    bench = Bench(inbox)
    yield bench
    bench.memory.close()


def failing(*numbers: int, error: Exception | None = None) -> Callable[[int], Awaitable[None]]:
    async def work(number: int) -> None:
        if number in numbers:
            raise error or RuntimeError("words of a person")

    return work


# --- order ---------------------------------------------------------------------------------------


def test_the_updates_of_one_chat_are_handled_in_their_order(bench: Bench) -> None:
    async def script() -> None:
        async def work(number: int) -> None:
            assert len(bench.tried) == len(bench.handled) + 1  # one at a time
            await asyncio.sleep(0.003 / number)

        bench.work = work
        await bench.take(raw(1), raw(2))
        await bench.take(raw(4), raw(3))
        await bench.settle()
        assert bench.handled == [1, 2, 4, 3]
        assert bench.open == []

    bench.run(script())


def test_chats_are_answered_beside_each_other(bench: Bench) -> None:
    async def script() -> None:
        all_began = asyncio.Barrier(50)

        async def work(number: int) -> None:
            await all_began.wait()  # for ever, if they came one after the other

        bench.work = work
        await bench.take(*(raw(number, chat=number) for number in range(1, 51)))
        await bench.settle()
        assert sorted(bench.handled) == [*range(1, 51)]

    bench.run(script())


def test_a_slow_chat_delays_nobody_else(bench: Bench) -> None:
    async def script() -> None:
        finish = asyncio.Event()

        async def work(number: int) -> None:
            if number == 1:
                await finish.wait()

        bench.work = work
        await bench.take(raw(1, chat=7), raw(2, chat=8), raw(3, chat=7), raw(4, chat=8))
        while len(bench.handled) < 2:
            await asyncio.sleep(0.001)
        assert bench.handled == [2, 4]
        finish.set()
        await bench.settle()
        assert bench.handled == [2, 4, 1, 3]

    bench.run(script())


def test_whoever_waits_is_told_as_soon_as_it_is_recorded(bench: Bench) -> None:
    async def script() -> None:
        finish = asyncio.Event()

        async def work(number: int) -> None:
            await finish.wait()

        bench.work = work
        await bench.take(raw(1), raw(2))
        assert (bench.open, bench.handled) == ([1, 2], [])
        finish.set()
        await bench.settle()
        assert (bench.open, bench.handled) == ([], [1, 2])

    bench.run(script())


# --- failures ------------------------------------------------------------------------------------


def test_what_fails_is_tried_again_until_it_succeeds(bench: Bench) -> None:
    async def script() -> None:
        async def work(number: int) -> None:
            if len(bench.tried) < MAX_TRIES:
                raise NetworkError("away")

        bench.work = work
        await bench.take(raw(1))
        await bench.settle()
        assert (bench.tried, bench.handled, bench.sorry) == ([1] * 5, [1], [])
        assert bench.inbox.marks == [("begin", 1)] * 5 + [("done", 1)]

    bench.run(script())


def test_what_fails_five_times_is_set_aside_and_those_behind_it_go_on(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async def script() -> None:
        bench.work = failing(2)
        await bench.take(raw(1), raw(2), raw(3))
        await bench.settle()
        assert bench.tried == [1, 2, 2, 2, 2, 2, 3]
        assert (bench.handled, bench.sorry, bench.pulse.set_aside) == ([1, 3], [2], 1)
        marks = [mark for mark in bench.inbox.marks if mark[1] == 2]
        # Its reason stands in a file, and says nothing that a person said.
        assert marks == [("begin", 2)] * 5 + [("set aside", 2, "RuntimeError")]
        assert bench.open == []

    bench.run(script())
    assert caplog.messages == [
        *(f"an update failed, try {number} of 5" for number in range(1, 6)),
        "update 2 is set aside: RuntimeError",
    ]


@pytest.mark.parametrize("error", [NetworkError("away"), KeyError("words"), TypeError("text")])
def test_an_apology_that_fails_holds_up_nobody(bench: Bench, error: Exception) -> None:
    """What broke the update may break the apology too."""

    async def script() -> None:
        bench.work = failing(1)
        bench.apologise = failing(1, error=error)
        await bench.take(raw(1), raw(2))
        await bench.settle()
        await bench.take(raw(3))
        await bench.settle()
        assert (bench.sorry, bench.handled, bench.open) == ([1], [2, 3], [])

    bench.run(script())


def test_whoever_has_blocked_the_bot_waits_for_nothing(bench: Bench) -> None:
    async def script() -> None:
        bench.work = failing(1, error=Forbidden("bot was blocked by the user"))
        await bench.take(raw(1), raw(2))
        await bench.settle()
        assert (bench.tried, bench.handled, bench.sorry) == ([1, 2], [2], [])
        assert bench.inbox.marks[:2] == [("begin", 1), ("done", 1)]
        assert bench.pulse.set_aside == 0

    bench.run(script())


@pytest.mark.parametrize(
    ("asked_s", "pauses"),
    [
        pytest.param(None, [0.5, 1.0, 2.0, 4.0], id="each twice as long"),
        pytest.param(3, [3.0, 3.0, 3.0, 4.0], id="as long as Telegram asks"),
        pytest.param(3600, [60.0] * 4, id="a minute at most"),
    ],
)
@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")  # in numbers or in timedeltas
def test_it_waits_before_it_tries_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, asked_s: int | None, pauses: list[float]
) -> None:
    waited = []
    sleep = asyncio.sleep

    async def no_sleep(seconds: float) -> None:
        waited.append(seconds)
        await sleep(0)

    async def script() -> None:
        error = BadRequest("no") if asked_s is None else RetryAfter(asked_s)
        bench.work = failing(1, error=error)
        with monkeypatch.context() as patch:
            patch.setattr(asyncio, "sleep", no_sleep)
            await bench.take(raw(1))
            while not bench.sorry:
                await sleep(0.001)
        await bench.settle()

    bench.dispatcher._first_pause_s = 0.5
    bench.run(script())
    assert waited == pauses


def test_an_update_that_cannot_be_read_is_set_aside_and_the_others_go_on(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async def script() -> None:
        await bench.take(raw(1), unparsable(2), raw(3), unparsable(4, chat=8), raw(5, chat=8))
        await bench.settle()
        assert sorted(bench.tried) == [1, 3, 5]
        reason = "it cannot be read (KeyError)"
        assert [mark for mark in bench.inbox.marks if mark[0] == "set aside"] == [
            ("set aside", 2, reason),
            ("set aside", 4, reason),
        ]
        assert (bench.sorry, bench.open, bench.pulse.set_aside) == ([], [], 2)

    bench.run(script())


# --- what comes again ----------------------------------------------------------------------------


def test_what_comes_a_hundred_times_is_handled_once(bench: Bench, inbox: Flaky) -> None:
    async def script() -> None:
        await bench.take(*[raw(1)] * 100)
        await bench.settle()
        for _ in range(100):
            await bench.take(raw(1), raw(2))
        await asyncio.gather(*(bench.take(raw(3)) for _ in range(100)))
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
        await bench.take(raw(1), raw(2))
        await bench.settle()
        assert bench.handled == [2]

    bench.run(script())


def test_old_numbers_are_let_go_but_the_inbox_knows_them(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_RECENT", 2)

    async def script() -> None:
        await bench.take(raw(1), raw(2), raw(3))
        await bench.settle()
        await bench.take(raw(1), raw(4))
        await bench.settle()
        assert bench.handled == [1, 2, 3, 4]
        assert len(bench.dispatcher._recent) == 2

    bench.run(script())


# --- what an earlier process left ----------------------------------------------------------------


def test_what_was_left_is_taken_up_first_and_once(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot")

    async def script() -> None:
        bench.inbox.record([left(5), left(3), left(4, chat=8)])
        assert await bench.dispatcher.replay() == 3
        await bench.take(raw(3), raw(5), raw(6))
        await bench.settle()
        assert [number for number in bench.handled if number != 4] == [5, 3, 6]
        assert sorted(bench.handled) == [3, 4, 5, 6]

    bench.run(script())
    assert caplog.messages == ["3 updates from before the start are answered now"]


def test_where_nothing_was_left_nothing_is_said(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async def script() -> None:
        assert await bench.dispatcher.replay() == 0

    caplog.set_level(logging.INFO, logger="bot")
    bench.run(script())
    assert caplog.messages == []


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
    bench = Bench(FakeInbox(left(1, tries=before), left(2)))

    async def script() -> None:
        bench.work = failing(1)
        await bench.dispatcher.replay()
        await bench.settle()
        assert sorted(bench.tried) == [1] * tried + [2]
        assert ("set aside", 1, reason) in bench.inbox.marks
        assert (bench.sorry, bench.handled) == ([1], [2])

    bench.run(script())
    bench.memory.close()


def test_suspects_are_handled_alone_after_the_others_and_the_least_blamed_first() -> None:
    """What was under way when processes ended may be what ended them."""
    found = [left(1, tries=4), left(2, chat=8, tries=2), left(3), left(4, chat=9, tries=1)]
    bench = Bench(FakeInbox(*found))
    together: list[set[int]] = []
    under_way: set[int] = set()

    async def script() -> None:
        async def work(number: int) -> None:
            under_way.add(number)
            await asyncio.sleep(0.01)
            together.append(set(under_way))
            under_way.discard(number)

        bench.work = work
        await bench.dispatcher.replay()
        await bench.take(raw(5, chat=10), raw(6, chat=8))
        await bench.settle()
        assert together[:2] == [{4, 5}, {5}]
        assert together[2:4] == [{2}, {1}]
        assert sorted(bench.handled[4:]) == [3, 6]  # behind the suspects of their chats

    bench.run(script())
    bench.memory.close()


def test_where_the_inbox_cannot_tell_yet_what_was_left_is_taken_up_later(
    inbox: Flaky, bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_REPLAY_S", 0.01)

    async def script() -> None:
        inbox.record([left(1), left(2)])
        inbox.refusing = StoreError("the disk is full")
        assert await bench.dispatcher.replay() == 0
        await bench.take(raw(2), raw(3))  # Telegram sends one of them again
        assert bench.handled == [2, 3]
        inbox.refusing = None
        while len(bench.handled) < 3:
            await asyncio.sleep(0.001)
        await bench.settle()
        assert (bench.handled, bench.open) == ([2, 3, 1], [])

    bench.run(script())
    assert "what was not answered before the start is not known yet" in caplog.messages


# --- an inbox that fails -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [StoreError("the disk is full"), RecursionError(), TypeError("of any kind")]
)
def test_where_nothing_can_be_recorded_all_is_answered_before_telegram_is_told(
    inbox: Flaky, bench: Bench, error: Exception
) -> None:
    async def script() -> None:
        finish = asyncio.Event()

        async def work(number: int) -> None:
            await finish.wait()

        inbox.refusing, bench.work = error, work
        taken = asyncio.create_task(bench.take(raw(1), raw(2), raw(3, chat=8)))
        again = asyncio.create_task(bench.take(raw(2)))
        while len(bench.tried) < 2:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        assert (taken.done(), again.done()) == (False, False)
        finish.set()
        await taken
        await again
        assert sorted(bench.handled) == [1, 2, 3]
        await bench.take(raw(1))  # it is known, and waits for nobody
        inbox.refusing = None
        await bench.take(raw(1), raw(4))
        await bench.settle()
        assert sorted(bench.handled) == [1, 2, 3, 4]
        assert inbox.recorded == [[4]]

    bench.run(script())


def test_what_cannot_be_recorded_is_set_aside_like_all_else(inbox: Flaky, bench: Bench) -> None:
    async def script() -> None:
        inbox.refusing, bench.work = StoreError("the disk is full"), failing(1)
        await bench.take(raw(1), raw(2))
        assert (bench.tried, bench.sorry, bench.handled) == ([1] * 5 + [2], [1], [2])

    bench.run(script())


def test_an_inbox_that_gives_no_answer_is_not_waited_for(inbox: Flaky) -> None:
    bench = Bench(inbox, answer_s=0.01)

    async def script() -> None:
        await bench.take(raw(1))
        assert bench.handled == [1]
        inbox.may_go_on.set()
        await bench.settle()

    inbox.may_go_on.clear()
    bench.run(script())
    bench.memory.close()


# --- too much, and the end -----------------------------------------------------------------------


def test_when_too_many_wait_no_more_are_taken(
    inbox: Flaky, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 3)

    async def script() -> None:
        room = asyncio.Semaphore(0)

        async def work(number: int) -> None:
            await room.acquire()

        bench.work = work
        await bench.take(raw(1), raw(2))
        await bench.take(raw(3), raw(4))
        taken = asyncio.create_task(bench.take(raw(5)))
        room.release()
        while len(bench.handled) < 1:
            await asyncio.sleep(0.001)
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
    inbox: Flaky, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_AT_ONCE", 2)
    bench = Bench(inbox)

    async def script() -> None:
        finish = asyncio.Event()

        async def work(number: int) -> None:
            await finish.wait()

        bench.work = work
        await bench.take(raw(1), raw(2), raw(3, chat=8), raw(4, chat=9))
        while len(bench.tried) < 2:
            await asyncio.sleep(0.001)
        stopped = asyncio.create_task(bench.dispatcher.stop())
        await asyncio.sleep(0.01)
        await bench.take(raw(5))  # it is written down, and may be told
        assert not stopped.done()
        finish.set()
        await stopped
        await bench.memory.flush()
        assert (sorted(bench.handled), bench.open) == ([1, 3], [2, 4, 5])
        assert [each.tries for each in FakeInbox.open(inbox)] == [0, 0, 0]

    bench.run(script())
    bench.memory.close()


def test_what_takes_too_long_to_end_is_left_open(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STOP_S", 0.02)

    async def script() -> None:
        async def work(number: int) -> None:
            await asyncio.sleep(LONG_S)

        bench.work = work
        await bench.take(raw(1))
        while not bench.tried:
            await asyncio.sleep(0.001)
        await bench.dispatcher.stop()
        await asyncio.sleep(0)
        await bench.memory.flush()
        assert (bench.handled, bench.open) == ([], [1])
        assert bench.inbox.marks == [("begin", 1)]

    bench.run(script())


def test_what_fails_during_a_stop_is_tried_again_after_the_next_start(bench: Bench) -> None:
    async def script() -> None:
        async def work(number: int) -> None:
            asyncio.create_task(bench.dispatcher.stop())  # noqa: RUF006  (it ends with the script)
            await asyncio.sleep(0.01)
            raise NetworkError("the network goes down too")

        bench.work = work
        await bench.take(raw(1))
        while not bench.tried:
            await asyncio.sleep(0.001)
        await bench.dispatcher.stop()
        await bench.memory.flush()
        assert (bench.tried, bench.sorry, bench.open) == ([1], [], [1])

    bench.run(script())


def test_telegram_is_never_told_of_what_is_neither_recorded_nor_handled(
    inbox: Flaky, bench: Bench
) -> None:
    """It sends it again then, to the next process."""

    async def script() -> None:
        finish = asyncio.Event()

        async def work(number: int) -> None:
            await finish.wait()

        inbox.refusing, bench.work = StoreError("the disk is full"), work
        taken = [asyncio.create_task(bench.take(raw(1))), asyncio.create_task(bench.take(raw(2)))]
        while not bench.tried:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        stopped = asyncio.create_task(bench.dispatcher.stop())
        await asyncio.sleep(0.01)
        taken.append(asyncio.create_task(bench.take(raw(3, chat=8))))
        finish.set()
        await stopped
        outcomes = await asyncio.gather(*taken, return_exceptions=True)
        assert bench.handled == [1]
        told = "what arrived is neither written down nor answered"
        assert [None if each is None else str(each) for each in outcomes] == [None, told, told]

    bench.run(script())


def test_nobody_waits_for_what_a_stop_has_cut_off(
    inbox: Flaky, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STOP_S", 0.02)

    async def script() -> None:
        async def work(number: int) -> None:
            await asyncio.sleep(LONG_S)

        inbox.refusing, bench.work = StoreError("the disk is full"), work
        taken = asyncio.create_task(bench.take(raw(2), raw(1)))
        again = asyncio.create_task(bench.take(raw(1)))
        while not bench.tried:
            await asyncio.sleep(0.001)
        await bench.dispatcher.stop()
        outcomes = await asyncio.gather(taken, again, return_exceptions=True)
        assert [type(each) for each in outcomes] == [NotTakenError, NotTakenError]

    bench.run(script())


def test_a_slow_chat_keeps_nobody_from_asking_where_nothing_can_be_recorded(
    inbox: Flaky, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_DIRECT_S", 0.02)

    async def script() -> None:
        finish = asyncio.Event()

        async def work(number: int) -> None:
            if number == 1:
                await finish.wait()

        inbox.refusing, bench.work = StoreError("the disk is full"), work
        with pytest.raises(NotTakenError):
            await bench.take(raw(1), raw(2, chat=8))
        with pytest.raises(NotTakenError):
            await bench.take(raw(1), raw(2, chat=8), raw(3, chat=9))
        assert bench.handled == [2, 3]
        finish.set()
        await bench.take(raw(1), raw(2, chat=8), raw(3, chat=9))
        assert bench.handled == [2, 3, 1]

    bench.run(script())


def test_the_pulse_knows_what_waits_and_what_was_dealt_with(bench: Bench) -> None:
    async def script() -> None:
        depths, progressed = [], []

        async def work(number: int) -> None:
            depths.append(bench.pulse.depth)
            progressed.append(bench.pulse.progressed)
            bench.pulse.progressed = 0.0
            if number == 2:
                raise BadRequest("no")

        bench.work = work
        bench.pulse.progressed = 0.0
        await bench.take(raw(1), raw(2), raw(3))
        await bench.settle()
        assert depths == [3] + [2] * 5 + [1]
        assert 0.0 not in progressed  # a try that failed is no standstill
        assert sum(bench.pulse.reply_s.counts) == 3
        assert 0 < bench.pulse.reply_s.total_s < LONG_S

    bench.run(script())
