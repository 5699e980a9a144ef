"""The store in a database: what has arrived, decisions, and what people said of them."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    and_,
    bindparam,
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
from bot.errors import BotError
from bot.store.sql.engine import clean, engine_of, insert_into, place_of, read_only
from bot.store.sql.inbox import InboxTable
from bot.store.sql.leases import sweep_leases
from bot.store.sql.notes import NoteTable
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.rows import newest_first, records_of, row_of
from bot.store.sql.schema import (
    DAY_S,
    DONE,
    SET_ASIDE,
    WRITES_NOTHING_NEW,
    blocks,
    decisions,
    labels,
    received,
    shown,
    tickets,
)
from bot.store.sql.shared import SharedTables
from bot.store.sql.stats import DecisionStats
from bot.store.sql.tickets import TicketTables, count_helped
from bot.store.store import Kept, Label, LabelKind, Missed, Record, Store

_IS_FOLLOW_UP = decisions.c.action == Action.FOLLOW_UP.value
_KNOWN_DAYS = 8  # Telegram, for one, numbers updates anew after a week without any


class SqlStore(TicketTables, InboxTable, NoteTable, SharedTables, DecisionStats, Store):
    """A `Store` on SQLAlchemy; opened by the first call. Use it from one thread.

    Args:
        url: the database's address; see `engine_of`.
        pseudonyms: names are hashed, addresses and questions sealed with them.
        keep_text: whose words are kept.
        retention_days: whatever is older is erased by `sweep`.
    """

    def __init__(
        self, url: str, pseudonyms: Pseudonyms, keep_text: KeepText, retention_days: int
    ) -> None:
        super().__init__(engine_of(url), pseudonyms)
        self._wishes, self._held = set(), set()
        self._keep_text = keep_text
        self._retention_days = retention_days

    def record(self, record: Record) -> None:
        row = row_of(record, self._keep_text) | {
            "person": self._pseudonyms.hashed("person", record.person),
            "conversation": self._pseudonyms.hashed("conversation", record.conversation),
        }
        self._engine.run(_recording(self._engine.dialect), row)

    def label(self, label: Label, *, anyone: bool = False) -> bool:
        person, family = self._pseudonyms.hashed("person", label.person), label.kind.family
        with self._engine.write() as connection:
            query = select(decisions.c.number, decisions.c.person, decisions.c.text)
            query = query.where(decisions.c.id == label.decision_id).with_for_update()
            found = connection.execute(query).first()
            if found is None or (found.person != person and not anyone):
                return False
            same = and_(labels.c.decision == found.number, labels.c.family == family)
            known = connection.execute(select(labels).where(same)).first()
            text = None if label.text is None or found.text is None else clean(label.text)
            if known is not None:
                if len(text or "") <= len(known.text or ""):
                    return False
                connection.execute(delete(labels).where(same))
            row = {
                "decision": found.number,
                "family": family,
                "kind": label.kind.value,
                "person": person,
                "entry_id": label.entry_id,
                "at": label.at,
                "text": text,
            }
            connection.execute(insert(labels).values(row))
            if label.kind is LabelKind.CHOICE and self._keep_text is not KeepText.ALL:
                _erase_words(connection, and_(decisions.c.number == found.number, _IS_FOLLOW_UP))
            return True

    def shown(self, decision_id: str, chat: str, message_id: int) -> None:
        row = {"its_chat": self._pseudonyms.hashed("chat", chat), "its_message": message_id}
        self._engine.run(_showing(self._engine.dialect), row | {"its_id": decision_id})

    def decision_shown(self, chat: str, message_id: int) -> Record | None:
        hashed = self._pseudonyms.hashed("chat", chat)
        message = and_(shown.c.chat == hashed, shown.c.message_id == message_id)
        return self._newest(decisions.c.number.in_(select(shown.c.decision).where(message)))

    def last_decision(self, conversation: str, *, is_shown: bool = False) -> Record | None:
        own = decisions.c.conversation == self._pseudonyms.hashed("conversation", conversation)
        message = select(shown.c.decision).where(shown.c.decision == decisions.c.number)
        return self._newest(and_(own, message.exists()) if is_shown else own)

    def missed(self, limit: int) -> Sequence[Missed]:
        with self._engine.read() as connection:
            return missed(connection, limit)

    def ignore(self, decision_ids: Sequence[str], *, is_ignored: bool = True) -> None:
        which = decisions.c.id.in_(decision_ids)
        self._engine.run(update(decisions).where(which).values(ignored=is_ignored))

    def kept_of(self, person: str) -> Kept:
        hashed = self._pseudonyms.hashed("person", person)
        own = decisions.c.person == hashed
        of_others = select(labels.c.kind, labels.c.at).select_from(labels.join(decisions))
        of_others = of_others.where(labels.c.person == hashed, not_(own)).order_by(labels.c.at)
        aside = select(func.count()).where(
            received.c.person == hashed, received.c.state == SET_ASIDE
        )
        with self._engine.read() as connection:
            oldest_first = select(decisions).where(own).order_by(decisions.c.at, decisions.c.number)
            records = records_of(connection, oldest_first)
            said = connection.execute(of_others).all()
            set_aside = connection.execute(aside).scalar_one()
            helped = count_helped(connection, hashed)
        query = select(tickets).where(tickets.c.person == hashed).order_by(tickets.c.last_at)
        return Kept(
            records,
            tuple((LabelKind(row.kind), row.at) for row in said),
            tuple(self._unsealed(query)),
            set_aside,
            helped,
        )

    def forget(self, person: str, wish: int | None = None) -> None:
        hashed = self._pseudonyms.hashed("person", person)
        with self._engine.write() as connection:
            connection.execute(delete(labels).where(labels.c.person == hashed))
            self._forget_tickets(connection, hashed)
            self._forget_received(connection, hashed, wish)
            connection.execute(delete(decisions).where(decisions.c.person == hashed))
        self._engine.erase_for_good()
        self._engine.delete_copies(math.inf)

    def sweep(self, now: float) -> None:
        oldest = now - self._retention_days * DAY_S
        with self._engine.write() as connection:
            connection.execute(delete(tickets).where(tickets.c.last_at < oldest))
            connection.execute(delete(decisions).where(decisions.c.at < oldest))
            connection.execute(delete(blocks).where(blocks.c.until < now))
            self._sweep_shared(connection, now)
            # The channel sends these no more. One that is still open when it is too old is sealed
            # with another key, or nobody started the bot.
            is_known = and_(received.c.state == DONE, received.c.at < now - _KNOWN_DAYS * DAY_S)
            is_too_old = and_(received.c.state != DONE, received.c.at < oldest)
            connection.execute(delete(received).where(or_(is_known, is_too_old)))
            if self._keep_text is not KeepText.ALL:
                _erase_words(connection, self._no_longer_kept(now))
            sweep_leases(connection)
            connection.execute(WRITES_NOTHING_NEW)
        self._engine.erase_for_good()
        self._engine.delete_copies(oldest)

    def newest(self) -> float | None:
        with self._engine.read() as connection:
            queries = (select(func.max(table.c.at)) for table in (decisions, received))
            found = [connection.execute(query).scalar() for query in queries]
        return max((at for at in found if at is not None), default=None)

    def lost(self) -> int:
        with self._engine.read() as connection:
            return len(self._lost_tickets(connection)) + len(self._lost_items(connection))

    def give_up_lost(self) -> None:
        with self._engine.write() as connection:
            own = tickets.c.id.in_(self._lost_tickets(connection))
            over = {"is_open": False, "posted": True, "question": None}
            connection.execute(update(tickets).where(own).values(over))
            items = received.c.number.in_(self._lost_items(connection))
            aside = {"state": SET_ASIDE, "reason": "it is sealed with a key that is lost"}
            connection.execute(update(received).where(items).values(aside))

    def close(self) -> None:
        self._engine.close()

    def _newest(self, where: ColumnElement[bool]) -> Record | None:
        with self._engine.read() as connection:
            found = records_of(connection, newest_first(where).limit(1))
        return found[0] if found else None

    def _no_longer_kept(self, now: float) -> ColumnElement[bool]:
        """Which decisions' words are not, or not any longer, to be kept."""
        if self._keep_text is KeepText.NONE:
            return decisions.c.text.is_not(None)
        unresolved = and_(decisions.c.at < now - DAY_S, not_(_refused()))
        return or_(
            decisions.c.small_talk.is_(True),
            decisions.c.action == Action.ANSWER.value,
            and_(_IS_FOLLOW_UP, or_(unresolved, _labelled(LabelKind.CHOICE))),
        )


