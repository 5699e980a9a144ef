"""python -m bench.replicas: what several processes on one PostgreSQL lose, repeat, and take.

All over loopback, with a stand-in for Telegram and a server of our own:

kills       one replica after another is killed (SIGKILL) and started again, and the server is
            restarted twice, while many groups ask
upgrade     replicas of an earlier commit are stopped one by one, and such of this tree started,
            while many groups ask
handover    whoever polls is killed, or stands still: when does another one poll
edits       somebody saves the FAQ: when do all replicas serve that
throughput  of 1, 2 and 4 replicas, with the share of the processors that each part took
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from signal import SIGKILL, SIGSTOP

import numpy as np

from bench import command
from bench.replica_edits import edits
from bench.replica_fleet import Fleet, Telegram, Traffic
from bench.replica_troubles import RESTARTS, handovers, killed, tree_of, upgraded
from bot.files.config.settings import Settings
from bot.files.faq.load import load_faq
from bot.tuning.show.tables import table
from tests.e2e.process import ROOT
from tests.postgres import OwnServer, own_postgres


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 1: something was lost, out of order, or repeated without need; 2: wrong usage.
    """
    parser = command.OneLineParser(
        prog="python -m bench.replicas",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("what", choices=_KINDS)
    add("--replicas", type=command.positive, default=3, metavar="N", help="default: 3")
    add("--groups", type=command.positive, default=200, metavar="N", help="default: 200")
    add("--messages", type=command.positive, default=5000, metavar="N", help="default: 5000")
    add("--per-s", type=float, default=50, metavar="N", help="messages; default: 50")
    add("--faq", type=Path, default=Path("faq"), metavar="PATH", help="default: faq")
    add("--kill-every", type=float, default=2.0, metavar="S", help="default: 2")
    add("--before", default="HEAD~1", metavar="COMMIT", help="upgraded from; default: HEAD~1")
    add("--after", metavar="COMMIT", help="upgraded to; default: this tree as it is")
    add("--tries", type=command.positive, default=10, metavar="N", help="default: 10")
    add("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    return command.guarded(partial(_run, options))


def _run(options: argparse.Namespace) -> int:
    random.seed(options.seed)
    faq = load_faq(options.faq, Settings().thresholds)
    print(command.machine_line(command.machine()))
    with tempfile.TemporaryDirectory() as folder, own_postgres() as server:
        texts = [entry.question for entry in faq.entries]
        return _KINDS[options.what](_Bench(options, Path(folder), server, texts))


@dataclass(frozen=True, slots=True)
class _Bench:
    """What each kind of run works with."""

    options: argparse.Namespace
    folder: Path
    server: OwnServer
    texts: Sequence[str]

    def fleet(self, api: Telegram) -> tuple[Fleet, Traffic]:
        return (
            Fleet(api, self.options.faq, self.folder, self.server),
            Traffic(api, self.options.groups, self.texts),
        )


def _kills(bench: _Bench) -> int:
    options = bench.options
    with Telegram() as api:
        fleet, traffic = bench.fleet(api)
        with fleet.serving(options.replicas) as replicas:
            traffic.begin(options.messages, options.per_s)
            kills, held = killed(fleet, replicas, traffic, options.kill_every, options.seed)
            traffic.wait()
        verdict = traffic.verdict(held)
    restarts = sum(kills >= number for number in RESTARTS)
    print(
        f"{options.replicas} replicas, {options.groups} groups, {kills} kills with "
        f"{held.total()} updates under way, {restarts} restarts of the server"
    )
    print(verdict)
    return 0 if verdict.is_fine else 1


def _upgrade(bench: _Bench) -> int:
    options = bench.options
    with ExitStack() as stack:
        enter = stack.enter_context
        before = enter(tree_of(options.before))
        after = ROOT if options.after is None else enter(tree_of(options.after))
        api = enter(Telegram())
        fleet, traffic = bench.fleet(api)
        with fleet.serving(options.replicas, before) as replicas:
            traffic.begin(options.messages, options.per_s)
            beside = upgraded(fleet, traffic, replicas, after)
            is_whole = traffic.goes_on
            traffic.wait()
        verdict = traffic.verdict({})
    for old, new in beside:
        print(f"side by side the old ones served {old} groups, and the new ones {new}")
    if not is_whole:
        print("the last message came before the last replica: take more --messages")
    print(verdict)
    return 0 if verdict.is_fine and not verdict.repeats else 1


def _handover(bench: _Bench) -> int:
    rows = []
    for how, told in ((SIGKILL, "killed"), (SIGSTOP, "stands still")):
        with Telegram() as api:
            found = list(handovers(*bench.fleet(api), how, bench.options.tries))
        rows.append((told, *_told(found)))
    heads = ("whoever polls", *_spread("polled"), *_spread("answered"))
    print(table(heads, rows, left=1))
    return 0


def _edits(bench: _Bench) -> int:
    options = bench.options
    found = list(edits(options.faq, bench.folder, bench.server, options.replicas, options.tries))
    rows = [_told([(first, last, last - first) for first, last in found])]
    print(table((*_spread("first"), *_spread("last"), *_spread("last - first")), rows, left=0))
    return 0


def _throughput(bench: _Bench) -> int:
    heads = ("replicas", "messages", "per s", "CPU ms per\nmessage", "replicas", "server",
             "stand-in")  # fmt: skip
    print(table(heads, [_row(bench, count) for count in (1, 2, 4)], left=0))
    return 0


def _row(bench: _Bench, count: int) -> tuple[str, ...]:
    messages = bench.options.messages
    with Telegram() as api:
        fleet, traffic = bench.fleet(api)
        with fleet.serving(count) as replicas:
            pids = [each.pid for each in replicas]
            traffic.ask(bench.options.groups)  # whatever a first message needs, it needs once
            traffic.wait()
            before, began = _spent(bench.server, pids), time.perf_counter()
            traffic.ask(messages)
            traffic.wait()
            took_s = time.perf_counter() - began
            parts = np.subtract(_spent(bench.server, pids), before)
    each_ms = 1000 * (parts[0] + parts[1]) / messages
    shares = (f"{100 * part / took_s:.0f} %" for part in parts)
    return (str(count), str(messages), f"{messages / took_s:.0f}", f"{each_ms:.1f}", *shares)


def _spent(server: OwnServer, replicas: Sequence[int]) -> tuple[float, float, float]:
    """Seconds of processor time so far: of the replicas, of the server, of this process."""
    first, *others = server.pids()
    used = _cpu_s(first, with_ended=True) + sum(map(_cpu_s, others))
    return sum(map(_cpu_s, replicas)), used, time.process_time()


def _cpu_s(pid: int, *, with_ended: bool = False) -> float:
    """Of a process; also of its children that have ended."""
    stat = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return sum(map(int, stat[11 : 15 if with_ended else 13])) / os.sysconf("SC_CLK_TCK")


def _spread(name: str) -> tuple[str, str]:
    return f"{name}, s\nmedian", "worst"


def _told(found: Sequence[Sequence[float]]) -> list[str]:
    """The median and the worst of each column."""
    columns = np.array(found).T
    return [f"{value:.1f}" for each in columns for value in (np.median(each), each.max())]


_KINDS = {
    "kills": _kills,
    "upgrade": _upgrade,
    "handover": _handover,
    "edits": _edits,
    "throughput": _throughput,
}


if __name__ == "__main__":
    sys.exit(main())
