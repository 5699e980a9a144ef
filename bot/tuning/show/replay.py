"""What `replay` prints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.domain import Action, Decision, Thresholds
from bot.store.store import Label, LabelKind, Record
from bot.tuning.evaluate.outcomes import answered_entries
from bot.tuning.evaluate.replay import Flip, Kind, Replay
from bot.tuning.labels.from_log import Log
from bot.tuning.show.evaluation import lines_record
from bot.tuning.show.oneline import one_line
from bot.tuning.show.tables import Cell, percent, table

NO_WORDS = "(words not kept)"
_MOST_FLIPS = 50
_DECISION_CHARS = 40
SILENT_GROUPS = (
    "In groups the bot says nothing unless it is sure (`telegram.groups: silent_unless_sure`), and "
    "what it said nothing to is not remembered: of groups there are answers alone. A lower answer "
    "line would answer more there than can be seen here, and what a higher one asks back about or "
    "does not know would be met with silence."
)
_NAMES = {Action.ANSWER: "answered", Action.FOLLOW_UP: "asked back", Action.FALLBACK: "not known"}
_SAID = {LabelKind.UP: "👍", LabelKind.DOWN: "👎", LabelKind.NONE: "none of these"}


def as_text(found: Replay) -> str:
    """For a person."""
    parts = [_basis(found.log), _totals(found)]
    if found.flips:
        parts += [_kinds(found), _flips(found)]
    else:
        parts.append("No message would meet another fate.")
    return "\n\n".join(parts)


def _basis(log: Log) -> str:
    """What was replayed, how, and what could not be."""
    words, told = log.from_words, len(log.told)
    first, last = (_day(log.told[place].past.at) for place in (0, -1))
    lines = [
        f"{told:,} of {log.messages:,} messages from {first} to {last}: {words:,} by their words, "
        f"{told - words:,} by the scores recorded then (words not kept)."
    ]
    if words < told:
        lines.append(
            "Without words nobody can tell whether a message asks several things at once, and a "
            "new answer may still become a question back (a denial, another number): such flips "
            "are marked “perhaps”."
        )
    left_out = [
        (log.strange, "decided with another FAQ, model or settings (a log from another FAQ)"),
        (log.in_parts, "answered in parts"),
        (log.unclear, "where entries that were not shown had a say"),
    ]
    told_out = [f"{number:,} {what}" for number, what in left_out if number]
    if told_out:
        lines.append(f"Left out, as their words are not kept: {', '.join(told_out)}.")
    if log.is_silent_in_groups:
        lines.append(SILENT_GROUPS)
    return "\n".join(lines)


def _totals(found: Replay) -> str:
    columns = [("the bot did", found.did), (_under("configured", found.present), found.now)]
    if found.proposed is not None and found.then is not None:
        columns.append((_under("proposed", found.proposed), found.then))
    messages = len(found.log.told)
    rows: list[Sequence[Cell]] = [
        (
            _NAMES[action],
            *(
                f"{totals[action]:,} ({percent(totals[action] / messages)} %)"
                for _, totals in columns
            ),
        )
        for action in Action
    ]
    return table(("", *(head for head, _ in columns)), rows)


def _under(name: str, lines: Thresholds) -> str:
    return f"{name}\n{lines.answer:g} / {lines.follow_up:g}"


def _kinds(found: Replay) -> str:
    rows = [
        (
            _change(kind),
            kind.messages,
            kind.uncertain,
            kind.better,
            kind.worse,
        )
        for kind in found.kinds
    ]
    heads = (
        "",
        "messages",
        "of these\nperhaps",
        "better, as\npeople said",
        "worse, as\npeople said",
    )
    compared = (
        "as configured → as proposed"
        if found.proposed is not None
        else ("what the bot did → as configured")
    )
    return f"{len(found.flips):,} flip ({compared}):\n{table(heads, rows)}"


def _change(kind: Kind) -> str:
    if kind.before is kind.after:
        return f"{_NAMES[kind.before]} → with something else"
    return f"{_NAMES[kind.before]} → {_NAMES[kind.after]}"


def _flips(found: Replay) -> str:
    rows = [
        (
            minute(flip.past.at),
            _told(flip.before),
            ("" if flip.is_certain else "perhaps ") + _told(flip.after),
            f"{flip.past.decision.score:.4f}",
            _labels(flip.past.labels) or "-",
            _words(flip.past),
        )
        for flip in found.flips[:_MOST_FLIPS]
    ]
    heads = ("when (UTC)", "before", "after", "score", "people said", "message")
    more = len(found.flips) - len(rows)
    rest = f"\n… and {more:,} more; --json has them all." if more > 0 else ""
    return f"The newest first:\n{table(heads, rows, left=len(heads))}{rest}"


def _told(decision: Decision) -> str:
    if decision.action is Action.FALLBACK:
        return _NAMES[decision.action]
    if decision.action is Action.ANSWER:
        entries = sorted(answered_entries(decision))
    else:
        entries = [hit.entry_id for hit in decision.candidates]
    return one_line(f"{_NAMES[decision.action]}: {', '.join(entries)}", _DECISION_CHARS)


def _labels(labels: Sequence[Label]) -> str:
    return ", ".join(
        one_line(f"chose {label.entry_id}") if label.kind is LabelKind.CHOICE else _SAID[label.kind]
        for label in labels
    )


def _words(past: Record) -> str:
    return NO_WORDS if past.text is None else f"“{one_line(past.text)}”"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def minute(at: float) -> str:
    """A time (seconds since 1970) in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def as_json(found: Replay) -> str:
    """One JSON object, for machines."""
    log = found.log
    record = {
        "thresholds": {
            "configured": lines_record(found.present),
            "proposed": None if found.proposed is None else lines_record(found.proposed),
        },
        "messages": {
            "all": log.messages,
            "replayed": len(log.told),
            "from_words": log.from_words,
            "of_another_faq": log.strange,
            "in_parts": log.in_parts,
            "unclear": log.unclear,
            "silent_in_groups": log.is_silent_in_groups,
        },
        "totals": {"did": found.did, "configured": found.now, "proposed": found.then},
        "compared_with": "did" if found.proposed is None else "configured",
        "kinds": [
            {
                "before": kind.before.value,
                "after": kind.after.value,
                "messages": kind.messages,
                "uncertain": kind.uncertain,
                "better": kind.better,
                "worse": kind.worse,
            }
            for kind in found.kinds
        ],
        "flips": [_flip_record(flip) for flip in found.flips],
    }
    return json.dumps(record, ensure_ascii=False)


def _flip_record(flip: Flip) -> dict[str, object]:
    past = flip.past
    return {
        "id": past.id,
        "at": datetime.fromtimestamp(past.at, UTC).isoformat(timespec="seconds"),
        "text": past.text,
        "did": _decision_record(past.decision),
        "before": _decision_record(flip.before),
        "after": _decision_record(flip.after),
        "certain": flip.is_certain,
        "better": flip.is_better,
        "labels": [{"kind": label.kind.value, "entry": label.entry_id} for label in past.labels],
    }


def _decision_record(decision: Decision) -> dict[str, object]:
    return {
        "action": decision.action.value,
        "entry": decision.entry_id,
        "score": decision.score,
        "answers": sorted(answered_entries(decision)),
        "candidates": [{"entry": hit.entry_id, "score": hit.score} for hit in decision.candidates],
    }
