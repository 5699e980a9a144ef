"""One forum topic in the handoff chat for each person, where that is wanted and allowed."""

from __future__ import annotations

import logging

from telegram import Bot, ChatMember, ChatMemberAdministrator
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels.telegram.handoff.notes import name_on, topic_of
from bot.channels.telegram.handoff.tickets import Tickets
from bot.errors import StoreError
from bot.lru import Lru
from bot.store.async_store import AsyncStore
from bot.store.store import Ticket

logger = logging.getLogger(__name__)

_MAX_KNOWN = 5_000  # people
_MAX_NAME_CHARS = 128
_NONE = 0  # no topic


class Topics:
    """Opens topics, and knows whose is which; where it cannot, posts go to the chat as a whole.

    Args:
        is_wanted: telegram.handoff_topics.
    """

    def __init__(self, bot: Bot, store: AsyncStore, tickets: Tickets, *, is_wanted: bool) -> None:
        self._bot = bot
        self._store = store
        self._tickets = tickets
        self._is_on = is_wanted
        self._of: Lru[tuple[int, str], int] = Lru(_MAX_KNOWN)  # by chat and person

    async def check(self, chat_id: int) -> None:
        """Switch topics off, with a warning, where the chat has none or the bot may not open any.

        Raises:
            TelegramError: that cannot be found out now.
        """
        if not self._is_on:
            return
        chat = await self._bot.get_chat(chat_id)
        member = await self._bot.get_chat_member(chat_id, self._bot.id)
        is_admin = isinstance(member, ChatMemberAdministrator) and member.can_manage_topics
        if chat.is_forum and (is_admin or member.status == ChatMember.OWNER):
            return
        self._is_on = False
        logger.warning(
            "telegram.handoff_topics is true, but %s. Questions are posted to the group as a whole "
            "until the next start.",
            "the bot is no admin there that may manage topics" if chat.is_forum
            else "topics are not switched on in the handoff chat",
        )  # fmt: skip

    async def place(self, ticket: Ticket, chat_id: int) -> tuple[int | None, bool]:
        """The topic of a ticket's person, opened where there is none yet; None: all of the chat.

        Returns:
            Also whether it was opened now.
        """
        if not (self._is_on and ticket.person):
            return None, False
        try:
            known = await self._known(ticket.person, chat_id)
        except StoreError:
            known = None
        topic = known or await self._open(ticket, chat_id)
        if topic is not None and topic_of(ticket, chat_id) != topic:
            # Its number is that of the message that opened it, to which all that is said there
            # without a reply belongs.
            self._tickets.add_posts(chat_id, topic, [ticket])
            self._tickets.note(ticket, topic=topic, topic_chat=chat_id)
        return topic, known is None and topic is not None

    async def _known(self, person: str, chat_id: int) -> int | None:
        """The topic of a person; None where there is none.

        Raises:
            StoreError: that is not known now.
        """
        key = chat_id, person
        if key not in self._of:
            kept = (await self._store.kept_of(person)).tickets
            by_age = sorted(kept, key=lambda each: each.last_at, reverse=True)
            known = (topic_of(ticket, chat_id) for ticket in by_age)
            self._of[key] = next(filter(None, known), _NONE)
        return self._of[key] or None

    def is_gone(self, ticket: Ticket, chat_id: int, error: TelegramError) -> bool:
        """Whether a post was refused because somebody has deleted the topic; another is opened."""
        is_gone = isinstance(error, BadRequest) and "thread not found" in str(error)
        if is_gone and self._of.get((chat_id, ticket.person)):
            self._of[chat_id, ticket.person] = _NONE
            return True
        return False

    async def forget(self, person: str, chat_id: int) -> None:
        """Delete a person's topic, and all that stands in it.

        Raises:
            TelegramError: Telegram is away, or asks to wait.
            StoreError: whether there is one is not known now.
        """
        topic = await self._known(person, chat_id)
        if topic is not None:
            try:
                await self._bot.delete_forum_topic(chat_id, topic)
            except (BadRequest, Forbidden) as error:
                logger.info("a topic could not be deleted: %s", error)
        self._of.pop((chat_id, person), None)

    async def _open(self, ticket: Ticket, chat_id: int) -> int | None:
        name = name_on(ticket)[:_MAX_NAME_CHARS].strip() or "?"
        try:
            topic = (await self._bot.create_forum_topic(chat_id, name)).message_thread_id
        except TelegramError as error:
            logger.warning("a topic could not be opened, the chat as a whole is told: %s", error)
            return None
        self._of[chat_id, ticket.person] = topic
        return topic
