"""Who of several processes on one database handles what has arrived.

A lease is a name in a row, which counts as long as the database has seen the replica of that name
lately. A lock that dies with its connection would do without rows, but a restart of the server, or
its failover, ends all connections at once: whoever came back first would take what the others still
have under way. Rows outlive that, and for the length of a lease after the server's start all count.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Row,
    Select,
    and_,
    case,
    cast,
    delete,
    exists,
    extract,
    func,
    literal,
    not_,
    or_,
    select,
    update,
)

from bot.store.shared import InboxItem
from bot.store.sql.engine import SqlEngine, put
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.schema import OPEN, lanes, received, replicas

CHANNEL = "faq_bot"  # on which replicas tell each other something
LEASE_S = 10.0  # a replica that was not seen for so long has ended
STAYS_S = 900.0  # a lane with the replica that served it last, as long as a follow-up is open
_SUSPECT_TRIES = 2  # begun so often and never ended: it may be what ended the processes


class LeaseTables:
    """The part of a `Store` that several processes share; see there what each method means."""

    _engine: SqlEngine
    _pseudonyms: Pseudonyms
    _account: int
    _held: set[int]  # numbers of items that are held back

    def lease(self, replica: str, most: int, own: Collection[int] = ()) -> Sequence[InboxItem]:
        with self._engine.write() as connection:
            rows = connection.execute(self._due(connection, replica, most, own)).all()
            rows = _one_suspect(connection, replica, rows)
            if not rows:
                return []
            taken = update(received).where(received.c.number.in_([row.number for row in rows]))
            connection.execute(taken.values(holder=replica, tries=received.c.tries + 1))
            now = connection.execute(select(_now(connection))).scalar_one()
            for lane in {row.lane for row in rows} - {None}:
                served = {"account": self._account, "lane": lane, "holder": replica, "at": now}
                put(connection, lanes, served)
        return [
            InboxItem(row.update_id, row.at, text, tries=row.tries)
            for row in rows
            if (text := self._pseudonyms.unseal(row.sealed or "")) is not None
        ]

    def hold_back(self, replica: str, person: str, wish: int | None) -> Sequence[int]:
        own = and_(received.c.person == self._hashed(person), received.c.state == OPEN)
        number = select(received.c.number).where(
            received.c.account == self._account, received.c.update_id == wish
        )
        before = received.c.number < func.coalesce(number.scalar_subquery(), received.c.number + 1)
        with self._engine.write() as connection:
            free = _is_free(connection)
            held = update(received).where(own, before, free).values(holder=replica)
            numbers = connection.execute(held.returning(received.c.number)).scalars()
            self._held.update(numbers)
            others = and_(received.c.state == OPEN, received.c.holder != replica, not_(free))
            query = select(received.c.number).where(others)
            return connection.execute(query).scalars().all()

    def still_open(self, numbers: Sequence[int]) -> bool:
        under_way = and_(received.c.number.in_(numbers), received.c.state == OPEN)
        with self._engine.read() as connection:
            query = select(received.c.number).where(under_way, not_(_is_free(connection)))
            return connection.execute(query).first() is not None

    def let_go(self) -> None:
        held = and_(received.c.number.in_(self._held), received.c.state == OPEN)
        with self._engine.write() as connection:
            connection.execute(update(received).where(held).values(holder=None))
        self._held.clear()

    def tell(self, kind: str, words: str) -> None:
        with self._engine.write() as connection:
            notify(connection, f"{kind} {self._pseudonyms.seal(words) if words else ''}")

    def _hashed(self, person: str) -> str:
        return self._pseudonyms.hashed("person", person)

    def _due(
        self, connection: Connection, replica: str, most: int, under_way: Collection[int]
    ) -> Select[Any]:
        """The rows whose turn it is, locked, with those first that nothing speaks against."""
        own = and_(received.c.account == self._account, received.c.state == OPEN)
        heads = select(func.min(received.c.number)).where(own).group_by(received.c.lane)
        of_others = and_(
            lanes.c.account == received.c.account,
            lanes.c.lane == received.c.lane,
            lanes.c.holder != replica,
            lanes.c.at > _now(connection) - STAYS_S,
            lanes.c.holder.in_(_alive(connection)),
        )
        # Leased to this replica, which was not told: the connection broke just then.
        is_orphan = and_(
            received.c.holder == replica,
            received.c.update_id.not_in(under_way),
            received.c.number.not_in(self._held),
        )
        due = and_(
            own,
            received.c.number.in_(heads),
            or_(_is_free(connection), is_orphan),
            not_(exists().where(of_others)),
            literal(replica).in_(_alive(connection)),  # or the others would take it at once
        )
        is_suspect = case((received.c.tries >= _SUSPECT_TRIES, 1), else_=0)
        query = select(received).where(due).order_by(is_suspect, received.c.number).limit(most)
        return query.with_for_update(skip_locked=True, of=received)


def register(connection: Connection, replica: str) -> None:
    """Note that a replica is there."""
    row = {"name": replica, "seen_at": connection.execute(select(_now(connection))).scalar_one()}
    put(connection, replicas, row)


def leave(connection: Connection, replica: str) -> None:
    """Note that a replica has ended: what it has not come to an end with is anybody's at once."""
    connection.execute(delete(replicas).where(replicas.c.name == replica))


def sweep_leases(connection: Connection) -> None:
    """Erase who served which chat, once that is of no use, and replicas that have ended."""
    now = _now(connection)
    connection.execute(delete(lanes).where(lanes.c.at < now - STAYS_S))
    connection.execute(delete(replicas).where(replicas.c.seen_at < now - STAYS_S))


def notify(connection: Connection, words: str) -> None:
    """Tell all who listen, once the transaction has ended; where nobody can, nobody is told."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, words)))


def _one_suspect(
    connection: Connection, replica: str, rows: Sequence[Row[Any]]
) -> Sequence[Row[Any]]:
    """Rows with one suspect at most, and none beside another: each is to be blamed for its own
    deed only."""
    fine = [row for row in rows if row.tries < _SUSPECT_TRIES]
    suspects = [row for row in rows if row.tries >= _SUSPECT_TRIES]
    if not suspects:
        return fine
    own = and_(received.c.holder == replica, received.c.state == OPEN)
    under_way = select(received.c.number).where(own, received.c.tries > _SUSPECT_TRIES)
    is_busy = connection.execute(under_way).first() is not None
    return fine if is_busy else [*fine, suspects[0]]


def _is_free(connection: Connection) -> ColumnElement[bool]:
    """Whether nobody who is there has an item under way."""
    return or_(received.c.holder.is_(None), received.c.holder.not_in(_alive(connection)))


def _alive(connection: Connection) -> Select[Any]:
    """The names of the replicas that are there."""
    since = _now(connection) - LEASE_S
    seen = replicas.c.seen_at > since
    if connection.dialect.name == "postgresql":
        seen = or_(seen, _epoch(func.pg_postmaster_start_time()) > since)
    return select(replicas.c.name).where(seen)


def _now(connection: Connection) -> ColumnElement[float]:
    """The database's clock, in seconds since 1970: replicas' clocks may differ."""
    is_file = connection.dialect.name == "sqlite"
    return literal(time.time()) if is_file else _epoch(func.clock_timestamp())


def _epoch(moment: ColumnElement[Any]) -> ColumnElement[float]:
    return cast(extract("epoch", moment), Float)
