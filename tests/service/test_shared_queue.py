"""One replica's part of a queue that several share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection

import pytest

from bot.errors import StoreError
from bot.service import replicas as beside
from bot.service import shared_queue as module
from bot.service.carrying import NotTakenError
from bot.service.replicas import Replicas
from bot.service.shared_queue import FORGOTTEN, SharedQueue, kept_from_others
from bot.store.session import Round, Session
from tests.fake_store import settled
from tests.service.queued import FULL, Bench, failing, new


class Beside(Session):
    """A session in which this replica leads all that it wants, until it is lost."""

    is_lost = False
    told: tuple[tuple[str, str], ...] = ()
    others: frozenset[int] = frozenset()  # what others lead
    leads: frozenset[int] = frozenset()

    def round(self, wanted: Collection[int], wait_s: float) -> Round:
        if self.is_lost:
            raise StoreError("the connection is lost")
        told, self.told = self.told, ()
        self.leads = frozenset(wanted) - self.others
        return Round(self.leads, told)

    def close(self) -> None:
        """See `Session.close`."""


@pytest.fixture
def shared(bench: Bench) -> Bench:
    """A bench whose queue is one of several."""
    replicas = Replicas(lambda _: Beside())
    bench.queue = SharedQueue(bench.thread, bench, bench.health, replicas)  # type: ignore[assignment]
    return bench


async def done(bench: Bench, count: int) -> None:
    while len(bench.marks("done") + bench.marks("set aside")) < count:
        await asyncio.sleep(0.001)
    await bench.queue.stop()
    settled(bench.thread)


async def test_the_updates_of_a_chat_are_handled_one_after_the_other(shared: Bench) -> None:
    async def work(number: int) -> None:
        assert number == 9 or len(shared.tried) - shared.tried.count(9) == number
        await asyncio.sleep(0.003 / number)

    shared.work = work
    await shared.queue.replay()
    await shared.take(new(1), new(2), new(3), new(9, chat=8))
    await done(shared, 4)
    assert [number for number in shared.handled if number != 9] == [1, 2, 3]
    assert shared.marks("begin") == shared.tried  # each lease counts once


async def test_what_fails_is_set_aside_and_what_comes_after_goes_on(shared: Bench) -> None:
    shared.work = failing(1)
    await shared.queue.replay()
    await shared.take(new(1), new(2))
    await done(shared, 2)
    assert (shared.sorry, shared.handled, shared.open) == ([1], [2], [])


async def test_what_was_done_is_noted_before_a_replica_leaves(
    shared: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the others would do it again."""
    noted = shared.inbox.done

    def note_slowly(update_id: int) -> None:
        time.sleep(0.02)
        noted(update_id)

    monkeypatch.setattr(shared.inbox, "done", note_slowly)
    await shared.queue.replay()
    await shared.take(new(1, chat=1), new(2, chat=2), new(3, chat=3))
    while len(shared.handled) < 3:
        await asyncio.sleep(0.001)
    await shared.queue.stop()
    assert sorted(shared.marks("done")) == [1, 2, 3]


async def test_what_cannot_be_recorded_is_neither_handled_nor_acknowledged(shared: Bench) -> None:
    """Another replica may have something of the same chat under way."""
    shared.inbox.refusing = FULL
    with pytest.raises(NotTakenError, match="not written down"):
        await shared.take(new(1))
    assert shared.tried == []


async def test_who_is_forgotten_waits_for_what_other_replicas_do(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    replicas = Replicas(lambda _: Beside())
    bench.inbox.leased[5] = "another"

    async def forget() -> None:
        async with kept_from_others(bench.thread, replicas, "ada", None):
            pass

    forgetting = asyncio.create_task(forget())
    await asyncio.sleep(0.02)
    assert not forgetting.done()
    bench.inbox.done(5)
    await forgetting
    settled(bench.thread)
    assert bench.inbox.told == [(FORGOTTEN, "ada")]
    bench.inbox.leased[6] = "another"
    monkeypatch.setattr(module, "_QUIET_S", 0.02)
    with pytest.raises(StoreError, match="under way for long"):
        await forget()


async def test_what_one_leads_ends_with_its_session_and_begins_again() -> None:
    session, began, ended = Beside(), 0, 0
    replicas = Replicas(lambda _: session)

    async def work() -> None:
        nonlocal began, ended
        began += 1
        try:
            await asyncio.Event().wait()
        finally:
            ended += 1

    async def until(begins: int, ends: int) -> None:
        while (began, ended) != (begins, ends):
            await asyncio.sleep(0.01)

    heard: list[str] = []
    replicas.on("news", heard.append)
    session.told = (("news", "words"), ("other", "words"))
    jobs = [asyncio.create_task(replicas.run()), asyncio.create_task(replicas.lead(7, work))]
    await until(1, 0)
    session.is_lost = True
    await until(1, 1)
    assert not replicas.leads(7)
    session.is_lost = False
    await until(2, 1)
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    assert ended == 2
    assert heard == ["", "words", ""]  # after a session was lost, something may have been missed


async def test_a_turn_is_taken_when_no_other_replica_has_it_and_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = Beside()
    replicas = Replicas(lambda _: session)
    assert await replicas.take(7)  # nobody is known yet
    job = asyncio.create_task(replicas.run())
    await asyncio.sleep(0)
    assert await replicas.take(7)
    assert session.leads == {7}
    replicas.give(7)
    while session.leads:
        await asyncio.sleep(0.001)
    session.others = frozenset({7})
    monkeypatch.setattr(beside, "_TURN_S", 0.02)
    assert not await replicas.take(7)
    session.others = frozenset()
    await asyncio.sleep(0.01)
    assert session.leads == frozenset()  # whoever was not given the turn wants it no more
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
