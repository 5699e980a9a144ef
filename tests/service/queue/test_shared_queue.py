"""One replica's part of a queue that several share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager

import pytest

from bot.errors import StoreError
from bot.service import replicas as beside
from bot.service.queue import shared_queue as module
from bot.service.queue.carrying import NotTakenError
from bot.service.queue.shared_queue import FORGOTTEN, TELLS, SharedQueue, kept_from_others, telling
from bot.service.replicas import Replicas
from bot.store.session import Round, Session
from tests.fake_store import settled
from tests.service.queue.queued import FULL, Bench, failing, new


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


class OneAtATime(Beside):
    """A session beside others of the same server: who leads something keeps others from it."""

    def __init__(self, led: dict[int, Session]) -> None:
        self._led = led

    def round(self, wanted: Collection[int], wait_s: float) -> Round:
        """See `Session.round`."""
        for what in [what for what, who in self._led.items() if who is self and what not in wanted]:
            del self._led[what]
        return Round(frozenset(w for w in wanted if self._led.setdefault(w, self) is self))


@asynccontextmanager
async def pair() -> AsyncIterator[tuple[Replicas, Replicas]]:
    """Two replicas that run, on one server."""
    led: dict[int, Session] = {}
    both = Replicas(lambda _: OneAtATime(led)), Replicas(lambda _: OneAtATime(led))
    jobs = [asyncio.create_task(each.run()) for each in both]
    await asyncio.sleep(0)
    try:
        yield both
    finally:
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)


async def test_nobody_is_forgotten_while_another_replica_shows_what_was_asked(
    bench: Bench, make_bench: Callable[[], Bench]
) -> None:
    """What was read before is shown before; what is read afterwards is without the person."""
    words, done, may_show = ["violet oak"], list[str](), asyncio.Event()
    other = make_bench()
    async with pair() as (one, two):

        async def forget() -> None:
            async with kept_from_others(other.thread, two, "ada", None):
                words.clear()
            done.append("forgotten")

        async def show(until: asyncio.Event) -> None:
            async with telling(bench.thread, one):
                read = [*words]
                await until.wait()
                done.append(f"shown {read}")

        shows = [asyncio.create_task(show(may_show)) for _ in range(2)]
        while not one.leads(TELLS):
            await asyncio.sleep(0.001)
        forgets = asyncio.create_task(forget())
        await asyncio.sleep(0.02)
        assert words
        may_show.set()
        await asyncio.gather(*shows, forgets)
        await show(may_show)
    assert done == ["shown ['violet oak']"] * 2 + ["forgotten", "shown []"]


async def test_nothing_is_read_to_be_shown_while_another_replica_forgets(
    bench: Bench, make_bench: Callable[[], Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_bench()
    monkeypatch.setattr(beside, "_TURN_S", 0.02)
    async with pair() as (one, two):
        async with kept_from_others(other.thread, two, "ada", None):
            with pytest.raises(StoreError, match="under way for long"):
                async with telling(bench.thread, one):
                    pass
        monkeypatch.undo()
        async with telling(bench.thread, one):
            assert one.leads(TELLS)


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
