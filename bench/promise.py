"""python -m bench.promise: do tuned thresholds keep what they promise on messages not seen?

Every labelled set is scored once. Then its labels are split many times: thresholds are chosen on
one part and counted on the rest. Nothing is fetched, and the same options give the same figures.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from bench import command
from bench.embedding import RememberingEncoder, load_remembering
from bench.router import fitted_router, router_scores
from bench.sets import (
    ALL,
    FAQ,
    QUERIES,
    FaqSet,
    find_asked,
    load_faq_set,
    sets_parser,
    shortened,
)
from bench.trial import assembled
from bot.domain import Faq, Place, Thresholds
from bot.files.config.settings import Score, Settings
from bot.labels.from_faq import score_faq
from bot.labels.labelled import Labelled
from bot.labels.scored import Scored, score
from bot.tuning.evaluate.metrics import calibration_error, count, measures
from bot.tuning.show.tables import Cell, decimal, percent, table
from bot.tuning.thresholds.regions import Regions, tabulate
from bot.tuning.thresholds.search import GRID, Counted, Promise, choose
from bot.tuning.thresholds.tune import fit_calibration, tune

_DEFAULT = Settings()
_SPLITS = ("dev", "test")
_HALF = "half"


@dataclass(frozen=True, slots=True)
class Draw:
    """Thresholds of one split, and what they do with the rest; shares from 0 to 1.

    Attributes:
        wrong: of the rest, answered wrongly.
        wrong_shown: of the rest, shown a wrong answer, firm or tentative.
        coverage: of the rest, answered.
        shown: of the rest, shown an answer, firm or tentative.
        best: the coverage of the best pair that keeps the promise, found by looking at the rest.
    """

    proven: bool
    wrong: float
    wrong_shown: float
    coverage: float
    shown: float
    best: float


@dataclass(frozen=True, slots=True)
class Row:
    """All splits of one set.

    Attributes:
        k: wordings per entry.
        size: how many labels were tuned on: a number, or "half".
        way: what chose: "tune" or "router" (semantic-router's fit).
    """

    name: str
    k: str
    size: str
    way: str
    draws: tuple[Draw, ...]


@dataclass(frozen=True, slots=True)
class FaqAlone:
    """What the FAQ alone expects, and what its labels say; shares from 0 to 1."""

    name: str
    k: str
    thresholds: Thresholds
    wrong_expected: float | None
    wrong: float | None
    coverage_expected: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class Calibrated:
    """How far scores and confidences lie from the share that is right, on one half of the labels.

    Attributes:
        score: the expected calibration error of the score, taken for a probability.
        confidence: that of the confidence, calibrated on the other half.
    """

    name: str
    k: str
    score: float | None
    confidence: float | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or unusable sets.
    """
    return command.guarded(partial(_run, _parse(arguments)))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = sets_parser(
        "python -m bench.promise",
        "Choose thresholds on part of each set's labels and see on the rest whether they keep "
        "what they promise.",
        f" Its messages of the splits {' and '.join(_SPLITS)} are pooled.",
    )
    add = parser.add_argument
    add(
        "--sizes",
        type=command.names,
        metavar="N,N",
        default=(_HALF,),
        help="tune on so many labels (default: half; else a number such as 100)",
    )
    add("--max-wrong", type=partial(command.between, low=0, high=1), default=0.05, metavar="SHARE")
    add("--draws", type=command.natural, default=50, metavar="N", help="splits (default: 50)")
    add("--faq-alone", action="store_true", help="also tune without labels, and compare")
    add("--router", action="store_true", help="also semantic-router's fit; it must be installed")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> None:
    asked = find_asked(options.folder, options.sets, FAQ, QUERIES)
    model = load_remembering(options.model, options.cache)
    rows: list[Row] = []
    alone: list[FaqAlone] = []
    calibrated: list[Calibrated] = []
    with tqdm(total=len(asked) * len(options.phrasings), disable=None, leave=False) as progress:
        for folder in asked.values():
            faq_set = load_faq_set(folder, _DEFAULT.thresholds)
            for k in options.phrasings:
                faq = shortened(faq_set.faq, None if k == ALL else command.natural(k))
                rows += _rows(faq_set, faq, k, model, options, alone, calibrated)
                model.save()
                progress.update()
    if options.json:
        record = {
            "rows": [asdict(row) for row in rows],
            "alone": [asdict(one) for one in alone],
            "calibrated": [asdict(one) for one in calibrated],
        }
        print(json.dumps(record))
        return
    print(f"{command.machine_line(command.machine())}\n")
    print(_table(rows, options.max_wrong))
    if alone:
        print(f"\n{_alone_table(alone)}")
    cells = [(it.name, it.k, decimal(it.score), decimal(it.confidence)) for it in calibrated]
    heads = ("calibration error", "k", "score", "confidence")
    print(f"\n{table(heads, cells)}")


def _rows(
    faq_set: FaqSet,
    faq: Faq,
    k: str,
    model: RememberingEncoder,
    options: argparse.Namespace,
    alone: list[FaqAlone],
    calibrated: list[Calibrated],
) -> Iterator[Row]:
    labels = [
        Labelled(query.text, query.expected, Place(faq_set.name, number))
        for number, query in enumerate(faq_set.queries)
        if query.split in _SPLITS
    ]
    bot = assembled(faq, Score.BLENDED, _DEFAULT.thresholds, model)
    scored = score(bot.decider, sorted(faq.by_id), labels)
    calibrated.append(_calibrated(faq_set.name, k, scored))
    regions = tabulate(scored)
    promise = Promise(max_wrong=options.max_wrong)
    found = router_scores(faq, labels, model.encoder) if options.router else None
    for size in options.sizes:
        parts = list(_splits(len(labels), size, options.draws))
        draws = tuple(_draw(regions, promise, part) for part in parts)
        yield Row(faq_set.name, k, size, "tune", draws)
        if found is not None:
            fits = (fitted_router(found, part, options.max_wrong) for part in parts)
            draws = tuple(
                Draw(False, wrong, wrong, coverage, coverage, draw.best)
                for (wrong, coverage), draw in zip(fits, draws, strict=True)
            )
            yield Row(faq_set.name, k, size, "router", draws)
    if options.faq_alone and any(entry.phrasings for entry in faq.entries):
        share = float((~scored.in_scope).mean())
        alone_scored = score_faq(bot)
        promise = Promise(options.max_wrong, oos_share=share)
        found_alone = tune(alone_scored, tabulate(alone_scored), promise, from_labels=False)
        expected, lines = found_alone.choice.chosen.expected, found_alone.choice.chosen.thresholds
        real = measures(count(regions.at(lines)))
        alone.append(
            FaqAlone(
                faq_set.name,
                k,
                lines,
                expected["wrong_answers"],
                float(real["wrong_answers"]),
                expected["coverage"],
                float(real["coverage"]),
            )
        )


def _calibrated(name: str, k: str, scored: Scored) -> Calibrated:
    (chosen,) = _splits(len(scored.labels), _HALF, 1)
    scores, is_right = scored.best_scores, scored.best_is_expected
    fitted = fit_calibration(scores[chosen], is_right[chosen])
    rest, right = scores[~chosen], is_right[~chosen]
    return Calibrated(
        name,
        k,
        calibration_error(np.clip(rest, 0, 1), right),
        None if fitted is None else calibration_error(fitted.confidence(rest), right),
    )


def _splits(labels: int, size: str, draws: int) -> Iterator[NDArray[np.bool_]]:
    """Random parts to tune on, shape (labels,)."""
    number = labels // 2 if size == _HALF else min(command.natural(size), labels // 2)
    for seed in range(draws):
        part = np.zeros(labels, np.bool_)
        part[np.random.default_rng(seed).permutation(labels)[:number]] = True
        yield part


def _draw(regions: Regions, promise: Promise, part: NDArray[np.bool_]) -> Draw:
    choice = choose(Counted.of(regions, part.astype(np.float64), promise.oos_share), promise)
    found = measures(count(regions.at(choice.chosen.thresholds)[~part]))
    return Draw(
        proven=choice.proven,
        wrong=float(found["wrong_answers"]),
        wrong_shown=float(found["wrong_shown"]),
        coverage=float(found["coverage"]),
        shown=float(found["shown"]),
        best=_best_coverage(regions, ~part, promise.max_wrong),
    )


def _best_coverage(regions: Regions, rest: NDArray[np.bool_], max_wrong: float) -> float:
    """Of all pairs on the grid that keep the promise here, the largest coverage."""
    figures = measures(regions.counts(GRID, rest.astype(np.float64)))
    answers, follow_ups = np.indices((len(GRID), len(GRID)))
    keeps = (figures["wrong_answers"] <= max_wrong) & (follow_ups <= answers)
    return float(figures["coverage"][keeps].max())


def _table(rows: Sequence[Row], max_wrong: float) -> str:
    cells: list[Sequence[Cell]] = []
    most_shown = Promise(max_wrong).most_wrong_shown
    for row in rows:
        proven = [draw for draw in row.draws if draw.proven]
        unproven = [draw for draw in row.draws if not draw.proven]
        for kind, draws in (("proven", proven), ("unproven", unproven)):
            if not draws:
                continue
            kept = sum(draw.wrong <= max_wrong for draw in draws)
            shown_kept = sum(draw.wrong_shown <= most_shown for draw in draws)
            cells.append(
                (
                    row.name,
                    row.k,
                    row.size,
                    row.way if row.way != "tune" else kind,
                    len(draws),
                    f"{kept} ({100 * kept / len(draws):.0f} %)",
                    percent(max(draw.wrong for draw in draws)),
                    *(_mean(draws, name) for name in ("wrong", "coverage", "best")),
                    f"{shown_kept} ({100 * shown_kept / len(draws):.0f} %)",
                    *(_mean(draws, name) for name in ("wrong_shown", "shown")),
                )
            )
    heads = ("set", "k", "labels", "which", "splits", f"keep\n<= {100 * max_wrong:g} %", "worst")
    shown = (f"shown keep\n<= {100 * most_shown:g} %", "mean wrong\nshown", "shown")
    return table((*heads, "mean\nwrong", "coverage", "best by\nlooking", *shown), cells, left=4)


def _mean(draws: Sequence[Draw], name: str) -> str | None:
    return percent(float(np.mean([getattr(draw, name) for draw in draws])))


def _alone_table(alone: Sequence[FaqAlone]) -> str:
    cells: list[Sequence[Cell]] = [
        (
            one.name,
            one.k,
            f"{one.thresholds.answer:g}/{one.thresholds.follow_up:g}",
            percent(one.wrong_expected),
            percent(one.wrong),
            percent(one.coverage_expected),
            percent(one.coverage),
        )
        for one in alone
    ]
    heads = ("the FAQ\nalone", "k", "thresholds", "wrong\nexpected", "wrong\nin truth")
    return table((*heads, "coverage\nexpected", "coverage\nin truth"), cells)


if __name__ == "__main__":
    sys.exit(main())
