"""Chats beside each other, the messages of one chat in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any
from weakref import WeakValueDictionary

from telegram import Update
from telegram.ext import BaseUpdateProcessor

_MOST_AT_ONCE = 256


class ChatOrder(BaseUpdateProcessor):
    """Lets a chat whose replies take long delay nobody else.

    Without it python-telegram-bot handles one update after the other; with its own concurrency,
    replies of one chat can overtake each other.
    """

    def __init__(self) -> None:
        super().__init__(_MOST_AT_ONCE)
        # A lock lives as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Handle an update once the earlier ones of its chat are handled."""
        chat = update.effective_chat if isinstance(update, Update) else None
        if chat is None:
            await coroutine
            return
        lock = self._locks.setdefault(chat.id, asyncio.Lock())
        async with lock:  # first come, first served
            await coroutine

    async def initialize(self) -> None:
        """Nothing to do; python-telegram-bot calls it at the start."""

    async def shutdown(self) -> None:
        """Nothing to do; python-telegram-bot calls it at the end."""
