"""The one thread that matches: order, fairness, batches, errors and its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import closing
from typing import cast

import numpy as np
import pytest

from bot.errors import EncoderError
from bot.matching.build import Matcher
from bot.matching.encoder.encoder import Vectors
from bot.matching.encoder.supply import VectorsMissing, current_supply
from bot.service import worker as module
from bot.service.health import Health, HealthOfAll
from bot.service.worker import MatchingThread, Worker
from tests.service.served import LONG_S


class NotingReader:
    """Notes what it read together; fails where there is something that it raises."""

    def __init__(self) -> None:
        self.read: list[list[str]] = []
        self.encoder: object = None
        self.error: Exception | None = None
        self.most = 100

    def read_ahead(self, utterances: Sequence[str], readers: Sequence[object]) -> int:
        read = list(utterances)[: self.most]
        self.read.append(read)
        if self.error is not None:
            raise self.error
        return len(read)


class Gate:
    """Keeps the worker busy until it is opened."""

    def __init__(self, worker: Worker) -> None:
        self._opened, reached = threading.Event(), threading.Event()

        def wait() -> None:
            reached.set()
            assert self._opened.wait(LONG_S)

        self.result = worker.submit(wait)
        assert reached.wait(LONG_S)

    def open(self) -> None:
        self._opened.set()


@pytest.fixture
def reader() -> NotingReader:
    return NotingReader()


@pytest.fixture
def worker(reader: NotingReader) -> Iterator[Worker]:
    with closing(Worker()) as working:
        working.reader = cast(Matcher, reader)
        yield working


def test_functions_run_in_order_on_one_thread_that_is_not_the_callers(worker: Worker) -> None:
    def whoever(number: int) -> tuple[int, int]:
        return number, threading.get_ident()

    gate = Gate(worker)
    asked = [worker.submit(whoever, number) for number in range(3)]
    gate.open()
    found = [result.result(LONG_S) for result in asked]
    assert [number for number, _ in found] == [0, 1, 2]
    threads = {thread for _, thread in found} | {worker.in_turn(threading.get_ident)}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_what_came_in_while_it_worked_is_read_ahead_together_and_once(
    worker: Worker, reader: NotingReader
) -> None:
    """But for what is cancelled; one message alone is not read ahead."""
    gate = Gate(worker)
    asked = [worker.submit(int, 7, utterance=text) for text in ("one", None, "two", "three")]
    assert asked[0].cancel()
    gate.open()
    assert [result.result(LONG_S) for result in asked[1:]] == [7, 7, 7]
    for text in ("four", "five"):
        assert worker.submit(int, 7, utterance=text).result(LONG_S) == 7
    assert reader.read == [["two", "three"]]


def test_a_batch_that_cannot_be_read_is_answered_one_by_one(
    worker: Worker, reader: NotingReader, caplog: pytest.LogCaptureFixture
) -> None:
    reader.error = RuntimeError("out of memory")
    gate = Gate(worker)
    asked = [worker.submit(int, 7, utterance=text) for text in ("one", "two")]
    gate.open()
    assert [result.result(LONG_S) for result in asked] == [7, 7]
    assert caplog.messages == ["utterances could not be read together"]


def test_time_that_messages_wait_for_their_turn_is_measured_apart_from_all_else(
    worker: Worker,
) -> None:
    worker.health = Health()
    gate = Gate(worker)
    asked = [worker.submit(int, 7, utterance=text) for text in ("one", None, "two")]
    time.sleep(0.2)
    gate.open()
    assert [result.result(LONG_S) for result in asked] == [7, 7, 7]
    sample = worker.health.registry.get_sample_value
    assert sample("faq_bot_worker_wait_seconds_count") == 2
    assert sample("faq_bot_worker_wait_seconds_bucket", {"le": "0.1"}) == 0
    assert sample("faq_bot_matching_seconds_count") == 0


def test_an_error_goes_to_whoever_asked_and_to_nobody_else(worker: Worker) -> None:
    gate = Gate(worker)
    bad, good = worker.submit(lambda: 1 / 0), worker.submit(lambda: 7)
    gate.open()
    assert isinstance(bad.exception(LONG_S), ZeroDivisionError)
    assert good.result(LONG_S) == 7


def test_a_close_lets_what_runs_come_to_its_end_and_cancels_what_waits(worker: Worker) -> None:
    gate = Gate(worker)
    waiting = worker.submit(lambda: 7)
    closing = threading.Thread(target=worker.close)
    closing.start()
    with pytest.raises(CancelledError):
        waiting.result(LONG_S)
    gate.open()
    closing.join(LONG_S)
    assert gate.result.result(0) is None


def test_each_who_asks_is_served_in_turn_however_much_one_has_asked(worker: Worker) -> None:
    """What one asked for keeps its order."""
    done: list[str] = []
    gate = Gate(worker)
    asked = [worker.submit(done.append, f"flood {n}", owner="flooder") for n in range(60)]
    asked += [worker.submit(done.append, f"{who} {n}", owner=who) for n in (0, 1) for who in "ab"]
    gate.open()
    for result in asked:
        result.result(LONG_S)
    expected = [f"{who} {n}" for n in (0, 1) for who in ("flood", "a", "b")]
    assert done == expected + [f"flood {n}" for n in range(2, 60)]


def test_of_what_waits_as_much_is_read_ahead_as_the_matcher_says(
    worker: Worker, reader: NotingReader
) -> None:
    reader.most = 2
    gate = Gate(worker)
    asked = [worker.submit(int, 7, utterance=text) for text in "abcde"]
    gate.open()
    for result in asked:
        result.result(LONG_S)
    assert reader.read == [["a", "b"], ["c", "d"]]


def test_every_batch_and_every_message_counts_as_progress(
    worker: Worker, reader: NotingReader
) -> None:
    """So the watchdog does not take a long queue for one that stands still."""
    worker.health = health = Health()
    gate, seen = Gate(worker), []

    def note() -> None:
        seen.append(health.progressed)
        health.progressed = 0.0

    health.progressed = 0.0
    asked = [worker.submit(note, utterance=text) for text in ("one", "two")]
    gate.open()
    for result in asked:
        result.result(LONG_S)
    worker.in_turn(int)
    assert all(at > 0 for at in seen)  # of the batch, then of the message before
    assert health.progressed > 0


def test_what_goes_on_beside_gives_way_to_utterances_but_not_for_ever(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_GIVES_WAY_S", LONG_S)
    gate = Gate(worker)
    worker.give_way()  # what is no utterance is nobody's message
    asked = worker.submit(str, utterance="a")
    gone = worker.submit(str, utterance="b")
    seen: list[bool] = []

    def beside() -> None:
        worker.give_way()
        seen.append(asked.done())

    waiting = threading.Thread(target=beside)
    waiting.start()
    assert gone.cancel()
    gate.open()
    waiting.join()
    assert seen == [True]
    monkeypatch.setattr(module, "_GIVES_WAY_S", 0.0)
    gate = Gate(worker)
    asked = worker.submit(str, utterance="a")
    worker.give_way()
    assert not asked.done()
    gate.open()


def test_what_goes_on_beside_gets_its_share_where_messages_never_end(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Having waited in vain it goes on for a while, however often it could give way."""
    monkeypatch.setattr(module, "_GIVES_WAY_S", 0.0)
    monkeypatch.setattr(module, "_GOES_ON_S", LONG_S)
    gate = Gate(worker)
    asked = worker.submit(str, utterance="a")
    worker.give_way()
    monkeypatch.setattr(module, "_GIVES_WAY_S", LONG_S)
    goes_on = threading.Thread(target=worker.give_way)
    goes_on.start()
    goes_on.join(LONG_S / 2)
    assert not goes_on.is_alive()
    assert not asked.done()
    gate.open()


