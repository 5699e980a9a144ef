"""python -m bench.served FOLDER: the bot of another checkout that serves Telegram, and this one's.

Both remember in a file of SQLite. First each starts once with nothing in its cache. Then they take
turns, A B, B A, A B, …: a fresh process starts, one chat writes, each message when the one before
is answered, and then many do. Of each figure the ratio is taken round by round; told are its median
and 95 % bootstrap interval.
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
from bench.side_by_side import ratio
from bench.telegram import Chats, measure, spent, write_config
from bench.typing_errors import with_typing_errors
from bot.files.config.settings import Settings
from bot.files.faq.load import load_faq
from bot.tuning.show.tables import table
from tests.e2e.hooking import free_port
from tests.e2e.process import ROOT, BotProcess

_FIGURES = (
    "start, s",
    "one chat, p50 ms",
    "one chat, CPU ms a message",
    "many chats, messages/s",
    "many chats, p99 ms",
    "many chats, CPU ms a message",
    "memory, MB",
)
_TYPOS = 0.2


class Served(BotProcess):
    """The bot of a checkout, which is set before."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage.
    """
    parser = command.OneLineParser(prog="python -m bench.served", description=__doc__)
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="the other checkout")
    add("--rounds", type=command.positive, default=7, metavar="N", help="default: 7")
    add("--alone", type=command.positive, default=200, metavar="N", help="messages of one chat")
    add("--chats", type=command.positive, default=50, metavar="N", help="default: 50")
    add("--messages", type=command.positive, default=1500, metavar="N", help="of many chats")
    options = parser.parse_args(arguments)
    if not (options.folder / "bot").is_dir():
        parser.error(f"{str(options.folder)!r} has no folder bot in it")
    return command.guarded(partial(_run, options))


def _run(options: argparse.Namespace) -> None:
    entries = load_faq(ROOT / "faq", Settings().thresholds).entries
    texts = with_typing_errors([w for e in entries for w in e.wordings], _TYPOS, seed=1)
    figures: tuple[list[Sequence[float]], ...] = ([], [])
    with tempfile.TemporaryDirectory() as name:
        runs = []
        for place, checkout in enumerate((options.folder.resolve(), ROOT)):
            folder = Path(name) / str(place)
            folder.mkdir()
            runs.append(partial(_served, checkout, folder, texts, options))
        cold = [run(is_cold=True)[0] for run in runs]
        for number in range(options.rounds):
            for place in (0, 1) if number % 2 == 0 else (1, 0):
                figures[place].append(runs[place]())
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
    print(command.machine_line(command.machine()))
    first, second = (np.array(found) for found in figures)  # shape (rounds, figures)
    rows = [("start, nothing cached, s", *(f"{each:.1f}" for each in cold), "", "")]
    for place, label in enumerate(_FIGURES):
        one, other = first[:, place].tolist(), second[:, place].tolist()
        medians = (f"{np.median(each):.2f}" for each in (one, other))
        found = ratio(one, other)
        within = f"{found.low:.3f} to {found.high:.3f}"
        rows.append((label, *medians, f"{found.median:.3f}", within))
    print(table(("median", "other", "this", "this\nto other", "95 % interval"), rows))


def _served(
    checkout: Path,
    folder: Path,
    texts: list[str],
    options: argparse.Namespace,
    *,
    is_cold: bool = False,
) -> tuple[float, ...]:
    """One process from start to end; the figures above, or only how long it took to start."""
    port, api = free_port(), Chats(texts)
    config = write_config(folder, ROOT / "faq", port)
    with api:
        began = time.perf_counter()
        Served.root = checkout
        compiled = {"PYTHONDONTWRITEBYTECODE": ""}  # as in any installation
        with Served(config, api.token, api.url, **compiled) as process:
            process.wait_for_log("serving Telegram")
            start_s = time.perf_counter() - began
            if is_cold:
                process.stop()
                return (start_s,)
            read = partial(spent, process.pid, port)
            api.run([1], 20)  # whatever a first message needs, it needs once
            alone = measure(api, [1], options.alone, read)
            many = measure(api, range(1, options.chats + 1), options.messages, read)
            process.stop()
    return (
        start_s,
        1000 * float(np.percentile(alone.waits_s, 50)),
        1000 * alone.cpu_s / alone.messages,
        many.messages / many.wall_s,
        1000 * float(np.percentile(many.waits_s, 99)),
        1000 * many.cpu_s / many.messages,
        many.memory[-1][1] / 1e6,
    )


if __name__ == "__main__":
    sys.exit(main())