def read_history(url: str, since: float) -> tuple[Record, ...]:
    """All that was asked since a time (seconds since 1970), oldest first, but small talk: a
    greeting is greeted, however the thresholds lie.

    The bot whose database it is may be running; see `read_only`.

    Raises:
        StoreError: it cannot be read; its text begins with the database's place.
    """
    recent = and_(decisions.c.at >= since, decisions.c.small_talk.is_(False))
    query = select(decisions).where(recent).order_by(decisions.c.at, decisions.c.number)
    return read_only(url, lambda connection: records_of(connection, query))


def read_records(url: str, days: float | None) -> tuple[str, Sequence[Record]]:
    """The database's place, and what was asked in the last so many days (None: ever).

    Raises:
        BotError: it cannot be read, or holds nothing of that time.
    """
    since = -math.inf if days is None else time.time() - days * DAY_S
    where, records = place_of(url), read_history(url, since)
    if not records:
        when = "yet" if days is None else f"in the last {days:g} {'day' if days == 1 else 'days'}"
        raise BotError(f"{where}: nothing was asked {when}.")
    return where, records


def read_missed(url: str, limit: int) -> Sequence[Missed]:
    """See `Store.missed`; and `read_history`.

    Raises:
        StoreError: it cannot be read; its text begins with the database's place.
    """
    return read_only(url, lambda connection: missed(connection, limit))