# --- vectors that come from elsewhere ------------------------------------------------------------


class Elsewhere:
    """Stands for an encoder on another machine: what it gives comes when the test says so."""

    def __init__(self) -> None:
        self.coming: list[Future[Mapping[str, Vectors]]] = []

    def encode(self, text: str) -> str:
        supply = current_supply()
        if supply is None:
            return "waited"
        if supply.is_cut_off:
            return "without"
        if text not in supply.vectors:
            self.coming.append(Future())
            raise VectorsMissing(self.coming[-1])
        return f"with {len(supply.vectors)}"

    def encode_two(self) -> str:
        self.encode("one")
        return self.encode("two")

    def give(self, text: str) -> None:
        wait_for(lambda: bool(self.coming))
        self.coming.pop(0).set_result({text: np.zeros(2, np.float32)})


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + LONG_S
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.001)


def test_what_lacks_vectors_steps_aside_and_runs_again_once_they_have_come(worker: Worker) -> None:
    elsewhere = Elsewhere()
    lacking = worker.submit(elsewhere.encode_two, utterance="one two")
    assert worker.submit(int, 7, utterance="hi").result(LONG_S) == 7  # nobody waits behind it
    elsewhere.give("one")
    elsewhere.give("two")
    assert lacking.result(LONG_S) == "with 2"


