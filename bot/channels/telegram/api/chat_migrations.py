"""Groups that became supergroups, which gives them another id."""

from __future__ import annotations

import logging

from bot.errors import StoreError
from bot.store.async_store import AsyncStore

logger = logging.getLogger(__name__)


class Moves:
    """Knows the present id of every group, over restarts too.

    Args:
        named: ids that the configuration names, and under which key.
    """

    def __init__(self, memory: AsyncStore, named: dict[int, str]) -> None:
        self._memory = memory
        self._named = named
        self._moves: dict[int, int] = {}

    async def load(self) -> None:
        """Read the moves of earlier times."""
        try:
            self._moves |= await self._memory.moved_chats()
        except StoreError as error:
            logger.warning("which groups have moved is not known: %s", error)

    def present(self, chat_id: int) -> int:
        """Where a chat is now."""
        seen = set()
        while chat_id in self._moves and chat_id not in seen:
            seen.add(chat_id)
            chat_id = self._moves[chat_id]
        return chat_id

    def follow(self, old: int, new: int) -> None:
        """Remember a move; told once, by either of two messages or by a refusal."""
        if self.present(old) == self.present(new):
            return
        self._moves[old] = new
        logger.warning("the group %d is now the supergroup %d", old, new)
        for named, key in self._named.items():
            if self.present(named) == new:
                logger.warning("put %d into config.yaml as %s", new, key)
        self._memory.move_chat(old, new)
