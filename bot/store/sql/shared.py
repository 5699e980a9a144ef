"""What replicas share beside what they remember: one FAQ, token buckets."""

from __future__ import annotations

import time
from functools import cache

from sqlalchemy import (
    Connection,
    Executable,
    Float,
    and_,
    bindparam,
    case,
    delete,
    or_,
    select,
    true,
    update,
)

from bot.files.config.telegram import Limit
from bot.store.shared import FaqVersion, Taken
from bot.store.sql.engine import SqlEngine, insert_into
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.schema import DAY_S, buckets, faq_versions

_MINUTE_S = 60.0
_ROUNDING = 1e-6  # tokens; many small gains may add up to a little less than one large one


class SharedTables:
    """The part of a `Store` that is about what replicas share; see there what each method means."""

    _engine: SqlEngine
    _pseudonyms: Pseudonyms

    def faq_since(self, number: int) -> FaqVersion | None:
        newest = select(faq_versions).order_by(faq_versions.c.number.desc()).limit(1)
        found = self._engine.run(newest.where(faq_versions.c.number > number))
        return next((FaqVersion(it.number, it.digest, it.files, it.caches) for it in found), None)

    def knows_faq(self, digest: str) -> bool:
        known = select(faq_versions.c.number).where(faq_versions.c.digest == digest).limit(1)
        return bool(self._engine.run(known))

    def publish_faq(self, version: FaqVersion) -> bool:
        row = {
            "number": version.number,
            "digest": version.digest,
            "at": time.time(),
            "files": version.files,
            "caches": version.caches,
        }
        with self._engine.write(outlasts_power_cuts=True) as connection:
            new = insert_into(self._engine.dialect, faq_versions)
            new = new.on_conflict_do_nothing(index_elements=["number"])
            if connection.execute(new.returning(faq_versions.c.number), row).first() is None:
                return False
            older = update(faq_versions).where(faq_versions.c.number < version.number)
            connection.execute(older.values(files=None, caches=None))
        return True

    def take_tokens(self, bucket: str, limit: Limit, tokens: int, *, shuts: bool) -> Taken:
        wanted = min(tokens, limit.burst)
        values = {
            "name": self._pseudonyms.hashed("bucket", bucket),
            "tokens": float(limit.burst - wanted),
            "at": time.time(),
            "refused": 0,
            "wanted": wanted,
            "burst": float(limit.burst),
            "per_s": limit.per_minute / _MINUTE_S,
        }
        (found,) = self._engine.run(_taking(self._engine.dialect, shuts=shuts), values)
        if not found.refused:
            return Taken()
        missing = max(wanted - found.tokens, _ROUNDING)
        return Taken(missing / limit.per_minute * _MINUTE_S, is_shut=shuts and found.refused > 1)

    def _sweep_shared(self, connection: Connection, now: float) -> None:
        connection.execute(delete(buckets).where(buckets.c.at < now - DAY_S))


@cache
def _taking(dialect: str, *, shuts: bool) -> Executable:
    """One statement that fills a bucket by the time that has passed, and takes tokens of it.

    The clock is that of whoever asks; where clocks differ, none is turned back.
    """
    new, was = insert_into(dialect, buckets), buckets.c
    now = new.excluded.at
    wanted, burst = (bindparam(name, type_=Float) for name in ("wanted", "burst"))
    later = case((was.at < now, now), else_=was.at)
    filled = was.tokens + (later - was.at) * bindparam("per_s", type_=Float)
    is_full = filled > burst - _ROUNDING
    there = case((is_full, burst), else_=filled)
    is_open = or_(was.refused == 0, is_full) if shuts else true()
    takes = and_(is_open, there >= wanted)
    changed = {
        "tokens": case((takes, there - wanted), else_=there),
        "at": later,
        "refused": case((takes, 0), else_=was.refused + 1),
    }
    new = new.on_conflict_do_update(index_elements=["name"], set_=changed)
    return new.returning(was.tokens, was.refused)
