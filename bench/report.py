"""What `bench.quality` measured → tables, or one JSON object."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from bench.command import machine_line
from bench.guarding import GUARDS
from bench.outcomes import MEASURES, SHOWN, intervals, means, share
from bench.trial import Trial
from bot.tuning.show.tables import Cell, decimal, percent, table

Cells = tuple[Cell, ...]

# In the order of `MEASURES`, but for those that have a table of their own.
_FIRM = tuple(name for name in MEASURES if not name.endswith("_shown"))
_MEASURE_HEADERS = (
    "right",
    "wrong",
    "follow-up\nholds it",
    "follow-up\nmisses it",
    "fallback",
    "oos\nanswered",
    "oos\nasked",
    "AUROC",
    "top-1",
    "precision\nat 30 % oos",
)
# In the order of `SHOWN`.
_SHOWN_HEADERS = (
    *("right\nshown", "wrong\nshown", "fallback", "oos\nshown", "oos\nasked"),
    "asked\nwithout it",
)
_SHOWN_INTERVALS = {
    "right_shown": "right shown\n95 %",
    "wrong_shown": "wrong shown\n95 %",
    "oos_shown": "oos shown\n95 %",
}
_INTERVALS = {
    "right": "right\n95 %",
    "wrong": "wrong\n95 %",
    "oos_answered": "oos answered\n95 %",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One trial and what it was of.

    Attributes:
        k: the first so many wordings of each entry, as a number or "all".
        is_in_means: whether it counts in them.
    """

    name: str
    score: str
    k: str
    is_in_means: bool
    trial: Trial


@dataclass(frozen=True, slots=True)
class PairRow:
    """Messages that say the contrary of an entry, or the same; counts.

    Attributes:
        same: shown the answer of that entry, tentatively or not.
        answered: shown any.
    """

    name: str
    way: str
    asked: int
    same: int
    answered: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one run measured.

    Attributes:
        conditions: the machine, versions and options.
        rows: of the scores asked for.
        blended: of the blended score, for what is measured with that alone.
    """

    conditions: Mapping[str, str]
    rows: tuple[Row, ...]
    blended: tuple[Row, ...]
    contradictions: tuple[PairRow, ...]
    entailments: tuple[PairRow, ...]
    seed: int

    def groups(self) -> dict[tuple[str, str], list[Row]]:
        """The rows that count in the means, by score and k."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            if row.is_in_means:
                found.setdefault((row.score, row.k), []).append(row)
        return found


def as_text(report: Report) -> str:
    """Tables for a person, under the line that says what they were measured with."""
    return "\n\n".join([machine_line(report.conditions), *_tables(report)])


def as_json(report: Report) -> str:
    """The same as one JSON object; shares are from 0 to 1."""
    return json.dumps(
        {
            "conditions": dict(report.conditions),
            "rows": [_record(row) | asdict(row.trial.quality) for row in report.rows],
            "means": [
                {
                    "score": score,
                    "k": k,
                    "sets": len(rows),
                    **means([row.trial.quality for row in rows]),
                    "intervals": intervals([row.trial.quality for row in rows], report.seed),
                }
                for (score, k), rows in report.groups().items()
            ],
            "typos": [
                _record(row) | asdict(typos) for row in report.blended for typos in row.trial.typos
            ],
            "pairs": [
                _record(row) | asdict(row.trial.pairs)
                for row in report.blended
                if row.trial.pairs is not None
            ],
            "guards": [
                _record(row) | asdict(row.trial.guards)
                for row in report.blended
                if row.trial.guards is not None
            ],
            "contradictions": [asdict(row) for row in report.contradictions],
            "entailments": [asdict(row) for row in report.entailments],
        },
        ensure_ascii=False,
        indent=1,
    )


def _record(row: Row) -> dict[str, object]:
    return {"set": row.name, "score": row.score, "k": row.k}


def _tables(report: Report) -> Iterator[str]:
    if report.rows:
        yield _whole(report)
    if report.groups():
        yield _means(report)
    if report.rows:
        yield _shown(report)
    for part in (_typos, _pairs, _guards):
        rows = list(part(report.blended))
        if rows:
            yield _titled(part, rows)
    if report.contradictions:
        yield _titled(_contradictions, list(_contradictions(report.contradictions)), left=2)
    if report.entailments:
        yield _titled(_entailments, list(_entailments(report.entailments)), left=2)


def _whole(report: Report) -> str:
    cells: list[Cells] = []
    for row in report.rows:
        quality = row.trial.quality
        sizes = (quality.in_scope, quality.out_of_scope)
        cells.append((row.name, row.score, row.k, *sizes, *_measures(asdict(quality))))
    headers = ("set", "score", "k", "in\nscope", "out of\nscope", *_MEASURE_HEADERS)
    return (
        "In percent of in-scope messages, or of out-of-scope (oos) where it says so; "
        "k: wordings per entry.\n" + table(headers, cells, left=2)
    )


