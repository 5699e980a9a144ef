"""The inbox in a database: what has arrived is written down before the channel is told so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from bot.store.inbox import InboxItem
from bot.store.pseudonyms import Pseudonyms
from bot.store.sql.engine import SqlEngine
from bot.store.sql.schema import DAY_S, DONE, OPEN, SET_ASIDE, WRITES_NOTHING_NEW
from bot.store.sql.schema import received as table

_KNOWN_DAYS = 8  # Telegram, for one, numbers updates anew after a week without any


class SqlInbox:
    """An `Inbox` in the bot's database.

    What an update says is sealed, and stays only until it is dealt with; of one that was not,
    until it is as old as all that is remembered.

    Args:
        url: of the database.
        retention_days: whatever is not dealt with is erased then.
    """

    def __init__(self, url: str, pseudonyms: Pseudonyms, retention_days: int) -> None:
        self._lasting = SqlEngine(url, outlasts_power_cuts=True)
        self._marks = SqlEngine(url)  # a mark that a power cut takes costs one reply twice
        self._pseudonyms = pseudonyms
        self._retention_days = retention_days

    def record(self, items: Sequence[InboxItem]) -> list[int]:
        """See `Inbox.record`."""
        rows = {each.update_id: self._row(each) for each in items}

        def work(connection: Connection) -> list[int]:
            query = select(table.c.update_id).where(table.c.update_id.in_(rows))
            known = set(connection.execute(query).scalars())
            new = [update_id for update_id in rows if update_id not in known]
            if new:
                connection.execute(insert(table), [rows[update_id] for update_id in new])
            return new

        return self._lasting.write(work) if rows else []

    def begin(self, update_id: int) -> None:
        """See `Inbox.begin`."""
        self._mark(update_id, tries=table.c.tries + 1)

    def done(self, update_id: int) -> None:
        """See `Inbox.done`."""
        self._mark(update_id, state=DONE, sealed=None, person=None)

    def set_aside(self, update_id: int, reason: str) -> None:
        """See `Inbox.set_aside`."""
        self._mark(update_id, state=SET_ASIDE, reason=reason)

    def open(self) -> Sequence[InboxItem]:
        """See `Inbox.open`."""
        query = select(table).where(table.c.state == OPEN).order_by(table.c.number)

        def work(connection: Connection) -> list[InboxItem]:
            found = []
            for row in connection.execute(query):
                sealed = self._pseudonyms.unseal(row.sealed or "")
                if sealed is not None:
                    lane, payload = _opened(sealed)
                    item = InboxItem(row.update_id, row.at, payload, lane, tries=row.tries)
                    found.append(item)
            return found

        return self._marks.read(work)

    def sweep(self, now: float) -> int:
        """See `Inbox.sweep`."""

        def work(connection: Connection) -> int:
            old = table.c.at < now - _KNOWN_DAYS * DAY_S
            gone = connection.execute(delete(table).where(table.c.state == DONE, old))
            # One that is still open by then is sealed with another key, or nobody started the bot.
            too_old = table.c.at < now - self._retention_days * DAY_S
            connection.execute(delete(table).where(table.c.state != DONE, too_old))
            connection.execute(WRITES_NOTHING_NEW)
            return gone.rowcount

        return self._marks.write(work)

    def close(self) -> None:
        """See `Inbox.close`."""
        self._lasting.close()
        self._marks.close()

    def _row(self, item: InboxItem) -> dict[str, Any]:
        person = item.person
        return {
            "update_id": item.update_id,
            "at": item.at,
            "person": None if person is None else self._pseudonyms.hashed("person", person),
            "sealed": self._pseudonyms.seal(f"{item.lane}\n{item.payload}"),
            "state": OPEN,
            "tries": item.tries,
            "reason": None,
        }

    def _mark(self, update_id: int, **values: Any) -> None:
        which = table.c.update_id == update_id
        self._marks.write(lambda c: c.execute(update(table).where(which).values(**values)))


def _opened(sealed: str) -> tuple[int, str]:
    """Lane and payload; versions before 3 sealed the payload alone, a JSON object."""
    if sealed.startswith("{"):
        return 0, sealed
    lane, _, payload = sealed.partition("\n")
    return int(lane), payload
