"""python -m bench.latency: one message at a time, beside `SentenceTransformer.encode` alone.

Each way runs in a process of its own, and they take turns of 25 messages: the bot with each
encoder, by default compiled and as sentence-transformers runs it, and `SentenceTransformer.encode`
without any search or decision. Then 128 different messages at a time are read together on all
cores, as when they wait, and the bot's decisions are compared with those of the last encoder.
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
from bench.contender import BOT, ENCODE, ROUTER
from bench.router import require_router
from bot.errors import BotError
from bot.tuning.show.tables import Cell, table

_WORDS = ((1, 5), (6, 10), (11, 20), (21, 10_000))
_LEAST = 15  # messages of a length that make a row
_WARM_UP = 20
_BLOCK = 25  # messages that one way handles before it is the next one's turn
_PAUSE_S = 0.05  # threads that still spin after one way's messages must not slow down the next
_MOST_BATCHES = 30
_HELP = "the bot's; each is compared with the last. Default: onnx,torch"
_BATCH = 128  # the most that the worker of the bot reads together
_ALONE, _ROUTER = "encode alone", "semantic-router"
_BUSY = "while True: pass"


class ContenderError(BotError):
    """A process that was to be measured ended, or gave no answer."""


class Contender:
    """One way of handling a message, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._read()

    def ask(self, text: str | Sequence[str]) -> tuple[float, object]:
        """Milliseconds, and what was decided; nothing is, where several are only read together."""
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
    add("--encoders", type=command.encoders, default=("onnx", "torch"), metavar="A,…", help=_HELP)
    add("--model", help="the bot's: a name, or a folder by its whole path")
    add("--router", action="store_true", help="also semantic-router; it must be installed")
    add("--busy", type=command.natural, default=0, metavar="N", help="other programs that compute")
    add("--compare", type=command.natural, default=1000, metavar="N", help="decisions to compare")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> None:
    faq, texts = fresh.load(options.folder, options.set, options.phrasings)
    order = np.random.default_rng(0).permutation(len(texts))
    texts = [texts[row] for row in order]
    if options.router:
        require_router()
    print(fresh.heading(options.set, faq))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fresh.write_project(folder, faq)
        started = partial(_started, folder, options.model)
        for threads in map(int, options.threads):
            with ExitStack() as stack:
                ways = {
                    f"bot, {encoder}": stack.enter_context(started(BOT, encoder, threads))
                    for encoder in options.encoders
                }
                ways[_ALONE] = stack.enter_context(started(ENCODE, "torch", threads))
                if options.router:
                    ways[_ROUTER] = stack.enter_context(started(ROUTER, "torch", threads))
                for _ in range(options.busy):
                    stack.enter_context(_busy())
                _latency(ways, texts[: options.messages], threads)
        for measure in (
            partial(_batches, texts=list(dict.fromkeys(texts))),
            partial(_compare, texts=texts[: options.compare]),
        ):
            with ExitStack() as stack:
                measure(
                    {
                        encoder: stack.enter_context(started(BOT, encoder, None))
                        for encoder in options.encoders
                    }
                )


@contextmanager
def _started(
    folder: Path, model: str | None, way: str, encoder: str, threads: int | None
) -> Iterator[Contender]:
    config = fresh.write_config(folder, encoder, threads, model)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "bench.contender", way),
            *("--config", str(config), "--threads", str(threads or 1)),
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


@contextmanager
def _busy() -> Iterator[None]:
    """Another program, that takes a core."""
    process = subprocess.Popen([sys.executable, "-c", _BUSY])
    try:
        yield
    finally:
        process.kill()
        process.wait()


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
        found = [np.array(times[label])[chosen] for label in ways]
        medians = [float(np.median(of_one)) for of_one in found]
        rows.append(
            [
                "all" if len(chosen) == len(texts) else f"{low} to {lengths[chosen].max()}",
                len(chosen),
                *(f"{median:.2f}" for median in medians),
                *(f"{np.percentile(of_one, 99):.2f}" for of_one in found),
                *(f"{median / medians[0]:.2f}" for median in medians[1:]),
                f"{np.percentile(found[0], 99) / medians[0]:.1f}",
            ]
        )
    print(f"\nthreads: {threads}")
    heads = ("words", "messages", *(f"{label}\nms" for label in ways))
    heads += tuple(f"{label}\n99 % ms" for label in ways)
    first, *others = ways
    heads += tuple(f"{other} to\n{first}" for other in others)
    print(table((*heads, f"{first}\n99 % to 50 %"), rows))


def _batches(bots: dict[str, Contender], texts: Sequence[str]) -> None:
    """Different messages, read together as when they wait."""
    batches = [texts[at : at + _BATCH] for at in range(0, len(texts) - _BATCH + 1, _BATCH)]
    batches = batches[: 1 + _MOST_BATCHES]
    if len(batches) < 2:
        return
    times: dict[str, list[float]] = {encoder: [] for encoder in bots}
    for batch in batches:
        for encoder, bot in bots.items():
            time.sleep(_PAUSE_S)
            times[encoder].append(bot.ask(batch)[0])
    print(f"\n{_BATCH} messages read together, {len(batches) - 1} times")
    rows = []
    for encoder, took in times.items():
        milliseconds = np.median(took[1:])  # the first makes threads ready
        rows.append((encoder, f"{milliseconds:.0f}", f"{1000 * _BATCH / milliseconds:.0f}"))
    print(table(("encoder", "median\nms", "per s"), rows))


def _compare(bots: dict[str, Contender], texts: Sequence[str]) -> None:
    decisions = {encoder: [bot.ask(text)[1] for text in texts] for encoder, bot in bots.items()}
    *others, last = decisions
    print()
    for other in others:
        pairs = list(zip(decisions[other], decisions[last], strict=True))
        acts = sum(a[:2] != b[:2] for a, b in pairs)  # type: ignore[index]
        scores = sum(a != b for a, b in pairs)
        print(
            f"of {len(texts)} messages, {acts} get another action or entry with {other} than with "
            f"{last}, {scores} another score or more"
        )


if __name__ == "__main__":
    sys.exit(main())
