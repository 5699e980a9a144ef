"""A tuning → one page of HTML that opens anywhere, offline."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.domain import Thresholds
from bot.tuning.evaluate.evaluation import ERRORS
from bot.tuning.evaluate.metrics import as_share
from bot.tuning.evaluate.outcomes import OUTCOMES
from bot.tuning.labels.scored import OUTSIDE, Scored
from bot.tuning.report.charts import Charts, kinds_of
from bot.tuning.report.fates import Fates, find_fates, stops_for, to_boxes
from bot.tuning.report.listing import Told, told, worth_telling
from bot.tuning.report.packing import Packed, pack
from bot.tuning.show.evaluation import OF_ALL, OF_ANSWERS, OF_IN_SCOPE, OF_OUT_OF_SCOPE
from bot.tuning.show.tuning import asked, introduction, verdict
from bot.tuning.thresholds.regions import Numbers
from bot.tuning.thresholds.tune import Tuning

LIMIT = 300_000  # bytes; the list of errors is cut to fit
_MOST_TOLD = 6_000  # messages; looking for more only takes time
_FOLDER = Path(__file__).parent
_SCRIPTS = ("counting.js", "drawing.js", "report.js")
_GROUPS = (
    ("Of messages the FAQ answers", OF_IN_SCOPE),
    ("Of messages out of scope", OF_OUT_OF_SCOPE),
    ("Of all messages", OF_ALL),
    ("Of all answers", OF_ANSWERS),
)


def as_html(scored: Scored, fates: Fates, charts: Charts, limit: int = LIMIT) -> str:
    """The page.

    Args:
        fates: of all messages.
        limit: bytes that it should not exceed. As many errors are listed as fit in.
    """
    page = _Page(scored, fates, charts)
    first = page.of(0)
    room = limit - len(first.encode())
    if room <= 0:
        return first
    best, low, high = first, 0, len(page.listed) + 1
    while high - low > 1:
        # What is told of each message takes about as much room.
        middle = (low + high) // 2
        made = page.of(middle)
        if len(made.encode()) <= limit:
            best, low = made, middle
        else:
            high = middle
    return best


class _Page:
    """Everything but the choice of how many errors are listed."""

    def __init__(self, scored: Scored, fates: Fates, charts: Charts) -> None:
        tuning = charts.tuning
        points = (tuning.recommended, tuning.present, tuning.example)
        lines = [point.thresholds for point in points]
        stops = stops_for(lines)
        worth = worth_telling(scored, fates.outcomes(), lines)
        rows = worth[:_MOST_TOLD]
        packed = Packed(scored, fates, to_boxes(fates, stops))
        self.listed: list[Told] = told(scored, find_fates(scored, rows), rows, stops, tuning.log)
        self._columns = packed.columns
        self._facts: dict[str, object] = {
            "stops": stops.tolist(),
            "outcomes": [outcome.value for outcome in OUTCOMES],
            "errors": [outcome.code for outcome in ERRORS],
            "groups": [
                {"title": title, "rows": [list(row) for row in rows]} for title, rows in _GROUPS
            ],
            "about": [introduction(tuning), f"Asked for: {asked(tuning.promise)}."],
            "verdict": verdict(tuning).split("\n"),
            "inScope": tuning.in_scope,
            "outOfScope": tuning.labels - tuning.in_scope,
            "oosShare": tuning.promise.oos_share,
            "maxWrong": tuning.promise.max_wrong,
            "confidence": tuning.promise.confidence,
            "proven": tuning.choice.proven,
            "lines": [_stops_of(line, stops) for line in lines],
            "wrongUpper": _wrong_upper(tuning, stops),
            "entries": list(scored.entry_ids),
            "asked": _by_entry(scored, scored.in_scope),
            "top1": _by_entry(scored, scored.best_is_expected),
            "weighed": [_weighed(scored, scored.in_scope), _weighed(scored, ~scored.in_scope)],
            "stands": packed.stands,
            "pairs": _pairs(scored),
            "isLog": tuning.log is not None,
            "told": packed.told,
            "packed": [packed.groups, packed.boxes],
            "worth": len(worth),
            **_chart_facts(scored, charts, stops),
        }

    def of(self, number: int) -> str:
        facts = {**self._facts, "listed": self.listed[:number]}
        return _fill(pack(facts, self._columns))


def _fill(data: str) -> str:
    """Put style, script and data into the template.

    The page may load nothing and run nothing but this script.
    """
    script = "\n".join((_FOLDER / name).read_text("utf-8") for name in _SCRIPTS)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    page = (_FOLDER / "template.html").read_text("utf-8")
    for name, value in (
        ("HASH", digest),
        ("STYLE", (_FOLDER / "report.css").read_text("utf-8")),
        ("SCRIPT", script),
        ("DATA", data),
    ):
        page = page.replace(f"%{name}%", value)
    return page


def _stops_of(line: Thresholds, stops: Numbers) -> list[int]:
    return [int(np.searchsorted(stops, value)) for value in (line.answer, line.follow_up)]


def _wrong_upper(tuning: Tuning, stops: Numbers) -> list[float]:
    """By stop of the answer line, the upper bound on wrong answers of the next point below."""
    at = np.array([point.thresholds.answer for point in tuning.curve])
    bounds = [point.wrong_upper for point in tuning.curve]
    places = np.maximum(np.searchsorted(at, stops, "right") - 1, 0)
    # Below the lowest point nothing is known.
    return [
        bounds[place] if stop >= at[0] else 1.0
        for place, stop in zip(places.tolist(), stops.tolist(), strict=True)
    ]


def _by_entry(scored: Scored, rows: NDArray[np.bool_]) -> list[int]:
    """By the entry they ask for, how many of these messages there are."""
    counts = np.bincount(scored.expected[rows], minlength=len(scored.entry_ids))
    return [int(number) for number in counts]


def _weighed(scored: Scored, rows: NDArray[np.bool_]) -> list[float]:
    """What these messages weigh together, and the sum of the squares of that."""
    weights = scored.weights[rows]
    return [float(weights.sum()), float(weights @ weights)]


def _pairs(scored: Scored) -> list[list[int]]:
    """Entries that are asked for while another one is nearest, and how often that is so."""
    best = scored.candidates[:, 0]
    rows = scored.in_scope & ~scored.best_is_expected & (best != OUTSIDE)
    pairs, counts = np.unique(
        np.stack([scored.expected[rows], best[rows]], axis=1), axis=0, return_counts=True
    )
    return [[*pair, number] for pair, number in zip(pairs.tolist(), counts.tolist(), strict=True)]


def _chart_facts(scored: Scored, charts: Charts, stops: Numbers) -> Mapping[str, object]:
    kinds = [np.sort(scored.best_scores[rows]) for rows in kinds_of(scored)]
    h, trade, r = charts.histogram, charts.trade, charts.reliability
    fitted = charts.tuning.calibration
    return {
        "scores": [column.tolist() for column in (h.right, h.wrong, h.out_of_scope)],
        # So many scores are above a stop; so many are on it or above.
        "above": [(len(of) - np.searchsorted(of, stops, "right")).tolist() for of in kinds],
        "from": [(len(of) - np.searchsorted(of, stops, "left")).tolist() for of in kinds],
        "auroc": charts.auroc,
        "trade": {
            "answer": [point.thresholds.answer for point in trade.points],
            "coverage": _shares(trade.coverage),
            "precision": _shares(trade.precision),
            "risk": _shares(trade.risk),
            "precisionBand": [_shares(side) for side in trade.precision_band],
            "riskBand": [_shares(side) for side in trade.risk_band],
        },
        "reliability": {
            "calibrated": r.calibrated,
            "said": _shares(r.said),
            "right": _shares(r.right),
            "low": _shares(r.low),
            "high": _shares(r.high),
            "messages": r.messages.tolist(),
            "error": r.error,
            "fitted": None if fitted is None else [fitted.slope, fitted.intercept],
        },
    }


def _shares(values: Sequence[float] | Numbers) -> list[float | None]:
    """To draw, four digits are enough."""
    return [None if (it := as_share(value)) is None else round(it, 4) for value in values]
