"""The order in which updates are handled."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from telegram import Chat, Message, Update

from bot.channels.telegram.order import ChatOrder


def update(number: int, chat_id: int) -> Update:
    chat = Chat(chat_id, Chat.PRIVATE)
    return Update(number, message=Message(number, datetime.now(UTC), chat, text=str(number)))


async def handled(updates: list[tuple[int, int, float]]) -> list[int]:
    """The order in which updates (number, chat, seconds of work) come to their end."""
    order, done = ChatOrder(), []

    async def work(number: int, seconds: float) -> None:
        await asyncio.sleep(seconds)
        done.append(number)

    await asyncio.gather(
        *(
            order.process_update(update(number, chat), work(number, seconds))
            for number, chat, seconds in updates
        )
    )
    return done


def test_messages_of_one_chat_are_handled_in_their_order() -> None:
    updates = [(1, 7, 0.03), (2, 7, 0.0), (3, 7, 0.01)]
    assert asyncio.run(handled(updates)) == [1, 2, 3]


def test_a_slow_chat_delays_nobody_else() -> None:
    updates = [(1, 7, 0.05), (2, 8, 0.0), (3, 7, 0.0)]
    assert asyncio.run(handled(updates)) == [2, 1, 3]


def test_a_failed_update_does_not_hold_up_its_chat() -> None:
    async def run() -> list[int]:
        order, done = ChatOrder(), []

        async def fail() -> None:
            raise RuntimeError

        async def work() -> None:
            done.append(2)

        first = order.process_update(update(1, 7), fail())
        second = order.process_update(update(2, 7), work())
        await asyncio.gather(first, second, return_exceptions=True)
        return done

    assert asyncio.run(run()) == [2]


def test_an_update_without_a_chat_is_handled_too() -> None:
    async def run() -> list[int]:
        done = []

        async def work() -> None:
            done.append(1)

        await ChatOrder().process_update(object(), work())
        return done

    assert asyncio.run(run()) == [1]
