"""The connection that makes a process one of several on one PostgreSQL server.

What it leads is a lock of this session, which ends with it: when the process dies, when the
connection breaks, or when the server has heard nothing for `ENDS_S`, for which it is told to end
the session by itself.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from sqlalchemy import Function, func, select

from bot.errors import StoreError
from bot.store.session import ENDS_S, Round, Session
from bot.store.shared import TABLES
from bot.store.sql.leases import CHANNEL, leave, register
from bot.store.sql.postgres import alone, explained
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.schema import require_served

_LEADS = 0x6661_7100_0000_0000  # advisory locks from here on, one for each thing that one leads
_STATEMENT_MS = 3_000
_REGISTERS_S = 0.5


class PostgresSession(Session):
    """A `Session`; opened when it is made.

    Args:
        url: the database's address.
        pseudonyms: what is told is sealed with them.
        name: of this replica, unlike all others.
    Raises:
        StoreError: the server cannot be reached now.
    """

    def __init__(self, url: str, pseudonyms: Pseudonyms, name: str) -> None:
        self._pseudonyms = pseudonyms
        self._name = name
        self._leads: set[int] = set()
        self._registers_at = 0.0
        self._fits = False  # this bot the tables, as far as was looked
        with explained():
            self._connection = alone(url).connect()
            set_up = self._connection.exec_driver_sql
            set_up(f"SET idle_session_timeout TO {ENDS_S * 1000:.0f}")
            set_up(f"SET statement_timeout TO {_STATEMENT_MS}")
            set_up(f"LISTEN {CHANNEL}")
            set_up(f"LISTEN {CHANNEL}_{name}")

    def round(self, wanted: Collection[int], wait_s: float) -> Round:
        with explained():
            if not self._fits:
                require_served(self._connection)
                self._fits = True
            if time.monotonic() >= self._registers_at:  # not whenever something is told
                register(self._connection, self._name)
                self._registers_at = time.monotonic() + _REGISTERS_S
            for each in self._leads.difference(wanted):
                self._ask(func.pg_advisory_unlock(_LEADS + each))
            self._leads.intersection_update(wanted)
            others = set(wanted) - self._leads
            more = {each for each in others if self._ask(func.pg_try_advisory_lock(_LEADS + each))}
            self._leads |= more
            driver: Any = self._connection.connection.driver_connection
        try:
            coming = driver.notifies(timeout=0 if more else wait_s, stop_after=1)
            heard = [each.payload for each in coming]
        except Exception as error:  # noqa: BLE001  (the driver's own, past SQLAlchemy)
            raise StoreError(f"the server cannot be heard: {error}") from None
        told = tuple(map(self._read, heard))
        self._fits = all(kind != TABLES for kind, _ in told)
        return Round(frozenset(self._leads), told)

    def close(self) -> None:
        with suppress(Exception), explained():
            leave(self._connection, self._name)
        with suppress(Exception), explained():
            self._connection.close()

    def _ask(self, function: Function[bool]) -> bool:
        return self._connection.execute(select(function)).scalar_one()

    def _read(self, payload: str) -> tuple[str, str]:
        kind, _, sealed = payload.partition(" ")
        return kind, (self._pseudonyms.unseal(sealed) or "") if sealed else ""
