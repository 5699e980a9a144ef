"""What has arrived and is not dealt with, and the numbers of what was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from bot.store.shared import INBOX, InboxItem
from bot.store.sql.engine import SqlEngine, clean
from bot.store.sql.leases import LeaseTables, notify
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.schema import DONE, OPEN, SET_ASIDE, received

# What is forgotten of an item that is given up on; and of one that is dealt with.
_LEFT: Mapping[str, Any] = dict.fromkeys(("sealed", "lane", "holder"))
_OVER: Mapping[str, Any] = {**_LEFT, "state": DONE, "person": None}


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
        by_id = {item.update_id: item for item in items}
        with self._engine.write(outlasts_power_cuts=True) as connection:
            query = select(received.c.update_id).where(
                received.c.account == self._account, received.c.update_id.in_(by_id)
            )
            known = set(connection.execute(query).scalars())
            rows = [self._received_row(item) for key, item in by_id.items() if key not in known]
            if rows:
                connection.execute(insert(received), rows)
                notify(connection, INBOX)
        return [update_id for update_id in by_id if update_id not in known]

    def begin(self, update_id: int) -> None:
        self._mark(update_id, tries=received.c.tries + 1)

    def done(self, update_id: int) -> None:
        self._mark(update_id, **_OVER)
        self._erase_wish(update_id)

    def set_aside(self, update_id: int, reason: str) -> None:
        self._mark(update_id, state=SET_ASIDE, reason=clean(reason), **_LEFT)
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
            number = select(received.c.number).where(is_it).scalar_subquery()
            own = and_(own, received.c.number < func.coalesce(number, received.c.number + 1))
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

    def _mark(self, update_id: int, **values: Any) -> None:
        which = and_(received.c.account == self._account, received.c.update_id == update_id)
        with self._engine.write() as connection:  # lost in a power cut, it costs a reply twice
            connection.execute(update(received).where(which).values(**values))
