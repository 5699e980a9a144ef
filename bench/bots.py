"""python -m bench.bots FOLDER: many bots in one process, beside a process for each.

Each bot has wordings of a set of its own choice, and a stand-in for Telegram. What is measured:
how long a start takes, with all computed before that is computed once, until all serve; the memory
of all processes (what they share counts once), with both encoders loaded; how much all bots
together take while chats of each write again as soon as they are answered; and how long the people
of the other bots wait, with five messages a second in all, before and while a hundred chats of one
bot write in that manner; and how many messages that one takes meanwhile.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path

import numpy as np

from bench import command, fresh
from bench.telegram import Chats
from bench.typing_errors import with_typing_errors
from bot.domain import Faq
from bot.files.config.settings import Settings
from bot.files.project import Project
from bot.matching.build import build_matcher, complete
from bot.tuning.show.tables import table
from tests.e2e.process import BotProcess

_TYPOS = 0.2
_LIMIT = "{burst: 10000, per_minute: 10000}"
_FLOODERS = range(10_000, 10_100)
_FLOOD = 1_000_000  # messages; they are cut short
_EVERY_S = 0.2  # one of the others writes
_LOADED = f"{Settings().multilingual_model.value} is loaded"  # the last that a start does


class House:
    """Folders of bots, each with its stand-in on one server."""

    def __init__(self, folder: Path, faq: Faq, bots: int, wordings: int) -> None:
        self.folder = folder
        self.bots = folder / "bots"
        self.bots.mkdir()
        (folder / "config.yaml").write_text("cache: cache\n", "utf-8")
        self.apis: list[Chats] = []
        random = np.random.default_rng(0)
        for number in range(1, bots + 1):
            own = _some(faq, wordings, random)
            texts = [wording for entry in own.entries for wording in entry.wordings]
            token = f"{1000 + number}:TOKEN"
            first = self.apis[0] if self.apis else None
            typed = with_typing_errors(texts, _TYPOS, seed=number)
            self.apis.append(Chats(typed, token=token, beside=first))
            _write(self.bots / f"bot-{number:02}", own, token, folder / "cache")

    def prepare(self) -> None:
        """Compute what is computed once, with both encoders."""
        for folder in sorted(self.bots.iterdir()):
            settings, faq = Project(str(folder / "config.yaml")).load()
            complete(build_matcher(settings, faq))
            _tell(f"{folder.name}: computed what no start computes again")

    @contextmanager
    def together(self) -> Iterator[list[BotProcess]]:
        """One process for all."""
        arguments = str(self.folder / "config.yaml"), "0:NONE", self.apis[0].url
        with BotProcess(Path(arguments[0]), *arguments[1:], "--bots", str(self.bots)) as process:
            for folder in sorted(self.bots.iterdir()):
                process.wait_for_log(f"{folder.name}: serving Telegram")
            yield [process]

    def wait_until_loaded(self, processes: Sequence[BotProcess]) -> None:
        """Wait for the second encoder of each bot, which is loaded while it serves."""
        for number, folder in enumerate(sorted(self.bots.iterdir())):
            if len(processes) == 1:
                processes[0].wait_for_log(f"{folder.name}: {_LOADED}")
            else:
                processes[number].wait_for_log(_LOADED)

    @contextmanager
    def apart(self) -> Iterator[list[BotProcess]]:
        """A process for each."""
        with ExitStack() as stack:
            processes = [
                stack.enter_context(BotProcess(folder / "config.yaml", api.token, api.url))
                for folder, api in zip(sorted(self.bots.iterdir()), self.apis, strict=True)
            ]
            for process in processes:
                process.wait_for_log("serving Telegram")
            yield processes


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or unusable set.
    """
    parser = command.OneLineParser(prog="python -m bench.bots", description=__doc__)
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="holds the sets, one folder each")
    add("--set", default="clinc150", metavar="NAME", help="the set (default: clinc150)")
    add("--bots", type=command.natural, default=20, metavar="N", help="default: 20")
    add("--wordings", type=command.natural, default=1000, metavar="N", help="of each bot")
    add("--messages", type=command.natural, default=50, metavar="N", help="to each bot")
    add("--seconds", type=command.natural, default=30, metavar="N", help="of each wait measured")
    options = parser.parse_args(arguments)
    if options.bots < 2:
        parser.error("--bots must be 2 at least")
    return command.guarded(partial(_run, options))


