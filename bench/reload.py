"""python -m bench.reload: how long an edited entry takes to be served, in a large FAQ.

Made-up FAQs (`bench.growing`) are written as YAML files, one entry in one file is edited, and the
files are read anew beside the bot that serves, with both encoders, as /reload does it. The time is
that from the reading of the files to a bot that decides, and to its first decision. What is encoded
costs nothing here: add the encoder's time for the texts that are new.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench import command
from bench.growing import Growing, yaml_of
from bot.domain import Decision, FaqEntry
from bot.files.config import Settings
from bot.files.faq import load_faq
from bot.matching.build import AT_ONCE, assemble, measure, rebuild
from bot.tuning.show.tables import table


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage.
    """
    parser = command.OneLineParser(prog="python -m bench.reload", description=__doc__)
    add = parser.add_argument
    add("--phrasings", type=command.natural, default=10_000, metavar="N", help="default: 10000")
    add("--files", type=command.names, default=("1", "20", "100"), help="default: 1,20,100")
    add("--one-encoder", action="store_true", help="as with multilingual_model: none")
    add("--edits", type=command.natural, default=9, metavar="N", help="default: 9")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> None:
    print(command.machine_line(command.machine()))
    growing = Growing(options.phrasings, messages=500)
    rows = [
        _measured(growing, int(files), options.edits, is_second=not options.one_encoder)
        for files in options.files
    ]
    heads = (
        "files", "all read\nand built s", "edit served\nmedian ms", "largest\nms",
        "of it files\nms", "first\ndecision ms", "measured\nafter s", "till then\nalike %",
    )  # fmt: skip
    print(f"{options.phrasings:,} phrasings, one of them edited, {options.edits} times")
    print(table(heads, rows, left=0))


def _measured(growing: Growing, files: int, edits: int, *, is_second: bool) -> list[str]:
    texts = [text for text, _ in growing.messages]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        growing.write(folder / "faq", files)
        settings = Settings(faq=folder / "faq", cache=folder / "cache")
        started = time.perf_counter()
        faq = load_faq(settings.faq, settings.thresholds)
        second = growing.encoder if is_second else None
        bot = assemble(settings, faq, growing.encoder, "made up", second=second)
        gc.freeze()  # as `build` does
        cold = time.perf_counter() - started
        served, read, first, measured, alike = [], [], [], [], []
        for edit in range(edits):
            entry = _edit(growing, folder / "faq", files, edit)
            os.sync()  # what the edit left to be written is not the bot's
            started = time.perf_counter()
            faq = load_faq(settings.faq, settings.thresholds)
            read.append(time.perf_counter() - started)
            rebuilt = rebuild(bot, settings, faq, AT_ONCE)
            served.append(time.perf_counter() - started)
            decision, seconds = _timed(partial(rebuilt.matcher.decide, entry.question))
            assert decision.entry_id == entry.id
            first.append(seconds)
            bot = rebuilt.matcher
            if bot.is_provisional:
                provisional = bot.decide_all(texts)
                bot, seconds = _timed(partial(measure, bot, AT_ONCE))
                measured.append(seconds)
                alike.append(_share_alike(provisional, bot.decide_all(texts)))
    return [
        f"{files}",
        f"{cold:.1f}",
        *(f"{1000 * value:.0f}" for value in (np.median(served), max(served), np.median(read))),
        f"{1000 * np.median(first):.1f}",
        f"{np.median(measured):.1f}" if measured else "-",
        f"{100 * np.mean(alike):.1f}" if alike else "-",
    ]


def _edit(growing: Growing, folder: Path, files: int, edit: int) -> FaqEntry:
    """Write another wording into one entry's file."""
    number = 10 * edit + 1
    old = growing.faq.entries[number]
    new = replace(old, question=f"{old.question} as edited")
    path = folder / f"{number % files:04}.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("\n".join(yaml_of(old)), "\n".join(yaml_of(new))), "utf-8")
    return new


def _share_alike(some: Sequence[Decision], others: Sequence[Decision]) -> float:
    pairs = zip(some, others, strict=True)
    return float(np.mean([(a.action, a.entry_id) == (b.action, b.entry_id) for a, b in pairs]))


def _timed(function: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = function()
    return result, time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