def test_a_message_does_without_what_does_not_come_or_comes_too_late(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Elsewhere()
    failing = worker.submit(elsewhere.encode, "one", utterance="one")
    wait_for(lambda: bool(elsewhere.coming))
    elsewhere.coming.pop().set_exception(EncoderError("away"))
    assert failing.result(LONG_S) == "without"
    monkeypatch.setattr(module, "_PATIENCE_S", 0.0)
    late = worker.submit(elsewhere.encode_two, utterance="one two")
    elsewhere.give("one")
    assert late.result(LONG_S) == "without"


def test_a_start_waits_itself_as_nobody_is_served_yet(worker: Worker) -> None:
    assert worker.submit(Elsewhere().encode, "one", may_wait=True).result(LONG_S) == "waited"


def test_a_close_cancels_what_has_stepped_aside(worker: Worker) -> None:
    elsewhere = Elsewhere()
    lacking = worker.submit(elsewhere.encode, "one")
    wait_for(lambda: bool(elsewhere.coming))
    worker.close()
    elsewhere.give("one")
    assert isinstance(lacking.exception(LONG_S), CancelledError)


# --- several bots on one thread ------------------------------------------------------------------


@pytest.fixture
def thread() -> Iterator[MatchingThread]:
    with closing(MatchingThread()) as shared:
        yield shared


def test_a_bot_that_many_write_to_delays_another_by_one_turn(thread: MatchingThread) -> None:
    flooded, other = Worker(thread), Worker(thread)
    gate, ran = Gate(flooded), list[str]()
    asked: list[Future[object]] = [
        flooded.submit(ran.append, "flood", owner=number) for number in range(50)
    ]
    asked += [other.submit(ran.append, "other", owner=number) for number in range(2)]
    gate.open()
    for each in asked:
        each.result(LONG_S)
    assert [number for number, name in enumerate(ran) if name == "other"] <= [2, 4]
    assert len(ran) == 52


def test_beside_others_a_bot_reads_a_few_utterances_at_once(
    thread: MatchingThread, reader: NotingReader
) -> None:
    worker = Worker(thread)
    worker.reader = cast(Matcher, reader)
    other = Worker(thread)
    gate = Gate(other)
    asked = [worker.submit(str, utterance=f"{number}", owner=number) for number in range(20)]
    gate.open()
    for each in asked:
        each.result(LONG_S)
    assert [len(read) for read in reader.read] == [4, 4, 4, 4, 4]


def test_bots_with_one_encoder_have_their_utterances_encoded_together_as_their_turns_come(
    thread: MatchingThread, reader: NotingReader
) -> None:
    """Of each other bot the next one alone; what is for another encoder is no part of it."""
    workers = {name: Worker(thread) for name in ("flooded", "quiet", "elsewhere")}
    own = NotingReader()
    own.encoder = "another"
    for name, worker in workers.items():
        worker.reader = cast(Matcher, own if name == "elsewhere" else reader)
    gate = Gate(Worker(thread))
    asked = [workers["flooded"].submit(int, utterance=f"flood {n}", owner=n) for n in range(6)]
    for name in ("quiet", "elsewhere"):
        asked += [workers[name].submit(int, utterance=f"{name} {n}", owner=n) for n in (1, 2)]
    gate.open()
    for each in asked:
        each.result(LONG_S)
    assert reader.read == [
        ["flood 0", "quiet 1", "flood 1", "flood 2", "flood 3"],
        ["quiet 2", "flood 4"],
    ]
    assert own.read == [["elsewhere 1", "elsewhere 2"]]


def test_a_bot_that_is_closed_takes_none_of_the_others_turns(thread: MatchingThread) -> None:
    gone, there = Worker(thread), Worker(thread)
    gate = Gate(there)
    waiting, kept = gone.submit(str), there.submit(str)
    gone.close()
    gate.open()
    assert kept.result(LONG_S) == ""
    with pytest.raises(CancelledError):
        waiting.result(LONG_S)
    with pytest.raises(RuntimeError, match="closed"):
        gone.submit(str)
    assert there.submit(str).result(LONG_S) == ""


def test_how_long_the_thread_is_busy_with_one_thing_is_known(thread: MatchingThread) -> None:
    worker = Worker(thread)
    gate = Gate(worker)
    time.sleep(0.02)
    health = HealthOfAll(lambda: thread.busy_s)
    assert health.troubles(0.01) == ["matching has stood still for 0 s"]
    assert health.troubles(60.0) == []
    gate.open()
    worker.in_turn(list)
    while thread.busy_s:  # it notes the end of what it did after whoever asked has it
        time.sleep(0.001)
    assert health.troubles(0.0) == []
