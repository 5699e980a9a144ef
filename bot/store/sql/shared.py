"""What replicas share beside what they remember: one FAQ, leases, token buckets."""

from __future__ import annotations

import time

from sqlalchemy import Connection, Insert, and_, case, delete, exists, or_, select, true, update

from bot.files.config_telegram import Limit
from bot.store.shared import FaqVersion, Taken
from bot.store.sql.engine import SqlEngine, insert_into
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.schema import DAY_S, buckets, faq_versions, leases

_MINUTE_S = 60.0
_ROUNDING = 1e-6  # tokens; many small gains may add up to a little less than one large one


class SharedTables:
    """The part of a `Store` that is about what replicas share; see there what each method means."""

    _engine: SqlEngine
    _pseudonyms: Pseudonyms

    def faq_since(self, number: int) -> FaqVersion | None:
        newest = select(faq_versions).order_by(faq_versions.c.number.desc()).limit(1)
        with self._engine.read() as connection:
            row = connection.execute(newest.where(faq_versions.c.number > number)).first()
        return None if row is None else FaqVersion(row.number, row.digest, row.files, row.caches)

    def knows_faq(self, digest: str) -> bool:
        with self._engine.read() as connection:
            known = select(exists().where(faq_versions.c.digest == digest))
            return bool(connection.execute(known).scalar())

    def publish_faq(self, version: FaqVersion) -> bool:
        row = {
            "number": version.number,
            "digest": version.digest,
            "at": time.time(),
            "files": version.files,
            "caches": version.caches,
        }
        with self._engine.write(outlasts_power_cuts=True) as connection:
            new = insert_into(connection, faq_versions).values(row)
            new = new.on_conflict_do_nothing(index_elements=["number"])
            if connection.execute(new.returning(faq_versions.c.number)).first() is None:
                return False
            older = update(faq_versions).where(faq_versions.c.number < version.number)
            connection.execute(older.values(files=None, caches=None))
        return True

    def take_lease(self, name: str, owner: str, seconds: float) -> bool:
        now = time.time()
        row = {"name": name, "owner": owner, "until": now + seconds}
        with self._engine.write() as connection:
            taken = insert_into(connection, leases).values(row)
            is_free = or_(leases.c.until < now, leases.c.owner == owner)
            taken = taken.on_conflict_do_update(index_elements=["name"], set_=row, where=is_free)
            return connection.execute(taken.returning(leases.c.name)).first() is not None

    def give_lease(self, name: str, owner: str) -> None:
        own = and_(leases.c.name == name, leases.c.owner == owner)
        with self._engine.write() as connection:
            connection.execute(delete(leases).where(own))

    def take_tokens(self, bucket: str, limit: Limit, tokens: int, *, shuts: bool) -> Taken:
        hashed, wanted = self._pseudonyms.hashed("bucket", bucket), min(tokens, limit.burst)
        with self._engine.write() as connection:
            take = _taking(connection, hashed, limit, wanted, shuts=shuts)
            found = connection.execute(take).one()
        if not found.refused:
            return Taken()
        missing = max(wanted - found.tokens, _ROUNDING)
        return Taken(missing / limit.per_minute * _MINUTE_S, is_shut=shuts and found.refused > 1)

    def _sweep_shared(self, connection: Connection, now: float) -> None:
        connection.execute(delete(buckets).where(buckets.c.at < now - DAY_S))


def _taking(connection: Connection, name: str, limit: Limit, wanted: int, *, shuts: bool) -> Insert:
    """One statement that fills a bucket by the time that has passed, and takes tokens of it.

    The clock is that of whoever asks; where clocks differ, none is turned back.
    """
    now, was = time.time(), buckets.c
    later = case((was.at < now, now), else_=was.at)
    filled = was.tokens + (later - was.at) / _MINUTE_S * limit.per_minute
    is_full = filled > limit.burst - _ROUNDING
    there = case((is_full, float(limit.burst)), else_=filled)
    is_open = or_(was.refused == 0, is_full) if shuts else true()
    takes = and_(is_open, there >= wanted)
    full = {"name": name, "tokens": float(limit.burst - wanted), "at": now, "refused": 0}
    changed = {
        "tokens": case((takes, there - wanted), else_=there),
        "at": later,
        "refused": case((takes, 0), else_=was.refused + 1),
    }
    new = insert_into(connection, buckets).values(full)
    new = new.on_conflict_do_update(index_elements=["name"], set_=changed)
    return new.returning(was.tokens, was.refused)
