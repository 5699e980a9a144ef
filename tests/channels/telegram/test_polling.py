"""Long polling: nothing that a server says or does ends it, and nothing is confirmed too early."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest
from telegram import Update
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.channels.telegram.api.client import Client
from bot.channels.telegram.arrivals import KINDS, Poller, inbox_items
from bot.errors import StoreError
from bot.service.health import Health
from bot.service.queue.carrying import NotTakenError
from bot.service.queue.update_queue import UpdateQueue
from bot.store.shared import InboxItem

LONG_S = 60.0  # how long a test waits for what takes milliseconds
BY_ANOTHER = "another program polls Telegram with this token; stop one of the two"
Answer = list[Any] | Callable[[], BaseException]


class Server:
    """Stands in for an `Client`: gives these answers one after the other, and then none.

    Attributes:
        asked: the offset of every poll.
        confirmed: the offsets that were confirmed.
        has_said_all: there are no more answers.
    """

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.asked: list[int | None] = []
        self.confirmed: list[int | None] = []
        self.has_said_all = asyncio.Event()
        self.refuses: Exception | None = None

    async def raw_updates(
        self, offset: int | None, kinds: list[str], *, wait_s: int = 10
    ) -> list[Any]:
        assert kinds == KINDS
        if wait_s == 0:
            return self._confirm(offset)
        self.asked.append(offset)
        if not self._answers:
            self.has_said_all.set()
            await asyncio.Event().wait()
        answer = self._answers.pop(0)
        if callable(answer):
            raise answer()
        return answer

    def _confirm(self, offset: int | None) -> list[Any]:
        if self.refuses is not None:
            raise self.refuses
        self.confirmed.append(offset)
        return []


class Taker(UpdateQueue[Update]):
    """Takes updates; fails with each of its troubles first."""

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)
        self.taken: list[int] = []
        self.finish = asyncio.Event()
        self.finish.set()

    async def take(self, items: Sequence[InboxItem]) -> None:
        await self.finish.wait()
        if self.troubles:
            raise self.troubles.pop(0)
        self.taken += [item.update_id for item in items]


def poller(server: Server, taker: Taker, health: Health) -> Poller:
    return Poller(cast(Client, server), taker, health)


class Polled:
    """What came of polling a server to the end of what it says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> None:
        self.server, self.taker, self.health = Server(*answers), Taker(), Health()
        self.poller = poller(self.server, self.taker, self.health)
        self.pauses: list[float] = []
        self._sleep = asyncio.sleep
        self._monkeypatch = monkeypatch

    def run(self) -> Polled:
        asyncio.run(asyncio.wait_for(self._run(), LONG_S))
        return self

    async def _run(self) -> None:
        polling = asyncio.create_task(self.poller.run())
        with self._monkeypatch.context() as patch:
            patch.setattr(asyncio, "sleep", self._no_sleep)
            ended = asyncio.create_task(self.server.has_said_all.wait())
            await asyncio.wait({polling, ended}, return_when=asyncio.FIRST_COMPLETED)
        assert not polling.done()
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
        await self.poller.confirm()

    async def _no_sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await self._sleep(0)


def updates(*numbers: int) -> list[dict[str, Any]]:
    return [{"update_id": number} for number in numbers]


def test_what_arrived_is_taken_and_then_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    polled = Polled(monkeypatch, updates(4, 9, 5), [], updates(10)).run()
    assert polled.server.asked == [None, 10, 10, 11]
    assert polled.taker.taken == [4, 9, 5, 10]
    assert polled.server.confirmed == [11]
    assert polled.pauses == []


@pytest.mark.parametrize("is_stopped", [False, True])
def test_nothing_is_asked_for_or_confirmed_before_what_arrived_is_taken(is_stopped: bool) -> None:
    async def script() -> None:
        server, taker = Server(updates(4)), Taker()
        taker.finish.clear()
        polls = poller(server, taker, Health())
        polling = asyncio.create_task(polls.run())
        await asyncio.sleep(0.02)
        assert server.asked == [None]
        if not is_stopped:
            taker.finish.set()
            await server.has_said_all.wait()
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
        await polls.confirm()
        assert server.asked == ([None] if is_stopped else [None, 5])
        assert server.confirmed == ([] if is_stopped else [5])

    asyncio.run(asyncio.wait_for(script(), LONG_S))


@pytest.mark.parametrize(
    ("trouble", "lines"),
    [(StoreError("full"), 1), (RuntimeError("of any kind"), 1), (NotTakenError("not yet"), 0)],
)
def test_what_could_not_be_taken_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    trouble: Exception,
    lines: int,
) -> None:
    """Without alarm, where it only takes long."""
    polled = Polled(monkeypatch, updates(4), updates(4, 5))
    polled.taker.troubles = [trouble]
    polled.run()
    assert (polled.server.asked, polled.taker.taken) == ([None, None, 6], [4, 5])
    assert (polled.pauses, len(caplog.records)) == ([1.0], lines)


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(lambda: InvalidToken("Unauthorized"), id="401"),
        pytest.param(lambda: Conflict("terminated by other getUpdates request"), id="409"),
        pytest.param(lambda: RetryAfter(1), id="429"),
        pytest.param(lambda: NetworkError("Bad Gateway"), id="502"),
        pytest.param(lambda: TimedOut(), id="no answer in time"),
        pytest.param(lambda: TelegramError("no"), id="something else of Telegram's"),
        pytest.param(lambda: KeyError("result"), id="an error of the library"),
        pytest.param(lambda: MemoryError(), id="memory"),
    ],
)
@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")  # of RetryAfter
def test_no_trouble_ends_the_polling(
    monkeypatch: pytest.MonkeyPatch, trouble: Callable[[], BaseException]
) -> None:
    polled = Polled(monkeypatch, *[trouble] * 30, updates(4)).run()
    assert polled.taker.taken == [4]
    assert polled.server.asked == [None] * 31 + [5]
    assert (min(polled.pauses), max(polled.pauses) <= 15) == (1.0, True)


