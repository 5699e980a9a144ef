"""What must be kept is kept in order, whatever befalls the store; who asks never waits long."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from itertools import pairwise

import pytest

from bot.errors import StoreError
from bot.store import async_store
from bot.store.async_store import AsyncStore
from bot.store.shared import InboxItem
from bot.store.store import RowError, Store, Ticket
from tests.fake_store import FakeStore

SOON_S = 60.0  # how long a test waits for what takes milliseconds
BEGINS = "the memory cannot be written (%s); answers go on, what is to be remembered waits"
ENDS = "the memory works again; what waited is written now"
FULL, LOCKED = StoreError("the disk is full"), StoreError("the database is locked")


class Disk(FakeStore):
    """A store on which `shown` writes a name and `ticket` reads one.

    Attributes:
        trouble: what every call raises.
        may_go_on: cleared, no call comes back.
        tried, written: the names, in order.
        swept_at: the times that sweeps were told.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trouble: Exception | None = None
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.tried: list[str] = []
        self.written: list[str] = []
        self.swept_at: list[float] = []

    def shown(self, decision_id: str, chat: str, message_id: int) -> None:
        """Write."""
        self._do(decision_id)

    def ticket(self, ticket_id: str) -> Ticket | None:
        """Read."""
        self._do(ticket_id)
        return None

    def sweep(self, now: float) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.swept_at.append(now)

    def _do(self, name: str) -> None:
        self.tried.append(name)
        assert self.may_go_on.wait(SOON_S)
        if self.trouble is not None:
            raise self.trouble
        self.written.append(name)


Make = Callable[..., AsyncStore]


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def make(
    disk: Disk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Make]:
    """Makes stores on the disk that try again after a millisecond."""
    made: list[AsyncStore] = []
    caplog.set_level(logging.INFO, logger="bot.store")
    monkeypatch.setattr(async_store, "_ANSWER_S", 0.05)
    monkeypatch.setattr(async_store, "_LONGEST_PAUSE_S", 0.1)

    def one(open_store: Callable[[], Store] = lambda: disk, pause_s: float = 0.001) -> AsyncStore:
        monkeypatch.setattr(async_store, "_FIRST_PAUSE_S", pause_s)
        made.append(AsyncStore(open_store))
        return made[-1]

    yield one
    disk.may_go_on.set()
    for store in made:
        store.close(0.01)


def keep(store: AsyncStore, name: str) -> Future[None]:
    return store.shown(name, "chat", 1)


def ask(store: AsyncStore, name: str) -> str:
    """The error that comes of asking, or ""."""
    try:
        asyncio.run(store.ticket(name))
    except StoreError as error:
        return str(error)
    return ""


def error(result: Future[None]) -> str:
    found = result.exception(SOON_S)
    assert isinstance(found, StoreError)
    return str(found)


def until(is_true: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON_S
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.001)


# --- order and threads ---------------------------------------------------------------------------


def test_every_method_of_a_store_can_be_asked() -> None:
    names = {name for name in vars(Store) if not name.startswith("_")}
    assert names - {"sweep", "newest"} <= vars(AsyncStore).keys()


def test_operations_are_done_in_the_order_they_were_queued(make: Make, disk: Disk) -> None:
    store, names = make(), [f"n{number}" for number in range(20)]

    async def script() -> None:
        # A task begins in the order it was made, so that all are queued in the order of names.
        for name in names:
            kept = asyncio.wrap_future(keep(store, name)) if len(name) == 2 else None
            await (store.ticket(name) if kept is None else kept)

    asyncio.run(script())
    assert disk.written == names


def test_a_store_is_opened_and_used_on_one_thread_that_nobody_waits_for(make: Make) -> None:
    may_open, threads = threading.Event(), []

    class Noting(FakeStore):
        def shown(self, decision_id: str, chat: str, message_id: int) -> None:
            threads.append(threading.current_thread())

    def open_store() -> Store:
        assert may_open.wait(SOON_S)
        threads.append(threading.current_thread())
        return Noting()

    store = make(open_store)
    results = [keep(store, "first"), keep(store, "second")]
    assert not results[0].done()
    may_open.set()
    results[1].result(SOON_S)
    assert threads == [threads[0]] * 3 != [threading.current_thread()] * 3


