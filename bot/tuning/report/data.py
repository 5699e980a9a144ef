"""Everything the report's page shows, worked out here so that the page only looks things up.

The answer and the follow-up threshold stop at the values that `tune` tries, and at the bot's own.
For every pair of stops the page finds the figures and their intervals in a table. The tentative
threshold is chosen out of a few, and what hangs on it is there for each of them. Messages
that go wrong anywhere are listed with their rectangles of thresholds (see `regions`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bot.domain import Thresholds
from bot.formatting import minute
from bot.labels.outcomes import ASKED_BACK, OUTCOMES, TENTATIVE, Codes, Numbers
from bot.labels.scored import Scored
from bot.matching.decide.confidence import Calibration
from bot.tuning.evaluate.evaluation import ERRORS, likely_of
from bot.tuning.evaluate.metrics import BINS, bins_of, interval, intervals, measures, mixed
from bot.tuning.show.evaluation import FIGURES
from bot.tuning.show.replay import NO_WORDS
from bot.tuning.show.tables import percent
from bot.tuning.show.tuning import asked, introduction, verdict
from bot.tuning.thresholds.regions import Regions
from bot.tuning.thresholds.search import GRID, STEP, CurvePoint, Point
from bot.tuning.thresholds.tune import Tuning

SCORE_BINS = 40
_MOST_LISTED = 6_000  # messages; looking for more only takes time
_TEXT_CHARS = 160

# What hangs on the tentative threshold: measures and outcomes.
_OF_TENTATIVE = frozenset(
    [
        *(outcome.value for outcome in (*TENTATIVE, *ASKED_BACK)),
        *("tentative", "shown", "wrong_shown", "follow_ups"),
    ]
)

# By code of an outcome: its place among the errors, behind them where it is none.
_SEVERITY: Codes = np.full(len(OUTCOMES), len(ERRORS))
_SEVERITY[[outcome.code for outcome in ERRORS]] = np.arange(len(ERRORS))

Facts = Mapping[str, object]


def facts_of(
    scored: Scored,
    regions: Regions,
    tuning: Tuning,
    calibration: Calibration | None,
    tentatives: Sequence[float] = (),
) -> Facts:
    """All but the list of messages.

    Args:
        regions: of the messages.
        calibration: of the bot's scores, where it has one.
        tentatives: that can be chosen, beside the presets'.
    """
    stops, shown_from = stops_of(tuning), tentatives_of(tuning, tentatives)
    kinds = (scored.best_is_expected, scored.in_scope & ~scored.best_is_expected, ~scored.in_scope)
    scores = [np.sort(scored.best_scores[rows]) for rows in kinds]
    return {
        "stops": stops.tolist(),
        "step": STEP,
        "tentatives": shown_from,
        "table": table_of(scored, regions, stops, shown_from, tuning.promise.oos_share),
        "groups": FIGURES,
        "outcomes": [outcome.value for outcome in OUTCOMES],
        "errors": [outcome.value for outcome in ERRORS],
        "concerned": int((_worst(regions) < len(ERRORS)).sum()),
        "about": [introduction(tuning), f"Asked for: {asked(tuning.promise)}."],
        "verdict": verdict(tuning).split("\n"),
        "maxWrong": tuning.promise.max_wrong,
        "confidence": tuning.promise.confidence,
        "proven": tuning.choice.proven,
        "isLog": tuning.log is not None,
        "presets": [
            {
                "name": name,
                **_places(point.thresholds, stops),
                "tentative": shown_from.index(point.thresholds.tentative),
            }
            for name, point in _points(tuning).items()
        ],
        "wrongUpper": _wrong_upper(tuning.choice.curve, stops),
        "curve": _curve(tuning.choice.curve, stops),
        "scores": [_spread(of) for of in scores],
        # So many scores are above a stop; so many are on it or above.
        "above": [(len(of) - np.searchsorted(of, stops, "right")).tolist() for of in scores],
        "from": [(len(of) - np.searchsorted(of, stops, "left")).tolist() for of in scores],
        "reliability": _reliability(scored, calibration, tuning),
    }


def _points(tuning: Tuning) -> Mapping[str, Point]:
    return {"tuned": tuning.choice.chosen, "now": tuning.present, "example": tuning.example}


def stops_of(tuning: Tuning) -> Numbers:
    """The thresholds a line can be put to, ascending: those that are tried, and the presets'."""
    lines = [point.thresholds for point in _points(tuning).values()]
    return np.unique([*GRID, *(value for at in lines for value in (at.answer, at.follow_up))])


