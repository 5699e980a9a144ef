"""python -m bench.fleet: what limits many machines on one PostgreSQL, and where the knee is.

What one message takes is measured here: a decision, the rest of what the bot's process does, each
statement of the store on a true server, a write that outlasts a power cut. How messages queue is
simulated: people write at random, any machine takes any message, each machine has one thread that
matches, one for everything else, and a few connections; all share the processors of the database,
its disk, and the lock that it holds while it tells of something (NOTIFY). Not measured: the network
to Telegram, and to the database.

A fleet takes so many messages a second as are answered within a second, but for one in a hundred.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from random import Random

import numpy as np

from bench import command
from bench.queueing import Clock, Disk, Process, Station
from bot.tuning.show.tables import table

_MOST_WAIT_S = 1.0  # of 99 in a hundred messages
_TRAFFIC_S = 5.0  # that is simulated
_FEWEST, _MOST = 1_000, 10_000  # messages that are simulated
_STEPS = 7  # of halving, by which the limit is known to a hundredth
_SWITCH_S = 0.001  # after which a thread of Python lets another go on


@dataclass(frozen=True, slots=True)
class Statement:
    """One transaction of a message, in seconds of processor time.

    Attributes:
        client: of the bot's process.
        server: of the database.
        per_open: of the database, for each message that is under way.
        trips: to the database and back.
        outlasts: it waits until it is on the disk.
        tells: another machine is told of it, for which the database wakes all that listen.
    """

    name: str
    client: float
    server: float
    per_open: float = 0.0
    trips: int = 1
    outlasts: bool = False
    tells: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """What one message takes, in seconds.

    Attributes:
        decide: on the thread that matches.
        handle: on the event loop, all that is neither matching nor the store.
        call: until Telegram has taken a reply.
        link: to the database and back.
        write: to the database's disk.
        tell: of the database's processors, for each machine that listens.
        before, after: what is stored until the message is decided, and from then on.
    """

    decide: float
    handle: float
    call: float
    link: float
    write: float
    tell: float
    before: Sequence[Statement]
    after: Sequence[Statement]


@dataclass(frozen=True, slots=True)
class Fleet:
    """Machines on one database.

    Attributes:
        processors: of the database.
        pool: the connections with which each machine stores something.
    """

    machines: int
    processors: int = 8
    pool: int = 1

    @property
    def connections(self) -> int:
        """Of all machines: beside its pool, each has its session, and one for a moment."""
        return self.machines * (self.pool + 2)


class _Run:
    """One simulation."""

    def __init__(self, fleet: Fleet, times: Times) -> None:
        self.clock = clock = Clock()
        self.fleet, self.times = fleet, times
        machines = range(fleet.machines)
        self.matching = [Station(clock) for _ in machines]
        self.loops = [Station(clock) for _ in machines]
        self.pools = [Station(clock, fleet.pool) for _ in machines]
        self.database = Station(clock, fleet.processors)
        self.lock, self.disk = Station(clock), Disk(clock, times.write)
        self.waits: list[float] = []
        self.under_way = 0

    def message(self, machine: int) -> Process:
        """One message, from its arrival on."""
        times, began = self.times, self.clock.now
        self.under_way += 1
        for statement in times.before:
            yield from self.store(machine, statement)
        yield from self.handle(machine)
        yield from self.matching[machine].serve(times.decide)
        yield times.call
        self.waits.append(self.clock.now - began)
        for statement in times.after:
            yield from self.store(machine, statement)
        self.under_way -= 1

    def handle(self, machine: int) -> Process:
        """What the event loop does, which lets other threads go on in between."""
        left = self.times.handle
        while left > 0:
            yield from self.loops[machine].serve(min(left, _SWITCH_S))
            left -= _SWITCH_S

    def store(self, machine: int, statement: Statement) -> Process:
        """One transaction, for which a connection is held."""
        yield self.pools[machine]
        yield from self.loops[machine].serve(statement.client)
        yield statement.trips * self.times.link
        yield from self.database.serve(statement.server + self.under_way * statement.per_open)
        if statement.tells:  # it is held until the commit is over; then all who listen are woken
            yield self.lock
        if statement.outlasts:
            yield from self.disk.flush()
        if statement.tells:
            self.lock.release()
            woken = self.database.serve(self.fleet.machines * self.times.tell)
            self.clock.start(self.clock.now, woken)
        self.pools[machine].release()

    def busiest(self) -> tuple[str, float]:
        """What was held for the largest part of the time, and that part, 0 to 1."""
        parts: dict[str, Sequence[Station | Disk]] = {
            "matching": self.matching,
            "event loop": self.loops,
            "connections of a machine": self.pools,
            "database's processors": [self.database],
            "database's disk": [self.disk],
            "NOTIFY's lock": [self.lock],
        }
        shares = {
            name: sum(each.busy_s for each in some) / sum(each.servers for each in some)
            for name, some in parts.items()
        }
        name = max(shares, key=shares.__getitem__)
        return name, shares[name] / self.clock.now


@dataclass(frozen=True, slots=True)
class Found:
    """How a fleet does at a rate.

    Attributes:
        wait_s: in which 99 in a hundred messages are answered.
        busiest: what limits it first.
        share: of the time in which that is busy, 0 to 1.
    """

    per_s: float
    wait_s: float
    busiest: str
    share: float


def simulate(fleet: Fleet, times: Times, per_s: float, seed: int = 1) -> Found:
    """Have people write so many messages a second."""
    run, random, at = _Run(fleet, times), Random(seed), 0.0
    for _ in range(round(min(max(_TRAFFIC_S * per_s, _FEWEST), _MOST))):
        at += random.expovariate(per_s)
        run.clock.start(at, run.message(random.randrange(fleet.machines)))
    run.clock.run()
    return Found(per_s, float(np.percentile(run.waits, 99)), *run.busiest())


def limit(fleet: Fleet, times: Times) -> Found:
    """The highest rate that a fleet takes, found by halving."""
    most = fleet.machines / max(times.decide, times.handle)  # more than that queues for ever
    low, high, best = 0.0, most, None
    for _ in range(_STEPS):
        found = simulate(fleet, times, (low + high) / 2)
        if found.wait_s <= _MOST_WAIT_S:
            low, best = found.per_s, found
        else:
            high = found.per_s
    return best or simulate(fleet, times, high)


def row(fleet: Fleet, times: Times) -> tuple[str, ...]:
    """A row of the table."""
    most = limit(fleet, times)
    half = simulate(fleet, times, most.per_s / 2)
    return (
        *(str(fleet.machines), str(fleet.pool), str(fleet.connections), f"{most.per_s:.0f}"),
        *(f"{most.per_s / fleet.machines:.0f}", f"{1000 * half.wait_s:.0f}"),
        f"{most.busiest}, {100 * most.share:.0f} %",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, simulate and print.

    Returns:
        0: fine; 2: wrong usage, or PostgreSQL is missing.
    """
    parser = command.OneLineParser(prog="python -m bench.fleet", description=__doc__)
    add = parser.add_argument
    add("--machines", type=_numbers, default=(1, 2, 4, 10, 100), metavar="N,N", help="how many")
    add("--processors", type=command.natural, default=8, metavar="N", help="of the database")
    add("--pool", type=_numbers, default=(1,), metavar="N,N", help="of a machine, to store with")
    add("--call-ms", type=float, default=60.0, metavar="MS", help="a call of the Bot API takes")
    add("--link-ms", type=float, default=0.5, metavar="MS", help="to the database and back")
    options = parser.parse_args(arguments)
    return command.guarded(partial(_run, options))


