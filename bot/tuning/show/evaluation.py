"""What `evaluate` prints and writes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import asdict

from bot.labels.outcomes import Outcome
from bot.tuning.evaluate.evaluation import Confusion, EntryRow, Evaluation, Row
from bot.tuning.show.tables import Cell, decimal, one_line, percent, table

_MOST_ERRORS = 20
_MOST_PAIRS = 10
_MOST_ENTRIES = 20
_FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@＝＋－＠]")  # how a spreadsheet sees one begin
_COLUMNS = (
    *("text", "expected", "outcome", "is_error", "got", "best", "score", "phrasing"),
    *("second", "second_score", "confidence", "reason", "place", "count"),
)
OUT_OF_SCOPE = "(out of scope)"

_OF_IN_SCOPE = (
    ("right", "right", "answered with the entry it asks for, and nothing else"),
    ("wrong", "wrong", "answered with something else"),
    ("right_tentative", "right, tentatively", "“I think you mean …”, with the entry it asks for"),
    ("wrong_tentative", "wrong, tentatively", "the same, with something else"),
    ("held", "follow-up holds it", "asked to choose, and the entry is among the choices"),
    ("missed", "follow-up misses it", "asked to choose, but it is not"),
    ("fallback", "fallback", "the bot said that it does not know"),
)
_OF_OUT_OF_SCOPE = (
    ("oos_answered", "answered", "answered all the same: a wrong answer"),
    ("oos_tentative", "answered tentatively", "“I think you mean …”, though nothing can be meant"),
    ("oos_asked", "asked", "asked to choose, though no choice can be right"),
    ("oos_refused", "refused", "the bot said that it does not know: as it should be"),
)
_OF_ALL = (
    ("coverage", "coverage", "answered, rightly or wrongly"),
    ("wrong_answers", "wrong answers", "answered with something they did not ask for"),
    ("tentative", "tentative answers", "“I think you mean …”, rightly or wrongly"),
    ("wrong_shown", "wrong answers shown", "firm or tentative, and not what they asked for"),
    ("follow_ups", "follow-ups", "asked to choose, and no answer shown"),
)
_OF_ANSWERS = (("precision", "precision", "of the answers, those that are right"),)
# Figures by what they are shares of: name, what it is called, what it means.
FIGURES = (
    ("of messages the FAQ answers", _OF_IN_SCOPE),
    ("of messages out of scope", _OF_OUT_OF_SCOPE),
    ("of all messages", _OF_ALL),
    ("of all answers", _OF_ANSWERS),
)
_OF_SCORES = (
    (
        "auroc",
        "AUROC",
        "a message the FAQ answers scores above one it does not: 1 always, 0.5 chance",
    ),
    ("calibration_error", "calibration error", ""),
)


def as_text(found: Evaluation) -> str:
    """For a person."""
    lines = found.thresholds
    share = (
        ""
        if found.oos_share is None
        else f" Figures of all messages suppose that {percent(found.oos_share)} % are out of scope."
    )
    total = found.in_scope + found.out_of_scope
    tentative = "off" if lines.tentative is None else f"{lines.tentative:g}"
    parts = [
        f"{total:,} messages: {found.in_scope:,} that the FAQ answers, {found.out_of_scope:,} that "
        f"it does not (out of scope). Thresholds: answer {lines.answer:g}, "
        f"tentative {tentative}, follow-up {lines.follow_up:g}.{share}",
        _figures(found),
    ]
    if found.confusions:
        parts.append(_confusions(found.confusions))
    parts.append(_entries(found.entries))
    errors = found.errors()
    if errors:
        parts.append(_errors(errors))
    return "\n\n".join(parts)


def _figures(found: Evaluation) -> str:
    of = "confidence" if found.calibrated else "score, which is no probability,"
    error = f"how far the {of} lies from the share that is right"
    rows: list[Sequence[Cell]] = []
    for title, group in (*FIGURES, ("of scores, from 0 to 1", _OF_SCORES)):
        shown = decimal if group is _OF_SCORES else percent
        rows.append((title, "", "", ""))
        for name, called, meaning in group:
            one = found.figures[name]
            unit = " %" if shown is percent and one.value is not None else ""
            value = shown(one.value)
            interval = "-" if one.low is None else f"{shown(one.low)} to {shown(one.high)}"
            rows.append(
                (f"  {called}", meaning or error, None if value is None else value + unit, interval)
            )
    return table(("", "what it means", "here", "95 % interval"), rows, left=2)


def _confusions(pairs: Sequence[Confusion]) -> str:
    rows = [
        (OUT_OF_SCOPE if p.expected is None else p.expected, p.best, p.messages, p.answered)
        for p in pairs[:_MOST_PAIRS]
    ]
    more = len(pairs) - len(rows)
    text = table(("asked for", "but nearest was", "messages", "answered so"), rows, left=2)
    return f"Taken for another:\n{text}" + (f"\n… and {more} more pairs." if more > 0 else "")


def _entries(entries: Sequence[EntryRow]) -> str:
    rows: list[Sequence[Cell]] = [
        (it.entry_id, it.asked, *it.counts.values(), it.answered, it.answered - it.rightly)
        for it in sorted(entries, key=_trouble)[:_MOST_ENTRIES]
    ]
    heads = (
        *("entry", "asked for", "right", "wrong", "right,\ntentatively", "wrong,\ntentatively"),
        *("follow-up\nholds it", "follow-up\nmisses it"),
        *("fallback", "its answer\nwas given", "of these\nwrongly"),
    )
    more = len(entries) - len(rows)
    rest = f"\n… and {more:,} more entries; --json has them all." if more > 0 else ""
    return f"By entry, in messages, the most trouble first:\n{table(heads, rows)}{rest}"


def _trouble(entry: EntryRow) -> tuple[int, int, str]:
    wrong = entry.answered - entry.rightly + entry.counts[Outcome.WRONG]
    wrong += entry.counts[Outcome.WRONG_TENTATIVE]
    lost = entry.counts[Outcome.MISSED] + entry.counts[Outcome.FALLBACK]
    return (-wrong, -lost, entry.entry_id)


def _errors(errors: Sequence[Row]) -> str:
    rows = [
        (
            row.outcome.value,
            one_line(row.text),
            OUT_OF_SCOPE if row.expected is None else row.expected,
            ", ".join(row.got) or "-",
            None if row.best is None else f"{row.best.score:.4f}",
            "-" if row.best is None else f"{row.best.entry_id} “{one_line(row.best.phrasing)}”",
        )
        for row in errors[:_MOST_ERRORS]
    ]
    heads = ("what", "message", "asked for", "got", "score", "nearest wording")
    more = len(errors) - len(rows)
    rest = f"\n… and {more:,} more; --csv FILE writes all of them to a table." if more > 0 else ""
    return f"What went wrong, the worst first:\n{table(heads, rows, left=len(heads))}{rest}"


def as_json(found: Evaluation) -> str:
    """One JSON object, for machines."""
    record = {
        "thresholds": asdict(found.thresholds),
        "messages": found.in_scope + found.out_of_scope,
        "in_scope": found.in_scope,
        "out_of_scope": found.out_of_scope,
        "oos_share": found.oos_share,
        "measures": {name: asdict(one) for name, one in found.figures.items()},
        "calibration_error_of": "confidence" if found.calibrated else "score",
        "entries": [
            {
                "entry": entry.entry_id,
                "asked": entry.asked,
                **{outcome.value: number for outcome, number in entry.counts.items()},
                "top1": entry.top1,
                "answered": entry.answered,
                "rightly_answered": entry.rightly,
            }
            for entry in found.entries
        ],
        "confusions": [asdict(pair) for pair in found.confusions],
        "errors": [_error_record(row) for row in found.errors()],
    }
    return json.dumps(record, ensure_ascii=False)


def _error_record(row: Row) -> dict[str, object]:
    return {
        "text": row.text,
        "count": row.count,
        "expected": row.expected,
        "outcome": row.outcome.value,
        "got": list(row.got),
        "score": None if row.best is None else row.best.score,
        "phrasing": None if row.best is None else row.best.phrasing,
        "confidence": row.confidence,
        "candidates": [
            {"entry": hit.entry_id, "score": hit.score, "phrasing": hit.phrasing}
            for hit in row.candidates
        ],
        "reason": row.reason,
        "place": str(row.place),
    }


def as_csv(found: Evaluation) -> str:
    """Every message in a row of its own, what went wrong or not; lines end in CR LF."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(_COLUMNS)
    fine = (Outcome.RIGHT, Outcome.RIGHT_TENTATIVE, Outcome.HELD, Outcome.OOS_REFUSED)
    for row in found.rows:
        second = row.candidates[1] if len(row.candidates) > 1 else None
        writer.writerow(
            _cell(value)
            for value in (
                row.text,
                row.expected,
                row.outcome.value,
                int(row.outcome not in fine),
                " ".join(row.got),
                *((row.best.entry_id, row.best.score, row.best.phrasing) if row.best else [""] * 3),
                *((second.entry_id, second.score) if second else [""] * 2),
                "" if row.confidence is None else f"{row.confidence:.4f}",
                row.reason,
                row.place,
                row.count,
            )
        )
    return stream.getvalue()


def _cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: people and FAQ files can write one."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