def tentatives_of(tuning: Tuning, more: Sequence[float]) -> list[float | None]:
    """The tentative thresholds that can be chosen, from the lowest up, and off: the presets', and
    more where there may be any."""
    lines = {point.thresholds.tentative for point in _points(tuning).values()}
    lines |= set(more) if tuning.promise.tentative else set()
    return [*sorted(it for it in lines if it is not None), None]


def table_of(
    scored: Scored,
    regions: Regions,
    stops: Numbers,
    tentatives: Sequence[float | None],
    oos_share: float | None,
) -> Mapping[str, Sequence[int]]:
    """Columns of figures, by name, with a row for each pair of stops with follow_up <= answer.

    The pairs are in order of the answer threshold, and for each of these of the follow-up
    threshold. Of every measure there are `name`, `nameLow` and `nameHigh` (its 95 % interval) in
    tenths of a percent, rounded as `percent` rounds them, -1 for a share of nothing; of every
    outcome also `nameLabels`, how many labels that are. What hangs on the tentative threshold has
    "@" and the threshold's place in `tentatives` behind its name. Each number is the difference to
    the row before, which makes the file small.
    """
    pairs = np.tril_indices(len(stops))
    each = np.ones(len(scored.labels))
    columns: dict[str, Codes] = {}
    for place, tentative in enumerate(tentatives):
        labels, counts, squares = (
            regions.counts(stops, weights, tentative)[pairs]
            for weights in (each, scored.weights, scored.weights**2)
        )
        sides = intervals(counts, squares, oos_share)
        for name, share in measures(counts, oos_share).items():
            behind = f"@{place}" if name in _OF_TENTATIVE else ""
            for suffix, values in zip(("", "Low", "High"), (share, *sides[name]), strict=True):
                columns[f"{name}{suffix}{behind}"] = _tenths(values)
        for outcome in OUTCOMES:
            behind = f"@{place}" if outcome.value in _OF_TENTATIVE else ""
            counted = labels[:, outcome.code].round().astype(np.int64)
            columns[f"{outcome.value}Labels{behind}"] = counted
    return {name: np.diff(column, prepend=0).tolist() for name, column in columns.items()}


def _tenths(shares: Numbers) -> Codes:
    different, places = np.unique(shares, return_inverse=True)
    said = [-1 if np.isnan(it) else round(10 * float(percent(it) or 0)) for it in different]
    return np.array(said, np.int64)[places]


def _places(at: Thresholds, stops: Numbers) -> Mapping[str, int]:
    return {
        "answer": int(np.searchsorted(stops, at.answer)),
        "followUp": int(np.searchsorted(stops, at.follow_up)),
    }


def _wrong_upper(curve: Sequence[CurvePoint], stops: Numbers) -> list[str]:
    """By stop of the answer line, the upper bound on wrong answers of the next point below."""
    at = np.array([point.thresholds.answer for point in curve])
    places = np.searchsorted(at, stops, "right") - 1
    # Below the lowest point nothing is known.
    bounds = [1.0 if place < 0 else curve[place].wrong_answers_upper for place in places.tolist()]
    return [f"{percent(bound)} %" for bound in bounds]


