"""The bot's memory, asked from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from bot.errors import StoreError
from bot.store.async_store import Kept, Memory

_LONGEST_WAIT_S = 5.0

S = TypeVar("S", bound=Kept)
T = TypeVar("T")


async def recall(memory: Memory[S], operation: Callable[[S], T]) -> T:
    """Ask the memory, without holding up anybody else.

    Raises:
        StoreError: it cannot answer now.
    """
    future = asyncio.wrap_future(memory.do(operation))
    try:
        return await asyncio.wait_for(future, _LONGEST_WAIT_S)
    except TimeoutError:
        raise StoreError(f"no answer within {_LONGEST_WAIT_S:.0f} s") from None
