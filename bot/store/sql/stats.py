"""How much was asked, of which entry, and what people thought of it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select

from bot.domain import Action
from bot.store.sql.schema import DAY_S, decisions, labels
from bot.store.store import Counts, EntryCounts, LabelKind, Stats

_COUNTED = {
    Action.ANSWER.value: "answered",
    Action.FOLLOW_UP.value: "asked_back",
    Action.FALLBACK.value: "unanswered",
    LabelKind.UP.value: "up",
    LabelKind.DOWN.value: "down",
}


def count(connection: Connection, since: float) -> Stats:
    """Count what was asked since a time."""
    meant = and_(decisions.c.at >= since, decisions.c.small_talk.is_(False))
    days = _by_day(connection, meant)
    total: Counter[str] = sum(days.values(), Counter())
    return Stats(
        total=Counts(**total),
        by_day=tuple(
            (datetime.fromtimestamp(day * DAY_S, UTC).strftime("%Y-%m-%d"), Counts(**days[day]))
            for day in sorted(days, reverse=True)
        ),
        by_entry=_by_entry(connection, meant),
    )


def _by_day(connection: Connection, meant: ColumnElement[bool]) -> dict[int, Counter[str]]:
    """By day since 1970, the fields of `Counts`."""
    days: dict[int, Counter[str]] = {}
    columns = (decisions.c.day, decisions.c.action)
    query = select(*columns, func.count()).where(meant).group_by(*columns)
    for day, action, number in connection.execute(query):
        counts = days.setdefault(day, Counter())
        counts[_COUNTED[action]] += number
        counts["asked"] += number
    columns_and_kind = (*columns, labels.c.kind)
    query = select(*columns_and_kind, func.count()).select_from(decisions.join(labels))
    query = query.where(meant).group_by(*columns_and_kind)
    for day, action, kind, number in connection.execute(query):
        if kind in _COUNTED:
            days[day][_COUNTED[kind]] += number
        elif kind == LabelKind.CHOICE.value and action == Action.FOLLOW_UP.value:
            days[day]["resolved"] += number
    return days


def _by_entry(connection: Connection, meant: ColumnElement[bool]) -> tuple[EntryCounts, ...]:
    """Most answered and chosen first; those alike by their ids."""
    found: dict[str, Counter[str]] = {}

    def add(entry_id: str | None, field: str, number: int) -> None:
        if entry_id is not None:
            found.setdefault(entry_id, Counter())[field] += number

    outright = and_(meant, decisions.c.action == Action.ANSWER.value)
    whole = and_(outright, decisions.c.parts.is_(None))
    entry = decisions.c.entry_id
    for row in connection.execute(select(entry, func.count()).where(whole).group_by(entry)):
        add(row[0], "answered", row[1])
    in_parts = and_(outright, decisions.c.parts.is_not(None))
    for row in connection.execute(select(entry, decisions.c.parts).where(in_parts)):
        parts = [part["entry"] for part in row.parts if part["action"] == Action.ANSWER.value]
        for entry_id in parts or [row.entry_id]:
            add(entry_id, "answered", 1)
    judged = func.coalesce(labels.c.entry_id, entry)
    query = (
        select(judged, labels.c.kind, func.count())
        .select_from(decisions.join(labels))
        .where(meant, labels.c.kind != LabelKind.NONE.value)
        .group_by(judged, labels.c.kind)
    )
    for entry_id, kind, number in connection.execute(query):
        add(entry_id, "chosen" if kind == LabelKind.CHOICE.value else kind, number)
    entries = [
        EntryCounts(entry_id, **{name: n[name] for name in ("answered", "chosen", "up", "down")})
        for entry_id, n in found.items()
    ]
    return tuple(sorted(entries, key=lambda e: (-e.answered - e.chosen, e.entry_id)))