def _curve(curve: Sequence[CurvePoint], stops: Numbers) -> list[Mapping[str, int]]:
    """The pairs of stops that `tune` looked at and that answer anything, by coverage."""
    answering = [point for point in curve if point.expected["coverage"]]
    answering.sort(key=lambda point: point.expected["coverage"] or 0)
    return [_places(point.thresholds, stops) for point in answering]


def _spread(scores: Numbers) -> list[int]:
    """How many scores are in each of 40 equal bins from 0 to 1; those below 0 are in the first."""
    places = np.clip((scores * SCORE_BINS).astype(np.int64), 0, SCORE_BINS - 1)
    return [int(number) for number in np.bincount(places, minlength=SCORE_BINS)]


def _reliability(scored: Scored, calibration: Calibration | None, tuning: Tuning) -> Facts:
    """How often the best entry is right, by what the bot says of it: its confidence, or else its
    score. Ten equal bins, without those that are empty: what was said in the mean, the share that
    is right and its interval, and how many messages these are.
    """
    likely, is_right = likely_of(scored, calibration), scored.best_is_expected
    places = bins_of(likely)
    weights = mixed(scored.in_scope, scored.weights, tuning.promise.oos_share)
    total, right, said, squares = (
        np.bincount(places, weights * of, BINS) for of in (1.0, is_right, likely, weights)
    )
    messages = np.bincount(places, minlength=BINS)
    with np.errstate(divide="ignore", invalid="ignore"):
        sides = interval(right / total, total**2 / squares)  # labels of equal weight
        columns = np.array([said / total, right / total, *sides, messages])
    return {
        "of": "score" if calibration is None else "confidence",
        "rows": columns.T[messages > 0].round(4).tolist(),
    }


def messages_of(scored: Scored, regions: Regions, tuning: Tuning) -> list[Facts]:
    """The messages that go wrong somewhere, what is to be told first at the front.

    That is what goes wrong at the recommended thresholds, the worst kind first; then what does at
    the present ones, and so on; last what goes wrong elsewhere.

    Args:
        regions: as in `facts_of`.
    """
    worst = _worst(regions)
    at = [_SEVERITY[regions.at(point.thresholds)] for point in _points(tuning).values()]
    order = np.lexsort((-scored.best_scores, worst, *reversed(at)))
    rows = [int(row) for row in order if worst[row] < len(ERRORS)][:_MOST_LISTED]
    sides = np.clip(
        [
            *(regions.answer_from, regions.answer_to, regions.follow_from, regions.follow_to),
            regions.shown_to,
        ],
        -2,
        2,
    ).T
    where: dict[int, list[list[object]]] = {row: [] for row in rows}
    for owner, number, its in zip(regions.owners, regions.numbers, sides.tolist(), strict=True):
        outcome, entries, shown = regions.fates[number]
        if owner in where:
            where[owner].append([outcome.value, entries, *its, shown.value])
    return [{**_message(scored, row, tuning), "where": its} for row, its in where.items()]


def _worst(regions: Regions) -> Codes:
    """The severity of the worst that becomes of each message, shape (rows,)."""
    worst = np.full(regions.rows, len(ERRORS))
    for codes in (regions.codes, regions.shown_codes):
        np.minimum.at(worst, regions.owners, _SEVERITY[codes])
    return worst


def _message(scored: Scored, row: int, tuning: Tuning) -> Facts:
    hits = scored.readings[row].whole.hits
    label = scored.labels[row]
    text, place = label.text, str(label.place)
    if tuning.log is not None:
        record = tuning.log.messages[row].record
        text, place = NO_WORDS if record.text is None else record.text, f"{minute(record.at)} UTC"
    return {
        "text": _shortened(text),
        "expected": label.expected,
        "nearest": [[hit.entry_id, hit.score] for hit in hits[:2]],
        "phrasing": _shortened(hits[0].phrasing) if hits else "",
        "place": place,
    }


def _shortened(text: str) -> str:
    return text if len(text) <= _TEXT_CHARS else f"{text[: _TEXT_CHARS - 1]}…"
