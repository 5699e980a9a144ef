"""Where messages go: chats and their topics, and groups that became supergroups."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.errors import StoreError
from bot.store.async_store import AsyncStore

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """A place in Telegram.

    Attributes:
        thread_id: of a forum topic, or None.
        reply_to: the message it answers, or None.
    """

    chat_id: int
    thread_id: int | None = None
    reply_to: int | None = None


class ChatMigrations:
    """Knows the present id of every group, over restarts too.

    Args:
        team: the id that the configuration names as telegram.handoff_chat, or None.
    """

    def __init__(self, store: AsyncStore, team: int | None) -> None:
        self._store = store
        self._team = team
        self._migrations: dict[int, int] = {}

    async def load(self) -> None:
        """Read the migrations of earlier times."""
        try:
            self._migrations |= await self._store.moved_chats()
        except StoreError as error:
            logger.warning("which groups have moved is not known: %s", error)

    def present(self, chat_id: int) -> int:
        """Where a chat is now."""
        while chat_id in self._migrations:
            chat_id = self._migrations[chat_id]
        return chat_id

    def follow(self, old: int, new: int) -> None:
        """Remember a migration; told once, by either of two messages or by a refusal."""
        if self.present(old) == self.present(new):
            return
        self._migrations[old] = new
        logger.warning("the group %d is now the supergroup %d", old, new)
        if self._team is not None and self._team != new == self.present(self._team):
            logger.warning("put %d into config.yaml as telegram.handoff_chat", new)
        self._store.move_chat(old, new)
