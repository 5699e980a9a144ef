"""Nouns → what is written into a row, and back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from bot.domain import Action, Decision, Hit, KeepText
from bot.store.store import Label, LabelKind, Record

DAY_S = 86_400.0

# What no database takes as text: halves of characters, and the end of a C string.
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_QUOTED = re.compile(r'"[^"]*"')
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")


def clean(text: str) -> str:
    """The text with U+FFFD for what no database takes."""
    return _UNKEEPABLE.sub("\ufffd", text)


def keeps_words(keep_text: KeepText, record: Record) -> bool:
    """Whether the words of an utterance are kept at first."""
    if keep_text is KeepText.UNANSWERED:
        return not record.small_talk and record.decision.action is not Action.ANSWER
    return keep_text is KeepText.ALL


def decision_row(record: Record, keep_text: KeepText) -> dict[str, object]:
    """The columns of `decisions`, but those that tell who record."""
    decision, text = record.decision, record.text or ""
    reason, bare = clean(decision.reason), clean(without_words(decision.reason, text))
    kept = keeps_words(keep_text, record)
    return {
        "id": record.id,
        "at": record.at,
        "day": int(record.at // DAY_S),
        "text": clean(text) if kept else None,
        "lang": None if record.lang is None else clean(record.lang),
        "small_talk": record.small_talk,
        "action": decision.action.value,
        "entry_id": None if decision.entry_id is None else clean(decision.entry_id),
        "score": decision.score,
        "candidates": [_hit_row(hit) for hit in decision.candidates],
        "parts": [_part_row(part) for part in decision.parts] or None,
        "reason": bare,
        "full_reason": reason if kept and reason != bare else None,
        "fingerprint": clean(decision.fingerprint),
    }


def without_words(reason: str, text: str) -> str:
    """A reason with "…" for what it quotes of the utterance: words in quotation marks, numbers."""
    said = set(_NUMBER.findall(text)) | set(_NUMBER.findall(unicodedata.normalize("NFKC", text)))
    bare = _QUOTED.sub('"…"', reason)
    return _NUMBER.sub(lambda found: "…" if found[0] in said else found[0], bare)


def record_of(row: Row[Any], labels: Sequence[Row[Any]]) -> Record:
    """A row of `decisions`, with its rows of `labels` in order."""
    decision = Decision(
        action=Action(row.action),
        entry_id=row.entry_id,
        score=row.score,
        candidates=tuple(_hit(hit) for hit in row.candidates),
        reason=row.reason if row.full_reason is None else row.full_reason,
        fingerprint=row.fingerprint,
        parts=tuple(_part(part) for part in row.parts or ()),
    )
    return Record(
        id=row.id,
        at=row.at,
        text=row.text,
        lang=row.lang,
        decision=decision,
        small_talk=row.small_talk,
        labels=tuple(
            Label(row.id, LabelKind(label.kind), "", label.at, label.entry_id) for label in labels
        ),
    )


def answered(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """The entries that were answered, of the column `parts`."""
    return [part["entry"] for part in parts if part["action"] == Action.ANSWER.value]


def _hit_row(hit: Hit) -> dict[str, object]:
    return {
        "entry": clean(hit.entry_id),
        "score": hit.score,
        "raw": hit.raw,
        "phrasing": clean(hit.phrasing),
    }


def _hit(row: Mapping[str, Any]) -> Hit:
    return Hit(row["entry"], row["score"], row["phrasing"], row["raw"])


def _part(row: Mapping[str, Any]) -> Decision:
    candidates = tuple(_hit(hit) for hit in row["candidates"])
    return Decision(Action(row["action"]), row["entry"], row["score"], candidates, reason="")


def _part_row(part: Decision) -> dict[str, object]:
    return {
        "action": part.action.value,
        "entry": part.entry_id,
        "score": part.score,
        "candidates": [_hit_row(hit) for hit in part.candidates],
    }
