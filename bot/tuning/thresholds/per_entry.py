"""Lines of their own for entries whose own labels speak for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.domain import Thresholds
from bot.matching.decide.guards import doubt_of
from bot.tuning.labels.scored import Scored
from bot.tuning.thresholds.risk import lower, upper
from bot.tuning.thresholds.search import GRID, Promise

_LEAST_CHANGE = 4  # steps of the grid; less is not worth a line in a file


@dataclass(frozen=True, slots=True)
class EntryLines:
    """What an entry's own labels prove. Counts are of labels it is the best entry for.

    Attributes:
        thresholds: lines for this entry alone.
        answered: how many the shared lines answer with it.
        wrongly: of these, those that asked for something else.
        own_answered: how many its own lines would answer.
        own_wrongly: of these, those that asked for something else.
    """

    entry: str
    thresholds: Thresholds
    answered: int
    wrongly: int
    own_answered: int
    own_wrongly: int


def propose_entry_lines(
    scored: Scored, shared: Thresholds, promise: Promise
) -> tuple[EntryLines, ...]:
    """Find entries that the shared lines treat too mildly or too strictly, beyond doubt.

    An entry's answers may be wrong as often as all answers together when the promise is just kept.
    An entry gets a stricter line where its answers are proven to be wrong more often, and a milder
    one where, from the shared line down to the milder one, they are proven at every step not to be.
    Each entry is tested both ways, each time at its share of the doubt (Bonferroni), by exact
    bounds. Messages that the guards doubt, or that hold several questions, are left out.

    Returns:
        In the order of the FAQ, without entries that have lines already. Nothing where the mix of
        messages is said to differ from that of the labels.
    """
    can_answer = np.array([_can_answer(scored, row) for row in range(len(scored.labels))])
    answered = int((can_answer & (scored.best_scores > shared.answer)).sum())
    if answered == 0 or promise.oos_share is not None:
        return ()
    allowed = min(1.0, promise.max_wrong * len(scored.labels) / answered)
    best = scored.best
    tested = [
        number
        for number, entry_id in enumerate(scored.entry_ids)
        if entry_id not in scored.policy.own and (can_answer & (best == number)).any()
    ]
    doubt = (1 - promise.confidence) / max(1, 2 * len(tested))
    now = int(np.argmin(np.abs(GRID - shared.answer)))
    found = []
    for number in tested:
        rows = can_answer & (best == number)
        above = scored.best_scores[rows][:, None] > GRID[None, :]
        total = above.sum(axis=0)
        wrong = (above & ~scored.best_is_expected[rows][:, None]).sum(axis=0)
        line = _line(wrong, total, now, allowed, doubt)
        if abs(line - now) < _LEAST_CHANGE or total[line] == total[now]:
            continue
        own = float(GRID[line])
        found.append(
            EntryLines(
                scored.entry_ids[number],
                Thresholds(own, min(own, shared.follow_up)),
                int(total[now]),
                int(wrong[now]),
                int(total[line]),
                int(wrong[line]),
            )
        )
    return tuple(found)


def _can_answer(scored: Scored, row: int) -> bool:
    reading = scored.readings[row]
    if reading.sentences or reading.clauses or not reading.whole.hits:
        return False
    return doubt_of(reading.whole) is None


def _line(
    wrong: NDArray[np.integer],
    total: NDArray[np.integer],
    now: int,
    allowed: float,
    doubt: float,
) -> int:
    """The place of an entry's line in the grid; `now` where nothing is proven."""
    if lower(wrong[now], total[now], doubt) > allowed:
        # Being stricter adds no wrong answer, so here what was seen is enough.
        fitting = wrong[now:] <= allowed * total[now:]
        return now + int(np.argmax(fitting))
    line = now
    bounds = upper(wrong, total, doubt)
    while line > 0 and bounds[line] <= allowed and bounds[line - 1] <= allowed:
        line -= 1
    return line
