"""python -m bench.load: many chats at once, each writing again as soon as it is answered.

The bot's worker encodes together what waits. Beside it, in the same process and on the same
messages: one message after another, and `SentenceTransformer.encode` alone, called once per message
as bots usually do, without any search or decision.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from bench import command, fresh
from bench.contender import encode_alone
from bench.sets import SetError
from bench.typing_errors import with_typing_errors
from bot.errors import BotError
from bot.files.config.settings import EncoderKind
from bot.files.faq.load import load_project
from bot.matching.build import build_matcher
from bot.matching.encoder.onnx import usable_cores
from bot.service.worker import Worker
from bot.tuning.show.tables import table

_TYPOS = 0.3  # of the words, in the messages that are mistyped
_POPULAR = 100  # messages that are asked again and again
_PATIENCE_S = 600.0

Handle = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a run.

    Attributes:
        wall_s: of the whole run.
        waits_s: of each message, from its being sent to its being answered.
    """

    wall_s: float
    waits_s: Sequence[float]

    def row(self, name: str) -> tuple[str, ...]:
        """A row of the table."""
        waits = (1000 * np.percentile(self.waits_s, share) for share in (50, 99, 100))
        per_s = len(self.waits_s) / self.wall_s
        return (name, str(len(self.waits_s)), f"{per_s:.0f}", *(f"{wait:.0f}" for wait in waits))


class Chats:
    """Chats that write their next message when the one before is answered."""

    def __init__(self, worker: Worker, handle: Handle, texts: Iterable[str]) -> None:
        self._worker = worker
        self._handle = handle
        self._texts = iter(texts)
        self._lock = threading.Lock()
        self._silent = threading.Semaphore(0)  # chats with nothing more to say
        self._waits_s: list[float] = []

    def run(self, count: int) -> Load:
        """Let so many chats write all messages."""
        started = time.perf_counter()
        for _ in range(count):
            self._write()
        for _ in range(count):
            if not self._silent.acquire(timeout=_PATIENCE_S):
                raise BotError(f"no answer for {_PATIENCE_S:.0f} s")
        return Load(time.perf_counter() - started, self._waits_s)

    def _write(self) -> None:
        with self._lock:
            text = next(self._texts, None)
        if text is None:
            self._silent.release()
            return
        asked = self._worker.submit(self._handle, text, utterance=text)
        asked.add_done_callback(partial(self._answered, time.perf_counter()))

    def _answered(self, sent_at: float, answer: Future[object]) -> None:
        answer.result()
        self._waits_s.append(time.perf_counter() - sent_at)
        self._write()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or unusable set.
    """
    parser = command.OneLineParser(prog="python -m bench.load", description=__doc__)
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="holds the sets, one folder each")
    add("--set", required=True, metavar="NAME", help="the set")
    add("--phrasings", type=command.natural, default=0, metavar="K", help="wordings per entry")
    add("--chats", type=command.natural, default=200, metavar="N", help="default: 200")
    add("--encoder", choices=[kind.value for kind in EncoderKind], default="auto", help="the bot's")
    add("--messages", type=command.natural, default=2000, metavar="N", help="default: 2000")
    options = parser.parse_args(arguments)
    if not 1 <= options.chats <= options.messages:
        parser.error("--messages must be --chats at least, and --chats 1")
    return command.guarded(partial(_run, options))


def _run(options: argparse.Namespace) -> None:
    faq, texts = fresh.load(options.folder, options.set, options.phrasings)
    distinct = _distinct(texts)
    if len(distinct) < options.messages:
        raise SetError(
            f"{options.set} has {len(distinct)} messages of which no two are alike; "
            f"--messages {options.messages} are too many"
        )
    print(fresh.heading(options.set, faq))
    few = max(options.chats, options.messages // 10)  # of what is slow
    with tempfile.TemporaryDirectory() as name, closing(Worker()) as worker:
        fresh.write_project(Path(name), faq)
        config = str(fresh.write_config(Path(name), options.encoder))

        def chats(texts: Iterator[str], *, together: bool = True) -> Chats:
            bot = worker.submit(lambda: build_matcher(*load_project(config, None))).result()
            worker.reader = bot if together else None
            return Chats(worker, bot.decide, islice(texts, options.messages))

        encode = partial(
            worker.in_turn, partial(encode_alone, usable_cores())
        )  # loaded last: torch brings its own threads
        ways: tuple[tuple[str, Callable[[], Chats]], ...] = (
            ("bot, no two messages alike", lambda: chats(iter(distinct))),
            ("bot, 3 words in 10 mistyped", lambda: chats(_mistyped(distinct))),
            ("bot, 100 popular messages", lambda: chats(_popular(distinct))),
            ("bot, one by one", lambda: chats(iter(distinct), together=False)),
            ("encode alone, one per message", lambda: Chats(worker, encode(), distinct[:few])),
        )
        rows = [started().run(options.chats).row(way) for way, started in ways]
    heads = ("", "messages", "per s", "p50\nms", "p99\nms", "longest\nms")
    print(f"{options.chats} chats at once")
    print(table(heads, rows))


def _distinct(texts: Sequence[str]) -> list[str]:
    """Each text once, in no order."""
    once = list(dict.fromkeys(texts))
    return [once[row] for row in np.random.default_rng(0).permutation(len(once))]


def _mistyped(texts: Sequence[str]) -> Iterator[str]:
    return iter(with_typing_errors(texts, _TYPOS, seed=1))


def _popular(texts: Sequence[str]) -> Iterator[str]:
    """A few messages, again and again, in no order."""
    random = np.random.default_rng(0)
    while True:
        yield texts[int(random.integers(min(_POPULAR, len(texts))))]


if __name__ == "__main__":
    sys.exit(main())
