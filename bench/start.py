"""python -m bench.start: from process start to the first answer, compiled and as torch runs it.

Every figure is a process of its own, `python -m bot ask --json`, with everything in the cache; the
encoders take turns. Time is until the answer can be read, memory the most that was resident.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from bench import command, fresh
from bot.errors import BotError
from bot.tuning.show.tables import table


class UnequalError(BotError):
    """What is compared did not do the same work."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or unusable set, or the encoders decided differently.
    """
    parser = command.OneLineParser(prog="python -m bench.start", description=__doc__)
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="holds the sets, one folder each")
    add("--set", required=True, metavar="NAME", help="the set")
    add("--phrasings", type=command.natural, default=0, metavar="K", help="wordings per entry")
    add("--rounds", type=command.natural, default=7, metavar="N", help="default: 7")
    add("--encoders", type=command.encoders, default=("onnx", "torch"), metavar="A,…")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> None:
    faq, texts = fresh.load(options.folder, options.set, options.phrasings)
    ways: Sequence[str] = options.encoders
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    peaks: dict[str, list[float]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fresh.write_project(folder, faq)
        configs = {way: fresh.write_config(folder, way) for way in ways}
        for config in configs.values():
            ask(config, texts[0])  # fills the cache
        for text in texts[: options.rounds]:
            answers = set()
            for way, config in configs.items():
                answer, took, peak = ask(config, text)
                answers.add(answer)
                seconds[way].append(took)
                peaks[way].append(peak)
            if len(answers) > 1:
                raise UnequalError(f"the encoders decide differently on {text!r}: {answers}")
    print(fresh.heading(options.set, faq))
    rows = [
        (
            way,
            f"{np.median(seconds[way]):.2f}",
            f"{min(seconds[way]):.2f}",
            f"{max(seconds[way]):.2f}",
            f"{np.median(peaks[way]):.0f}",
        )
        for way in ways
    ]
    heads = ("encoder", "median\ns", "least\ns", "most\ns", "memory\nMB")
    print(table(heads, rows))
    first, *others = ways
    for other in others:
        faster = np.median(seconds[other]) / np.median(seconds[first])
        smaller = np.median(peaks[other]) / np.median(peaks[first])
        print(
            f"{first} starts {faster:.1f} times as fast as {other}, in memory {smaller:.1f} times "
            "as small"
        )


def ask(config: Path, text: str) -> tuple[tuple[str, str | None], float, float]:
    """Start a process and ask it one thing.

    Returns:
        Action and entry; seconds until they could be read; the peak of resident memory in MB.
    """
    arguments = [sys.executable, "-m", "bot", "ask", "--json", "--config", str(config), text]
    started = time.perf_counter()
    process = subprocess.Popen(
        arguments, env=fresh.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    took = time.perf_counter() - started
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise UnequalError(f"python -m bot ask failed with {process.returncode} ({config.name})")
    row = json.loads(line)
    return (row["action"], row["entry"]), took, usage.ru_maxrss / 1000


if __name__ == "__main__":
    sys.exit(main())
