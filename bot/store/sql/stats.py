"""How much was asked, of which entry, and what people thought of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, and_, exists, func, select

from bot.domain import Action
from bot.store.counts import Counts, EntryCounts, Glimpse, Stats
from bot.store.sql.engine import SqlEngine, read_only
from bot.store.sql.schema import DAY_S, decisions, labels
from bot.store.store import LabelKind

_COUNTED = {
    Action.ANSWER.value: "answered",
    Action.FOLLOW_UP.value: "asked_back",
    Action.FALLBACK.value: "unanswered",
}


class DecisionStats:
    """The part of a `Store` that looks at many decisions; see there."""

    _engine: SqlEngine

    def stats(self, since: float) -> Stats:
        with self._engine.read() as connection:
            return _count(connection, since)

    def glimpses(self, since: float, until: float, limit: int) -> Sequence[Glimpse]:
        with self._engine.read() as connection:
            return _glimpses(connection, since, until, limit)


def read_firsts(url: str, since: float) -> frozenset[str]:
    """The ids of the first records since a time (seconds since 1970), one of each person.

    Raises:
        StoreError: they cannot be read; see `read_only`.
    """
    recent = and_(decisions.c.at >= since, decisions.c.small_talk.is_(False))
    asked = select(func.min(decisions.c.number)).where(recent)
    first = select(decisions.c.id).where(decisions.c.number.in_(asked.group_by(decisions.c.person)))
    return read_only(url, lambda found: frozenset(found.execute(first).scalars()))


def _count(connection: Connection, since: float) -> Stats:
    """Count what was asked since a time."""
    days: defaultdict[int, Counter[str]] = defaultdict(Counter)  # since 1970; fields of `Counts`
    entries: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    meant = and_(decisions.c.at >= since, decisions.c.small_talk.is_(False))
    day, action, entry = decisions.c.day, decisions.c.action, decisions.c.entry_id
    for row in connection.execute(select(day, action, entry, decisions.c.parts).where(meant)):
        days[row.day].update(["asked", _COUNTED[row.action]])
        if row.action == Action.ANSWER.value:
            parts = [part["entry"] for part in row.parts or () if part["action"] == row.action]
            for entry_id in parts or [row.entry_id]:
                entries[entry_id]["answered"] += 1
    judged = func.coalesce(labels.c.entry_id, entry).label("judged")
    said = select(day, action, labels.c.kind, judged).select_from(decisions.join(labels))
    of_bot = [kind.value for kind in (LabelKind.CHOICE, LabelKind.UP, LabelKind.DOWN)]
    for row in connection.execute(said.where(meant, labels.c.kind.in_(of_bot))):
        if row.kind != LabelKind.CHOICE.value:
            days[row.day][row.kind] += 1
            entries[row.judged][row.kind] += 1
        else:
            days[row.day]["resolved"] += row.action == Action.FOLLOW_UP.value
            entries[row.judged]["chosen"] += 1
    by_entry = [
        EntryCounts(entry_id, *(n[field] for field in ("answered", "chosen", "up", "down")))
        for entry_id, n in entries.items()
        if entry_id is not None
    ]
    old = select(decisions.c.number).where(meant, decisions.c.tentative.is_(None)).limit(1)
    return Stats(
        total=Counts(**sum(days.values(), Counter[str]())),
        by_day=tuple(
            (datetime.fromtimestamp(day * DAY_S, UTC).strftime("%Y-%m-%d"), Counts(**counts))
            for day, counts in sorted(days.items(), reverse=True)
        ),
        by_entry=tuple(sorted(by_entry, key=lambda e: (-e.answered - e.chosen, e.entry_id))),
        helped=_labelled(connection, LabelKind.HELPED, since),
        unhelped=_labelled(connection, LabelKind.UNHELPED, since),
        has_old_scores=connection.execute(old).first() is not None,
    )


def _glimpses(connection: Connection, since: float, until: float, limit: int) -> list[Glimpse]:
    asked = decisions.c
    was_chosen = labels.c.kind == LabelKind.CHOICE.value
    query = (
        select(
            *(asked.at, asked.person, asked.score, asked.unknown, asked.text, asked.action),
            asked.candidates[0]["entry"].as_string().label("nearest"),
            exists().where(labels.c.decision == asked.number, was_chosen).label("was_chosen"),
        )
        .where(asked.at >= since, asked.at < until, asked.small_talk.is_(False))
        .order_by(asked.at.desc(), asked.number.desc())
        .limit(limit)
    )
    found = [
        Glimpse(
            *(row.at, row.person, row.nearest or "", row.score, row.unknown, row.text),
            is_resolved=row.action == Action.ANSWER.value
            or (row.action == Action.FOLLOW_UP.value and bool(row.was_chosen)),
        )
        for row in connection.execute(query)
    ]
    return found[::-1]


def _labelled(connection: Connection, kind: LabelKind, since: float) -> int:
    given = and_(labels.c.kind == kind.value, labels.c.at >= since)
    return connection.execute(select(func.count()).where(given)).scalar_one()
