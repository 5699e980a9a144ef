"""python -m bench.studio: how soon the studio's pages are there, and what they cost the bot beside.

The true processes with a made-up FAQ of so many phrasings, ten to an entry, and somebody in a real
browser who opens the first page and the FAQ, looks for an entry, opens it, and opens the map, with
three seconds at each. Meanwhile one conversation writes over HTTP, again as soon as it is answered;
and it does so as long while nobody is in the studio, in turns. At last the map is opened after
edits of the FAQ, which is looked through anew for it.

The browser runs when nothing else wants the processor, as though it were on another machine. What
it costs all the same, --elsewhere tells: there the studio is a process of its own that runs like
the browser, and the bot has no part in it.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import cycle
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from types import MappingProxyType

import numpy as np
from selenium.webdriver import Chrome

from bench import command
from bench.growing import Growing
from bench.http import converse
from bench.telegram import spent, write_config
from bot.tuning.show.tables import table
from tests.browser import opened
from tests.e2e.hooking import free_port
from tests.e2e.process import BotProcess
from tests.e2e.studio import EN, Studio, opened_alone, told

_FILES = 20
_MOST_S = {"first page": 2.0, "FAQ page": 2.0, "search": 0.2, "map": 5.0}
_AT_ONCE = 20  # messages
_LOOKS_S = 3.0  # somebody at a page
# What the log says of an edit. Not every one has the FAQ measured.
_READ, _MEASURING = "the FAQ was read anew", "the new one is being measured"
_MEASURED = "the new FAQ is measured"
_LIMIT = "{burst: 10000, per_minute: 10000}"
_SOUGHT = ("refund for a broken parcel", "change my address", "where is it", "pay by card")
# What is shown changes once the search is done; the time is the browser's own.
_SEARCH = """
    const done = arguments[2], [field, text] = arguments, began = performance.now();
    const seen = new MutationObserver(() => {
        seen.disconnect();
        done((performance.now() - began) / 1000);
    });
    const how = {childList: true, subtree: true, characterData: true};
    seen.observe(document.querySelector(".entries"), how);
    field.value = text;
    field.dispatchEvent(new Event("input", {bubbles: true}));
"""


class Walk:
    """Somebody in front of a browser.

    Args:
        faq: whose first file is edited for `map_anew`.
        process: the bot.
    """

    def __init__(self, browser: Chrome, faq: Path, process: BotProcess) -> None:
        self._browser, self._process = browser, process
        self._page = Studio(browser)
        self._page.wait(lambda: self._page.all(".by-bot"))
        self._at = browser.current_url.rstrip("/")
        self._file = faq / "0000.yaml"
        self._sought = cycle(_SOUGHT)
        self._number = 0

    def __call__(self) -> dict[str, float]:
        """Walk once; what took how many seconds."""
        times = {
            "first page": self._opened("/", ".by-bot"),
            "FAQ page": self._opened("/faq", ".entries h2"),
            "search": self._searched(),
        }
        first = self._page.all(".entries ul:first-of-type li:first-child a")[0]
        link = first.get_attribute("href") or ""
        times["entry"] = self._opened(link.removeprefix(self._at), ".telegram")
        times["map again"] = self._opened("/faq/map", ".map canvas")
        return times

    def map_anew(self) -> float:
        """Have one answer say something else, wait until that is served, and open the map."""
        self._number += 1
        text, read = self._file.read_text("utf-8"), self._count(_READ)
        self._file.write_text(text.replace("answer 0", f"answer 0 {self._number}", 1), "utf-8")
        self._browser.get(f"{self._at}/")
        self._page.wait(lambda: self._count(_READ) > read)
        time.sleep(_LOOKS_S)
        self._page.wait(lambda: self._count(_MEASURING) == self._count(_MEASURED))
        return self._opened("/faq/map", ".map canvas")

    def _count(self, told: str) -> int:
        return sum(told in line for line in self._process.log)

    def _opened(self, path: str, mark: str) -> float:
        began = time.perf_counter()
        self._browser.get(self._at + path)
        self._page.wait(lambda: self._page.all(mark))
        took = time.perf_counter() - began
        time.sleep(_LOOKS_S)
        return took

    def _searched(self) -> float:
        field = self._page.field(EN.find_entry)
        took: float = self._browser.execute_async_script(_SEARCH, field, next(self._sought))
        return took


class Conversation:
    """Somebody who writes all the time, from a process of their own.

    Attributes:
        waits: when each message was sent, as `perf_counter` has it, and its wait, in seconds; once
            it is over.
    """

    def __init__(self) -> None:
        self.waits: list[tuple[float, float]] = []

    @contextmanager
    def going_on(self, port: int, texts: Sequence[str]) -> Iterator[None]:
        """Have it go on meanwhile."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        ended = context.Event()
        process = context.Process(target=_converse, args=(port, texts, ended, theirs))
        process.start()
        try:
            ours.recv()  # it has begun
            yield
        finally:
            ended.set()
            self.waits = ours.recv()
            process.join()

    def within(self, times: Sequence[tuple[float, float]]) -> list[float]:
        """The waits of messages that were sent within some times."""
        sent, waits = np.array(self.waits).T
        meant = np.zeros(len(sent), bool)
        for begin, end in times:
            meant |= (begin <= sent) & (sent < end)
        return [*waits[meant]]


