"""The chat of the people who help: how something is posted there, and erased."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from telegram.error import RetryAfter, TelegramError

from bot.channels.telegram.api.sender import Address, Markup, Sender
from bot.channels.telegram.handoff.posting import posts
from bot.channels.telegram.handoff.posting.reach import Reach
from bot.channels.telegram.handoff.posting.topics import Topics
from bot.channels.telegram.handoff.records.notes import home_of, last_post, name_on
from bot.channels.telegram.handoff.records.tickets import Tickets
from bot.service.limits import Pace
from bot.service.live import Live
from bot.service.worded import with_words
from bot.store.store import Post, Ticket
from bot.texts import Texts

logger = logging.getLogger(__name__)

_POSTS_PER_MINUTE = 18  # Telegram takes 20 in a group; the others are for digests and refusals
_UNCOPIED = re.compile("message (?:to copy|can't be copied)|MESSAGE_ID_INVALID", re.IGNORECASE)


class Refusal(Enum):
    """Why the team is not shown something."""

    AWAY = "the chat cannot be reached"
    FULL = "too much waits"
    KIND = "such a message cannot be copied"

    def told(self, texts: Texts) -> str:
        """What whoever sent it is told."""
        if self is Refusal.KIND:
            return texts.not_passed_on
        return texts.person_away if self is Refusal.AWAY else texts.team_busy


@dataclass(frozen=True, slots=True)
class Posting:
    """Something to be posted.

    Attributes:
        content: HTML, or the id of a message of the one ticket's person, which is copied.
        helper: whom of the team it names, as the store does.
        is_silent: it is no news from a person.
    """

    content: str | int
    tickets: Sequence[Ticket]
    markup: Markup = None
    helper: str = ""
    is_silent: bool = False


class TeamChat:
    """Posts in the chat of the team, and takes back what was posted.

    Attributes:
        topics: where each person's posts go, if they do not all stand together.
        pace: how many posts Telegram takes.
    """

    def __init__(
        self, sender: Sender, tickets: Tickets, live: Live, reach: Reach, topics: Topics
    ) -> None:
        self.topics = topics
        self.pace = Pace(_POSTS_PER_MINUTE)
        self._sender = sender
        self._tickets = tickets
        self._live = live
        self._reach = reach
        self._erasing = asyncio.Lock()

    async def opens_topic(self, ticket: Ticket) -> bool:
        """Whether the next post of a ticket has another before it, of a topic that it opens."""
        return await self.topics.wants_one(ticket, self._reach.chat_id or 0)

    async def say(
        self,
        ticket: Ticket,
        sentence: str,
        words: Mapping[str, str] = MappingProxyType({}),
        markup: Markup = None,
        *,
        helper: str | None = None,
    ) -> None:
        """Tell the team, without a sound, what has become of a ticket; "" says nothing.

        Args:
            words: what belongs into the sentence, beside the person's name.
            helper: whom of the team the words name.
        """
        if not sentence:
            return
        self.pace.take()  # it counts, though it does not wait
        html = with_words(sentence, {"name": name_on(ticket), **words})
        try:
            await self.send(Posting(html, [ticket], markup, helper or "", is_silent=True))
        except RetryAfter as error:
            logger.warning("the team is not told what has become of a question: %s", error)

    async def send(self, posting: Posting) -> int | Refusal:
        """Post something; returns the message's id, or why that cannot be done.

        Nothing (0) is posted of somebody who was forgotten.

        Raises:
            RetryAfter: Telegram takes nothing there for a while.
        """
        with self._tickets.posting(posting.tickets) as may_be_posted:
            return await self._send(posting) if may_be_posted else 0

    async def _send(self, posting: Posting) -> int | Refusal:
        content, tickets, chat_id = posting.content, posting.tickets, self._reach.chat_id or 0
        address = await self._place(posting)
        try:
            if isinstance(content, int):
                home = self._sender.delivery.present(home_of(tickets[0]).chat_id)
                message_id = await self._sender.copy(address, home, content)
            else:
                sent = await self._sender.message(
                    address, content, posting.markup, is_silent=posting.is_silent
                )
                message_id = sent.message_id
        except RetryAfter:
            raise
        except TelegramError as error:
            if address.thread_id and self.topics.is_gone(tickets[0], chat_id, error):
                return await self._send(posting)
            if isinstance(content, int) and _UNCOPIED.search(str(error)):
                logger.info("a message of somebody cannot be copied to the team: %s", error)
                return Refusal.KIND
            self._reach.lost(str(error))
            return Refusal.AWAY
        self._reach.found()
        chat_id = self._reach.chat_id or 0  # which may have moved
        self._tickets.add_posts(chat_id, message_id, tickets, posting.helper)
        return message_id

    async def _place(self, posting: Posting) -> Address:
        """Where a post goes: one about one alone to their topic, or beneath the last of them."""
        chat_id, ticket = self._reach.chat_id or 0, posting.tickets[0]
        if len(posting.tickets) > 1:
            return Address(chat_id)
        if await self.topics.wants_one(ticket, chat_id):
            await self.topics.open(ticket, chat_id)
            if self.topics.place(ticket, chat_id, leads=True) is not None:
                told = with_words(self._live.team_texts.topic_opened, {"name": name_on(ticket)})
                await self._send(Posting(told, [ticket], is_silent=True))
        topic = self.topics.place(ticket, chat_id, leads=not posting.is_silent)
        return Address(chat_id, topic, last_post(ticket, chat_id) if topic is None else None)

    async def forget(self, own: Sequence[Post], named: Sequence[Post]) -> None:
        """Erase posts as far as Telegram lets a bot: delete them, or empty them where they are too
        old; take items out of digests, and a helper's name out of others' posts.

        Args:
            own, named: see `Store.posts_of`.
        Raises:
            TelegramError: it cannot be reached now; what is gone already does no harm.
        """
        async with self._erasing:  # or of two items of a digest the second brings the first back
            for post in own:
                place = post.chat_id, post.message_id
                html = await self._sender.html_of(*place) if post.number else None
                if html is not None:
                    await self._sender.rewrite(*place, posts.without_item(html, post.number))
                elif not post.number:
                    await self._sender.erase(*place)
            for post in named:
                place = post.chat_id, post.message_id
                less = posts.without_notes(await self._sender.html_of(*place) or "")
                if less:
                    await self._sender.rewrite(*place, less)
                else:
                    await self._sender.erase(*place)
