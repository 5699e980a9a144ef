"""python -m bench.cost: what the blended score costs a message, beside plain cosine.

Both bots are built over the same set in one process, their messages interleaved. Vectors are
remembered, so that the times are those of everything but the encoder, which is the same for both.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from bench import command
from bench.embedding import RememberingEncoder, load_remembering
from bench.sets import FAQ, QUERIES, check_names, find, load_faq_set, shortened
from bot.domain import Faq
from bot.files.config.settings import Score, Settings
from bot.matching.build import Matcher, assemble
from bot.tuning.show.tables import table

_ROUNDS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or unusable set.
    """
    parser = command.OneLineParser(prog="python -m bench.cost", description=__doc__)
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="holds the sets, one folder each")
    add("--set", required=True, metavar="NAME", help="the set; a large one tells most")
    add("--phrasings", type=command.natural, metavar="K", help="the first K wordings per entry")
    add("--messages", type=command.natural, default=500, metavar="N", help="default: 500")
    add("--cache", type=Path, metavar="FOLDER", help="keep vectors here for the next run")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> None:
    folders = find(options.folder, FAQ, QUERIES)
    check_names([options.set], list(folders), options.folder)
    loaded = load_faq_set(folders[options.set], Settings().thresholds)
    faq = shortened(loaded.faq, options.phrasings or None)
    texts = [query.text for query in loaded.queries][: options.messages]
    model = load_remembering(Settings().model, options.cache)
    bots, builds = {}, {}
    for score in Score:
        _build(faq, model, score)  # the first time also encodes
        bots[score], builds[score] = _build(faq, model, score)
    for bot in bots.values():
        bot.decider.decide_all(texts)  # remembers the parts of messages too
    times: dict[Score, list[float]] = {score: [] for score in Score}
    for _ in range(_ROUNDS):
        for text in texts:
            for score, bot in bots.items():
                started = time.perf_counter()
                bot.decide(text)
                times[score].append(1000 * (time.perf_counter() - started))
    model.save()
    wordings = sum(len(entry.wordings) for entry in faq.entries)
    print(command.machine_line(command.machine()))
    print(f"{options.set}: {len(faq.entries)} entries, {wordings} wordings, {len(texts)} messages")
    rows = [
        (
            score.value,
            *(f"{np.percentile(times[score], share):.2f}" for share in (50, 95, 99)),
            f"{np.mean(times[score]):.2f}",
            f"{builds[score]:.2f}",
        )
        for score in Score
    ]
    heads = ("score", "median\nms", "95 %\nms", "99 %\nms", "mean\nms", "build\ns")
    print(table(heads, rows))
    more = np.array(times[Score.BLENDED]) - np.array(times[Score.COSINE])
    print(f"blended takes {np.median(more):+.2f} ms (median), {np.mean(more):+.2f} ms (mean) more")


def _build(faq: Faq, model: RememberingEncoder, score: Score) -> tuple[Matcher, float]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(cache=Path(folder), score=score)
        started = time.perf_counter()
        bot = assemble(settings, faq, model.encoder, model.fingerprint)
        return bot, time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
