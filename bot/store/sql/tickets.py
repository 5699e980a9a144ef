"""The tables of what was handed to the team: tickets, posts, groups that moved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from bot.store.pseudonyms import Identity
from bot.store.sql.rows import clean
from bot.store.sql.schema import moved_chats, posts, tickets
from bot.store.store import Post, Ticket

_POST = (posts.c.chat_id, posts.c.message_id, posts.c.ticket_id, posts.c.of_message)


class HandedOver:
    """What `Database` does with these tables, each within a transaction of its own.

    Args:
        identity: names are hashed, addresses and questions sealed with it.
    """

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def save(self, connection: Connection, ticket: Ticket) -> None:
        """See `Store.save_ticket`."""
        sealed = {
            "person": ticket.person,
            "conversation": ticket.conversation,
            "address": dict(ticket.address),
        }
        seal, hashed = self._identity.seal, self._identity.hashed
        row = {
            "person": hashed("person", ticket.person),
            "conversation": hashed("conversation", ticket.conversation),
            "sealed": seal(json.dumps(sealed)),
            "question": None if ticket.posted else seal(clean(ticket.question)),
            "is_open": ticket.is_open,
            "last_at": ticket.last_at,
            "posted": ticket.posted,
            "answered": ticket.answered,
        }
        known = connection.execute(update(tickets).where(tickets.c.id == ticket.id).values(row))
        if known.rowcount == 0:
            connection.execute(insert(tickets).values(row | {"id": ticket.id}))

    def tickets(self, connection: Connection) -> tuple[Ticket, ...]:
        """See `Store.tickets`."""
        waits = or_(tickets.c.is_open.is_(True), tickets.c.posted.is_(False))
        query = select(tickets).where(waits).order_by(tickets.c.last_at, tickets.c.id)
        found = [self._unsealed(row) for row in connection.execute(query)]
        return tuple(ticket for ticket in found if ticket is not None)

    def ticket(self, connection: Connection, ticket_id: str) -> Ticket | None:
        """See `Store.ticket`."""
        row = connection.execute(select(tickets).where(tickets.c.id == ticket_id)).first()
        return None if row is None else self._unsealed(row)

    def add_post(self, connection: Connection, post: Post) -> None:
        """See `Store.add_post`."""
        if not connection.execute(select(tickets.c.id).where(tickets.c.id == post.ticket_id)).all():
            return
        # A message speaks of one ticket alone, or of several by their numbers.
        replaced = and_(posts.c.chat_id == post.chat_id, posts.c.message_id == post.message_id)
        if post.number:
            replaced = and_(replaced, posts.c.of_message.in_([0, post.number]))
        connection.execute(delete(posts).where(replaced))
        row = {
            "chat_id": post.chat_id,
            "message_id": post.message_id,
            "of_message": post.number,
            "ticket_id": post.ticket_id,
        }
        connection.execute(insert(posts).values(row))

    def posts(self, connection: Connection, chat_id: int, message_id: int) -> tuple[Post, ...]:
        """See `Store.posts`."""
        message = and_(posts.c.chat_id == chat_id, posts.c.message_id == message_id)
        found = connection.execute(select(*_POST).where(message).order_by(posts.c.of_message))
        return tuple(Post(*row) for row in found)

    def posts_of(self, connection: Connection, ticket_id: str) -> tuple[Post, ...]:
        """See `Store.posts_of`."""
        own = posts.c.ticket_id == ticket_id
        found = connection.execute(select(*_POST).where(own).order_by(posts.c.number))
        return tuple(Post(*row) for row in found)

    def forget(self, connection: Connection, person: str) -> tuple[Post, ...]:
        """Erase a person's tickets and their posts, and return those.

        Args:
            person: hashed.
        """
        own = tickets.c.person == person
        found = connection.execute(
            select(*_POST).join(tickets).where(own).order_by(posts.c.number)
        ).all()
        connection.execute(delete(tickets).where(own))
        return tuple(Post(*row) for row in found)

    def move_chat(self, connection: Connection, old: int, new: int) -> None:
        """See `Store.move_chat`."""
        gone = moved_chats.c.old.in_([old, new])  # `new` is where a chat is now, so it moved not
        connection.execute(delete(moved_chats).where(gone))
        connection.execute(update(moved_chats).where(moved_chats.c.new == old).values(new=new))
        connection.execute(insert(moved_chats).values(old=old, new=new))

    def moved_chats(self, connection: Connection) -> Mapping[int, int]:
        """See `Store.moved_chats`."""
        rows = connection.execute(select(moved_chats.c.old, moved_chats.c.new))
        return {row.old: row.new for row in rows}

    def _unsealed(self, row: Row[Any]) -> Ticket | None:
        sealed = self._identity.unseal(row.sealed)
        question = "" if row.question is None else self._identity.unseal(row.question)
        if sealed is None or question is None:
            return None
        return Ticket(
            id=row.id,
            **json.loads(sealed),
            question=question,
            is_open=row.is_open,
            last_at=row.last_at,
            posted=row.posted,
            answered=row.answered,
        )
