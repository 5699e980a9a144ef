"""What `diff` prints."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.authoring.regression.diff import Diff
from bot.domain import Decision
from bot.domain.flip import Flip, Kind, Turn
from bot.formatting import in_short
from bot.labels.outcomes import Done, done, got

_MOST = 50  # flips of a kind that a person reads
_MOST_CHARS = 80
_NAMES = {
    Kind.TEST: ("test", "tests"),
    Kind.HELD_OUT: ("wording, held out", "wordings, each held out"),
    Kind.LOGGED: ("message", "messages"),
}
_SIGNS = {Turn.WORSE: "🔴 worse", Turn.UNKNOWN: "⚪ unknown", Turn.BETTER: "🟢 better"}


def as_text(found: Diff, names: tuple[str, str]) -> str:
    """For a person.

    Args:
        names: what the two versions are called.
    """
    parts = ["\n".join([f"{names[0]} → {names[1]}", *_summary(found)])]
    for kind, flips in _groups(found):
        lines = [f"{_NAMES[kind][1].capitalize()}:"]
        for flip in flips[:_MOST]:
            turn = "broke" if flip.broke else flip.turn
            text = in_short(flip.text, _MOST_CHARS)
            lines.append(f"  {turn}: {_where(flip)}“{text}”{_for(flip)}")
            lines += [f"    before  {_told(flip.before)}", f"    after   {_told(flip.after)}"]
        if len(flips) > _MOST:
            lines.append(f"  … and {len(flips) - _MOST:,} more; --format json has them all.")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def as_markdown(found: Diff, names: tuple[str, str]) -> str:
    """For a comment on a pull request."""
    head = " ".join(_summary(found))
    parts = [f"### What changes in the FAQ\n\n{_code(names[0])} → {_code(names[1])}: {head}"]
    for kind, flips in _groups(found):
        lines = ["| | utterance | asks for | before | after |", "|---|---|---|---|---|"]
        for flip in flips[:_MOST]:
            turn = "❌ broke" if flip.broke else _SIGNS[flip.turn]
            expected = "" if flip.expected is None else _code(flip.expected)
            both = f"{_code(_told(flip.before))} | {_code(_told(flip.after))}"
            lines.append(f"| {turn} | {_code(flip.text)} | {expected} | {both} |")
        more = len(flips) - _MOST
        rest = f"\n\n… and {more:,} more." if more > 0 else ""
        title = f"{_NAMES[kind][1].capitalize()}: {len(flips):,}"
        table = "\n".join(lines)
        is_open = " open" if kind is Kind.TEST else ""
        parts.append(f"<details{is_open}><summary>{title}</summary>\n\n{table}{rest}\n\n</details>")
    return "\n\n".join(parts)


def as_json(found: Diff, names: tuple[str, str]) -> str:
    """One JSON object, for machines."""
    record = {
        "old": names[0],
        "new": names[1],
        "asked": found.asked,
        "flips": found.turns,
        "broken_tests": len(found.broken),
        "failing_tests": found.failing,
        "changes": [
            {
                "kind": flip.kind,
                "text": flip.text,
                "expected": flip.expected,
                "place": None if flip.place is None else str(flip.place),
                "turn": flip.turn,
                "broke": flip.broke,
                "before": _record(flip.before),
                "after": _record(flip.after),
            }
            for flip in found.flips
        ],
    }
    return json.dumps(record, ensure_ascii=False)


def _summary(found: Diff) -> list[str]:
    """The flips and the tests, in a sentence or two."""
    asked = ", ".join(
        f"{found.asked[kind]:,} {_NAMES[kind][found.asked[kind] != 1]}"
        for kind in Kind
        if found.asked[kind]
    )
    count, turns = len(found.flips), found.turns
    if not count:
        lines = [f"No decision changes. Asked of both: {asked or 'nothing'}."]
    else:
        its = ", ".join(f"{turns[turn]:,} {turn}" for turn in reversed(Turn))
        lines = [f"{count:,} {'decision changes' if count == 1 else 'decisions change'}: {its}."]
        lines.append(f"Asked of both: {asked}.")
    broken = len(found.broken)
    if broken:
        lines.append("1 test broke." if broken == 1 else f"{broken:,} tests broke.")
    others = found.failing - broken
    if others:
        fail = "1 test fails" if others == 1 else f"{others:,} tests fail"
        lines.append(f"{fail} as before; to see why: python -m bot check --tests")
    return lines


def _groups(found: Diff) -> list[tuple[Kind, Sequence[Flip]]]:
    groups = [(kind, [flip for flip in found.flips if flip.kind is kind]) for kind in Kind]
    return [(kind, flips) for kind, flips in groups if flips]


def _where(flip: Flip) -> str:
    return "" if flip.place is None else f"{flip.place}: "


def _for(flip: Flip) -> str:
    return "" if flip.expected is None else f" (asks for {flip.expected})"


def _told(decision: Decision) -> str:
    entries = ", ".join(got(decision))
    if done(decision) is Done.TENTATIVE:
        entries = str(decision.entry_id)
    best = decision.best
    if not entries and best is not None:
        entries = f"nearest is {best.entry_id}"
    return f"{decision.score:.4f} {done(decision).told}" + (f": {entries}" if entries else "")


def _record(decision: Decision) -> dict[str, object]:
    return {
        "action": decision.action,
        **({"tentative": True} if decision.tentative else {}),
        "entry": decision.entry_id,
        "score": decision.score,
        "candidates": [{"entry": hit.entry_id, "score": hit.score} for hit in decision.candidates],
        "reason": decision.reason,
    }


def _code(text: str) -> str:
    """As code in a table's cell, where nothing of it is a mark, a mention or an end of the cell."""
    return "`" + in_short(text, _MOST_CHARS).replace("`", "'").replace("|", "\\|") + "`"
