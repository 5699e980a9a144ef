"""The team's chat: posts at once while Telegram's rate limit allows it, then digests of many."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from telegram import Message
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.channels.telegram.api.sender import Address, Sender
from bot.channels.telegram.handoff import posts
from bot.channels.telegram.handoff.tickets import Tickets, name_on
from bot.lru import Lru
from bot.service.limits import Pace
from bot.service.live import Live
from bot.store.store import Post, Ticket
from bot.texts import TeamTexts

logger = logging.getLogger(__name__)

POSTS_PER_MINUTE = 18  # Telegram takes 20 in a group; the others are for digests and refusals
_DIGESTS_PER_MINUTE = 2
_GATHER_S = 5.0  # a digest waits so long for more of the same minute
_MAX_DIGESTS = 200  # whose words are at hand, in case somebody asks to be forgotten


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What the next digest will hold; the item is HTML."""

    ticket: Ticket
    item: str


class TeamChat:
    """Posts what is said about tickets.

    Args:
        named: the id of the chat as config.yaml has it.
    """

    def __init__(self, named: int, sender: Sender, tickets: Tickets, live: Live) -> None:
        self._named = named
        self._sender = sender
        self._tickets = tickets
        self._live = live
        self._pace = Pace(POSTS_PER_MINUTE)
        self._digest_pace = Pace(_DIGESTS_PER_MINUTE)
        self._waiting: deque[_Waiting] = deque()
        self._waiting_since = 0.0
        self._digests: Lru[int, list[_Waiting]] = Lru(_MAX_DIGESTS)
        self._is_reached = True

    @property
    def chat_id(self) -> int:
        """The chat as it is called now."""
        return self._sender.present(self._named)

    @property
    def texts(self) -> TeamTexts:
        """The team's sentences."""
        return self._live.texts(None).team

    async def show(self, ticket: Ticket, words: str | None, html: str) -> bool:
        """Show the team something about a ticket, now or in the next digest.

        Args:
            words: what the digest says of it; None: somebody wants a person.
            html: the post.
        Returns:
            False where the chat cannot be reached.
        """
        if not self._waiting and self._pace.take():
            return await self._send(html, [ticket]) is not None
        if not self._waiting:
            self._waiting_since = time.monotonic()
        item = posts.digest_item(name_on(ticket), words, self.texts)
        self._waiting.append(_Waiting(ticket, item))
        return True

    async def say(self, ticket: Ticket, sentence: str) -> None:
        """Tell the team what has become of a ticket."""
        self._pace.take()  # it counts, though it does not wait
        await self._send(
            posts.filled(sentence, {"name": posts.isolated(name_on(ticket))}), [ticket]
        )

    async def copy(self, ticket: Ticket, message: Message) -> bool:
        """Show the team a message as it is; False where the chat cannot be reached."""
        try:
            copy = await self._sender.copy(await self._beneath(ticket), message)
        except TelegramError as error:
            self._report(error)
            return False
        self._posted(copy, [ticket])
        return True

    async def send_digest(self) -> list[Ticket]:
        """Send what has waited long enough; returns the tickets that could not be shown."""
        if not self._waiting or time.monotonic() - self._waiting_since < _GATHER_S:
            return []
        if not self._digest_pace.take():
            return []
        waiting = list(self._waiting)
        html, held = posts.digest_post([each.item for each in waiting], self.texts)
        for _ in range(held):
            self._waiting.popleft()
        self._waiting_since = time.monotonic()
        told = waiting[:held]
        message_id = await self._send(html, [each.ticket for each in told])
        if message_id is None:
            return list({each.ticket.id: each.ticket for each in told}.values())
        self._digests[message_id] = told
        return []

    async def forget(self, ticket_ids: Collection[str], gone: Sequence[Post]) -> None:
        """Delete posts as far as Telegram lets a bot, and say that somebody asked for it.

        Args:
            ticket_ids: those that are no longer to be shown.
            gone: what stands in the chat of them.
        """
        self._waiting = deque(each for each in self._waiting if each.ticket.id not in ticket_ids)
        for post in gone:
            if post.number == 0:
                await self._sender.delete(post.chat_id, post.message_id)
            elif (items := self._digests.get(post.message_id)) is not None:
                place = post.number - 1
                items[place] = replace(items[place], item="…")
                html = posts.digest_lines([each.item for each in items], self.texts)
                await self._sender.rewrite(post.chat_id, post.message_id, html)
        if gone:
            await self._sender.quietly(Address(self.chat_id), self.texts.forgot)

    async def _send(self, html: str, tickets: Sequence[Ticket]) -> int | None:
        """Post something; returns the message's id, or None where the chat cannot be reached."""
        address = await self._beneath(*tickets)
        try:
            sent = await self._sender.message(address, html, ParseMode.HTML, None)
        except TelegramError as error:
            self._report(error)
            return None
        self._posted(sent.message_id, tickets)
        return sent.message_id

    async def _beneath(self, *tickets: Ticket) -> Address:
        """Where the next post about one ticket goes: beneath the last."""
        chat_id = self.chat_id
        above = await self._tickets.last_post(tickets[0], chat_id) if len(tickets) == 1 else None
        return Address(chat_id, reply_to=above)

    def _posted(self, message_id: int, tickets: Sequence[Ticket]) -> None:
        if not self._is_reached:
            logger.info("the handoff chat is reached again")
        self._is_reached = True
        self._tickets.add_posts(self.chat_id, message_id, tickets)

    def _report(self, error: TelegramError) -> None:
        if self._is_reached:
            logger.error(
                "the handoff chat %s cannot be reached (%s). Add the bot to it, and check "
                "telegram.handoff_chat in config.yaml.",
                self.chat_id,
                error,
            )
        self._is_reached = False