def read_words(url: str, most: int) -> tuple[Record, ...]:
    """What was asked last whose words are kept, newest first; see `read_history`."""
    kept = and_(decisions.c.text.is_not(None), decisions.c.small_talk.is_(False))
    query = newest_first(kept).limit(most)
    return read_only(url, lambda connection: records_of(connection, query))


# --- queries -------------------------------------------------------------------------------------


@cache
def _recording(dialect: str) -> Executable:
    return insert_into(dialect, decisions).on_conflict_do_nothing(index_elements=["id"])


@cache
def _showing(dialect: str) -> Executable:
    """Inserts the number of a decision that there is, in the place of what was shown before."""
    number, new = decisions.c.number.label("decision"), insert_into(dialect, shown)
    row = select(
        bindparam("its_chat", type_=shown.c.chat.type),
        bindparam("its_message", type_=shown.c.message_id.type),
        number,
    ).where(decisions.c.id == bindparam("its_id"))
    new = new.from_select([shown.c.chat, shown.c.message_id, shown.c.decision], row)
    return new.on_conflict_do_update(
        index_elements=[shown.c.chat, shown.c.message_id], set_={"decision": new.excluded.decision}
    )


def _labelled(kind: LabelKind) -> ColumnElement[bool]:
    return exists().where(labels.c.decision == decisions.c.number, labels.c.kind == kind.value)


def _refused() -> ColumnElement[bool]:
    """It was asked back first, what was shown was not liked, or the team had to help."""
    kinds = (LabelKind.NONE, LabelKind.CHOICE, LabelKind.DOWN, LabelKind.REPLIED)
    return or_(*map(_labelled, kinds))


def missed(connection: Connection, limit: int) -> Sequence[Missed]:
    """See `Store.missed`."""
    where = and_(
        decisions.c.small_talk.is_(False),
        decisions.c.dealt_with.is_not(True),
        or_(decisions.c.action == Action.FALLBACK.value, _refused()),
    )
    query = newest_first(where).limit(limit)
    records = records_of(connection, query)
    asked = connection.execute(query.with_only_columns(decisions.c.person, decisions.c.ignored))
    return [
        Missed(record, row.person, row.ignored is True)
        for record, row in zip(records, asked, strict=True)
    ]


def _erase_words(connection: Connection, where: ColumnElement[bool]) -> None:
    kept = and_(where, decisions.c.text.is_not(None))
    of_them = labels.c.decision.in_(select(decisions.c.number).where(kept))
    connection.execute(update(labels).where(of_them).values(text=None))
    connection.execute(update(decisions).where(kept).values(text=None, full_reason=None))
