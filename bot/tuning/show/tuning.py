"""What `tune` prints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from bot.domain import Action
from bot.labels.from_log import LogLabels, reasons
from bot.store.store import LabelKind
from bot.tuning.show.evaluation import FIGURES
from bot.tuning.show.replay import SILENT_GROUPS
from bot.tuning.show.tables import Cell, percent, table, under
from bot.tuning.thresholds.search import CurvePoint, Point, Promise
from bot.tuning.thresholds.tune import Tuning

_CURVE_ROWS = 11


def as_text(found: Tuning) -> str:
    """For a person."""
    parts = (
        f"{introduction(found)}\nAsked for: {asked(found.promise)}.",
        verdict(found),
        _comparison(found),
        _curve(found),
    )
    return "\n\n".join(parts)


def _pressed(found: Tuning, pressed: LogLabels) -> str:
    """What the labels of a log are worth."""
    kinds, labelled, total, log = pressed.kinds, pressed.labelled, pressed.total, pressed.log
    lines = [
        f"{found.labels:,} labels from the log: {kinds[LabelKind.CHOICE]:,} choices, "
        f"{kinds[LabelKind.UP]:,} 👍, {kinds[LabelKind.NONE]:,} “none of these” and "
        f"{kinds[LabelKind.DOWN]:,} 👎 (the last two taken for out of scope: "
        "what was asked for is unknown, but not what was offered).",
        "Who presses is not everybody, and not everything can be pressed: labelled are "
        f"{labelled[Action.FOLLOW_UP]:,} of {total[Action.FOLLOW_UP]:,} follow-ups, "
        f"{labelled[Action.ANSWER]:,} of {total[Action.ANSWER]:,} answers and none of "
        f"{total[Action.FALLBACK]:,} fallbacks, so whether a lower "
        "follow-up line would help is not seen. Nothing counts as proven by them.",
        _weights(pressed),
    ]
    if pressed.without_words:
        lines.append(
            f"{pressed.without_words:,} were judged by the scores recorded then, as their words "
            "are not kept: what only words tell, such as a denial, is missed where the bot did not "
            "answer."
        )
    if log.left_out:
        of = log.left_out.total() + len(log.messages)
        lines.append(
            f"Left out of {of:,} messages, as their words are not kept: {reasons(log.left_out)}."
        )
    if pressed.gone:
        lines.append(f"Left out of the labels: {pressed.gone:,}, whose entries are gone.")
    if log.is_silent_in_groups:
        lines.append(SILENT_GROUPS)
    return "\n".join(lines)


def _weights(pressed: LogLabels) -> str:
    """How far the figures are freed from what is pressed more often than other things."""
    others = f"the {pressed.total[Action.FALLBACK]:,} fallbacks are not in them"
    stands_for = pressed.stands_for
    if stands_for[Action.ANSWER] == 0:
        return f"All shares are of follow-ups alone: no label is of an answer, and {others}."
    if stands_for[Action.FOLLOW_UP] == 0:
        return f"All shares are of answers alone: no label is of a follow-up, and {others}."
    return (
        "So each label counts for as many messages as it stands for, "
        f"{stands_for[Action.ANSWER]:.1f} under an answer and {stands_for[Action.FOLLOW_UP]:.1f} "
        "under a follow-up. "
        f"All shares are of messages that were answered or asked about; {others}."
    )


def introduction(found: Tuning) -> str:
    """What the figures come from."""
    out = found.labels - found.in_scope
    if found.log is not None:
        return _pressed(found, found.log)
    if found.from_labels:
        return (
            f"{found.labels:,} labels: {found.in_scope:,} that the FAQ answers, {out:,} that it "
            "does not (out of scope)."
        )
    return (
        "No labels: the FAQ's own wordings stood in for messages, each held out in turn "
        f"({found.in_scope:,}), with whole entries held out and everyday talk for out of scope "
        f"({out:,}). These figures are optimistic: people write less like an FAQ than an FAQ "
        "does. On public data up to 9 % were answered wrongly where 2.5 % were expected "
        "(bench/RESULTS.md)."
    )


def asked(promise: Promise) -> str:
    """What a person can bear."""
    told = f"at most {percent(promise.max_wrong)} % of all messages answered wrongly"
    if promise.tentative:
        told += f", at most {percent(promise.most_wrong_shown)} % with tentative answers"
    if promise.max_follow_up is not None:
        told += (
            f", at most {percent(promise.max_follow_up)} % asked to choose or answered tentatively"
        )
    each = " each" if promise.tentative else ""
    told += f",{each} with {promise.confidence * 100:g} % confidence"
    if promise.oos_share is not None:
        told += f", if {percent(promise.oos_share)} % of all messages are out of scope"
    return told + ("; of what keeps that, what costs least" if promise.cheapest else "")


def verdict(found: Tuning) -> str:
    """The thresholds and what speaks for them, in two to four lines."""
    choice, chosen = found.choice, found.choice.chosen
    at = chosen.thresholds
    tentative = "off" if at.tentative is None else f"{at.tentative:g}"
    lines = f"answer: {at.answer:g}, tentative: {tentative}, follow_up: {at.follow_up:g}"
    if not found.from_labels:
        return (
            f"Provisional: {lines}  (unproven)\n"
            "Nothing is promised for real messages. A few hundred labelled ones would allow that."
        )
    most = "no more than" if choice.proven else "it may be up to"
    seen = (
        f"Of these labels, {percent(chosen.expected['wrong_answers'])} % were answered wrongly; of "
        f"all messages like these, {most} {percent(chosen.wrong_answers_upper)} %."
    )
    if at.tentative is not None:
        seen += (
            "\nWith tentative answers, a wrong one was shown to "
            f"{percent(chosen.expected['wrong_shown'])} %; of all messages like these, {most} "
            f"{percent(chosen.wrong_shown_upper)} %. Each of the two holds by itself."
        )
    if choice.proven:
        return f"Recommended: {lines}  (proven)\n{seen}"
    more = "More labels alone would not help: raise --max-wrong, or improve the FAQ."
    if found.log is not None:
        more = "A few hundred messages of all kinds, labelled by hand, would allow a proof."
    elif choice.labels_missing is not None:
        more = f"At least {choice.labels_missing:,} more labels like these are missing for a proof."
    elif chosen.wrong_answers_upper <= found.promise.max_wrong:  # follow-ups stand in the way
        more = "Raise --max-follow-up or add labels."
    return f"Best estimate: {lines}  (unproven: {choice.why})\n{more}\n{seen}"


def _comparison(found: Tuning) -> str:
    points = (found.choice.chosen, found.present, found.example)
    best = "recommended" if found.choice.proven else "estimate"
    names = (best, "now", "example")
    heads = [under(name, at.thresholds) for name, at in zip(names, points, strict=True)]
    rows: list[Sequence[Cell]] = []
    for title, group in FIGURES:
        rows.append((title, "", "", ""))
        for name, called, _ in group:
            rows.append((f"  {called}", *(_percent(point.expected[name]) for point in points)))
    return f"What that does with all {found.labels:,}:\n{table(('', *heads), rows)}"


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{percent(value)} %"


def _curve(found: Tuning) -> str:
    chosen = found.choice.chosen
    points = _spread(found.choice.curve, chosen)
    names = (
        *("coverage", "wrong_answers", "tentative", "wrong_shown"),
        *("follow_ups", "fallbacks", "precision"),
    )
    rows: list[Sequence[Cell]] = []
    for point in points:
        mark = " <" if point is chosen else ""
        rows.append(
            (
                f"{point.thresholds.answer:.3f}{mark}",
                _three_digits(point.thresholds.tentative),
                f"{point.thresholds.follow_up:.3f}",
                *(_percent(point.expected[name]) for name in names),
                f"{percent(point.wrong_answers_upper)} %",
            )
        )
    heads = (
        *("answer", "tentative", "follow_up", "coverage", "wrong\nanswers", "tentative\nanswers"),
        *("wrong\nshown", "follow-ups", "fallbacks"),
    )
    return "The trade, of all messages (precision: of the answers):\n" + table(
        (*heads, "precision", "wrong answers\nat most"), rows
    )


def _three_digits(line: float | None) -> str:
    return "off" if line is None else f"{line:.3f}"


def _spread(curve: Sequence[CurvePoint], chosen: CurvePoint) -> list[CurvePoint]:
    """A few points, evenly spaced in coverage, the chosen one among them."""
    answering = [point for point in curve if point.expected["coverage"]]
    if not answering:
        return []
    goals = [step / (_CURVE_ROWS - 1) for step in range(_CURVE_ROWS)]
    least, most = (_coverage(answering[place]) for place in (-1, 0))
    picked = {
        min(
            range(len(answering)),
            key=lambda i: abs(_coverage(answering[i]) - (least + goal * (most - least))),
        )
        for goal in goals
    }
    picked |= {i for i, p in enumerate(answering) if p is chosen}
    return [answering[place] for place in sorted(picked, reverse=True)]


def _coverage(point: Point) -> float:
    return point.expected["coverage"] or 0.0


def as_json(found: Tuning) -> str:
    """One JSON object, for machines."""
    choice, chosen, promise = found.choice, found.choice.chosen, found.promise
    record = {
        "thresholds": asdict(chosen.thresholds),
        "promise": {
            "max_wrong": promise.max_wrong,
            "max_wrong_shown": promise.most_wrong_shown if promise.tentative else None,
            "max_follow_up": promise.max_follow_up,
            "confidence": promise.confidence,
            "oos_share": promise.oos_share,
            "proven": choice.proven,
            "why_not": choice.why or None,
            "labels_missing": choice.labels_missing,
        },
        "expected": chosen.expected,
        "checked": {
            "labels": found.labels,
            "wrong_answers": chosen.expected["wrong_answers"],
            "wrong_answers_upper": chosen.wrong_answers_upper,
            "wrong_shown": chosen.expected["wrong_shown"],
            "wrong_shown_upper": chosen.wrong_shown_upper,
            "follow_ups_upper": choice.follow_up_upper,
        },
        "labels": {
            "source": _source(found),
            "in_scope": found.in_scope,
            "out_of_scope": found.labels - found.in_scope,
            **({} if found.log is None else {"log": _log_record(found.log)}),
        },
        "present": asdict(found.present),
        "example": asdict(found.example),
        "curve": [asdict(point) for point in choice.curve],
        "calibration": None
        if found.calibration is None
        else {"slope": found.calibration.slope, "intercept": found.calibration.intercept},
    }
    return json.dumps(record, ensure_ascii=False)


def _source(found: Tuning) -> str:
    if found.log is not None:
        return "log"
    return "labels" if found.from_labels else "faq"


def _log_record(pressed: LogLabels) -> dict[str, float]:
    return {
        "choices": pressed.kinds[LabelKind.CHOICE],
        "none_of_these": pressed.kinds[LabelKind.NONE],
        "up": pressed.kinds[LabelKind.UP],
        "down": pressed.kinds[LabelKind.DOWN],
        "follow_ups": pressed.total[Action.FOLLOW_UP],
        "follow_ups_labelled": pressed.labelled[Action.FOLLOW_UP],
        "answers": pressed.total[Action.ANSWER],
        "answers_labelled": pressed.labelled[Action.ANSWER],
        "fallbacks": pressed.total[Action.FALLBACK],
        "answer_stands_for": pressed.stands_for[Action.ANSWER],
        "follow_up_stands_for": pressed.stands_for[Action.FOLLOW_UP],
        "without_words": pressed.without_words,
        "left_out": pressed.log.left_out.total(),
        "gone": pressed.gone,
        "silent_in_groups": pressed.log.is_silent_in_groups,
    }
