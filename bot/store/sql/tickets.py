"""What was handed to the team, tickets and posts that speak of them, and whom it has blocked."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from bot.store.sql.engine import SqlEngine, clean, putting
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.schema import blocks, posts, tickets
from bot.store.store import Post, Ticket

_WAITS = or_(tickets.c.is_open.is_(True), tickets.c.posted.is_(False))


class TicketTables:
    """The part of a `Store` that is about the team; see there what each method means.

    Args:
        pseudonyms: names are hashed, and what must be read again is sealed with them.
    """

    def __init__(self, engine: SqlEngine, pseudonyms: Pseudonyms) -> None:
        self._engine = engine
        self._pseudonyms = pseudonyms

    def save_ticket(self, ticket: Ticket, before: Ticket | None = None) -> None:
        with self._engine.write() as connection:
            if before is not None:
                query = select(tickets).where(tickets.c.id == ticket.id).with_for_update()
                row = connection.execute(query).first()
                present = None if row is None else self._ticket(row)
                if present is None:
                    return
                ticket = ticket.changed_since(before, present)
            self._write(connection, ticket)

    def _write(self, connection: Connection, ticket: Ticket) -> None:
        seal, hashed = self._pseudonyms.seal, self._pseudonyms.hashed
        row = {
            "person": hashed("person", ticket.person),
            "conversation": hashed("conversation", ticket.conversation),
            "helper": self._hashed_helper(ticket.helper),
            "sealed": self._sealed(ticket),
            "question": None if ticket.posted else seal(clean(ticket.question)),
            "is_open": ticket.is_open,
            "last_at": ticket.last_at,
            "posted": ticket.posted,
            "answered": ticket.answered,
        }
        known = connection.execute(update(tickets).where(tickets.c.id == ticket.id).values(row))
        if known.rowcount == 0:
            connection.execute(insert(tickets).values(row | {"id": ticket.id}))

    def tickets(self, conversation: str | None = None) -> Sequence[Ticket]:
        wanted = _WAITS
        if conversation is not None:
            hashed = self._pseudonyms.hashed("conversation", conversation)
            wanted = tickets.c.conversation == hashed
        return self._unsealed(
            select(tickets).where(wanted).order_by(tickets.c.last_at, tickets.c.id)
        )

    def ticket(self, ticket_id: str) -> Ticket | None:
        found = self._unsealed(select(tickets).where(tickets.c.id == ticket_id))
        return found[0] if found else None

    def add_post(self, post: Post) -> None:
        known = select(tickets.c.id).where(tickets.c.id == post.ticket_id)
        # A message speaks of one ticket alone, or of several by their numbers.
        replaced = and_(posts.c.chat_id == post.chat_id, posts.c.message_id == post.message_id)
        if post.number:
            replaced = and_(replaced, posts.c.of_message.in_([0, post.number]))
        row = {
            "chat_id": post.chat_id,
            "message_id": post.message_id,
            "of_message": post.number,
            "ticket_id": post.ticket_id,
            "asked": post.asked,
            "helper": self._hashed_helper(post.helper),
            "decision_id": post.decision_id or None,
        }
        with self._engine.write() as connection:
            if connection.execute(known).first() is not None:
                connection.execute(delete(posts).where(replaced))
                connection.execute(insert(posts).values(row))

    def posts(self, chat_id: int, message_id: int) -> Sequence[Post]:
        message = and_(posts.c.chat_id == chat_id, posts.c.message_id == message_id)
        return self._posts_where(message, posts.c.of_message)

    def posts_of(self, person: str) -> tuple[Sequence[Post], Sequence[Post]]:
        hashed = self._pseudonyms.hashed("person", person)
        own = posts.c.ticket_id.in_(select(tickets.c.id).where(tickets.c.person == hashed))
        of_others = and_(posts.c.helper == hashed, not_(own))
        return (
            self._posts_where(own, posts.c.number),
            self._posts_where(of_others, posts.c.number),
        )

    def _forget_tickets(self, connection: Connection, hashed: str) -> None:
        """Erase a person's tickets, and their name in those they looked after."""
        connection.execute(delete(tickets).where(tickets.c.person == hashed))
        for row in connection.execute(select(tickets).where(tickets.c.helper == hashed)).all():
            ticket = self._ticket(row)
            is_it = tickets.c.id == row.id
            if ticket is None:  # it is sealed with another key, and nobody reads the name
                connection.execute(update(tickets).where(is_it).values(helper=None))
                continue
            sealed = self._sealed(replace(ticket, helper="", helper_name=""))
            connection.execute(update(tickets).where(is_it).values(helper=None, sealed=sealed))
        connection.execute(update(posts).where(posts.c.helper == hashed).values(helper=None))

    def _sealed(self, ticket: Ticket) -> str:
        """What of a ticket must be read again, and names people."""
        names = ("person", "conversation", "helper", "helper_name")
        sealed = {name: getattr(ticket, name) for name in names}
        return self._pseudonyms.seal(json.dumps(sealed | {"address": dict(ticket.address)}))

    def _hashed_helper(self, helper: str) -> str | None:
        return self._pseudonyms.hashed("person", helper) if helper else None

    def _lost_tickets(self, connection: Connection) -> list[str]:
        """The ids of those that wait and were sealed with another key."""
        rows = connection.execute(select(tickets).where(_WAITS)).all()
        return [row.id for row in rows if self._ticket(row) is None]

    def block(self, person: str, until: float) -> None:
        hashed = self._pseudonyms.hashed("person", person)
        row = {"person": hashed, "until": until if math.isfinite(until) else None}
        self._engine.run(putting(self._engine.dialect, blocks), row)

    def unblock(self, person: str) -> None:
        hashed = self._pseudonyms.hashed("person", person)
        self._engine.run(delete(blocks).where(blocks.c.person == hashed))

    def blocked_until(self, person: str) -> float:
        hashed = self._pseudonyms.hashed("person", person)
        found = self._engine.run(select(blocks.c.until).where(blocks.c.person == hashed))
        if not found:
            return 0.0
        return math.inf if found[0].until is None else float(found[0].until)

    def blocked(self, now: float) -> int:
        holds = or_(blocks.c.until.is_(None), blocks.c.until > now)
        counted: int = self._engine.run(select(func.count()).select_from(blocks).where(holds))[0][0]
        return counted

    def _posts_where(
        self, where: ColumnElement[bool], order: ColumnElement[int]
    ) -> tuple[Post, ...]:
        """The posts of which something is so, in an order."""
        return tuple(
            Post(
                *(row.chat_id, row.message_id, row.ticket_id, row.of_message, row.asked),
                decision_id=row.decision_id or "",
            )
            for row in self._engine.run(select(posts).where(where).order_by(order))
        )

    def _unsealed(self, query: Select[Any]) -> list[Ticket]:
        """The tickets that a query finds, but those that were sealed with another key."""
        rows = self._engine.run(query)
        return [ticket for row in rows if (ticket := self._ticket(row)) is not None]

    def _ticket(self, row: Row[Any]) -> Ticket | None:
        sealed = self._pseudonyms.unseal(row.sealed)
        question = "" if row.question is None else self._pseudonyms.unseal(row.question)
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


def count_helped(connection: Connection, hashed: str) -> int:
    """How many tickets and posts name a person as a helper."""
    counts = (
        select(func.count()).select_from(table).where(table.c.helper == hashed)
        for table in (tickets, posts)
    )
    return sum(connection.execute(count).scalar_one() for count in counts)
