"""How much was asked, of which entry, and what people thought of it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    exists,
    func,
    not_,
    or_,
    select,
    true,
)

from bot.domain import Action
from bot.store.counts import Behind, Counts, EntryCounts, Figure, Glimpse, Stats
from bot.store.sql.engine import SqlEngine, read_only
from bot.store.sql.rows import newest_first, records_of
from bot.store.sql.schema import DAY_S, decisions, labels
from bot.store.store import LabelKind, Record

_COUNTED = {
    Action.ANSWER.value: "answered",
    Action.FOLLOW_UP.value: "asked_back",
    Action.FALLBACK.value: "unanswered",
}
_KINDS = {
    Figure.RESOLVED: LabelKind.CHOICE.value,
    Figure.CHOSEN: LabelKind.CHOICE.value,
    Figure.UP: LabelKind.UP.value,
    Figure.DOWN: LabelKind.DOWN.value,
}
_KINDS_OF_BOT = (LabelKind.CHOICE.value, LabelKind.UP.value, LabelKind.DOWN.value)
_OF_BOT = labels.c.kind.in_(_KINDS_OF_BOT)
_SAID = decisions.join(labels)
_JUDGED = func.coalesce(labels.c.entry_id, decisions.c.entry_id).label("judged")
_IN_PARTS = decisions.c.parts.is_not(None)
_IS_ANSWER = decisions.c.action == Action.ANSWER.value
_IS_ASKED_BACK = decisions.c.action == Action.FOLLOW_UP.value
_IS: Mapping[Figure, tuple[ColumnElement[bool], ...]] = {
    Figure.ASKED: (),
    Figure.ANSWERED: (_IS_ANSWER,),
    Figure.TENTATIVE: (decisions.c.tentative.is_(True),),
    Figure.ONLY_ASKED: (_IS_ASKED_BACK, decisions.c.tentative.is_not(True)),
    Figure.UNANSWERED: (decisions.c.action == Action.FALLBACK.value,),
}


class DecisionStats:
    """The part of a `Store` that looks at many decisions; see there."""

    _engine: SqlEngine

    def stats(self, since: float) -> Stats:
        with self._engine.read() as connection:
            return _count(connection, since)

    def behind(self, number: Behind, limit: int) -> Sequence[Record]:
        with self._engine.read() as connection:
            return _behind(connection, number, limit)

    def glimpses(self, since: float, until: float, limit: int) -> Sequence[Glimpse]:
        with self._engine.read() as connection:
            return _glimpses(connection, since, until, limit)


def read_firsts(url: str, since: float) -> frozenset[str]:
    """The ids of the first records since a time (seconds since 1970), one of each person.

    Raises:
        StoreError: they cannot be read; see `read_only`.
    """
    asked = select(func.min(decisions.c.number)).where(_meant(since))
    first = select(decisions.c.id).where(decisions.c.number.in_(asked.group_by(decisions.c.person)))
    return read_only(url, lambda found: frozenset(found.execute(first).scalars()))


def _count(connection: Connection, since: float) -> Stats:
    """Count what was asked since a time."""
    meant = _meant(since)
    by_day, has_old_scores = _by_day(connection, meant)
    typical_s, slow_s = _took(connection, meant)
    return Stats(
        total=Counts(**sum(by_day.values(), Counter[str]())),
        by_day=tuple(
            (datetime.fromtimestamp(day * DAY_S, UTC).strftime("%Y-%m-%d"), Counts(**counts))
            for day, counts in sorted(by_day.items(), reverse=True)
        ),
        by_entry=_by_entry(connection, meant),
        helped=_labelled(connection, LabelKind.HELPED, since),
        unhelped=_labelled(connection, LabelKind.UNHELPED, since),
        has_old_scores=has_old_scores,
        typical_s=typical_s,
        slow_s=slow_s,
    )


def _by_day(
    connection: Connection, meant: ColumnElement[bool]
) -> tuple[Mapping[int, Counter[str]], bool]:
    """By days since 1970, the fields of `Counts`; and `Stats.has_old_scores`."""
    days: defaultdict[int, Counter[str]] = defaultdict(Counter)
    has_old_scores = False
    day, action = decisions.c.day, decisions.c.action
    for row in _grouped(connection, decisions, meant, day, action, decisions.c.tentative):
        days[row.day].update({"asked": row.n, _COUNTED[row.action]: row.n})
        days[row.day]["tentative"] += row.n if row.tentative else 0
        has_old_scores |= row.tentative is None
    for row in _grouped(connection, _SAID, and_(meant, _OF_BOT), day, action, labels.c.kind):
        if row.kind != LabelKind.CHOICE.value:
            days[row.day][row.kind] += row.n
        elif row.action == Action.FOLLOW_UP.value:
            days[row.day]["resolved"] += row.n
    return days, has_old_scores


def _by_entry(connection: Connection, meant: ColumnElement[bool]) -> tuple[EntryCounts, ...]:
    entries: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    answered, entry = and_(meant, _IS_ANSWER), decisions.c.entry_id
    for row in _grouped(connection, decisions, and_(answered, not_(_IN_PARTS)), entry):
        entries[row.entry_id]["answered"] = row.n
    for parts in connection.execute(select(decisions.c.parts).where(answered, _IN_PARTS)).scalars():
        for entry_id in _answered_in(parts):
            entries[entry_id]["answered"] += 1
    for row in _grouped(connection, _SAID, and_(meant, _OF_BOT), _JUDGED, labels.c.kind):
        entries[row.judged][row.kind] = row.n
    counted = (
        EntryCounts(entry_id, *(n[kind] for kind in ("answered", *_KINDS_OF_BOT)))
        for entry_id, n in entries.items()
        if entry_id is not None
    )
    return tuple(sorted(counted, key=lambda each: (-each.answered - each.chosen, each.entry_id)))


def _grouped(
    connection: Connection,
    table: FromClause,
    where: ColumnElement[bool],
    *columns: ColumnElement[Any],
) -> Sequence[Row[Any]]:
    """What is alike in some columns, and under "n" how often it is there."""
    alike: Select[Any] = select(*columns, func.count().label("n")).select_from(table)
    return connection.execute(alike.where(where).group_by(*columns)).all()


def _meant(since: float) -> ColumnElement[bool]:
    return and_(decisions.c.at >= since, decisions.c.small_talk.is_(False))


def _answered_in(parts: Sequence[Mapping[str, str]]) -> list[str]:
    """The entries of which the parts of a message were answered."""
    return [part["entry"] for part in parts if part["action"] == Action.ANSWER.value]


def _took(connection: Connection, meant: ColumnElement[bool]) -> tuple[float | None, float | None]:
    """Within how many seconds half of the replies came, and 95 of 100."""
    took = decisions.c.took_ms
    by_ms = select(took, func.count()).where(meant, took.is_not(None)).group_by(took).order_by(took)
    found = connection.execute(by_ms).all()
    so_far = [*accumulate(count for _, count in found)]
    if not found:
        return None, None
    typical, slow = (
        found[bisect_left(so_far, share * so_far[-1])][0] / 1000 for share in (0.5, 0.95)
    )
    return typical, slow


def _behind(connection: Connection, number: Behind, limit: int) -> Sequence[Record]:
    if number.decision_id is not None:
        return records_of(connection, newest_first(decisions.c.id == number.decision_id))
    meant = and_(_meant(number.since), decisions.c.at < number.until)
    if number.least_s is not None:
        meant = and_(meant, decisions.c.took_ms >= round(1000 * number.least_s))
    counted = _counted(connection, number, meant)
    return records_of(connection, newest_first(counted).limit(limit))


def _counted(
    connection: Connection, number: Behind, meant: ColumnElement[bool]
) -> ColumnElement[bool]:
    """What a figure counts."""
    figure, entry_id = number.figure, number.entry_id
    if figure in {Figure.HELPED, Figure.UNHELPED}:
        said = and_(labels.c.at >= number.since, labels.c.at < number.until)
        return _said(labels.c.kind == figure.value, said)
    if figure in _KINDS:
        of_entry = true() if entry_id is None else _JUDGED.element == entry_id
        given = _said(labels.c.kind == _KINDS[figure], of_entry)
        return and_(meant, given, _IS_ASKED_BACK if figure is Figure.RESOLVED else true())
    counted = and_(meant, *_IS[figure])
    if entry_id is None or figure is not Figure.ANSWERED:
        return counted
    in_parts = select(decisions.c.number, decisions.c.parts).where(counted, _IN_PARTS)
    numbers = [
        row.number for row in connection.execute(in_parts) if entry_id in _answered_in(row.parts)
    ]
    own = and_(decisions.c.entry_id == entry_id, not_(_IN_PARTS))
    return and_(counted, or_(own, decisions.c.number.in_(numbers)))


def _said(*of_label: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(labels.c.decision == decisions.c.number, *of_label)


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
