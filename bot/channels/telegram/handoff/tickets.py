"""Which messages of the handoff chat speak of whom; at hand, and in the bot's memory."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from telegram import Update

from bot.channels.telegram.api.sender import Address
from bot.channels.telegram.updates import incoming
from bot.errors import StoreError
from bot.lru import Lru
from bot.store.async_store import AsyncStore
from bot.store.store import Post, Ticket

_MAX_AT_HAND = 10_000  # tickets and posts; older ones are read from the memory


class Tickets:
    """Questions and people that were handed to the team.

    The latest are at hand, and all that are open; the others are read from the memory.
    """

    def __init__(self, store: AsyncStore) -> None:
        self._store = store
        self._tickets: dict[str, Ticket] = {}  # that changed last, last
        self._latest: dict[str, str] = {}  # conversation → ticket
        self._last_post: dict[str, Post] = {}  # by ticket
        self._posts: Lru[tuple[int, int], tuple[Post, ...]] = Lru(_MAX_AT_HAND)

    async def load(self) -> None:
        """Take up what was open, or not yet posted, before the bot was started.

        Raises:
            StoreError: the memory cannot be read now.
        """
        for ticket in await self._store.tickets():
            self._put(ticket)

    def all(self) -> list[Ticket]:
        """Every ticket at hand."""
        return list(self._tickets.values())

    def of_conversation(self, conversation: str) -> Ticket | None:
        """The ticket of a conversation that is open, or else the latest."""
        found = self._latest.get(conversation)
        return None if found is None else self._tickets.get(found)

    def new(self, update: Update) -> Ticket:
        """A ticket for whoever just wrote or pressed; not yet kept."""
        address = incoming.address_of(update)
        return Ticket(
            id=secrets.token_hex(8),
            person=incoming.person_of(update) or "",
            conversation=incoming.conversation_of(update),
            address={
                "chat": address.chat_id,
                "thread": address.thread_id,
                "reply_to": address.reply_to,
                "lang": incoming.lang_of(update),
                "name": incoming.name_of(update),
            },
            question="",
            is_open=False,
            last_at=time.time(),
            posted=True,
        )

    def heard(self, ticket: Ticket, update: Update) -> Ticket:
        """A ticket whose person just wrote; replies go beneath that. Not yet kept."""
        reply_to = incoming.address_of(update).reply_to
        return replace(
            ticket, address={**ticket.address, "reply_to": reply_to}, last_at=time.time()
        )

    def asked(
        self, update: Update, question: str | None, *, is_open: bool, fresh_s: float
    ) -> tuple[Ticket, str | None]:
        """Keep that somebody asks something, in the conversation's ticket where that is fresh.

        Args:
            question: None where the words are not known.
            is_open: whether a person is wanted, too.
        Returns:
            The ticket, and the question; None where the team was shown it already.
        """
        ticket = self.of_conversation(incoming.conversation_of(update))
        if ticket is None or time.time() - ticket.last_at > fresh_s:
            ticket = self.new(update)
        elif ticket.posted and ticket.question and ticket.question == question:
            question = None  # it stands there; new is that a person is wanted
        ticket = replace(self.heard(ticket, update), is_open=is_open or ticket.is_open)
        return self.owe(ticket, question or ""), question

    def save(self, ticket: Ticket) -> Ticket:
        """Keep a ticket as it is now."""
        self._put(ticket)
        self._store.save_ticket(ticket)
        return ticket

    def change(self, ticket: Ticket, **changes: Any) -> Ticket:
        """Keep what has become of a ticket, unless its person was forgotten.

        Args:
            changes: fields of a Ticket.
        """
        present = self._tickets.get(ticket.id)
        return ticket if present is None else self.save(replace(present, **changes))

    def owe(self, ticket: Ticket, words: str) -> Ticket:
        """Keep words that the team is yet to be shown."""
        owed = words if ticket.posted else f"{ticket.question}\n{words}".strip()
        return self.save(replace(ticket, question=owed, posted=False, last_at=time.time()))

    def add_posts(self, chat_id: int, message_id: int, tickets: Sequence[Ticket]) -> None:
        """Keep which tickets a message speaks of, as they were shown: one, or several by number."""
        first = 0 if len(tickets) == 1 else 1
        posts = tuple(
            Post(chat_id, message_id, ticket.id, number)
            for number, ticket in enumerate(tickets, start=first)
            if ticket.id in self._tickets
        )
        self._posts[chat_id, message_id] = posts
        for post in posts:
            self._last_post[post.ticket_id] = post
            self._store.add_post(post)
        for ticket in tickets:
            self.change(ticket, posted=True)

    async def on(self, chat_id: int, message_id: int) -> list[tuple[int, Ticket]]:
        """(number, ticket) of all that a message speaks of.

        Raises:
            StoreError: the memory has to be asked and cannot answer now.
        """
        posts = self._posts.get((chat_id, message_id))
        if posts is None:
            found = await self._store.posts(chat_id, message_id)
            posts = tuple(found)
            if posts:  # else it may be a post that is about to be kept
                self._posts[chat_id, message_id] = posts
        known = [(post.number, await self._ticket(post.ticket_id)) for post in posts]
        return [(number, ticket) for number, ticket in known if ticket is not None]

    async def last_post(self, ticket: Ticket, chat_id: int) -> int | None:
        """The last message that speaks of a ticket; None where it does not stand in this chat."""
        if ticket.id not in self._last_post:
            try:
                posts = await self._store.posts_of(ticket.id)
            except StoreError:  # what is said then stands by itself
                return None
            if posts:
                self._last_post[ticket.id] = posts[-1]
        last = self._last_post.get(ticket.id)
        return None if last is None or last.chat_id != chat_id else last.message_id

    def forget(self, person: str) -> set[str]:
        """Drop a person's tickets from what is at hand, and return their ids."""
        gone = {ticket.id for ticket in self._tickets.values() if ticket.person == person}
        for ticket_id in gone:
            self._drop(ticket_id)
        return gone

    async def _ticket(self, ticket_id: str) -> Ticket | None:
        if ticket_id not in self._tickets:
            found = await self._store.ticket(ticket_id)
            if found is not None:
                self._put(found)
        return self._tickets.get(ticket_id)

    def _put(self, ticket: Ticket) -> None:
        self._tickets.pop(ticket.id, None)
        self._tickets[ticket.id] = ticket
        latest = self.of_conversation(ticket.conversation)
        if latest is None or _rank(ticket) >= _rank(latest):
            self._latest[ticket.conversation] = ticket.id
        if len(self._tickets) > _MAX_AT_HAND:
            closed = (known.id for known in self._tickets.values() if not known.is_open)
            self._drop(next(closed, next(iter(self._tickets))))

    def _drop(self, ticket_id: str) -> None:
        ticket = self._tickets.pop(ticket_id)
        self._last_post.pop(ticket_id, None)
        if self._latest.get(ticket.conversation) == ticket_id:
            del self._latest[ticket.conversation]


def _rank(ticket: Ticket) -> tuple[bool, float]:
    return ticket.is_open, ticket.last_at


def home_of(ticket: Ticket) -> Address:
    """Where a ticket's person is reached."""
    chat, thread, reply_to = (ticket.address.get(key) for key in ("chat", "thread", "reply_to"))
    return Address(
        int(chat or 0),
        None if thread is None else int(thread),
        None if reply_to is None else int(reply_to),
    )


def name_on(ticket: Ticket) -> str:
    """What a ticket's person calls themselves."""
    return str(ticket.address.get("name") or "")


def lang_of(ticket: Ticket) -> str | None:
    """The code of the language of a ticket's person."""
    lang = ticket.address.get("lang")
    return None if lang is None else str(lang)
