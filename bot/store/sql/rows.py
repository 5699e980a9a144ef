"""A record and its row: what is kept of a decision, and how it is read back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from bot.domain import Action, Decision, Hit, KeepText, Thresholds
from bot.store.sql.engine import clean
from bot.store.sql.schema import DAY_S, decisions, labels
from bot.store.store import Label, LabelKind, Record

_QUOTED = re.compile(r'"[^"]*"')
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")


def row_of(record: Record, keep_text: KeepText) -> dict[str, object]:
    """The columns of `decisions`, but those that tell who asked."""
    decision, thresholds = record.decision, record.decision.thresholds
    text, reason = clean(record.text or ""), clean(decision.reason)
    bare = _without_words(reason, text)
    kept = _keeps_words(record, keep_text)
    return {
        "id": record.id,
        "at": record.at,
        "day": int(record.at // DAY_S),
        "text": text if kept else None,
        "lang": None if record.lang is None else clean(record.lang),
        "small_talk": record.small_talk,
        "unknown": record.unknown,
        "took_ms": None if record.took_s is None else round(1000 * record.took_s),
        "action": decision.action.value,
        "entry_id": decision.entry_id,
        "score": decision.score,
        "candidates": [_hit_row(hit) for hit in decision.candidates],
        "parts": [_part_row(part) for part in decision.parts] or None,
        "reason": bare,
        "full_reason": reason if kept and reason != bare else None,
        "fingerprint": decision.fingerprint,
        "answer_threshold": None if thresholds is None else thresholds.answer,
        "follow_up_threshold": None if thresholds is None else thresholds.follow_up,
        "guard": decision.guard,
        "tentative_threshold": None if thresholds is None else thresholds.tentative,
        "tentative": decision.tentative,
    }


def _keeps_words(record: Record, keep_text: KeepText) -> bool:
    """Whether the words of an utterance are kept at first."""
    if keep_text is KeepText.UNANSWERED:
        return not record.small_talk and record.decision.action is not Action.ANSWER
    return keep_text is KeepText.ALL


def _without_words(reason: str, text: str) -> str:
    """A reason with "…" for what it quotes of the utterance: words in quotation marks, numbers."""
    said = set(_NUMBER.findall(text)) | set(_NUMBER.findall(unicodedata.normalize("NFKC", text)))
    bare = _QUOTED.sub('"…"', reason)
    return _NUMBER.sub(lambda found: "…" if found[0] in said else found[0], bare)


def _record_of(row: Row[Any], said: Sequence[Row[Any]]) -> Record:
    """A row of `decisions`, with its rows of `labels` in order."""
    answer, follow_up = row.answer_threshold, row.follow_up_threshold
    thresholds = None
    if answer is not None and follow_up is not None:
        thresholds = Thresholds(answer, follow_up, row.tentative_threshold)
    decision = Decision(
        action=Action(row.action),
        entry_id=row.entry_id,
        score=row.score,
        candidates=tuple(_hit(hit) for hit in row.candidates),
        reason=row.reason if row.full_reason is None else row.full_reason,
        fingerprint=row.fingerprint,
        parts=tuple(_part(part, thresholds) for part in row.parts or ()),
        thresholds=thresholds,
        guard=row.guard,
        tentative=bool(row.tentative),
    )
    return Record(
        id=row.id,
        at=row.at,
        text=row.text,
        lang=row.lang,
        decision=decision,
        small_talk=row.small_talk,
        unknown=row.unknown,
        took_s=None if row.took_ms is None else row.took_ms / 1000,
        labels=tuple(
            Label(row.id, LabelKind(label.kind), "", label.at, label.entry_id, label.text)
            for label in said
        ),
    )


def newest_first(where: ColumnElement[bool]) -> Select[Any]:
    """The decisions of which something holds."""
    query = select(decisions).where(where)
    return query.order_by(decisions.c.at.desc(), decisions.c.number.desc())


def records_of(connection: Connection, query: Select[Any]) -> tuple[Record, ...]:
    """What a query of `decisions` finds, in its order, with labels."""
    numbers = query.with_only_columns(decisions.c.number).subquery()
    said = select(labels).where(labels.c.decision.in_(select(numbers.c.number)))
    by_decision: dict[int, list[Row[Any]]] = {}
    for label in connection.execute(said.order_by(labels.c.number)):
        by_decision.setdefault(label.decision, []).append(label)
    rows = connection.execute(query)
    return tuple(_record_of(row, by_decision.get(row.number, ())) for row in rows)


def _hit_row(hit: Hit) -> dict[str, object]:
    return {"entry": hit.entry_id, "score": hit.score, "raw": hit.raw, "phrasing": hit.phrasing}


def _hit(row: Mapping[str, Any]) -> Hit:
    return Hit(row["entry"], row["score"], row["phrasing"], row["raw"])


def _part_row(part: Decision) -> dict[str, object]:
    return {
        "action": part.action.value,
        "entry": part.entry_id,
        "score": part.score,
        "candidates": [_hit_row(hit) for hit in part.candidates],
        "guard": part.guard,
    }


def _part(row: Mapping[str, Any], thresholds: Thresholds | None) -> Decision:
    """A part of a message was held against the thresholds of the whole."""
    return Decision(
        action=Action(row["action"]),
        entry_id=row["entry"],
        score=row["score"],
        candidates=tuple(_hit(hit) for hit in row["candidates"]),
        reason="",
        thresholds=thresholds,
        guard=row.get("guard"),
    )
