"""python -m bench.drift: how often is drift told where there is none, and how soon where there is?

Messages of labelled sets are decided on once. Then the bot is tuned on some of them, time and
again, and asked others for a year of days, each by another person: every day is looked at as the
bot looks at it. Nothing is fetched, and the same options give the same figures.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
from tqdm import tqdm

from bench import command
from bench.embedding import RememberingEncoder, load_remembering
from bench.sets import FAQ, QUERIES, FaqSet, find_asked, load_faq_set, sets_parser, shortened
from bench.trial import assembled
from bot.domain import Faq
from bot.files.config.settings import Score, Settings
from bot.matching.matcher import Matcher
from bot.matching.traffic import Message, Traffic, message_of
from bot.service.admins.drift import DAYS, Finding, Kind, come_up, compare
from bot.tuning.evaluate.metrics import interval
from bot.tuning.show.tables import Cell, decimal, percent, table

_YEAR = 365
_FEW = 5  # wordings of an entry, before an FAQ is edited
_SHARES = (0.1, 0.2, 0.4)
_WITHIN = (7, 14, 28)
SAME, EDITED, OTHERS, ENTRIES = "nothing", "the FAQ", "other messages", "fewer entries"


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that was decided on.

    Attributes:
        words: those that the FAQ does not have.
    """

    message: Message
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Row:
    """Many years of one bot.

    Attributes:
        changes: what is otherwise from the day on that the bot is first asked.
        share: of the messages are others.
        a_day: so many people ask.
        years: how many were simulated.
        told: share of the years in which anything was told; of power, within 28 days.
        kinds: the same by kind of finding.
        within: share in which it was told within so many days.
        median: day on which it was told, of those in which it was.
    """

    name: str
    changes: str
    share: float
    a_day: int
    years: int
    told: float
    low: float
    high: float
    kinds: dict[str, float]
    within: tuple[float, ...]
    median: float | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or unusable sets.
    """
    return command.guarded(partial(_run, _parse(arguments)))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = sets_parser(
        "python -m bench.drift",
        "Count false alarms of drift in years in which nothing changes, and how soon messages of "
        "other sets are noticed.",
    )
    add = parser.add_argument
    add("--years", type=command.positive, default=200, help="simulated each time (200)")
    add("--tuned-on", type=command.positive, default=500, help="so many messages (500)")
    add("--a-day", type=_numbers, default=(10, 50), metavar="N,N", help="people who ask (10,50)")
    return parser.parse_args(arguments)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(command.positive(each) for each in command.names(text))


def _run(options: argparse.Namespace) -> None:
    folders = find_asked(options.folder, options.sets, FAQ, QUERIES)
    sets = [load_faq_set(folder, Settings().thresholds) for folder in folders.values()]
    model = load_remembering(options.model, options.cache)
    rows: list[Row] = []
    with tqdm(total=len(sets), disable=None, leave=False) as progress:
        for one in sets:
            strangers = [it for it in sets if it is not one and it.is_english == one.is_english]
            rows += _rows(one, strangers, model, options)
            model.save()
            progress.update()
    conditions = {**command.machine(), "model": options.model, "tuned on": options.tuned_on}
    if options.json:
        print(json.dumps({**conditions, "rows": [asdict(row) for row in rows]}))
        return
    print(_table(rows))
    print(command.machine_line({name: str(value) for name, value in conditions.items()}))


def _rows(
    one: FaqSet, strangers: Sequence[FaqSet], model: RememberingEncoder, options: argparse.Namespace
) -> list[Row]:
    texts = [query.text for query in one.queries]
    foreign = [query.text for it in strangers for query in it.queries]
    bot = _bot(one.faq, model)
    own, others = _asked(bot, texts), _asked(bot, foreign)
    few = _asked(_bot(shortened(one.faq, _FEW), model), texts)
    common = {name for name, _ in Counter(it.message.nearest for it in own).most_common(3)}
    narrow = [it for it in own if it.message.nearest in common]
    rows = []
    for a_day in options.a_day:
        run = partial(_row, one.name, a_day, options)
        rows.append(run(SAME, own, own, [], 0.0))
        rows.append(run(EDITED, few, own, [], 0.0))
        for changes, instead in ((OTHERS, others), (ENTRIES, narrow)):
            rows += [run(changes, own, own, instead, share) for share in _SHARES if instead]
    return rows


def _bot(faq: Faq, model: RememberingEncoder) -> Matcher:
    return assembled(faq, Score.BLENDED, Settings().thresholds, model)


def _asked(bot: Matcher, texts: Sequence[str]) -> list[Asked]:
    """What the bot decides on messages, but those that are small talk."""
    decisions = zip(texts, bot.decide_all(texts), strict=True)
    return [
        Asked(message_of(it, bot.known_words.unknown_share(text)), bot.known_words.unknown(text))
        for text, it in decisions
        if it.small_talk is None
    ]


def _row(
    name: str,
    a_day: int,
    options: argparse.Namespace,
    changes: str,
    tuned: Sequence[Asked],
    own: Sequence[Asked],
    instead: Sequence[Asked],
    share: float,
) -> Row:
    days = DAYS if instead else _YEAR
    random = np.random.default_rng(1)
    firsts, kinds = [], Counter[Kind]()
    for _ in range(options.years):
        then = Traffic.of((it.message for it in _drawn(tuned, options.tuned_on, random)), 0.0)
        day, found = _first(then, own, instead, share, a_day, days, changes != EDITED, random)
        if found:
            firsts.append(day)
            kinds.update({finding.kind for finding in found})
    told = len(firsts) / options.years
    low, high = (float(side) for side in interval(told, options.years))
    return Row(
        *(name, changes, share, a_day, options.years, told, low, high),
        {kind.value: kinds[kind] / options.years for kind in Kind if kind is not Kind.BLIND},
        tuple(sum(day <= within for day in firsts) / options.years for within in _WITHIN),
        float(np.median(firsts)) if firsts else None,
    )


def _drawn(pool: Sequence[Asked], size: int, random: np.random.Generator) -> list[Asked]:
    return [pool[number] for number in random.integers(0, len(pool), size)]


def _first(
    then: Traffic,
    own: Sequence[Asked],
    instead: Sequence[Asked],
    share: float,
    a_day: int,
    days: int,
    is_same_faq: bool,
    random: np.random.Generator,
) -> tuple[int, list[Finding]]:
    """The first day on which anything is told, and what; the last one where nothing is.

    Before the first day lie the four weeks of words that later ones are compared with.
    """
    weeks: deque[list[Asked]] = deque(_drawn(own, a_day, random) for _ in range(DAYS))
    words_before, of_before = _words(weeks), a_day * DAYS
    now: deque[list[Asked]] = deque()
    words: Counter[str] = Counter()
    counted = _Counted()
    for day in range(1, days + 1):
        others = random.binomial(a_day, share) if instead else 0
        today = _drawn(own, a_day - others, random)
        today += _drawn(instead, others, random) if others else []
        now.append(today)
        words += _words([today])
        counted.add(today, 1)
        if len(now) > DAYS:
            gone, oldest = now.popleft(), weeks.popleft()
            counted.add(gone, -1)
            words -= _words([gone])
            words_before += _words([gone])
            words_before -= _words([oldest])
            weeks.append(gone)
        found = compare(then, counted.traffic(), is_same_faq=is_same_faq)
        found += come_up((words_before, of_before), (words, a_day * len(now)))
        if found:
            return day, found
    return days, []


class _Counted:
    """The messages of some days, of which the oldest go and new ones come."""

    def __init__(self) -> None:
        self._scores, self._unknown = Counter[int](), Counter[int]()
        self._entries = Counter[str]()

    def add(self, day: Sequence[Asked], times: int) -> None:
        """Count those of a day so many times; -1 takes them away."""
        some = Traffic.of((it.message for it in day), 0.0)
        for value, number in some.scores.items():
            self._scores[value] += times * number
        for value, number in some.unknown.items():
            self._unknown[value] += times * number
        for entry_id, number in some.entries.items():
            self._entries[entry_id] += times * number

    def traffic(self) -> Traffic:
        """What is counted now."""
        return Traffic(0.0, +self._scores, +self._unknown, +self._entries)


def _words(days: Iterable[Sequence[Asked]]) -> Counter[str]:
    return Counter(word for day in days for it in day for word in it.words)


def _table(rows: Sequence[Row]) -> str:
    heads = ["set", "changed", "share", "a day", "years", "told", "95 %"]
    heads += [kind.value for kind in Kind if kind is not Kind.BLIND]
    heads += [*(f"{within} days" for within in _WITHIN), "median day"]
    lines = []
    for row in rows:
        cells: list[Cell] = [row.name, row.changes, percent(row.share), row.a_day, row.years]
        cells += [percent(row.told), f"{100 * row.low:.1f}-{100 * row.high:.1f}"]
        cells += [percent(each) for each in (*row.kinds.values(), *row.within)]
        cells.append("-" if row.median is None else decimal(row.median, 0))
        lines.append(cells)
    return table(heads, lines)


if __name__ == "__main__":
    sys.exit(main())
