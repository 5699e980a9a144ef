"""python -m bench.replay: how far can a log that keeps no words be replayed?

Every message of a labelled set is decided on and remembered twice, without its words and with them.
Both memories are replayed by other thresholds; the one with words gives what the bot really does.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

from bench import command
from bench.embedding import load_remembering
from bench.sets import ALL, FAQ, QUERIES, find_asked, load_faq_set, sets_parser, shortened
from bench.trial import assembled
from bot.domain import Action, Thresholds
from bot.files.config.settings import Score, Settings
from bot.labels.from_log import read_log
from bot.labels.outcomes import fate
from bot.matching.build import Matcher
from bot.store.store import Record
from bot.tuning.show.tables import percent, table

_DEFAULT = Settings()
# Asks more and less often, answers more and less often, and both.
PROPOSED = tuple(
    Thresholds(answer, follow_up)
    for answer, follow_up in (
        *((0.85, 0.60), (0.80, 0.55), (0.75, 0.70)),
        *((0.70, 0.60), (0.65, 0.50), (0.60, 0.60)),
    )
)


@dataclass(frozen=True, slots=True)
class Row:
    """One set, all proposed thresholds together.

    Attributes:
        k: wordings per entry.
        messages: that were asked.
        told: of them, those that can be decided on again without their words.
        right: of what is then decided, the share that is what the bot does; 0 to 1.
        flips, flips_right: messages that meet another fate, for certain; of them, the share that
            meets just that one; None where there are none.
        perhaps, perhaps_right: the same of those that perhaps do.
        off: of all messages, the largest error of a total (of answers, follow-ups or fallbacks).
    """

    name: str
    k: str
    messages: int
    told: int
    right: float
    flips: int
    flips_right: float | None
    perhaps: int
    perhaps_right: float | None
    off: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or unusable sets.
    """
    return command.guarded(partial(_run, _parse(arguments)))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = sets_parser(
        "python -m bench.replay",
        "Replay each set's messages without their words, and compare with a replay by their words.",
    )
    parser.add_argument(
        "--split", default="test", metavar="NAME", help="only these messages (default: test)"
    )
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> None:
    asked = find_asked(options.folder, options.sets, FAQ, QUERIES)
    model = load_remembering(options.model, options.cache)
    rows: list[Row] = []
    for name, folder in asked.items():
        faq_set = load_faq_set(folder, _DEFAULT.thresholds)
        texts = [query.text for query in faq_set.of_split(options.split)]
        if not texts:
            print(f"{name}: no message of the split {options.split!r}", file=sys.stderr)
            continue
        for k in options.phrasings:
            faq = shortened(faq_set.faq, None if k == ALL else command.natural(k))
            bot = assembled(faq, Score.BLENDED, _DEFAULT.thresholds, model)
            rows.append(measure(name, k, bot, texts))
            model.save()
    if options.json:
        print(json.dumps({"rows": [asdict(row) for row in rows]}))
    else:
        print(_shown(rows))


def measure(name: str, k: str, bot: Matcher, texts: Sequence[str]) -> Row:
    """Replay messages with and without their words."""
    decided = bot.decide_all(texts)
    known = [
        Record(f"{number:016x}", float(number), text, None, decision)
        for number, (text, decision) in enumerate(zip(texts, decided, strict=True))
    ]
    bare = read_log(bot, [replace(past, text=None) for past in known], name)
    truth = {logged.record.id: logged for logged in read_log(bot, known, name).messages}
    right: list[bool] = []
    certain: list[bool] = []
    perhaps: list[bool] = []
    off = 0.0
    for lines in PROPOSED:
        policy = replace(bot.decider.policy, thresholds=lines)
        error = dict.fromkeys(Action, 0)
        for logged in bare.messages:
            found = logged.decide(policy)
            real = truth[logged.record.id].decide(policy)
            error[found.action] += 1
            error[real.action] -= 1
            right.append(fate(found) == fate(real))
            if fate(found) != fate(logged.record.decision):
                of = certain if bare.is_certain(logged, found, policy) else perhaps
                of.append(right[-1])
        off = max(off, *(abs(count) / len(bare.messages) for count in error.values()))
    return Row(
        name=name,
        k=k,
        messages=len(texts),
        told=len(bare.messages),
        right=sum(right) / len(right),
        flips=len(certain),
        flips_right=_share(certain),
        perhaps=len(perhaps),
        perhaps_right=_share(perhaps),
        off=off,
    )


def _share(right: Sequence[bool]) -> float | None:
    return sum(right) / len(right) if right else None


def _shown(rows: Sequence[Row]) -> str:
    heads = (
        *("set", "k", "messages", "can be\nreplayed", "right", "flips", "right", "perhaps"),
        *("right", "totals off\nby at most"),
    )
    cells = [
        (
            *(row.name, row.k, row.messages, row.told, percent(row.right)),
            *(row.flips, percent(row.flips_right), row.perhaps, percent(row.perhaps_right)),
            percent(row.off),
        )
        for row in rows
    ]
    return table(heads, cells, left=2)


if __name__ == "__main__":
    raise SystemExit(main())