def _run(options: argparse.Namespace) -> None:
    from bench.fleet_times import measured

    times = measured(call_s=options.call_ms / 1000, link_s=options.link_ms / 1000)
    pairs = product(options.pool, options.machines)
    fleets = [Fleet(machines, options.processors, pool) for pool, machines in pairs]
    print(command.machine_line(command.machine()))
    print(_told(times))
    heads = (
        *("machines", "connections\nthat store", "in all", "messages\nper s", "per\nmachine"),
        *("p99 at half\nof that, ms", "busiest"),
    )
    print(table(heads, [row(fleet, times) for fleet in fleets], left=0))


def _told(times: Times) -> str:
    """The measured times, as a table."""
    rows = [
        *(
            ("decide", f"{1000 * times.decide:.2f}", ""),
            ("handle", f"{1000 * times.handle:.2f}", ""),
        ),
        *(("write to the disk", "", f"{1000 * times.write:.2f}"),),
        *(("tell one machine", "", f"{1000 * times.tell:.3f}"),),
    ]
    for each in (*times.before, *times.after):
        more = f" + {1000 * each.per_open:.4f} each open" if each.per_open else ""
        rows.append((each.name, f"{1000 * each.client:.2f}", f"{1000 * each.server:.2f}{more}"))
    return table(("ms", "bot", "database"), rows)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(command.natural(part) for part in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
