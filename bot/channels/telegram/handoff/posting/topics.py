"""One forum topic in the handoff chat for each person, where that is wanted and allowed."""

from __future__ import annotations

import logging

from telegram import Bot, ChatMember, ChatMemberAdministrator
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels.telegram.handoff.records.notes import name_on, topic_of
from bot.channels.telegram.handoff.records.tickets import Tickets
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
        self._leading: Lru[tuple[int, int], str] = Lru(_MAX_KNOWN)  # tickets, by chat and topic

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

    async def wants_one(self, ticket: Ticket, chat_id: int) -> bool:
        """Whether a topic is to be opened for what is posted next of a ticket."""
        if not (self._is_on and ticket.person):
            return False
        try:
            return await self._known(ticket.person, chat_id) is None
        except StoreError:
            return True

    async def open(self, ticket: Ticket, chat_id: int) -> None:
        """Open a topic for a ticket's person; where that fails, the chat as a whole is told."""
        name = name_on(ticket)[:_MAX_NAME_CHARS].strip() or "?"
        try:
            topic = (await self._bot.create_forum_topic(chat_id, name)).message_thread_id
        except TelegramError as error:
            logger.warning("a topic could not be opened, the chat as a whole is told: %s", error)
        else:
            self._of[chat_id, ticket.person] = topic

    def place(self, ticket: Ticket, chat_id: int, *, leads: bool) -> int | None:
        """The topic of a ticket's person; None: there is none, and all of the chat is told.

        Args:
            leads: the person has written, so what is written there without a reply is for this
                ticket: of one person some may be in groups.
        """
        topic = self._of.get((chat_id, ticket.person)) if self._is_on else None
        if not topic:
            return None
        if topic_of(ticket, chat_id) != topic:
            self._tickets.note(ticket, topic=topic, topic_chat=chat_id)
        known = self._leading.get((chat_id, topic))
        if known is None or (leads and known != ticket.id):
            # Its number is that of the message that opened it, to which all that is said there
            # without a reply belongs.
            self._tickets.add_posts(chat_id, topic, [ticket])
            self._leading[chat_id, topic] = ticket.id
        return topic

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
