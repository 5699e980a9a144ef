"""What has arrived, in a database: it is written down before the channel is told so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from bot.store.sql.engine import Tables
from bot.store.sql.schema import DAY_S, DONE, OPEN, SET_ASIDE
from bot.store.sql.schema import received as table
from bot.store.store import InboxItem

_KNOWN_DAYS = 8  # Telegram, for one, numbers updates anew after a week without any


class InboxTable(Tables):
    """The part of a `Store` that is about what has arrived; see there what each method means.

    What an update says is sealed, and stays only until it is dealt with; of one that was not,
    until it is as old as all that is remembered.
    """

    def receive(self, items: Sequence[InboxItem]) -> Sequence[int]:
        rows = {each.update_id: self._received_row(each) for each in items}
        with self._engine.write(outlasts_power_cuts=True) as connection:
            query = select(table.c.update_id).where(table.c.update_id.in_(rows))
            known = set(connection.execute(query).scalars())
            new = [update_id for update_id in rows if update_id not in known]
            if new:
                connection.execute(insert(table), [rows[update_id] for update_id in new])
            return new

    def begin(self, update_id: int) -> None:
        self._mark(update_id, tries=table.c.tries + 1)

    def done(self, update_id: int) -> None:
        self._mark(update_id, state=DONE, sealed=None, person=None)

    def set_aside(self, update_id: int, reason: str) -> None:
        self._mark(update_id, state=SET_ASIDE, reason=reason)

    def backlog(self) -> Sequence[InboxItem]:
        query = select(table).where(table.c.state == OPEN).order_by(table.c.number)
        with self._engine.read() as connection:
            rows = connection.execute(query).all()
        items = []
        for row in rows:
            sealed = self._pseudonyms.unseal(row.sealed or "")
            if sealed is not None:
                lane, payload = _opened(sealed)
                items.append(InboxItem(row.update_id, row.at, payload, lane, tries=row.tries))
        return items

    def _received_row(self, item: InboxItem) -> dict[str, Any]:
        person = item.person
        return {
            "update_id": item.update_id,
            "at": item.at,
            "person": None if person is None else self._pseudonyms.hashed("person", person),
            "sealed": self._pseudonyms.seal(f"{item.lane}\n{item.payload}"),
            "state": OPEN,
            "tries": item.tries,
        }

    def _mark(self, update_id: int, **values: Any) -> None:
        which = table.c.update_id == update_id  # a mark that a power cut takes costs a reply twice
        with self._engine.write() as connection:
            connection.execute(update(table).where(which).values(**values))


def forget_received(connection: Connection, person: str) -> None:
    """Erase what was set aside of a person.

    Args:
        person: hashed.
    """
    own = table.c.person == person
    connection.execute(delete(table).where(own, table.c.state == SET_ASIDE))
    # What is under way, such as the wish to be forgotten itself, goes when it is done.
    connection.execute(update(table).where(own).values(person=None))


def sweep_received(connection: Connection, now: float, oldest: float) -> None:
    """Erase the ids of updates that the channel will not send again, and what is too old.

    One that is still open by then is sealed with another key, or nobody started the bot.
    """
    is_known = and_(table.c.state == DONE, table.c.at < now - _KNOWN_DAYS * DAY_S)
    is_too_old = and_(table.c.state != DONE, table.c.at < oldest)
    connection.execute(delete(table).where(or_(is_known, is_too_old)))


def _opened(sealed: str) -> tuple[int, str]:
    """Lane and payload; versions before 3 sealed the payload alone, a JSON object."""
    if sealed.startswith("{"):
        return 0, sealed
    lane, _, payload = sealed.partition("\n")
    return int(lane), payload
