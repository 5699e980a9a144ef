"""Groups that became supergroups, which gives them another id."""

from __future__ import annotations

import logging

from bot.errors import StoreError
from bot.store.async_store import AsyncStore

logger = logging.getLogger(__name__)


class ChatMigrations:
    """Knows the present id of every group, over restarts too.

    Args:
        named: ids that the configuration names, and under which key.
    """

    def __init__(self, store: AsyncStore, named: dict[int, str]) -> None:
        self._store = store
        self._named = named
        self._migrations: dict[int, int] = {}

    async def load(self) -> None:
        """Read the migrations of earlier times."""
        try:
            self._migrations |= await self._store.moved_chats()
        except StoreError as error:
            logger.warning("which groups have moved is not known: %s", error)

    def present(self, chat_id: int) -> int:
        """Where a chat is now."""
        seen = set()
        while chat_id in self._migrations and chat_id not in seen:
            seen.add(chat_id)
            chat_id = self._migrations[chat_id]
        return chat_id

    def follow(self, old: int, new: int) -> None:
        """Remember a migration; told once, by either of two messages or by a refusal."""
        if self.present(old) == self.present(new):
            return
        self._migrations[old] = new
        logger.warning("the group %d is now the supergroup %d", old, new)
        for named, key in self._named.items():
            if named != new == self.present(named):
                logger.warning("put %d into config.yaml as %s", new, key)
        self._store.move_chat(old, new)
