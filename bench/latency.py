"""python -m bench.latency: one message at a time, beside `SentenceTransformer.encode` alone.

Each way runs in a process of its own, and they take turns of 25 messages: the bot with the compiled
model, the bot with sentence-transformers, and `SentenceTransformer.encode` without any search or
decision. Then the bot's decisions with the compiled model are compared with those of the original.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from bench import command, fresh
from bench.contender import BOT, ENCODE
from bot.errors import BotError
from bot.tuning.table import Cell, table

_WORDS = ((1, 5), (6, 10), (11, 20), (21, 10_000))
_LEAST = 15  # messages of a length that make a row
_WARM_UP = 20
_BLOCK = 25  # messages that one way handles before it is the next one's turn
_PAUSE_S = 0.05  # threads that still spin after one way's messages must not slow down the next
_COMPILED, _ORIGINAL, _ALONE = "bot, onnx", "bot, torch", "encode alone"


class ContenderError(BotError):
    """A process that was to be measured ended, or gave no answer."""


class Contender:
    """One way of handling a message, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._read()

    def ask(self, text: str) -> tuple[float, object]:
        """Milliseconds, and what was decided."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        took, answer = self._read()
        return float(took), answer

    def _read(self) -> tuple[float, object]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ContenderError(f"a process ended while it was measured: {self._process.args!r}")
        return json.loads(line)  # type: ignore[no-any-return]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or unusable set.
    """
    parser = command.OneLineParser(prog="python -m bench.latency", description=__doc__)
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="holds the sets, one folder each")
    add("--set", required=True, metavar="NAME", help="the set")
    add("--phrasings", type=command.natural, default=0, metavar="K", help="wordings per entry")
    add("--messages", type=command.natural, default=300, metavar="N", help="default: 300")
    add("--threads", type=command.names, default=("1", "2"), metavar="N,…", help="default: 1,2")
    add("--compare", type=command.natural, default=1000, metavar="N", help="decisions to compare")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> None:
    faq, texts = fresh.load(options.folder, options.set, options.phrasings)
    order = np.random.default_rng(0).permutation(len(texts))
    texts = [texts[row] for row in order]
    print(fresh.heading(options.set, faq))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fresh.write_project(folder, faq)
        for threads in map(int, options.threads):
            with ExitStack() as stack:
                ways = {
                    label: stack.enter_context(_started(way, folder, encoder, threads))
                    for label, way, encoder in (
                        (_COMPILED, BOT, "onnx"),
                        (_ORIGINAL, BOT, "torch"),
                        (_ALONE, ENCODE, "torch"),
                    )
                }
                _latency(ways, texts[: options.messages], threads)
        with ExitStack() as stack:
            one, other = (
                stack.enter_context(_started(BOT, folder, encoder, 1))
                for encoder in ("onnx", "torch")
            )
            _compare(one, other, texts[: options.compare])


@contextmanager
def _started(way: str, folder: Path, encoder: str, threads: int) -> Iterator[Contender]:
    config = fresh.write_config(folder, encoder, threads)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "bench.contender", way),
            *("--config", str(config), "--threads", str(threads)),
        ],
        env=fresh.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Contender(process)
        assert process.stdin is not None
        process.stdin.close()


def _latency(ways: dict[str, Contender], texts: Sequence[str], threads: int) -> None:
    times: dict[str, list[float]] = {label: [] for label in ways}
    for text in texts[:_WARM_UP]:
        for contender in ways.values():
            contender.ask(text)
    for start in range(0, len(texts), _BLOCK):
        for label, contender in ways.items():
            time.sleep(_PAUSE_S)
            times[label] += [contender.ask(text)[0] for text in texts[start : start + _BLOCK]]
    lengths = np.array([len(text.split()) for text in texts])
    rows: list[list[Cell]] = []
    for low, high in ((1, _WORDS[-1][1]), *_WORDS):
        chosen = np.flatnonzero((lengths >= low) & (lengths <= high))
        if len(chosen) < _LEAST:
            continue
        compiled, original, alone = (np.array(times[label])[chosen] for label in ways)
        three = (compiled, original, alone)
        rows.append(
            [
                "all" if len(chosen) == len(texts) else f"{low} to {lengths[chosen].max()}",
                len(chosen),
                *(f"{np.median(found):.2f}" for found in three),
                *(f"{np.percentile(found, 99):.2f}" for found in three),
                f"{np.median(alone) / np.median(compiled):.2f}",
                f"{np.median(original) / np.median(compiled):.2f}",
            ]
        )
    print(f"\nthreads: {threads}")
    heads = ("words", "messages", *(f"{label}\nms" for label in ways))
    heads += tuple(f"{label}\n99 % ms" for label in ways)
    print(table((*heads, "alone to\nbot, onnx", "torch to\nonnx"), rows))


def _compare(one: Contender, other: Contender, texts: Sequence[str]) -> None:
    decisions = [(one.ask(text)[1], other.ask(text)[1]) for text in texts]
    acts = sum(a[:2] != b[:2] for a, b in decisions)  # type: ignore[index]
    scores = sum(a != b for a, b in decisions)
    print(
        f"\nof {len(texts)} messages, {acts} get another action or entry with the compiled model, "
        f"{scores} another score or more"
    )


if __name__ == "__main__":
    sys.exit(main())
