"""python -m bench.side_by_side: start, latency and memory of two checkouts or encoders.

In every round each of the two is a fresh process, `python -m bot ask --json`, with warm caches: the
time from its start to its first answer, the time of a decision with one message at a time, and the
most memory that was resident. They take turns, A B, B A, A B, …, on the same messages. Of each
figure the ratio is taken round by round; told are its median and 95 % bootstrap interval.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from bench import command, fresh
from bench.sets import FAQ, QUERIES, find_asked, records
from bot.errors import BotError
from bot.files.config.settings import EncoderKind
from bot.tuning.show.tables import table

FINE, SLOWER = 0, 1
_RESAMPLES = 10_000
_FIGURES = (("start to first answer, s", 2), ("decision, ms", 2), ("memory, MB", 0))

Decided = tuple[str | None, str | None]  # action and entry


class UnequalError(BotError):
    """What is compared did not do the same work, or one of the two gave no answer."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A folder with the bot's code, and how it runs the model."""

    folder: Path
    encoder: str = EncoderKind.AUTO.value


@dataclass(frozen=True, slots=True)
class Ratio:
    """The second to the first, over all rounds.

    Attributes:
        median: of the rounds' ratios.
        low: of the median's 95 % bootstrap interval.
        high: of the same.
    """

    median: float
    low: float
    high: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 1: an interval is not below --at-most; 2: wrong usage, or unequal decisions.
    """
    parser = command.OneLineParser(
        prog="python -m bench.side_by_side",
        description=__doc__,
        epilog="Exit codes: 0 fine, 1 an interval is not below --at-most, 2 wrong usage.",
    )
    add = parser.add_argument
    add("first", type=_contender, metavar="FOLDER[:ENCODER]", help="the bot's code, such as .")
    add("second", type=_contender, metavar="FOLDER[:ENCODER]", help="such as .:torch")
    add("--data", type=Path, metavar="FOLDER", help="holds labelled sets (default: the shop's)")
    add("--set", metavar="NAME", help="the set in it")
    add("--rounds", type=command.positive, default=21, metavar="N", help="default: 21")
    add("--messages", type=command.positive, default=100, metavar="N", help="default: 100")
    add("--python", default=sys.executable, metavar="PATH", help="of both (default: this one)")
    add("--at-most", type=float, metavar="RATIO", help="exit with 1 unless all lie below this")
    options = parser.parse_args(arguments)
    if (options.data is None) != (options.set is None):
        parser.error("--data and --set need each other")
    return command.guarded(partial(_run, options))


def _contender(text: str) -> Contender:
    folder, _, encoder = text.partition(":")
    found = Path(folder).resolve()
    if not (found / "bot").is_dir():
        raise argparse.ArgumentTypeError(f"{folder!r} has no folder bot in it")
    return Contender(found, *command.encoders(encoder)) if encoder else Contender(found)


def _run(options: argparse.Namespace) -> int:
    pair: tuple[Contender, Contender] = (options.first, options.second)
    faq, texts = _asked(pair[0].folder, options.data, options.set)
    figures: tuple[list[Sequence[float]], ...] = ([], [])
    with tempfile.TemporaryDirectory() as name:
        configs = [_config(Path(name) / str(place), faq, it) for place, it in enumerate(pair)]
        runs = [
            partial(measure, options.python, contender.folder, config)
            for contender, config in zip(pair, configs, strict=True)
        ]
        for run in runs:
            run(texts[:1])  # fills the cache
        for number in range(options.rounds):
            asked = np.roll(texts, -number * options.messages)[: options.messages].tolist()
            decided = {}
            for place in (0, 1) if number % 2 == 0 else (1, 0):
                decided[place], found = runs[place](asked)
                figures[place].append(found)
            _require_equal(asked, decided[0], decided[1])
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
    print(command.machine_line(command.machine()))
    print(f"{options.set or 'the shop'}: {options.rounds} rounds of {options.messages} messages")
    first, second = (np.array(found) for found in figures)  # shape (rounds, 3)
    ratios = [ratio(one, other) for one, other in zip(first.T, second.T, strict=True)]
    rows = [
        (
            name,
            *(f"{np.median(found[:, place]):.{digits}f}" for found in (first, second)),
            f"{ratios[place].median:.3f}",
            f"{ratios[place].low:.3f} to {ratios[place].high:.3f}",
        )
        for place, (name, digits) in enumerate(_FIGURES)
    ]
    print(table(("median", "first", "second", "second\nto first", "95 % interval"), rows))
    if options.at_most is not None and any(it.high >= options.at_most for it in ratios):
        print(f"not all intervals lie below {options.at_most:g}")
        return SLOWER
    return FINE


def ratio(first: Sequence[float], second: Sequence[float]) -> Ratio:
    """The second to the first, round by round, with the same interval every time it is asked."""
    found = np.asarray(second) / np.asarray(first)
    drawn = np.random.default_rng(0).choice(found, (_RESAMPLES, len(found)))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return Ratio(float(np.median(found)), float(low), float(high))


def measure(
    python: str, folder: Path, config: Path, texts: Sequence[str]
) -> tuple[list[Decided], tuple[float, float, float]]:
    """Start a process and ask it one message after another.

    Returns:
        Action and entry of each; seconds to the first answer, milliseconds of a decision (the
        median of the others), and the most resident memory in MB.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        [python, "-m", "bot", "ask", "--json", "--config", str(config)],
        cwd=folder,
        env=fresh.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        decided, waits = list[Decided](), list[float]()
        for text in texts:
            asked = time.perf_counter()
            row = _answer(process.stdin, process.stdout, text)
            waits.append(time.perf_counter() - asked)
            decided.append((row["action"], row["entry"]))
            if len(waits) == 1:
                start_s = time.perf_counter() - started
        memory = _peak_mb(process.pid)
        process.stdin.close()
    return decided, (start_s, 1000 * float(np.median(waits[1:] or waits)), memory)


def _answer(to: IO[str], back: IO[str], text: str) -> dict[str, str | None]:
    to.write(f"{text}\n")
    to.flush()
    if not (line := back.readline()):
        raise UnequalError("`python -m bot ask` ended without an answer; run it to see why")
    return json.loads(line)  # type: ignore[no-any-return]


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1000


def _asked(checkout: Path, data: Path | None, name: str | None) -> tuple[Path, list[str]]:
    """An FAQ and messages to it, none twice, in no order."""
    if data is None or name is None:
        faq, path = checkout / "faq", checkout / "tests/data/shop.jsonl"
    else:
        folder = find_asked(data.resolve(), [name], FAQ, QUERIES)[name]
        faq, path = folder / FAQ, folder / QUERIES
    texts = dict.fromkeys(" ".join(str(row["text"]).split()) for _, row in records(path))
    return faq, np.random.default_rng(0).permutation(list(texts)).tolist()


def _config(folder: Path, faq: Path, contender: Contender) -> Path:
    folder.mkdir()
    path = folder / "config.yaml"
    path.write_text(f"faq: '{faq}'\ncache: cache\nencoder: {contender.encoder}\n", "utf-8")
    return path


def _require_equal(texts: Sequence[str], first: object, second: object) -> None:
    """Refuse to compare times of unequal work."""
    if first != second:
        raise UnequalError(
            f"the two decide differently on these {len(texts)} messages, the first of which is "
            f"{texts[0]!r}; see: python -m bench.decisions --help"
        )


if __name__ == "__main__":
    sys.exit(main())
