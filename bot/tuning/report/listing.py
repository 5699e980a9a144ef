"""Messages that go wrong somewhere, told one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.domain import Thresholds
from bot.tuning.evaluate.evaluation import ERRORS
from bot.tuning.evaluate.outcomes import OUTCOMES
from bot.tuning.labels.log_labels import LogLabels
from bot.tuning.labels.scored import Scored
from bot.tuning.report.fates import Fates, to_boxes
from bot.tuning.show.replay import NO_WORDS, minute
from bot.tuning.thresholds.regions import Codes, Numbers, Regions

_TEXT_CHARS = 160

_NEAREST = 2

# A message as the page reads it: its text, the number of the entry it asks for (-1: out of scope),
# the two nearest entries and their scores (-1, 0: there is none), the nearest phrasing, where the
# label was written or when the message, and what becomes of it: the outcome's code, entries, and
# the four sides of a rectangle of stops.
Told = tuple[
    str, int, list[int], list[float], str, str, list[tuple[int, list[int], int, int, int, int]]
]


def worth_telling(scored: Scored, outcomes: Regions, lines: Sequence[Thresholds]) -> list[int]:
    """The messages that go wrong, those to be told first at the front.

    First what goes wrong at the first lines, the worst kind first and of a kind the highest score
    first, then what does at the second, and so on; last what goes wrong elsewhere.

    Args:
        outcomes: codes are those of `Outcome`.
    """
    severity = np.full(len(OUTCOMES), len(ERRORS))
    for place, outcome in enumerate(ERRORS):
        severity[outcome.code] = place
    at = [severity[outcomes.at(line)] for line in lines]
    worst = _worst(severity, outcomes)
    rank = np.full(outcomes.rows, len(lines))
    kind = worst.copy()
    for place in range(len(lines) - 1, -1, -1):
        is_wrong = at[place] < len(ERRORS)
        rank[is_wrong] = place
        kind[is_wrong] = at[place][is_wrong]
    order = np.lexsort((-scored.best_scores, kind, rank))
    return [int(row) for row in order if worst[row] < len(ERRORS)]


def _worst(severity: Codes, outcomes: Regions) -> Codes:
    worst = np.full(outcomes.rows, len(ERRORS))
    np.minimum.at(worst, outcomes.owners, severity[outcomes.codes])
    return worst


def told(
    scored: Scored,
    fates: Fates,
    rows: Sequence[int],
    stops: Numbers,
    log: LogLabels | None = None,
) -> list[Told]:
    """Tell of messages.

    Args:
        fates: of these messages.
        rows: their places in `scored`.
        log: what the labels were made of; None: people wrote them.
    """
    boxes = to_boxes(fates, stops)
    numbers = {entry_id: number for number, entry_id in enumerate(scored.entry_ids)}
    found: list[Told] = [_told(scored, row, log) for row in rows]
    for place, *sides in zip(boxes.places, *boxes.sides, strict=True):
        fate = fates.kinds[fates.regions.codes[place]]
        entries = [numbers[entry_id] for entry_id in fate.entries]
        a0, a1, f0, f1 = (int(side) for side in sides)
        owner = int(fates.regions.owners[place])
        found[owner][-1].append((fate.outcome.code, entries, a0, a1, f0, f1))
    return found


def _told(scored: Scored, row: int, log: LogLabels | None) -> Told:
    hits = scored.readings[row].whole.hits
    text, place = scored.labels[row].text, str(scored.labels[row].place)
    if log is not None:
        past = log.told[row].past
        text, place = NO_WORDS if past.text is None else past.text, f"{minute(past.at)} UTC"
    return (
        _shortened(text),
        int(scored.expected[row]),
        scored.candidates[row, :_NEAREST].tolist(),
        np.nan_to_num(scored.scores[row, :_NEAREST]).round(4).tolist(),
        _shortened(hits[0].phrasing) if hits else "",
        place,
        [],
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _TEXT_CHARS else f"{text[: _TEXT_CHARS - 1]}…"