def test_the_pauses_grow_to_fifteen_seconds_and_begin_anew_after_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away() -> Exception:
        return NetworkError("away")

    def late() -> Exception:
        return TimedOut()

    polled = Polled(monkeypatch, *[away, late] * 4, [], late, away).run()
    assert polled.pauses == [1.0, 1.5, 2.25, 3.375, 5.0625, 7.59375, 11.390625, 15.0, 1.0, 1.5]


@pytest.mark.parametrize(("asked_s", "pause_s"), [(7, 7.0), (3600, 60.0), (0, 1.0), (-5, 1.0)])
@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")  # of RetryAfter
def test_it_waits_as_long_as_telegram_asks_within_reason(
    monkeypatch: pytest.MonkeyPatch, asked_s: int, pause_s: float
) -> None:
    assert Polled(monkeypatch, lambda: RetryAfter(asked_s)).run().pauses == [pause_s]


def test_a_trouble_is_told_once_and_so_is_its_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot")
    trouble = [lambda: NetworkError("away")] * 5
    Polled(monkeypatch, *trouble, [], [], *trouble, updates(4)).run()
    assert (
        caplog.messages
        == ["Telegram cannot be polled, trying again", "Telegram is polled again"] * 2
    )


@pytest.mark.parametrize(
    ("steady_s", "told"),
    [
        pytest.param(60.0, [BY_ANOTHER], id="they poll by turns: one line"),
        pytest.param(0.0, [BY_ANOTHER, "Telegram is polled again"] * 3, id="each time it was over"),
    ],
)
def test_two_programs_that_poll_by_turns_are_told_of_once(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    steady_s: float,
    told: list[str],
) -> None:
    monkeypatch.setattr("bot.channels.telegram.arrivals._STEADY_S", steady_s)
    caplog.set_level(logging.INFO, logger="bot")
    by_turns: list[Answer] = [lambda: Conflict("terminated"), [], []]
    Polled(monkeypatch, *by_turns * 3).run()
    assert caplog.messages == told


def test_a_refused_token_is_no_readiness_until_a_poll_succeeds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused: Answer = lambda: InvalidToken("no")  # noqa: E731
    assert Polled(monkeypatch, [], refused, refused).run().health.is_refused
    assert not Polled(monkeypatch, refused, []).run().health.is_refused


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        pytest.param(Conflict("terminated"), BY_ANOTHER, id="another program"),
        pytest.param(
            InvalidToken("The token `1:secret` was rejected"),
            "Telegram refuses the token just now, trying again. If that goes on, copy it again "
            "from @BotFather into TELEGRAM_BOT_TOKEN.",
            id="the token",
        ),
    ],
)
def test_what_a_person_can_mend_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, trouble: Exception, told: str
) -> None:
    Polled(monkeypatch, lambda: trouble).run()
    assert [caplog.messages, [record.exc_info for record in caplog.records]] == [[told], [None]]


def last_poll(health: Health) -> float:
    found = health.registry.get_sample_value("faq_bot_last_good_poll_timestamp_seconds")
    assert found is not None
    return found


def test_the_health_knows_when_a_poll_was_last_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever never gets an answer has been patient since the polling began."""
    before, before_at = time.monotonic(), time.time()
    deaf = Polled(monkeypatch, lambda: Conflict("no")).run().health
    assert deaf.polled is not None
    assert deaf.polled >= before
    assert not last_poll(deaf) >= before_at
    assert last_poll(Polled(monkeypatch, []).run().health) >= before_at


@pytest.mark.parametrize("error", [TimedOut(), KeyError("result")])
def test_a_confirmation_that_fails_or_is_not_due_keeps_nobody_from_stopping(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    assert Polled(monkeypatch, []).run().server.confirmed == []
    polled = Polled(monkeypatch, updates(4))
    polled.server.refuses = error
    assert polled.run().server.confirmed == []


def test_what_has_no_number_is_no_update(monkeypatch: pytest.MonkeyPatch) -> None:
    junk: list[Any] = [None, 1, "update", [], {}, {"update_id": "6"}, {"update_id": True}]
    junk += [{"update_id": number} for number in (1.0, -1, 2**63, None)]
    assert [item.update_id for item in inbox_items([*junk, *updates(2**63 - 1)])] == [2**63 - 1]
    polled = Polled(monkeypatch, junk, [*junk, *updates(4)]).run()
    assert (polled.taker.taken, polled.pauses) == ([4], [1.0])