def _means(report: Report) -> str:
    cells: list[Cells] = []
    for (score, k), rows in report.groups().items():
        qualities = [row.trial.quality for row in rows]
        spread = intervals(qualities, report.seed)
        bounds = (_interval(spread.get(name)) for name in _INTERVALS)
        cells.append((f"mean of {len(rows)}", score, k, *_measures(means(qualities)), *bounds))
    headers = ("sets", "score", "k", *_MEASURE_HEADERS, *_INTERVALS.values())
    return "Means over the English sets, with 95 % bootstrap intervals over messages.\n" + table(
        headers, cells, left=2
    )


def _shown(report: Report) -> str:
    cells: list[Cells] = []
    for row in report.rows:
        cells.append(
            (row.name, row.score, row.k, *_of_shown(asdict(row.trial.quality)), "", "", "")
        )
    for (score, k), rows in report.groups().items():
        qualities = [row.trial.quality for row in rows]
        spread = intervals(qualities, report.seed)
        bounds = (_interval(spread.get(name)) for name in _SHOWN_INTERVALS)
        cells.append((f"mean of {len(rows)}", score, k, *_of_shown(means(qualities)), *bounds))
    headers = ("set", "score", "k", *_SHOWN_HEADERS, *_SHOWN_INTERVALS.values())
    return (
        "Answers that people read, firm or tentative, in percent as above; asked without it: of "
        "in-scope messages, follow-ups\nthat show no answer and do not offer the entry.\n"
        + table(headers, cells, left=2)
    )


def _of_shown(values: Mapping[str, float | None]) -> list[str | None]:
    return [percent(values[name]) for name in SHOWN]


def _typos(rows: Iterable[Row]) -> Iterator[Cells]:
    for row in rows:
        for it in row.trial.typos:
            shown = (percent(it.clean_top1), percent(it.top1), _points(it.clean_top1, it.top1))
            yield (row.name, row.k, percent(it.share), it.words, *shown)


def _pairs(rows: Iterable[Row]) -> Iterator[Cells]:
    for row in rows:
        if row.trial.pairs is None:
            continue
        doubles = percent(share(row.trial.pairs.false_doubles, row.trial.pairs.ordinary))
        for form, it in row.trial.pairs.forms.items():
            counts = (it.some_right, it.both_right, it.some_wrong)
            shown = (percent(share(count, it.messages)) for count in counts)
            yield (row.name, row.k, form, it.messages, *shown, doubles)


def _guards(rows: Iterable[Row]) -> Iterator[Cells]:
    for row in rows:
        it = row.trial.guards
        if it is not None:
            lost = (it.right_lost, *(it.lost_by[name] for name in GUARDS))
            shown = (percent(share(count, it.right)) for count in lost)
            stopped = percent(share(it.wrong_stopped, it.wrong))
            yield (row.name, row.k, it.right, *shown, it.wrong, stopped)


def _contradictions(rows: Iterable[PairRow]) -> Iterator[Cells]:
    for row in rows:
        shown = (percent(share(count, row.asked)) for count in (row.same, row.answered))
        yield (row.name, row.way, row.asked, *shown)


def _entailments(rows: Iterable[PairRow]) -> Iterator[Cells]:
    yield from _contradictions(rows)


_TITLES: dict[Callable[..., Iterator[Cells]], tuple[str, tuple[str, ...]]] = {
    _typos: (
        "Typing errors, blended score: top-1 of in-scope messages, in percent.",
        ("set", "k", "words\nmistyped", "that\nmany", "clean\ntop-1", "top-1", "points"),
    ),
    _pairs: (
        "Two questions in a message, blended score, in percent. False doubles: ordinary messages "
        "answered in two parts or more.",
        (
            *("set", "k", "form", "messages", "one or\nboth right", "both\nright"),
            *("a wrong\nanswer", "false\ndoubles"),
        ),
    ),
    _guards: (
        "Guards, blended score: answers that become follow-ups, in percent; of right answers by "
        "all guards\nand by each alone, of wrong ones (out-of-scope included) by all.",
        (
            *("set", "k", "right\nanswers", "asked\ninstead"),
            *(name.replace("_", "\n") for name in GUARDS),
            *("wrong\nanswers", "asked\ninstead"),
        ),
    ),
    _contradictions: (
        "Messages that contradict an entry, in percent.",
        ("set", "score", "asked", "shown\nthat entry", "shown\nany"),
    ),
    _entailments: (
        "Messages that say the same as an entry, in percent.",
        ("set", "score", "asked", "shown\nthat entry", "shown\nany"),
    ),
}


def _titled(part: Callable[..., Iterator[Cells]], rows: Sequence[Cells], left: int = 1) -> str:
    title, headers = _TITLES[part]
    return f"{title}\n{table(headers, rows, left)}"


def _measures(values: Mapping[str, float | None]) -> list[str | None]:
    return [decimal(values[name]) if name == "auroc" else percent(values[name]) for name in _FIRM]


def _interval(bounds: tuple[float, float] | None) -> str | None:
    return None if bounds is None else f"{100 * bounds[0]:.1f} to {100 * bounds[1]:.1f}"


def _points(before: float | None, after: float | None) -> str | None:
    return None if before is None or after is None else f"{100 * (after - before):+.1f}"
