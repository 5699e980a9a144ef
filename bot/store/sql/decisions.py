"""What the bot remembers, in a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from bot.domain import Action, KeepText
from bot.store.pseudonyms import Identity
from bot.store.sql import sqlite
from bot.store.sql.engine import Opened
from bot.store.sql.rows import DAY_S, decision_row, record_of
from bot.store.sql.schema import (
    SET_ASIDE,
    WRITES_NOTHING_NEW,
    decisions,
    labels,
    received,
    shown,
    tickets,
)
from bot.store.sql.stats import count
from bot.store.sql.tickets import HandedOver
from bot.store.store import Forgotten, Label, LabelKind, Post, Record, Stats, Ticket

_IS_FOLLOW_UP = decisions.c.action == Action.FOLLOW_UP.value


class Database:
    """A `Store` on SQLAlchemy; opened by the first call. Use it from one thread.

    Args:
        url: as SQLAlchemy reads it, such as sqlite:///data/faq-bot.db; folder and file are made.
        identity: names are hashed with it.
        retention_days: whatever is older is erased by `sweep`.
    """

    def __init__(
        self, url: str, identity: Identity, keep_text: KeepText, retention_days: int
    ) -> None:
        self._opened = Opened(url)
        self._identity = identity
        self._keep_text = keep_text
        self._retention_days = retention_days
        self._handed_over = HandedOver(identity)

    def record(self, record: Record) -> None:
        """See `Store.record`."""
        row = decision_row(record, self._keep_text) | {
            "person": self._identity.hashed("person", record.person),
            "conversation": self._identity.hashed("conversation", record.conversation),
        }

        def work(connection: Connection) -> None:
            if _number(connection, record.id) is None:
                connection.execute(insert(decisions).values(row))

        self._opened.write(work)

    def label(self, label: Label, *, anyone: bool = False) -> bool:
        """See `Store.label`."""
        person = self._identity.hashed("person", label.person)

        def work(connection: Connection) -> bool:
            query = select(decisions.c.number, decisions.c.person)
            found = connection.execute(query.where(decisions.c.id == label.decision_id)).first()
            if found is None or (found.person != person and not anyone):
                return False
            family = label.kind.family
            same = and_(labels.c.decision == found.number, labels.c.family == family)
            if connection.execute(select(labels.c.number).where(same)).first() is not None:
                return False
            row = {
                "decision": found.number,
                "family": family,
                "kind": label.kind.value,
                "person": person,
                "entry_id": label.entry_id,
                "at": label.at,
            }
            connection.execute(insert(labels).values(row))
            if label.kind is LabelKind.CHOICE and self._keep_text is not KeepText.ALL:
                _erase_words(connection, and_(decisions.c.number == found.number, _IS_FOLLOW_UP))
            return True

        return self._opened.write(work)

    def shown(self, decision_id: str, chat: str, message_id: int) -> None:
        """See `Store.shown`."""
        hashed = self._identity.hashed("chat", chat)

        def work(connection: Connection) -> None:
            number = _number(connection, decision_id)
            if number is None:
                return
            message = and_(shown.c.chat == hashed, shown.c.message_id == message_id)
            connection.execute(delete(shown).where(message))
            row = {"chat": hashed, "message_id": message_id, "decision": number}
            connection.execute(insert(shown).values(row))

        self._opened.write(work)

    def decision_shown(self, chat: str, message_id: int) -> Record | None:
        """See `Store.decision_shown`."""
        hashed = self._identity.hashed("chat", chat)
        message = select(shown.c.decision).where(
            shown.c.chat == hashed, shown.c.message_id == message_id
        )
        asked_for = decisions.c.number.in_(message)
        found = self._opened.read(lambda connection: _records(connection, asked_for, 0, 1))
        return found[0] if found else None

    def open_follow_up(self, conversation: str, since: float) -> Record | None:
        """See `Store.open_follow_up`."""
        hashed = self._identity.hashed("conversation", conversation)
        own = decisions.c.conversation == hashed
        found = self._opened.read(lambda connection: _records(connection, own, 0, 1))
        if not found or found[0].decision.action is not Action.FOLLOW_UP or found[0].at < since:
            return None
        is_over = any(label.kind.family == LabelKind.CHOICE.family for label in found[0].labels)
        return None if is_over else found[0]

    def stats(self, since: float) -> Stats:
        """See `Store.stats`."""
        return self._opened.read(lambda connection: count(connection, since))

    def unanswered(self, offset: int, limit: int) -> tuple[Sequence[Record], int]:
        """See `Store.unanswered`."""
        missed = or_(
            and_(decisions.c.action == Action.FALLBACK.value, decisions.c.small_talk.is_(False)),
            and_(_IS_FOLLOW_UP, _labelled(LabelKind.NONE)),
        )

        def work(connection: Connection) -> tuple[Sequence[Record], int]:
            total = connection.execute(select(func.count()).select_from(decisions).where(missed))
            return _records(connection, missed, offset, limit), total.scalar_one()

        return self._opened.read(work)

    def forget(self, person: str) -> Forgotten:
        """See `Store.forget`."""
        hashed = self._identity.hashed("person", person)

        def work(connection: Connection) -> Forgotten:
            posts = self._handed_over.forget(connection, hashed)
            connection.execute(delete(labels).where(labels.c.person == hashed))
            of_person = received.c.person == hashed
            aside = and_(of_person, received.c.state == SET_ASIDE)
            connection.execute(delete(received).where(aside))
            # What is under way, such as the wish to be forgotten itself, goes when it is done.
            connection.execute(update(received).where(of_person).values(person=None))
            gone = connection.execute(delete(decisions).where(decisions.c.person == hashed))
            return Forgotten(gone.rowcount, posts)

        forgotten = self._opened.write(work)
        self._opened.erase_for_good()
        return forgotten

    def sweep(self, now: float) -> int:
        """See `Store.sweep`."""
        oldest = now - self._retention_days * DAY_S

        def work(connection: Connection) -> int:
            connection.execute(delete(tickets).where(tickets.c.last_at < oldest))
            gone = connection.execute(delete(decisions).where(decisions.c.at < oldest))
            if self._keep_text is not KeepText.ALL:
                _erase_words(connection, self._no_longer_kept(now))
            connection.execute(WRITES_NOTHING_NEW)
            return gone.rowcount

        swept = self._opened.write(work)
        self._opened.erase_for_good()
        if self._opened.path is not None:
            sqlite.delete_moved_aside(self._opened.path, oldest)
        return swept

    def save_ticket(self, ticket: Ticket) -> None:
        """See `Store.save_ticket`."""
        self._opened.write(lambda connection: self._handed_over.save(connection, ticket))

    def tickets(self) -> Sequence[Ticket]:
        """See `Store.tickets`."""
        return self._opened.read(self._handed_over.tickets)

    def ticket(self, ticket_id: str) -> Ticket | None:
        """See `Store.ticket`."""
        return self._opened.read(lambda connection: self._handed_over.ticket(connection, ticket_id))

    def add_post(self, post: Post) -> None:
        """See `Store.add_post`."""
        self._opened.write(lambda connection: self._handed_over.add_post(connection, post))

    def posts(self, chat_id: int, message_id: int) -> Sequence[Post]:
        """See `Store.posts`."""
        return self._opened.read(
            lambda connection: self._handed_over.posts(connection, chat_id, message_id)
        )

    def posts_of(self, ticket_id: str) -> Sequence[Post]:
        """See `Store.posts_of`."""
        return self._opened.read(
            lambda connection: self._handed_over.posts_of(connection, ticket_id)
        )

    def move_chat(self, old: int, new: int) -> None:
        """See `Store.move_chat`."""
        self._opened.write(lambda connection: self._handed_over.move_chat(connection, old, new))

    def moved_chats(self) -> Mapping[int, int]:
        """See `Store.moved_chats`."""
        return self._opened.read(self._handed_over.moved_chats)

    def close(self) -> None:
        """See `Store.close`."""
        self._opened.close()

    def _no_longer_kept(self, now: float) -> ColumnElement[bool]:
        """Which decisions' words are not, or not any longer, to be kept."""
        if self._keep_text is KeepText.NONE:
            return decisions.c.text.is_not(None)
        unresolved = and_(decisions.c.at < now - DAY_S, not_(_labelled(LabelKind.NONE)))
        return or_(
            decisions.c.small_talk.is_(True),
            decisions.c.action == Action.ANSWER.value,
            and_(_IS_FOLLOW_UP, or_(unresolved, _labelled(LabelKind.CHOICE))),
        )


def _number(connection: Connection, decision_id: str) -> int | None:
    query = select(decisions.c.number).where(decisions.c.id == decision_id)
    return connection.execute(query).scalar()


def _labelled(kind: LabelKind) -> ColumnElement[bool]:
    return exists().where(labels.c.decision == decisions.c.number, labels.c.kind == kind.value)


def _erase_words(connection: Connection, where: ColumnElement[bool]) -> None:
    kept = and_(where, decisions.c.text.is_not(None))
    connection.execute(update(decisions).where(kept).values(text=None, full_reason=None))


def _records(
    connection: Connection, where: ColumnElement[bool], offset: int, limit: int
) -> tuple[Record, ...]:
    """Decisions, newest first, with their labels."""
    query = select(decisions).where(where).offset(offset).limit(limit)
    newest_first = query.order_by(decisions.c.at.desc(), decisions.c.number.desc())
    rows = connection.execute(newest_first).all()
    said = select(labels).where(labels.c.decision.in_([row.number for row in rows]))
    by_decision: dict[int, list[Row[Any]]] = {}
    for label in connection.execute(said.order_by(labels.c.number)):
        by_decision.setdefault(label.decision, []).append(label)
    return tuple(record_of(row, by_decision.get(row.number, ())) for row in rows)
