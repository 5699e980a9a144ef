"""Who of several processes on one database handles what has arrived.

A lease is a name in a row, which counts as long as the database has seen the replica of that name
lately. A lock that dies with its connection would do without rows, but a restart of the server, or
its failover, ends all connections at once: whoever came back first would take what the others still
have under way. Rows outlive that, and for the length of a lease after the server's start all count.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Float,
    Integer,
    Row,
    ScalarSelect,
    Select,
    String,
    Table,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    extract,
    func,
    not_,
    or_,
    select,
    update,
)

from bot.store.shared import INBOX, InboxItem
from bot.store.sql.engine import SqlEngine, putting
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.schema import DAY_S, OPEN, lanes, received, replicas

CHANNEL = "faq_bot"  # on which replicas tell each other something
LEASE_S = 10.0  # a replica that was not seen for so long has ended
STAYS_S = 900.0  # a lane with the replica that served it last, as long as a follow-up is open
_JULIAN_1970 = 2_440_587.5  # days, as SQLite counts them
_SUSPECT_TRIES = 2  # begun so often and never ended: it may be what ended the processes


class LeaseTables:
    """The part of a `Store` that several processes share; see there what each method means."""

    _engine: SqlEngine
    _pseudonyms: Pseudonyms
    _account: int
    _held: set[int]  # numbers of items that are held back

    def lease(
        self, replica: str, most: int, own: Collection[int] | None = None
    ) -> Sequence[InboxItem]:
        dialect, account = self._engine.dialect, self._account
        asked: dict[str, object] = {"its_account": account, "replica": replica, "most": most}
        if own is not None:
            asked |= {"under_way": [*own], "held": [*self._held]}
        due = _due(dialect, with_orphans=own is not None)
        with self._engine.write() as connection:
            rows = connection.execute(due, asked).all()
            rows = _one_suspect(connection, replica, rows)
            if not rows:
                return []
            taken = {"replica": replica, "numbers": [row.number for row in rows]}
            connection.execute(_TAKE, taken)
            served = [
                {"account": account, "lane": lane, "holder": replica}
                for lane in {row.lane for row in rows} - {None}
            ]
            if served:
                connection.execute(_putting(dialect, lanes, "at"), served)
        return [
            InboxItem(row.update_id, row.at, text, tries=row.tries)
            for row in rows
            if (text := self._pseudonyms.unseal(row.sealed or "")) is not None
        ]

    def hold_back(self, replica: str, person: str, wish: int | None) -> Sequence[int]:
        hashed = self._pseudonyms.hashed("person", person)
        own = and_(received.c.person == hashed, received.c.state == OPEN, self._before(wish))
        free = _is_free(self._engine.dialect)
        with self._engine.write() as connection:
            held = update(received).where(own, free).values(holder=replica)
            numbers = connection.execute(held.returning(received.c.number)).scalars()
            self._held.update(numbers)
            others = and_(received.c.state == OPEN, received.c.holder != replica, not_(free))
            query = select(received.c.number).where(others)
            return connection.execute(query).scalars().all()

    def still_open(self, numbers: Sequence[int]) -> bool:
        under_way = and_(received.c.number.in_(numbers), received.c.state == OPEN)
        free = _is_free(self._engine.dialect)
        return bool(self._engine.run(select(received.c.number).where(under_way, not_(free))))

    def let_go(self) -> None:
        held = and_(received.c.number.in_(self._held), received.c.state == OPEN)
        self._engine.run(update(received).where(held).values(holder=None))
        self._held.clear()

    def summon(self, replica: str, update_ids: Collection[int]) -> None:
        if self._engine.dialect == "postgresql":
            came = {"its_account": self._account, "replica": replica, "came": [*update_ids]}
            self._engine.run(_summoning(), came)

    def tell(self, kind: str, words: str) -> None:
        if self._engine.dialect == "postgresql":
            told = f"{kind} {self._pseudonyms.seal(words) if words else ''}"
            self._engine.run(telling(told))

    def _before(self, wish: int | None) -> ColumnElement[bool]:
        """Whether an item came before another, by the id of that; of one that is not there, all."""
        is_it = and_(received.c.account == self._account, received.c.update_id == wish)
        number = select(received.c.number).where(is_it).scalar_subquery()
        return received.c.number < func.coalesce(number, received.c.number + 1)


# --- statements, built once: SQLAlchemy takes longer over one than the database does -------------

_TAKE = (
    update(received)
    .where(received.c.number.in_(bindparam("numbers", expanding=True)))
    .values(holder=bindparam("replica"), tries=received.c.tries + 1)
)


@cache
def _due(dialect: str, *, with_orphans: bool) -> Select[Any]:
    """The rows whose turn it is, locked, with those first that nothing speaks against.

    Args:
        with_orphans: with those that were leased to the replica, which was not told: the connection
            broke just then. The server plans each length of their lists anew.
    """
    replica, is_theirs = bindparam("replica", type_=String), _is_free(dialect)
    if with_orphans:
        is_orphan = and_(
            received.c.holder == replica,
            received.c.update_id.not_in(bindparam("under_way", expanding=True)),
            received.c.number.not_in(bindparam("held", expanding=True)),
        )
        is_theirs = or_(is_theirs, is_orphan)
    due = and_(
        received.c.account == bindparam("its_account"),
        received.c.state == OPEN,
        is_theirs,
        not_(_is_behind()),
        _server(dialect, lanes.c.holder != replica).is_(None),
        replica.in_(_alive(dialect)),  # or the others would take it at once
    )
    is_suspect = case((received.c.tries >= _SUSPECT_TRIES, 1), else_=0)
    query = select(received).where(due).order_by(is_suspect, received.c.number)
    query = query.limit(bindparam("most", type_=Integer))
    return query.with_for_update(skip_locked=True, of=received)


def _is_behind() -> ColumnElement[bool]:
    """Whether an older item of the same lane is open; all that have none are one lane."""
    older = received.alias("older")

    def is_one(of_lane: ColumnElement[bool]) -> ColumnElement[bool]:
        is_older = and_(older.c.account == received.c.account, older.c.number < received.c.number)
        return exists().where(is_older, older.c.state == OPEN, of_lane)

    alone = and_(received.c.lane.is_(None), is_one(older.c.lane.is_(None)))
    return or_(is_one(older.c.lane == received.c.lane), alone)


def _server(dialect: str, *more: ColumnElement[bool]) -> ScalarSelect[str]:
    """The replica that is there and has served an item's lane lately."""
    return (
        select(lanes.c.holder)
        .where(
            lanes.c.account == received.c.account,
            lanes.c.lane == received.c.lane,
            lanes.c.at > _now(dialect) - STAYS_S,
            lanes.c.holder.in_(_alive(dialect)),
            *more,
        )
        .scalar_subquery()
    )


