"""The thread that matches."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError

import pytest

from bot.errors import BusyError
from bot.service.worker import Worker

LONG_S = 60.0


class NotingReader:
    """Notes what it read together; fails where there is something that it raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.read: list[list[str]] = []
        self._error = error

    def read_ahead(self, utterances: Sequence[str]) -> None:
        """See `Reader.read_ahead`."""
        self.read.append(list(utterances))
        if self._error is not None:
            raise self._error


class Gate:
    """Keeps the worker busy until it is opened."""

    def __init__(self, worker: Worker) -> None:
        self._opened, self._reached = threading.Event(), threading.Event()
        self.result = worker.submit(self._pass)
        assert self._reached.wait(LONG_S)

    def _pass(self) -> None:
        self._reached.set()
        assert self._opened.wait(LONG_S)

    def open(self) -> None:
        self._opened.set()


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker(max_waiting=3) as working:
        yield working


def test_functions_run_in_order_on_one_thread_that_is_not_the_callers(worker: Worker) -> None:
    def whoever(number: int) -> tuple[int, int]:
        return number, threading.get_ident()

    gate = Gate(worker)
    asked = [worker.submit(whoever, number) for number in range(3)]
    gate.open()
    found = [result.result(LONG_S) for result in asked]
    assert [number for number, _ in found] == [0, 1, 2]
    assert len({thread for _, thread in found} | {threading.get_ident()}) == 2


def test_what_is_asked_for_in_turn_is_waited_for(worker: Worker) -> None:
    assert worker.in_turn(lambda: threading.get_ident()) != threading.get_ident()


def test_what_came_in_while_it_worked_is_read_together(worker: Worker) -> None:
    worker.reader = reader = NotingReader()
    gate = Gate(worker)
    asked = [worker.submit(int, 1, utterance=text) for text in ("one", None, "two")]
    gate.open()
    assert [result.result(LONG_S) for result in asked] == [1, 1, 1]
    assert reader.read == [["one", "two"]]


def test_of_a_batch_each_utterance_is_read_once_though_some_are_cancelled(worker: Worker) -> None:
    worker.reader = reader = NotingReader()
    gate = Gate(worker)
    asked = [worker.submit(int, 1, utterance=text) for text in ("one", "two", "three")]
    assert asked[0].cancel()
    gate.open()
    assert [result.result(LONG_S) for result in asked[1:]] == [1, 1]
    for text in ("four", "five"):
        worker.submit(int, 1, utterance=text).result(LONG_S)
    assert reader.read == [["one", "two", "three"]]


def test_one_message_alone_is_not_read_ahead(worker: Worker) -> None:
    worker.reader = reader = NotingReader()
    assert worker.submit(int, 7, utterance="one").result(LONG_S) == 7
    assert reader.read == []


def test_a_batch_that_cannot_be_read_is_answered_one_by_one(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    worker.reader = NotingReader(RuntimeError("out of memory"))
    gate = Gate(worker)
    asked = [worker.submit(int, 7, utterance=text) for text in ("one", "two")]
    gate.open()
    assert [result.result(LONG_S) for result in asked] == [7, 7]
    assert [record.message for record in caplog.records] == [
        "utterances could not be read together"
    ]


def test_an_error_goes_to_whoever_asked_and_to_nobody_else(worker: Worker) -> None:
    gate = Gate(worker)
    bad, good = worker.submit(lambda: 1 / 0), worker.submit(lambda: 7)
    gate.open()
    assert isinstance(bad.exception(LONG_S), ZeroDivisionError)
    assert good.result(LONG_S) == 7


def test_where_too_much_waits_the_next_is_told_and_nothing_is_dropped(worker: Worker) -> None:
    gate = Gate(worker)
    asked = [worker.submit(int, number) for number in range(3)]
    with pytest.raises(BusyError, match=r"^3 messages wait already$"):
        worker.submit(lambda: 3)
    gate.open()
    assert [result.result(LONG_S) for result in asked] == [0, 1, 2]
    assert worker.submit(lambda: 4).result(LONG_S) == 4


def test_a_close_lets_what_runs_come_to_its_end_and_takes_nothing_more(worker: Worker) -> None:
    gate = Gate(worker)
    waiting = worker.submit(lambda: 7)
    closing = threading.Thread(target=worker.close)
    closing.start()
    with pytest.raises(CancelledError):
        waiting.result(LONG_S)
    gate.open()
    closing.join(LONG_S)
    assert gate.result.result(0) is None
    with pytest.raises(BusyError, match=r"^the bot stops$"):
        worker.submit(lambda: 7)