# --- retries -------------------------------------------------------------------------------------


def test_what_is_kept_is_retried_until_it_succeeds_and_each_trouble_is_told_once(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    store = make()
    disk.trouble = FULL
    results = [keep(store, name) for name in "abc"]
    until(lambda: len(disk.tried) > 3)
    assert caplog.messages == [BEGINS % FULL]
    assert set(disk.tried) == {"a"}  # nothing overtakes
    disk.trouble = None
    for result in results:
        result.result(SOON_S)
    assert disk.written == ["a", "b", "c"]
    until(lambda: len(caplog.messages) == 2)
    disk.trouble = LOCKED
    result = keep(store, "e")
    until(lambda: len(caplog.messages) == 3)
    disk.trouble = None
    result.result(SOON_S)
    until(lambda: len(caplog.messages) == 4)
    assert caplog.messages == [BEGINS % FULL, ENDS, BEGINS % LOCKED, ENDS]


def test_the_backoff_doubles(make: Make, disk: Disk) -> None:
    tried_at: list[float] = []

    class Failing(Disk):
        def shown(self, decision_id: str, chat: str, message_id: int) -> None:
            tried_at.append(time.monotonic())
            raise FULL

    keep(make(Failing, pause_s=0.01), "a")
    until(lambda: len(tried_at) >= 4)
    pauses = [after - before for before, after in pairwise(tried_at)]
    assert all(p >= least for p, least in zip(pauses, [0.01, 0.02, 0.04], strict=False))


def test_a_store_that_does_not_open_is_tried_again(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    troubles = [StoreError("no key"), StoreError("no folder")]

    def open_store() -> Store:
        if troubles:
            raise troubles.pop(0)
        return disk

    keep(make(open_store), "a").result(SOON_S)
    until(lambda: caplog.messages == [BEGINS % "no key", ENDS])


def test_a_row_that_can_never_be_kept_holds_nobody_up(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    store = make()
    disk.trouble = RowError("the database refuses it")
    assert error(keep(store, "a")) == "the database refuses it"
    disk.trouble = None
    keep(store, "b").result(SOON_S)
    assert disk.tried == ["a", "b"]
    assert "something cannot be remembered: the database refuses it" in caplog.messages


def test_a_mistake_in_an_operation_ends_nothing_but_itself(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    store = make()
    until(lambda: disk.swept_at != [])
    disk.trouble = ZeroDivisionError()
    assert isinstance(keep(store, "a").exception(SOON_S), ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        ask(store, "b")
    disk.trouble = None
    assert ask(store, "c") == ""
    assert caplog.messages == ["the memory was asked for something that went wrong"] * 2


# --- what is asked -------------------------------------------------------------------------------


def test_what_is_asked_fails_at_once_and_a_sweep_finds_out_when_the_store_works(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    store = make()
    until(lambda: disk.swept_at != [])
    disk.trouble = FULL
    assert ask(store, "a") == "the disk is full"
    disk.trouble = None
    assert ask(store, "b") == ""
    until(lambda: caplog.messages == [BEGINS % FULL, ENDS])
    assert disk.tried == ["a", "b"]


def test_what_is_asked_never_overtakes_what_is_kept(make: Make, disk: Disk) -> None:
    store = make(pause_s=60)
    disk.may_go_on.clear()

    async def script() -> str:
        before = asyncio.create_task(store.ticket("before"))  # nobody knows of the trouble yet
        await asyncio.sleep(0)
        disk.trouble = FULL
        disk.may_go_on.set()
        with pytest.raises(StoreError) as raised:
            await before
        return str(raised.value)

    kept = keep(store, "record")
    until(lambda: disk.tried == ["record"])
    assert asyncio.run(script()) == "the disk is full"
    assert ask(store, "after") == "the disk is full"
    assert not kept.done()
    assert disk.tried == ["record"]


def test_what_is_asked_waits_no_longer_than_it_may_and_is_not_done_later(
    make: Make, disk: Disk
) -> None:
    store = make()
    disk.may_go_on.clear()
    kept = [keep(store, "a"), keep(store, "b")]
    assert ask(store, "c") == "no answer within 0 s"
    assert not any(each.cancel() for each in kept)
    disk.may_go_on.set()
    assert ask(store, "d") == ""
    assert disk.written == ["a", "b", "d"]


def test_whoever_is_cancelled_as_the_answer_comes_is_cancelled(make: Make, disk: Disk) -> None:
    """Or what asks again and again could not be stopped."""
    store = make()

    async def script() -> bool:
        asking = asyncio.create_task(store.ticket("a"))
        await asyncio.sleep(0)
        until(lambda: disk.written == ["a"])
        keep(store, "b").result(SOON_S)  # by now the answer is on its way to the loop
        await asyncio.sleep(0)
        assert asking.cancel()
        await asyncio.wait([asking])
        return asking.cancelled()

    assert asyncio.run(script())


def test_the_oldest_is_dropped_where_too_many_wait(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(async_store, "MAX_WAITING", 3)
    store = make(pause_s=60)
    disk.trouble = FULL
    keep(store, "a")
    until(lambda: BEGINS % FULL in caplog.messages)
    oldest, *_others = [keep(store, name) for name in "bcde"]
    assert error(oldest) == "too much waits to be remembered"
    disk.trouble = None
    store.close(SOON_S)
    assert disk.written == ["a", "c", "d", "e"]
    lost = "more than 3 wait to be remembered; the oldest are lost"
    assert caplog.messages[1:] == [lost, ENDS]


# --- sweeps --------------------------------------------------------------------------------------


def test_a_store_is_swept_at_the_start_and_again_and_again(
    make: Make, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(async_store, "SWEEP_EVERY_S", 0.01)
    before = time.time()
    make()
    until(lambda: len(disk.swept_at) >= 3)
    assert before <= disk.swept_at[0] <= time.time()


def test_nothing_is_too_old_for_a_clock_that_is_not_to_be_trusted(make: Make, disk: Disk) -> None:
    """The sweep still proves that the store can be written."""
    disk.receive([InboxItem(1, time.time() - 200 * 86_400, "{}")])  # the clock may be ahead
    store = make()
    until(lambda: bool(disk.swept_at))
    assert (disk.swept_at, store.clock.knows_age) == ([0.0], True)


def test_a_sweep_that_fails_is_tried_again_and_proves_that_the_store_can_be_written(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    disk.trouble = LOCKED
    make()
    until(lambda: len(caplog.messages) == 1)
    disk.trouble = None
    until(lambda: caplog.messages[1:] == [ENDS])


# --- closing -------------------------------------------------------------------------------------


def test_closing_does_what_waits_then_closes_the_store(make: Make, disk: Disk) -> None:
    store = make()
    result = keep(store, "a")
    store.close()
    assert (result.done(), disk.written, disk.is_closed) == (True, ["a"], True)
    store.close()
    assert error(keep(store, "b")) == "the memory is closed"
    assert ask(store, "c") == "the memory is closed"


def test_closing_says_how_many_could_not_be_saved(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    store = make()
    disk.trouble = FULL
    results = [keep(store, name) for name in "abc"]
    until(lambda: disk.tried != [])
    store.close(0.02)
    assert [error(result) for result in results] == ["the disk is full"] * 3
    lost = "3 to be remembered could not be saved (the disk is full)"
    assert caplog.messages == [BEGINS % FULL, lost]
    assert disk.is_closed


def test_closing_waits_no_longer_than_it_was_told(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    store = make()
    disk.may_go_on.clear()
    hanging, waiting = keep(store, "a"), keep(store, "b")
    until(lambda: disk.tried == ["a"])
    store.close(0.02)  # would be the whole of SOON_S
    assert not hanging.done()
    assert error(waiting) == "there was no time left"
    assert caplog.messages == ["2 to be remembered could not be saved (there was no time left)"]
    disk.may_go_on.set()
    hanging.result(SOON_S)
    assert disk.tried == ["a"]
