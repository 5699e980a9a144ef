"""The one thread that matches."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import closing
from typing import cast

import pytest

from bot.matching.build import Matcher
from bot.service.live import Worker
from tests.service.served import LONG_S


class NotingReader:
    """Notes what it read together; fails where there is something that it raises."""

    def __init__(self) -> None:
        self.read: list[list[str]] = []
        self.error: Exception | None = None

    def read_ahead(self, utterances: Sequence[str]) -> None:
        """See `Matcher.read_ahead`."""
        self.read.append(list(utterances))
        if self.error is not None:
            raise self.error


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
    """Though the first is cancelled; one message alone is not read ahead."""
    gate = Gate(worker)
    asked = [worker.submit(int, 7, utterance=text) for text in ("one", None, "two", "three")]
    assert asked[0].cancel()
    gate.open()
    assert [result.result(LONG_S) for result in asked[1:]] == [7, 7, 7]
    for text in ("four", "five"):
        assert worker.submit(int, 7, utterance=text).result(LONG_S) == 7
    assert reader.read == [["one", "two", "three"]]


def test_a_batch_that_cannot_be_read_is_answered_one_by_one(
    worker: Worker, reader: NotingReader, caplog: pytest.LogCaptureFixture
) -> None:
    reader.error = RuntimeError("out of memory")
    gate = Gate(worker)
    asked = [worker.submit(int, 7, utterance=text) for text in ("one", "two")]
    gate.open()
    assert [result.result(LONG_S) for result in asked] == [7, 7]
    assert caplog.messages == ["utterances could not be read together"]


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
