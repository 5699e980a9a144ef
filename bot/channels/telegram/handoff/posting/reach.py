"""Whether the bot can post in the handoff chat; log and admins are told once where it cannot."""

from __future__ import annotations

import logging
import time

from telegram.error import ChatMigrated, TelegramError

from bot.channels.telegram.api.sender import Sender
from bot.channels.telegram.handoff.posting.topics import Topics
from bot.service.incidents import Trouble
from bot.service.live import Live

logger = logging.getLogger(__name__)

_CHECK_EVERY_S = 60.0  # while a check found that nothing can be posted


class Reach:
    """Checks it without a post, and learns it from posts.

    Args:
        named: the chat's id in the configuration; None where there is none.
    """

    def __init__(self, named: int | None, sender: Sender, live: Live, topics: Topics) -> None:
        self._named = named
        self._sender = sender
        self._live = live
        self._topics = topics
        self._is_reached = True
        self._check_at: float | None = None  # of monotonic time; None: that is known by its posts

    @property
    def chat_id(self) -> int | None:
        """The chat as it is called now; None where there is none."""
        return None if self._named is None else self._sender.delivery.present(self._named)

    async def check(self) -> None:
        """Find out whether the bot can post there.

        Raises:
            TelegramError: that cannot be found out now.
        """
        if self.chat_id is None:
            return
        try:
            trouble = await self._sender.trouble_with(self.chat_id)
        except ChatMigrated as error:
            self._sender.delivery.follow(self.chat_id, error.new_chat_id)
            trouble = await self._sender.trouble_with(self.chat_id)
        if trouble is not None:
            self.lost(trouble)
            self._check_at = time.monotonic() + _CHECK_EVERY_S
            return
        await self._topics.check(self.chat_id)
        if self._check_at is not None:
            self.found()

    async def check_again(self) -> None:
        """Find out whether a chat that could not be posted in now can, once in a while."""
        if self._check_at is not None and time.monotonic() >= self._check_at:
            self._check_at = time.monotonic() + _CHECK_EVERY_S
            try:
                await self.check()
            except TelegramError as error:
                logger.debug("whether the handoff chat can be reached is not known: %s", error)

    def lost(self, reason: str) -> None:
        """Note that nothing can be posted."""
        self._live.incidents.begin(Trouble.HANDOFF, reason)
        if self._is_reached:
            logger.error(
                "the handoff chat %s cannot be reached (%s). Add the bot to it, and check "
                "telegram.handoff_chat in config.yaml.",
                self.chat_id,
                reason,
            )
        self._is_reached = False

    def found(self) -> None:
        """Note that something was posted, or could be."""
        self._live.incidents.end(Trouble.HANDOFF)
        if not self._is_reached:
            logger.info("the handoff chat is reached again")
        self._is_reached = True
        self._check_at = None
