"""A request that carries a key is answered once, however often it is sent."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from bot.channels.http.once import Once
from bot.channels.http.problems import ProblemError
from bot.channels.http.shapes import Answer


class Asked:
    """Answers, once it is let, and counts how often it was asked."""

    def __init__(self) -> None:
        self.count = 0
        self.may = asyncio.Event()

    async def answer(self, text: str) -> Answer:
        self.count += 1
        await self.may.wait()
        if text == "bad":
            raise ProblemError(500, "broken")
        return cast(Answer, SimpleNamespace(text=text, conversation="c"))


async def test_requests_with_the_same_key_are_done_once_though_the_first_hung_up() -> None:
    once, asked = Once(), Asked()
    first = asyncio.create_task(once.answer("key", asked.answer, "hi"))
    await asyncio.sleep(0)
    second = asyncio.create_task(once.answer("key", asked.answer, "hi"))
    await asyncio.sleep(0)
    first.cancel()
    asked.may.set()
    answer = await second
    assert await once.answer("key", asked.answer, "hi") is answer
    assert (answer.text, asked.count) == ("hi", 1)


async def test_requests_without_a_key_or_after_a_failure_are_done_each_time() -> None:
    once, asked = Once(), Asked()
    asked.may.set()
    for _ in range(2):
        await once.answer(None, asked.answer, "hi")
        with pytest.raises(ProblemError, match="broken"):
            await once.answer("key", asked.answer, "bad")
    assert asked.count == 4


async def test_a_key_of_another_request_is_refused() -> None:
    once, asked = Once(), Asked()
    asked.may.set()
    await once.answer("key", asked.answer, "hi")
    with pytest.raises(ProblemError) as refused:
        await once.answer("key", asked.answer, "ho")
    told = "This Idempotency-Key was sent with something else; each request needs its own."
    assert (refused.value.status, refused.value.detail) == (422, told)


async def test_nothing_is_kept_of_a_conversation_that_is_forgotten() -> None:
    once, asked = Once(), Asked()
    asked.may.set()
    await once.answer("key", asked.answer, "hi")
    once.forget("c")
    await once.answer("key", asked.answer, "hi")
    assert asked.count == 2
