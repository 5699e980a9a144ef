"""python -m bench.studio: how soon the studio's pages are there, and what they cost the bot beside.

The true processes with a made-up FAQ of so many phrasings, ten to an entry, and somebody in a real
browser who opens the first page and the FAQ, looks for an entry, opens it, and opens the map, with
three seconds at each. Meanwhile one conversation writes over HTTP, again as soon as it is answered;
and it does so as long while nobody is in the studio, in turns. The browser gives way to both
processes, as it would on another machine. At last the map is opened after edits of the FAQ, which
is looked through anew for it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import cycle
from pathlib import Path

import numpy as np
from selenium.webdriver import Chrome

from bench import command
from bench.growing import Growing
from bench.http import converse
from bench.telegram import write_config
from bot.tuning.show.tables import table
from tests.browser import opened
from tests.e2e.hooking import free_port
from tests.e2e.process import BotProcess
from tests.e2e.studio import EN, Studio, opened_alone, told

_FILES = 20
_MOST_S = {"first page": 2.0, "FAQ page": 2.0, "search": 0.2, "map": 5.0}
_WARM = 20  # messages
_LOOKS_S = 3.0  # somebody at a page
_SERVED_S = 40.0  # after an edit, until the FAQ is read anew and measured
_GIVES_WAY = 19  # of 19
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
        faq: whose first file is edited before each walk.
    """

    def __init__(self, browser: Chrome, faq: Path) -> None:
        self._browser = browser
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
            "FAQ page": self._opened("/faq", ".entries li"),
            "search": self._searched(),
        }
        link = self._page.all(".entries li a")[0].get_attribute("href") or ""
        times["entry"] = self._opened(link.removeprefix(self._at), ".telegram")
        times["map again"] = self._opened("/faq/map", ".map canvas")
        return times

    def map_anew(self) -> float:
        """Have one answer say something else, wait until that is served, and open the map."""
        self._number += 1
        text = self._file.read_text("utf-8")
        self._file.write_text(text.replace("answer 0", f"answer 0 {self._number}", 1), "utf-8")
        self._browser.get(f"{self._at}/")
        time.sleep(_SERVED_S)
        return self._opened("/faq/map", ".map canvas")

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


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage.
    """
    parser = command.OneLineParser(prog="python -m bench.studio", description=__doc__)
    add = parser.add_argument
    add("--phrasings", type=command.natural, default=10_000, metavar="N", help="default: 10000")
    add("--walks", type=command.natural, default=4, metavar="N", help="default: 4")
    add("--beside", action="store_true", help="python -m bot studio beside the bot, not within")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> None:
    growing = Growing(options.phrasings)
    texts = cycle(text for text, _ in growing.messages)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        growing.write(Path(name, "faq"), _FILES)
        port, studio = free_port(), free_port()
        config = write_config(Path(name), Path(name, "faq"), free_port())
        limits = f"limits: {{key: {_LIMIT}, conversation: {_LIMIT}}}"
        within = "" if options.beside else f"studio: {{port: {studio}}}\n"
        with config.open("a", encoding="utf-8") as file:
            file.write(f"\nhttp: {{port: {port}, {limits}}}\n{within}")
        told(config, "check")  # its vectors are kept
        process = stack.enter_context(BotProcess(config, "", ""))
        process.wait_for_log("serving HTTP")
        if options.beside:
            link = stack.enter_context(opened_alone(config, studio))
        else:
            process.wait_for_log("serving the studio")
            link = told(config, "studio", "--link").strip()
        asyncio.run(converse(port, texts, 1, _WARM))
        with ThreadPoolExecutor(1, initializer=partial(os.nice, _GIVES_WAY)) as gently:
            browser = gently.submit(stack.enter_context, opened()).result()
        browser.get(link)
        walk = Walk(browser, Path(name, "faq"))
        walk()  # what a first look needs, it needs once
        times, alone, beside = _measured(walk, port, texts, options.walks)
        times["map"] = [walk.map_anew() for _ in range(options.walks)]
    print(command.machine_line(command.machine()))
    where = "in a process of its own" if options.beside else "in the bot's process"
    print(f"{len(growing.faq.entries):,} entries, {options.phrasings:,} phrasings; studio {where}")
    rows = [
        (what, *(f"{share(its):.2f}" for share in (np.median, np.max)), f"{_MOST_S.get(what, '')}")
        for what, its in times.items()
    ]
    print(table(("", "median\ns", "longest\ns", "at most\ns"), rows))
    print(table(("one conversation, ms", "p50", "p90", "p99", "mean"), [*_waits(alone, beside)]))


def _measured(
    walk: Walk, port: int, texts: Iterator[str], walks: int
) -> tuple[dict[str, list[float]], list[float], list[float]]:
    """The times of pages, and waits of messages while nobody and while somebody is there."""
    times: dict[str, list[float]] = defaultdict(list)
    alone: list[float] = []
    beside: list[float] = []
    for _ in range(walks):
        with _conversing(port, texts, beside):
            began = time.perf_counter()
            for what, seconds in walk().items():
                times[what].append(seconds)
            lasted_s = time.perf_counter() - began
        with _conversing(port, texts, alone):
            time.sleep(lasted_s)
    return times, alone, beside


def _waits(alone: Sequence[float], beside: Sequence[float]) -> Iterator[tuple[str, ...]]:
    figures = []
    for name, waits in (("nobody in the studio", alone), ("somebody walks through it", beside)):
        its = [1000 * float(np.percentile(waits, share)) for share in (50, 90, 99)]
        figures.append([*its, 1000 * float(np.mean(waits))])
        yield name, *(f"{each:.1f}" for each in figures[-1])
    yield "slower by %", *(f"{100 * (b / a - 1):.0f}" for a, b in zip(*figures, strict=True))


@contextmanager
def _conversing(port: int, texts: Iterator[str], waits: list[float]) -> Iterator[None]:
    """Have somebody write meanwhile."""
    ended = threading.Event()

    def talk() -> None:
        while not ended.is_set():
            waits.extend(asyncio.run(converse(port, texts, 1, _WARM)).waits_s)

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
