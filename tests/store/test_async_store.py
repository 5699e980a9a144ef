"""What is to be remembered is remembered in order, whatever befalls the store meanwhile."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field

import pytest

from bot.errors import StoreError
from bot.store import async_store as memory_module
from bot.store.async_store import Memory
from bot.store.store import RowError, Store
from tests.fakes import FakeStore

SOON_S = 5.0  # how long a test waits for what takes milliseconds
BEGINS = "the memory cannot be written (%s); answers go on, what is to be remembered waits"


class Sweeps(FakeStore):
    """Notes when it was swept; fails while `trouble` says why."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble = ""
        self.swept = threading.Semaphore(0)
        self.swept_at: list[float] = []

    def sweep(self, now: float) -> int:
        if self.trouble:
            raise StoreError(self.trouble)
        self.swept_at.append(now)
        self.swept.release()
        return super().sweep(now)


@dataclass
class Disk:
    """Operations that note their names, or fail while `trouble` says why."""

    trouble: str = ""
    done: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)

    def write(self, name: str) -> Callable[[Store], str]:
        def run(store: Store) -> str:
            self.tried.append(name)
            if self.trouble:
                raise StoreError(self.trouble)
            self.done.append(name)
            return name.upper()

        return run


@pytest.fixture
def disk() -> Disk:
    return Disk()


Make = Callable[..., Memory[Store]]


@pytest.fixture
def make(caplog: pytest.LogCaptureFixture) -> Iterator[Make]:
    """Makes memories that try again after a millisecond."""
    made: list[Memory[Store]] = []
    caplog.set_level(logging.INFO, logger="bot.store")

    def one(open_store: Callable[[], Store] = FakeStore, pause_s: float = 0.001) -> Memory[Store]:
        made.append(
            Memory(open_store, first_pause_s=pause_s, longest_pause_s=pause_s, now=lambda: 17.0)
        )
        return made[-1]

    yield one
    for memory in made:
        memory.close(0.01)


def error(result: Future[str]) -> str:
    found = result.exception(SOON_S)
    assert isinstance(found, StoreError)
    return str(found)


