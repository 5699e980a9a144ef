"""What has arrived and is not dealt with, and the numbers of what was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Update, and_, bindparam, delete, func, select, update

from bot.store.shared import InboxItem
from bot.store.sql.engine import SqlEngine, clean, insert_into
from bot.store.sql.leases import LeaseTables
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.schema import DONE, OPEN, SET_ASIDE, received

# What is forgotten of an item that is given up on; and of one that is dealt with.
_LEFT: Mapping[str, Any] = dict.fromkeys(("sealed", "lane", "holder"))
_OVER: Mapping[str, Any] = {**_LEFT, "state": DONE, "person": None}
# Built once: SQLAlchemy takes longer over a statement than the database does.
_IS_IT = and_(
    received.c.account == bindparam("its_account"), received.c.update_id == bindparam("its_id")
)
_BEGIN = update(received).where(_IS_IT).values(tries=received.c.tries + 1)
_DONE = update(received).where(_IS_IT).values(_OVER)
_SET_ASIDE = (
    update(received).where(_IS_IT).values(state=SET_ASIDE, reason=bindparam("why"), **_LEFT)
)


class InboxTable(LeaseTables):
    """The part of a `Store` that is about what arrives; see there what each method means.

    Names are hashed, and what is said is sealed, with the pseudonyms.
    """

    _engine: SqlEngine
    _pseudonyms: Pseudonyms
    _wishes: set[int]  # to be forgotten, that are carried out and not done yet
    _account = 0

    def claim(self, account: int) -> int:
        others = and_(received.c.account != account, received.c.state == OPEN)
        with self._engine.write() as connection:
            nobodys = received.c.account.is_(None)  # from before accounts were noted
            connection.execute(update(received).where(nobodys).values(account=account))
            self._account = account
            query = select(func.count()).select_from(received).where(others)
            return connection.execute(query).scalar_one()

    def receive(self, items: Sequence[InboxItem]) -> Sequence[int]:
        if not items:
            return []
        rows = {item.update_id: self._received_row(item) for item in items}
        receiving = _receiving(self._engine.dialect)
        came = self._engine.run(receiving, [*rows.values()], outlasts_power_cuts=True)
        new = {row.update_id for row in came}
        return [update_id for update_id in rows if update_id in new]

    def begin(self, update_id: int) -> None:
        self._mark(_BEGIN, update_id)

    def done(self, update_id: int) -> None:
        self._mark(_DONE, update_id)
        self._erase_wish(update_id)

    def set_aside(self, update_id: int, reason: str) -> None:
        self._mark(_SET_ASIDE, update_id, why=clean(reason))
        self._erase_wish(update_id)

    def backlog(self) -> Sequence[InboxItem]:
        own = and_(received.c.account == self._account, received.c.state == OPEN)
        query = select(received).where(own).order_by(received.c.number)
        with self._engine.read() as connection:
            rows = connection.execute(query).all()
        unsealed = [(row, self._pseudonyms.unseal(row.sealed or "")) for row in rows]
        return [
            # Before the payload there was a number in a line of its own for a while.
            InboxItem(row.update_id, row.at, text.rpartition("\n")[2], tries=row.tries)
            for row, text in unsealed
            if text is not None
        ]

    def _forget_received(self, connection: Connection, hashed: str, wish: int | None) -> None:
        """Forget what a person has sent up to a wish; what waits is done, but the wish itself."""
        own = received.c.person == hashed
        if wish is not None:
            is_it = and_(received.c.account == self._account, received.c.update_id == wish)
            connection.execute(update(received).where(is_it).values(person=None))
            self._wishes.add(wish)
            own = and_(own, self._before(wish))
        connection.execute(delete(received).where(own, received.c.state == SET_ASIDE))
        connection.execute(update(received).where(own).values(_OVER))

    def _erase_wish(self, update_id: int) -> None:
        if update_id in self._wishes:
            self._wishes.discard(update_id)
            self._engine.erase_for_good()

    def _lost_items(self, connection: Connection) -> list[int]:
        """The rows of items that wait and were sealed with another key."""
        rows = connection.execute(select(received).where(received.c.state == OPEN)).all()
        unseal = self._pseudonyms.unseal
        return [row.number for row in rows if unseal(row.sealed or "") is None]

    def _received_row(self, item: InboxItem) -> dict[str, object]:
        hashed, person = self._pseudonyms.hashed, item.person
        return {
            "account": self._account,
            "update_id": item.update_id,
            "at": item.at,
            "person": None if person is None else hashed("person", person),
            "sealed": self._pseudonyms.seal(item.payload),
            "state": OPEN,
            "tries": item.tries,
            "lane": None if item.lane is None else hashed("lane", str(item.lane)),
        }

    def _mark(self, how: Update, update_id: int, **values: str) -> None:
        """Lost in a power cut, it costs a reply twice."""
        self._engine.run(how, {"its_account": self._account, "its_id": update_id, **values})


@cache
def _receiving(dialect: str) -> Executable:
    """Inserts rows, and returns the ids of those that were not there."""
    new = insert_into(dialect, received).on_conflict_do_nothing()
    return new.returning(received.c.update_id)
