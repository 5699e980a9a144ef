"""To forget somebody waits for what is written about them, and drops what nobody has begun with."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from bot.errors import StoreError
from bot.store import under_way as module
from bot.store.shared import InboxItem
from bot.store.under_way import UnderWay


def came(number: int, person: str | None = "ada") -> InboxItem:
    return InboxItem(number, 0.0, "words", person)


class Bench:
    """Updates on their way, and what became of them in order."""

    def __init__(self, *items: InboxItem) -> None:
        self.under_way = UnderWay()
        self.done: list[object] = []
        self.finish = asyncio.Event()
        for item in items:
            self.under_way.add(item)

    async def handle(self, item: InboxItem) -> None:
        async with self.under_way.handling(item) as is_wanted:
            if is_wanted:
                await self.finish.wait()
            self.done.append(item.update_id if is_wanted else -item.update_id)
        self.under_way.remove(item)

    async def wish(self, item: InboxItem, error: Exception | None = None) -> None:
        async with self.under_way.handling(item):
            try:
                async with self.under_way.forgetting(item.person or "", item.update_id):
                    self.done.append("forget")
                    if error is not None:
                        raise error
            except OSError:
                self.done.append("failed")
        self.under_way.remove(item)


async def begun(*works: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(work) for work in works]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_to_forget_waits_for_what_is_under_way_and_drops_what_came_before() -> None:
    items = [came(number) for number in range(1, 6)]
    first, late, wish, next_, _ = items
    bench = Bench(*items)
    tasks = await begun(bench.handle(first))
    tasks += await begun(bench.wish(wish))
    tasks += await begun(bench.handle(late), bench.handle(next_))
    assert bench.done == []
    bench.finish.set()
    await asyncio.gather(*tasks)
    assert bench.done == [1, "forget", -2, 4]


async def test_other_people_wait_for_nobody() -> None:
    first, bens, nobodys, wish = came(1), came(2, "ben"), came(3, None), came(4, "ben")
    bench = Bench(first, bens, nobodys, wish)
    tasks = await begun(bench.handle(first), bench.handle(nobodys))
    await bench.wish(wish)
    assert bench.done == ["forget"]
    bench.finish.set()
    await asyncio.gather(*tasks)


async def test_nobody_is_forgotten_between_what_is_read_and_what_is_shown_of_anybody() -> None:
    """Nor is anything shown that was read before somebody was erased, or while they were."""
    bench, later = Bench(came(1)), asyncio.Event()

    async def tell(until: asyncio.Event, name: str) -> None:
        async with bench.under_way.telling():
            await until.wait()
            bench.done.append(name)

    tasks = await begun(tell(bench.finish, "told"), bench.wish(came(1)))
    tasks += await begun(tell(later, "told afterwards"))
    later.set()
    await begun()
    assert bench.done == []
    bench.finish.set()
    await asyncio.gather(*tasks)
    assert bench.done == ["told", "forget", "told afterwards"]


async def test_who_has_something_told_and_is_forgotten_elsewhere_waits_for_nobody_for_ever() -> (
    None
):
    """Their own handler waits to tell while somebody else is erased."""
    reader, wish, bens = came(1), came(2), came(3, "ben")
    bench = Bench(reader, wish, bens)

    async def tell() -> None:
        async with bench.under_way.handling(reader):
            await bench.finish.wait()
            async with bench.under_way.telling():
                bench.done.append("told")

    tasks = await begun(tell(), bench.wish(wish), bench.wish(bens))
    bench.finish.set()
    async with asyncio.timeout(60):
        await asyncio.gather(*tasks)
    assert sorted(map(str, bench.done)) == ["forget", "forget", "told"]


async def test_where_forgetting_fails_what_came_before_is_handled_after_all() -> None:
    first, wish = came(1), came(2)
    bench = Bench(first, wish)
    bench.finish.set()
    await bench.wish(wish, OSError())
    await bench.handle(first)
    assert bench.done == ["forget", "failed", 1]


async def test_two_wishes_do_not_wait_for_each_other() -> None:
    first, one, other = came(1), came(2), came(3)
    bench = Bench(first, one, other)
    tasks = await begun(bench.handle(first), bench.wish(one), bench.wish(other))
    bench.finish.set()
    await asyncio.wait_for(asyncio.gather(*tasks), 60)
    assert bench.done == [1, "forget", "forget"]


async def test_to_forget_waits_for_a_post_about_the_person_and_for_what_was_left_from_before() -> (
    None
):
    wish = came(1)
    bench = Bench(wish)
    bench.under_way.is_complete.clear()
    with bench.under_way.writing(["ada", "ben"]):
        (task,) = await begun(bench.wish(wish))
        bench.under_way.is_complete.set()
        await begun()
        assert bench.done == []
    await task
    assert bench.done == ["forget"]


async def test_while_the_memory_is_away_after_a_start_nobody_waits_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_KNOWN_S", 0.01)
    bench = Bench(came(1))
    bench.under_way.is_complete.clear()
    with pytest.raises(StoreError, match="is not known yet"):
        await bench.wish(came(1))
