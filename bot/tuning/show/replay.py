"""What `replay` prints."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from bot.domain import Decision
from bot.formatting import minute
from bot.labels.from_log import LeftOut, Log, reasons
from bot.labels.outcomes import Done, answered_entries, done, shown_entries
from bot.store.store import Label, LabelKind, Record
from bot.tuning.evaluate.replay import Flip, Replay
from bot.tuning.show.tables import Cell, one_line, percent, table, under

NO_WORDS = "(words not kept)"
_MOST_FLIPS = 50
_DECISION_CHARS = 40
SILENT_GROUPS = (
    "In groups the bot says nothing unless it is sure (`telegram.groups: silent_unless_sure`), and "
    "what it said nothing to is not remembered: of groups there are answers alone. A lower answer "
    "line would answer more there than can be seen here, and what a higher one asks back about or "
    "does not know would be met with silence."
)
_SAID = {LabelKind.UP: "👍", LabelKind.DOWN: "👎", LabelKind.NONE: "none of these"}
_SAID |= {LabelKind.HELPED: "the team helped", LabelKind.UNHELPED: "the team did not help"}
_SAID[LabelKind.REPLIED] = "the team replied"


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
    words, told = log.from_words, len(log.messages)
    total = told + log.left_out.total()
    first, last = (_day(log.messages[place].record.at) for place in (0, -1))
    lines = [
        f"{told:,} of {total:,} messages from {first} to {last}: {words:,} by their "
        f"words, {told - words:,} by the scores recorded then (words not kept)."
    ]
    if words < told:
        lines.append(
            "Without words nobody can tell whether a message asks several things at once, and a "
            "new answer may still become a question back (a denial, another number), as may what "
            "is not known (a word of an answer): such flips are marked “perhaps”."
        )
    if log.left_out:
        lines.append(f"Left out, as their words are not kept: {reasons(log.left_out)}.")
    if log.is_silent_in_groups:
        lines.append(SILENT_GROUPS)
    return "\n".join(lines)


def _totals(found: Replay) -> str:
    columns = [("the bot did", found.did), (under("configured", found.present), found.now)]
    if found.proposed is not None and found.then is not None:
        columns.append((under("proposed", found.proposed), found.then))
    messages = len(found.log.messages)
    rows: list[Sequence[Cell]] = [
        (
            it.told,
            *(f"{of[it]:,} ({percent(of[it] / messages)} %)" for _, of in columns),
        )
        for it in Done
    ]
    return table(("", *(head for head, _ in columns)), rows)


def _kinds(found: Replay) -> str:
    rows: list[Sequence[Cell]] = [
        (f"{before.told} → {'with something else' if after is before else after.told}", *its)
        for (before, after), flips in found.kinds.items()
        for its in [_numbers(flips).values()]
    ]
    better, worse = (f"{how}, as\npeople said" for how in ("better", "worse"))
    heads = ("", "messages", "of these\nperhaps", better, worse)
    configured = "what the bot did → as configured"
    compared = configured if found.proposed is None else "as configured → as proposed"
    return f"{len(found.flips):,} flip ({compared}):\n{table(heads, rows)}"


def _numbers(flips: Sequence[Flip]) -> Mapping[str, int]:
    """How many there are, how many hang on words that are not kept, and what people said."""
    return {
        "messages": len(flips),
        "uncertain": sum(not flip.is_certain for flip in flips),
        "better": sum(flip.is_better is True for flip in flips),
        "worse": sum(flip.is_better is False for flip in flips),
    }


def _flips(found: Replay) -> str:
    rows = [
        (
            minute(flip.record.at),
            _told(flip.before),
            ("" if flip.is_certain else "perhaps ") + _told(flip.after),
            f"{flip.record.decision.score:.4f}",
            _labels(flip.record.labels) or "-",
            _words(flip.record),
        )
        for flip in found.flips[:_MOST_FLIPS]
    ]
    heads = ("when (UTC)", "before", "after", "score", "people said", "message")
    more = len(found.flips) - len(rows)
    rest = f"\n… and {more:,} more; --json has them all." if more > 0 else ""
    return f"The newest first:\n{table(heads, rows, left=len(heads))}{rest}"


def _told(decision: Decision) -> str:
    its = done(decision)
    if its is Done.FALLBACK:
        return its.told
    if its is Done.FOLLOW_UP:
        entries = [hit.entry_id for hit in decision.candidates]
    else:
        entries = sorted(shown_entries(decision))
    return one_line(f"{its.told}: {', '.join(entries)}", _DECISION_CHARS)


def _labels(labels: Sequence[Label]) -> str:
    return ", ".join(
        one_line(f"chose {label.entry_id}") if label.kind is LabelKind.CHOICE else _SAID[label.kind]
        for label in labels
    )


def _words(record: Record) -> str:
    return NO_WORDS if record.text is None else f"“{one_line(record.text)}”"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def as_json(found: Replay) -> str:
    """One JSON object, for machines."""
    log = found.log
    record = {
        "thresholds": {
            "configured": asdict(found.present),
            "proposed": None if found.proposed is None else asdict(found.proposed),
        },
        "messages": {
            "all": len(log.messages) + log.left_out.total(),
            "replayed": len(log.messages),
            "from_words": log.from_words,
            **{why.value: log.left_out[why] for why in LeftOut},
            "silent_in_groups": log.is_silent_in_groups,
        },
        "totals": {"did": found.did, "configured": found.now, "proposed": found.then},
        "compared_with": "did" if found.proposed is None else "configured",
        "kinds": [
            {"before": before, "after": after, **_numbers(flips)}
            for (before, after), flips in found.kinds.items()
        ],
        "flips": [_flip_record(flip) for flip in found.flips],
    }
    return json.dumps(record, ensure_ascii=False)


def _flip_record(flip: Flip) -> dict[str, object]:
    record = flip.record
    return {
        "id": record.id,
        "at": datetime.fromtimestamp(record.at, UTC).isoformat(timespec="seconds"),
        "text": record.text,
        "did": _decision_record(record.decision),
        "before": _decision_record(flip.before),
        "after": _decision_record(flip.after),
        "certain": flip.is_certain,
        "better": flip.is_better,
        "labels": [{"kind": label.kind.value, "entry": label.entry_id} for label in record.labels],
    }


def _decision_record(decision: Decision) -> dict[str, object]:
    return {
        "action": decision.action.value,
        **({"tentative": True} if decision.tentative else {}),
        "entry": decision.entry_id,
        "score": decision.score,
        "answers": sorted(answered_entries(decision)),
        "candidates": [{"entry": hit.entry_id, "score": hit.score} for hit in decision.candidates],
    }