def _converse(port: int, texts: Sequence[str], ended: Event, to: Connection) -> None:
    left, waits = cycle(texts), list[tuple[float, float]]()
    asyncio.run(converse(port, left, 1, _AT_ONCE))  # what a first message needs, it needs once
    to.send(None)
    while not ended.is_set():
        began = time.perf_counter()
        waits += [(began, each) for each in asyncio.run(converse(port, left, 1, _AT_ONCE)).waits_s]
    to.send(waits)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage.
    """
    parser = command.OneLineParser(prog="python -m bench.studio", description=__doc__)
    add = parser.add_argument
    add("--phrasings", type=command.natural, default=10_000, metavar="N", help="default: 10000")
    add("--walks", type=command.natural, default=2, metavar="N", help="default: 2")
    add("--maps", type=command.natural, default=1, metavar="N", help="after edits; default: 1")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--beside", action="store_true", help="the studio in a process of its own")
    where.add_argument(
        "--elsewhere", action="store_true", help="the same, which runs when nothing else does"
    )
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> None:
    growing = Growing(options.phrasings)
    is_within = not options.beside and not options.elsewhere
    with (
        tempfile.TemporaryDirectory() as name,
        ThreadPoolExecutor(1, initializer=_give_way) as gently,
        ExitStack() as stack,
    ):
        _tell("encoding")
        growing.write(Path(name, "faq"), _FILES)
        port, studio, metrics = free_port(), free_port(), free_port()
        config = write_config(Path(name), Path(name, "faq"), metrics)
        limits = f"limits: {{key: {_LIMIT}, conversation: {_LIMIT}}}"
        within = f"studio: {{port: {studio}}}\n" if is_within else ""
        with config.open("a", encoding="utf-8") as file:
            file.write(f"\nhttp: {{port: {port}, {limits}}}\n{within}")
        told(config, "check")  # its vectors are kept
        _tell("starting")
        process = stack.enter_context(BotProcess(config, "", ""))
        process.wait_for_log("serving HTTP")
        if is_within:
            process.wait_for_log("serving the studio")
            link = told(config, "studio", "--link").strip()
        else:
            alone = opened_alone(config, studio)
            start = partial(stack.enter_context, alone)
            link = gently.submit(start).result() if options.elsewhere else start()
        browser = gently.submit(stack.enter_context, opened()).result()
        browser.get(link)
        walk = Walk(browser, Path(name, "faq"), process)
        _tell("a first walk")
        walk()  # what a first look needs, it needs once
        _tell("a walk while nobody writes")
        before_s = spent(process.pid, metrics).cpu_s
        walk()
        cost_s = spent(process.pid, metrics).cpu_s - before_s
        conversation = Conversation()
        times: dict[str, list[float]] = defaultdict(list)
        nobody: list[tuple[float, float]] = []
        somebody: list[tuple[float, float]] = []
        with conversation.going_on(port, [text for text, _ in growing.messages]):
            for number in range(options.walks):
                began = time.perf_counter()
                for what, seconds in walk().items():
                    times[what].append(seconds)
                ended = time.perf_counter()
                _tell(f"walk {number + 1}", times)
                browser.get("about:blank")
                time.sleep(ended - began)
                somebody.append((began, ended))
                nobody.append((ended, time.perf_counter()))
        browser.get(f"http://127.0.0.1:{studio}/")
        for number in range(options.maps):
            times["map"].append(walk.map_anew())
            _tell(f"map {number + 1}", times)
    print(command.machine_line(command.machine()))
    where = "in the bot's process" if is_within else "in a process of its own"
    where += ", which runs when nothing else does" * options.elsewhere
    print(f"{len(growing.faq.entries):,} entries, {options.phrasings:,} phrasings; studio {where}")
    rows = [
        (what, *(f"{share(its):.2f}" for share in (np.median, np.max)), f"{_MOST_S.get(what, '')}")
        for what, its in times.items()
    ]
    print(table(("", "median\ns", "longest\ns", "at most\ns"), rows))
    print(f"A walk takes the bot's process {cost_s:.1f} s of the processor, while nobody writes.")
    waits = _waits(conversation.within(nobody), conversation.within(somebody))
    print(table(("one conversation, ms", "messages", "p50", "p90", "p99", "mean"), [*waits]))


def _give_way() -> None:
    """Have what this thread starts run when nothing else wants the processor; a browser that runs
    as root raises its own niceness again."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _waits(alone: Sequence[float], beside: Sequence[float]) -> Iterator[tuple[str, ...]]:
    figures = []
    for name, waits in (("nobody in the studio", alone), ("somebody walks through it", beside)):
        its = [1000 * float(np.percentile(waits, share)) for share in (50, 90, 99)]
        figures.append([*its, 1000 * float(np.mean(waits))])
        yield name, f"{len(waits):,}", *(f"{each:.1f}" for each in figures[-1])
    slower = (f"{100 * (b / a - 1):.0f}" for a, b in zip(*figures, strict=True))
    yield "slower by %", "", *slower


def _tell(what: str, times: Mapping[str, Sequence[float]] = MappingProxyType({})) -> None:
    """What is under way, on standard error."""
    last = ", ".join(f"{name} {its[-1]:.2f} s" for name, its in times.items())
    print(f"{what}{': ' * bool(last)}{last}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
