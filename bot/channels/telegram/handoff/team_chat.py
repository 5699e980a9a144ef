"""The chat of the people who help: what is posted there, at once or in a digest."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from enum import Enum
from itertools import islice

from telegram import Message
from telegram.error import TelegramError

from bot.channels.telegram.api.sender import Address, Sender
from bot.channels.telegram.handoff import posts
from bot.channels.telegram.handoff.tickets import Tickets, home_of, lang_of, last_post, name_on
from bot.lru import Lru
from bot.service.limits import Pace
from bot.service.live import Live
from bot.store.store import Post, Ticket
from bot.texts import TeamTexts, Texts

logger = logging.getLogger(__name__)

_POSTS_PER_MINUTE = 18  # Telegram takes 20 in a group; the others are for digests and refusals
_DIGESTS_PER_MINUTE = 2
_GATHER_S = 5.0  # a digest waits so long for more of the same minute
_MAX_DIGESTS = 200  # whose items are at hand, in case somebody asks to be forgotten


class Refusal(Enum):
    """Why the team is not shown something."""

    AWAY = "the chat cannot be reached"
    FULL = "too much waits"

    def told(self, texts: Texts) -> str:
        """What whoever sent it is told."""
        return texts.person_away if self is Refusal.AWAY else texts.team_busy


class TeamChat:
    """Posts what is new at once while Telegram's rate limit allows it.

    What is above it waits for a digest, over a restart too.

    Args:
        named: the chat's id in the configuration; None where there is none.
    """

    def __init__(self, named: int | None, sender: Sender, tickets: Tickets, live: Live) -> None:
        self._named = named
        self._sender = sender
        self._tickets = tickets
        self._live = live
        self._pace = Pace(_POSTS_PER_MINUTE)
        self._digest_pace = Pace(_DIGESTS_PER_MINUTE)
        self._digest_at = 0.0  # of monotonic time
        self._digests: Lru[int, list[str]] = Lru(_MAX_DIGESTS)  # the items of a message, as HTML
        self._is_reached = True

    @property
    def chat_id(self) -> int | None:
        """The chat as it is called now; None where there is none."""
        return None if self._named is None else self._sender.delivery.present(self._named)

    async def show(
        self, ticket: Ticket, words: str, html: str, *, share: float = 1.0
    ) -> Refusal | None:
        """Show the team something about a ticket, now or in the next digest.

        Args:
            words: what a digest says of it; "": somebody wants a person.
            html: the post.
            share: of the room for what waits, that it may take.
        Returns:
            Why that cannot be done.
        """
        if self._tickets.is_anybody_waiting or not self._pace.take():
            if not self._tickets.has_room(words, share=share):
                return Refusal.FULL
            self._tickets.owe(ticket, words)
            return None
        if await self.send(html, [ticket]) is None:
            return Refusal.AWAY
        self._tickets.change(ticket, question=words)
        return None

    async def say(self, ticket: Ticket, sentence: str) -> None:
        """Tell the team what has become of a ticket."""
        self._pace.take()  # it counts, though it does not wait
        await self.send(posts.filled(sentence, {"name": posts.isolated(name_on(ticket))}), [ticket])

    async def send_digest(self) -> None:
        """Post what has waited long enough; tell those who could not be shown."""
        now = time.monotonic()
        if not self._tickets.is_anybody_waiting:
            self._digest_at = now + _GATHER_S
        if now < self._digest_at or not (self._digest_pace.take() or self._pace.take()):
            return
        self._digest_at = now + _GATHER_S
        waiting, texts = self._tickets.waiting(), self._texts
        lines = (posts.digest_item(name_on(each), each.question, texts) for each in waiting)
        html, items = posts.digest_post(lines, texts)
        told = list(islice(self._tickets.waiting(), len(items)))
        message_id = await self.send(html, told)
        if message_id is not None:
            self._digests[message_id] = items
        for ticket in told:
            self._tickets.shown(ticket)
            if message_id is None:
                self._tickets.change(ticket, is_open=False)
                away = self._live.texts(lang_of(ticket)).person_away
                await self._sender.quietly(home_of(ticket), away)

    async def send(self, post: str | Message, tickets: Sequence[Ticket]) -> int | None:
        """Post something; returns the message's id, or None where the chat cannot be reached.

        Args:
            post: HTML, or a message that is copied as it is.
        """
        chat_id = self.chat_id or 0
        # What is about one ticket alone goes beneath the last post about it.
        above = last_post(tickets[0], chat_id) if len(tickets) == 1 else None
        address, was_reached = Address(chat_id, reply_to=above), self._is_reached
        try:
            if isinstance(post, Message):
                message_id = await self._sender.copy(address, post)
            else:
                message_id = (await self._sender.message(address, post)).message_id
        except TelegramError as error:
            self._is_reached = False
            if was_reached:
                logger.error(
                    "the handoff chat %s cannot be reached (%s). Add the bot to it, and check "
                    "telegram.handoff_chat in config.yaml.",
                    chat_id,
                    error,
                )
            return None
        self._is_reached = True
        if not was_reached:
            logger.info("the handoff chat is reached again")
        self._tickets.add_posts(self.chat_id or 0, message_id, tickets)
        return message_id

    async def forget(self, gone: Sequence[Post]) -> None:
        """Delete posts as far as Telegram lets a bot, and take items out of digests."""
        for post in gone:
            if post.number == 0:
                await self._sender.delete(post.chat_id, post.message_id)
            elif (items := self._digests.get(post.message_id)) is not None:
                items[post.number - 1] = "…"
                html = posts.digest_lines(items, self._texts)
                await self._sender.rewrite(post.chat_id, post.message_id, html)

    @property
    def _texts(self) -> TeamTexts:
        """The team's sentences."""
        return self._live.texts(None).team
