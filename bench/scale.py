"""python -m bench.scale: what a message costs as the FAQ grows, beside an exact search.

FAQs are made up (`bench.growing`); each size runs in a process of its own. Nothing is encoded: the
times are those of everything but the encoder, whose cost does not depend on the FAQ. The index
that a size gets and an exact one over the same vectors are asked in turns.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from bench import command
from bench.growing import LANGUAGES, Growing
from bot.errors import BotError
from bot.files.config.settings import Settings
from bot.matching import index as indexes
from bot.matching.build import Matcher, assemble
from bot.matching.index import FlatIndex, VectorIndex, make_index
from bot.tuning.show.tables import table

_SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
T = TypeVar("T")

_NEAREST = 128  # as many as a message is compared with


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage.
    """
    parser = command.OneLineParser(prog="python -m bench.scale", description=__doc__)
    add = parser.add_argument
    add("--to", type=command.natural, default=100_000, metavar="N", help="default: 100000")
    add("--per-entry", type=command.natural, default=10, metavar="N", help="wordings; default: 10")
    add("--messages", type=command.natural, default=300, metavar="N", help="default: 300")
    add("--only", type=command.natural, help=argparse.SUPPRESS)  # one size, in this process
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> None:
    if options.only is not None:
        print(json.dumps(_measured(options.only, options.per_entry, options.messages)))
        return
    print(command.machine_line(command.machine()))
    print(f"{options.per_entry} wordings per entry, {options.messages} messages; times in ms")
    heads = (
        "phrasings", "index", "exact\nsearch", "search", "top entries\nfound %", "same\nanswer %",
        "decision\nmedian", "decision\n95 %", "other\nlanguage", "by\nletters",
        "first\nbuild s", "next\nbuild s", "memory\nMB",
    )  # fmt: skip
    rows = []
    for size in _SIZES:
        if size <= options.to:
            rows.append(_in_a_process(size, options))
    print(table(heads, rows, left=0))


def _in_a_process(size: int, options: argparse.Namespace) -> list[str]:
    arguments = ["--only", size, "--per-entry", options.per_entry, "--messages", options.messages]
    done = subprocess.run(
        [sys.executable, "-m", "bench.scale", *map(str, arguments)],
        capture_output=True, text=True, check=False, env=os.environ,
    )  # fmt: skip
    if done.returncode != 0:
        raise BotError(f"{size} phrasings: {done.stderr.strip().splitlines()[-1]}")
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measured(size: int, per_entry: int, messages: int) -> list[str]:
    growing = Growing(size, per_entry, messages)
    growing.encode([])
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(cache=Path(folder))
        build = partial(assemble, settings, growing.faq, growing.encoder, "made up")
        before = resident()
        first = timed(build)[1]
        gc.collect()
        bot, again = timed(build)
        memory = resident() - before
        assert bot.measured is not None
        vectors = growing.encode([text for _, text in bot.measured.phrasings])
        texts = [text for text, _ in growing.messages]
        found, same = _agreement(bot, texts, build)
        index, exact = make_index(vectors), FlatIndex(vectors)
    queries = growing.encode(texts)
    searches: dict[VectorIndex, list[float]] = {index: [], exact: []}
    for query in queries:
        for one, times in searches.items():
            _, seconds = timed(partial(one.search, query, _NEAREST))
            times.append(seconds)
    decisions = {
        "plain": _decided(bot, texts),
        "other": _decided(bot, texts, LANGUAGES[1]),
        "letters": _decided(bot, growing.spelled or texts),
    }
    return [
        f"{size:,}",
        "exact" if isinstance(index, FlatIndex) else "approx.",
        f"{1000 * np.median(searches[exact]):.2f}",
        f"{1000 * np.median(searches[index]):.2f}",
        f"{100 * found:.2f}",
        f"{100 * same:.1f}",
        f"{np.median(decisions['plain']):.2f}",
        f"{np.percentile(decisions['plain'], 95):.2f}",
        f"{np.median(decisions['other']):.2f}",
        f"{np.median(decisions['letters']):.2f}",
        f"{first:.1f}",
        f"{again:.1f}",
        f"{memory / 1e6:.0f}",
    ]


def _agreement(
    bot: Matcher, texts: Sequence[str], build: Callable[[], Matcher]
) -> tuple[float, float]:
    """The share of an exact search's top entries that are found, and of messages decided alike."""
    ours, decided = bot.decider.read_all(texts), bot.decider.decide_all(texts)
    usual, indexes.LARGEST_FLAT = indexes.LARGEST_FLAT, sys.maxsize
    try:
        exact = build()
        theirs, best = exact.decider.read_all(texts), exact.decider.decide_all(texts)
    finally:
        indexes.LARGEST_FLAT = usual
    found = [
        len({hit.entry_id for hit in one.whole.hits} & {hit.entry_id for hit in other.whole.hits})
        / max(1, len(other.whole.hits))
        for one, other in zip(ours, theirs, strict=True)
    ]
    same = [
        (one.action, one.entry_id) == (other.action, other.entry_id)
        for one, other in zip(decided, best, strict=True)
    ]
    return float(np.mean(found)), float(np.mean(same))


def _decided(bot: Matcher, texts: Sequence[str], lang: str | None = None) -> list[float]:
    """Milliseconds per message."""
    bot.decide_all(texts[:20], lang)
    return [1000 * timed(partial(bot.decide, text, lang))[1] for text in texts]


def timed(function: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    result = function()
    return result, time.perf_counter() - started


def resident() -> int:
    """Bytes of memory in use now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    sys.exit(main())