@cache
def _summoning() -> Select[Any]:
    """Tells those who serve the lanes of what has come, or all where nobody does."""
    came = and_(
        received.c.account == bindparam("its_account"),
        received.c.update_id.in_(bindparam("came", expanding=True)),
        received.c.state == OPEN,
        received.c.holder.is_(None),
    )
    server = func.coalesce("_" + _server("postgresql"), "").label("server")
    told = select(server).where(came).distinct().subquery()
    query = select(func.pg_notify(CHANNEL + told.c.server, INBOX))
    return query.where(told.c.server != "_" + bindparam("replica", type_=String))


@cache
def _putting(dialect: str, table: Table, at: str) -> Executable:
    """Puts rows there as of now, by the database's clock."""
    return putting(dialect, table).values({at: _now(dialect)})


def telling(words: str) -> Select[Any]:
    """Tells all who listen, once the transaction has ended; of PostgreSQL alone."""
    return select(func.pg_notify(CHANNEL, words))


def register(connection: Connection, replica: str) -> None:
    """Note that a replica is there."""
    connection.execute(_putting(connection.dialect.name, replicas, "seen_at"), {"name": replica})


def leave(connection: Connection, replica: str) -> None:
    """Note that a replica has ended: what it has not come to an end with is anybody's at once."""
    connection.execute(delete(replicas).where(replicas.c.name == replica))


def sweep_leases(connection: Connection) -> None:
    """Erase who served which chat, once that is of no use, and replicas that have ended."""
    now = _now(connection.dialect.name)
    connection.execute(delete(lanes).where(lanes.c.at < now - STAYS_S))
    connection.execute(delete(replicas).where(replicas.c.seen_at < now - STAYS_S))


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


def _is_free(dialect: str) -> ColumnElement[bool]:
    """Whether nobody who is there has an item under way."""
    return or_(received.c.holder.is_(None), received.c.holder.not_in(_alive(dialect)))


def _alive(dialect: str) -> Select[Any]:
    """The names of the replicas that are there."""
    since = _now(dialect) - LEASE_S
    seen = replicas.c.seen_at > since
    if dialect == "postgresql":
        seen = or_(seen, _epoch(func.pg_postmaster_start_time()) > since)
    return select(replicas.c.name).where(seen)


def _now(dialect: str) -> ColumnElement[float]:
    """The database's clock, in seconds since 1970: replicas' clocks may differ."""
    if dialect == "postgresql":
        return _epoch(func.now())
    return (func.julianday("now", type_=Float) - _JULIAN_1970) * DAY_S


def _epoch(moment: ColumnElement[Any]) -> ColumnElement[float]:
    return cast(extract("epoch", moment), Float)