def _run(options: argparse.Namespace) -> None:
    faq, _ = fresh.load(options.folder, options.set, 0)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        house = House(Path(name), faq, options.bots, options.wordings)
        for api in house.apis:
            stack.enter_context(api)
        house.prepare()
        rows = []
        for way, serving in (("one process", house.together), ("a process each", house.apart)):
            started = time.perf_counter()
            with serving() as processes:
                start_s = time.perf_counter() - started
                _tell(f"{way}: serves after {start_s:.1f} s")
                house.wait_until_loaded(processes)
                _at_once(house.apis, 5)  # whatever the first messages need, they need once
                memory = sum(_memory(process.pid) for process in processes)
                per_s = options.messages * options.bots / _at_once(house.apis, options.messages)
                _tell(f"{way}: {memory / 1e6:.0f} MB, {per_s:.0f} messages/s")
                calm, flooded, taken = _waits(house.apis, options.seconds)
                _tell(f"{way}: p99 {calm[1]:.0f} ms, while one is flooded {flooded[1]:.0f} ms")
            rows.append(
                (
                    *(way, f"{start_s:.1f}", f"{memory / 1e6:.0f}", f"{per_s:.0f}"),
                    *(f"{ms:.0f}" for ms in (*calm, *flooded)),
                    *(f"{flooded[1] / calm[1]:.2f}", f"{taken:.0f}"),
                )
            )
    print(command.machine_line(command.machine()))
    print(f"{options.set}: {options.bots} bots with {options.wordings} wordings each")
    waits = (
        "p50\nms",
        "p99\nms",
        "p50, one\nflooded",
        "p99, one\nflooded",
        "p99 x",
        "flooded\nper s",
    )
    print(table(("", "start\ns", "memory\nMB", "messages\nper s", *waits), rows))


def _tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


def _some(faq: Faq, wordings: int, random: np.random.Generator) -> Faq:
    """Entries of an FAQ, no order, with so many wordings in all."""
    found, room = [], wordings
    for row in random.permutation(len(faq.entries)):
        entry = faq.entries[int(row)]
        if room <= 0:
            break
        found.append(replace(entry, phrasings=entry.phrasings[: max(0, room - 1)]))
        room -= len(found[-1].wordings)
    return replace(faq, entries=tuple(found))


def _write(folder: Path, faq: Faq, token: str, cache: Path) -> None:
    folder.mkdir()
    fresh.write_project(folder, faq)
    (folder / "token").write_text(token, "utf-8")
    lines = ["faq: faq.yaml", "token_file: token", f"cache: '{cache}'"]
    lines += [f"telegram: {{limits: {{person: {_LIMIT}, chat: {_LIMIT}}}}}"]
    (folder / "config.yaml").write_text("\n".join(lines) + "\n", "utf-8")


def _memory(pid: int) -> int:
    """The memory of a process in bytes; what others have too counts in part."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _at_once(apis: Sequence[Chats], messages: int) -> float:
    """Have two chats of each bot write so many messages; how long that takes, in seconds."""
    started = time.perf_counter()
    writing = [threading.Thread(target=api.run, args=((1, 2), messages)) for api in apis]
    for each in writing:
        each.start()
    for each in writing:
        each.join()
    return time.perf_counter() - started


def _waits(apis: Sequence[Chats], seconds: float) -> tuple[list[float], list[float], float]:
    """How long people of all bots but the first wait: p50 and p99 in ms, calm and in a flood.

    Returns:
        The waits, and how many messages in a second the one that is flooded takes meanwhile.
    """
    flooded, *others = apis
    calm = _one_by_one(others, seconds)
    before, began = flooded.count(), time.perf_counter()
    flooded.begin(_FLOODERS, _FLOOD)
    found = _one_by_one(others, seconds)
    taken = (flooded.count() - before) / (time.perf_counter() - began)
    flooded.cut_short()
    return calm, found, taken


def _one_by_one(apis: Sequence[Chats], seconds: float) -> list[float]:
    """Have one person after the other write to one bot after the other."""
    for api in apis:
        api.waits_s = []
    ends_at, chat = time.perf_counter() + seconds, 20_000
    for api in cycle(apis):
        chat += 1
        api.begin([chat], 1)
        time.sleep(_EVERY_S)
        if time.perf_counter() > ends_at:
            break
    time.sleep(2.0)  # for those who wait
    waits = [1000 * wait for api in apis for wait in api.waits_s]
    return [float(np.percentile(waits, share)) for share in (50, 99)]


if __name__ == "__main__":
    sys.exit(main())