def until(is_true: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON_S
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_all_is_done_in_order_and_answered(make: Make, disk: Disk) -> None:
    memory = make()
    names = [f"n{number}" for number in range(100)]
    results = [memory.do(disk.write(name), keep=len(name) % 2 == 0) for name in names]
    assert [result.result(SOON_S) for result in results] == [name.upper() for name in names]
    assert disk.done == names


def test_the_store_is_opened_and_used_on_one_other_thread(make: Make) -> None:
    threads: list[str] = []

    def open_store() -> Store:
        threads.append(threading.current_thread().name)
        return FakeStore()

    memory = make(open_store)
    for _ in range(2):
        threads.append(memory.do(lambda store: threading.current_thread().name).result(SOON_S))
    assert threads == ["memory"] * 3


def test_nobody_waits_for_the_store_to_open(make: Make, disk: Disk) -> None:
    may_open = threading.Event()

    def open_store() -> Store:
        assert may_open.wait(SOON_S)
        return FakeStore()

    result = make(open_store).do(disk.write("a"))
    assert not result.done()
    may_open.set()
    assert result.result(SOON_S) == "A"


def test_what_is_kept_is_tried_until_it_succeeds_and_each_trouble_is_told_once(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    memory = make()
    disk.trouble = "the disk is full"
    results = [memory.do(disk.write(name), keep=True) for name in "abc"]
    until(lambda: len(disk.tried) > 3)
    assert caplog.messages == [BEGINS % "the disk is full"]
    assert set(disk.tried) == {"a"}  # nothing overtakes
    disk.trouble = ""
    assert [result.result(SOON_S) for result in results] == ["A", "B", "C"]
    assert memory.do(disk.write("d")).result(SOON_S) == "D"
    assert disk.done == ["a", "b", "c", "d"]
    disk.trouble = "the database is locked"
    result = memory.do(disk.write("e"), keep=True)
    until(lambda: len(caplog.messages) == 3)
    disk.trouble = ""
    assert result.result(SOON_S) == "E"
    assert caplog.messages == [
        BEGINS % "the disk is full",
        "the memory works again; 3 written that waited",
        BEGINS % "the database is locked",
        "the memory works again; 1 written that waited",
    ]


def test_what_is_not_kept_fails_with_the_reason(make: Make, disk: Disk) -> None:
    memory = make()
    disk.trouble = "the database is locked"
    assert error(memory.do(disk.write("a"))) == "the database is locked"
    disk.trouble = ""
    assert memory.do(disk.write("b")).result(SOON_S) == "B"
    assert disk.tried == ["a", "b"]


def test_after_a_failure_it_finds_out_by_itself_when_the_store_works(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    store = Sweeps()
    memory = make(lambda: store)
    assert store.swept.acquire(timeout=SOON_S)
    store.trouble = disk.trouble = "the disk is full"
    assert error(memory.do(disk.write("one"))) == "the disk is full"
    store.trouble = ""
    until(lambda: len(caplog.messages) == 2)
    assert caplog.messages == [
        BEGINS % "the disk is full",
        "the memory works again; 0 written that waited",
    ]


def test_what_is_not_kept_never_overtakes_what_is(make: Make, disk: Disk) -> None:
    memory = make(pause_s=60)
    is_blocked = threading.Event()
    memory.do(lambda store: is_blocked.wait(SOON_S))
    disk.trouble = "the disk is full"
    kept = memory.do(disk.write("record"), keep=True)
    before = memory.do(disk.write("forget"))  # asked for before anybody knows of the trouble
    is_blocked.set()
    assert error(before) == "the disk is full"
    assert error(memory.do(disk.write("forget again"))) == "the disk is full"
    assert not kept.done()
    assert disk.tried == ["record"]


def test_pauses_double_up_to_the_longest() -> None:
    pauses: list[float] = []

    def fail(store: Store) -> None:
        pauses.append(memory._pause_s)  # what comes after this try
        raise StoreError("the disk is full")

    memory = Memory(FakeStore, first_pause_s=0.001, longest_pause_s=0.004)
    memory.do(fail, keep=True)
    until(lambda: len(pauses) >= 4)
    memory.close(0)
    assert pauses[:4] == [0.001, 0.002, 0.004, 0.004]


def test_a_store_that_does_not_open_is_tried_again(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    troubles: list[Exception] = [StoreError("no key"), ImportError("no such module")]

    def open_store() -> Store:
        if troubles:
            raise troubles.pop(0)
        return FakeStore()

    memory = make(open_store)
    assert memory.do(disk.write("a"), keep=True).result(SOON_S) == "A"
    until(lambda: len(caplog.messages) == 2)
    assert caplog.messages[0] in {BEGINS % "no key", BEGINS % "ImportError: no such module"}
    assert caplog.messages[1].startswith("the memory works again; ")


def test_a_row_that_can_never_be_kept_holds_nobody_up(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(store: Store) -> str:
        raise RowError("the database refuses it")

    memory = make()
    assert error(memory.do(refuse, keep=True)) == "the database refuses it"
    assert memory.do(disk.write("b")).result(SOON_S) == "B"
    assert caplog.messages == ["something cannot be remembered: the database refuses it"]


@pytest.mark.parametrize("keep", [True, False])
def test_a_mistake_in_an_operation_ends_nothing_but_itself(
    make: Make, disk: Disk, keep: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def mistaken(store: Store) -> str:
        raise ZeroDivisionError

    memory = make()
    assert isinstance(memory.do(mistaken, keep=keep).exception(SOON_S), ZeroDivisionError)
    assert memory.do(disk.write("b")).result(SOON_S) == "B"
    assert caplog.messages == ["the memory was asked for something that went wrong"]


def test_what_was_cancelled_in_time_is_not_done_unless_it_is_kept(make: Make, disk: Disk) -> None:
    memory = make()
    is_blocked = threading.Event()
    memory.do(lambda store: is_blocked.wait(SOON_S))
    until(lambda: memory._running is not None)
    results = [memory.do(disk.write(name), keep=keep) for name, keep in [("a", True), ("b", False)]]
    assert [result.cancel() for result in results] == [False, True]
    is_blocked.set()
    assert memory.do(disk.write("c")).result(SOON_S) == "C"
    assert disk.done == ["a", "c"]
    with pytest.raises(CancelledError):
        results[1].result(0)


def test_the_oldest_is_dropped_where_too_many_wait(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_module, "MAX_WAITING", 3)
    memory = make(pause_s=60)
    disk.trouble = "the disk is full"
    results = [memory.do(disk.write("a"), keep=True)]
    until(lambda: memory._is_stuck)
    results += [memory.do(disk.write(name), keep=True) for name in "bcde"]
    assert [error(result) for result in results[:2]] == ["too much waits to be remembered"] * 2
    disk.trouble = ""
    memory.close(SOON_S)
    assert disk.done == ["c", "d", "e"]
    assert caplog.messages[1:] == [
        "more than 3 wait to be remembered; the oldest are lost",
        "the memory works again; 3 written that waited",
    ]


def test_it_is_swept_at_the_start_and_again_and_again() -> None:
    store = Sweeps()
    memory = Memory(lambda: store, sweep_every_s=0.01, now=lambda: 17.0)
    for _ in range(3):
        assert store.swept.acquire(timeout=SOON_S)
    memory.close()
    assert set(store.swept_at) == {17.0}


def test_a_sweep_that_fails_is_tried_again(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    store = Sweeps()
    store.trouble = "the database is locked"
    memory = make(lambda: store)
    until(lambda: len(caplog.messages) == 1)
    memory.do(lambda store: None).result(SOON_S)  # what only reads may well succeed
    assert len(caplog.messages) == 1
    store.trouble = ""
    assert store.swept.acquire(timeout=SOON_S)
    until(lambda: len(caplog.messages) == 2)
    assert caplog.messages == [
        BEGINS % "the database is locked",
        "the memory works again; 0 written that waited",
    ]


def test_closing_does_what_waits_then_closes_the_store(make: Make, disk: Disk) -> None:
    store = FakeStore()
    memory = make(lambda: store)
    results = [memory.do(disk.write(name), keep=name == "a") for name in "ab"]
    memory.close()
    assert ([result.result(0) for result in results], store.is_closed) == (["A", "B"], True)
    memory.close()
    assert error(memory.do(disk.write("c"), keep=True)) == "the memory is closed"
    assert error(memory.do(disk.write("d"))) == "the memory is closed"


def test_closing_says_how_many_could_not_be_saved(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    store = FakeStore()
    memory = make(lambda: store)
    disk.trouble = "the disk is full"
    results = [memory.do(disk.write(name), keep=True) for name in "abc"]
    until(lambda: memory._is_stuck)
    memory.close(0.02)
    assert [error(result) for result in results] == ["the disk is full"] * 3
    assert caplog.messages[-1] == "3 to be remembered could not be saved (the disk is full)"
    assert len(caplog.messages) == 2
    assert store.is_closed


def test_closing_tries_again_what_was_stuck(make: Make, disk: Disk) -> None:
    memory = make(pause_s=60)
    disk.trouble = "the disk is full"
    result = memory.do(disk.write("a"), keep=True)
    until(lambda: memory._is_stuck)
    disk.trouble = ""
    memory.close()
    assert result.result(0) == "A"


def test_closing_waits_no_longer_than_it_was_told(
    make: Make, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    memory = make()
    may_end = threading.Event()
    memory.do(lambda store: may_end.wait(SOON_S), keep=True)
    waiting = memory.do(disk.write("b"), keep=True)
    started = time.monotonic()
    memory.close(0.02)
    assert time.monotonic() - started < SOON_S / 2
    assert error(waiting) == "there was no time left"
    assert caplog.messages == ["2 to be remembered could not be saved (there was no time left)"]
    may_end.set()
    memory._thread.join(SOON_S)
    assert disk.tried == []
