"""The simulation of many machines queues as the formulas of queueing theory say."""

from __future__ import annotations

from dataclasses import replace
from math import factorial
from random import Random

import pytest

from bench.fleet import Fleet, Statement, Times, limit, simulate
from bench.queueing import Clock, Disk, Process, Station

QUICK = Times(
    decide=0.003,
    handle=0.003,
    call=0.05,
    link=0.0005,
    write=0.002,
    tell=0.00002,
    before=(Statement("receive", 0.0003, 0.0002, outlasts=True),),
    after=(Statement("done", 0.0003, 0.0001),),
)


def erlang_c(servers: int, load: float) -> float:
    """The share of those who have to wait (A. K. Erlang 1917).

    Args:
        load: arrivals per second, times the mean seconds each is served.
    """
    all_busy = load**servers / factorial(servers) * servers / (servers - load)
    return all_busy / (sum(load**k / factorial(k) for k in range(servers)) + all_busy)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (1, 0.9), (3, 2.4), (10, 8.0)])
def test_waits_of_many_servers_are_those_of_erlangs_formula(servers: int, load: float) -> None:
    random, clock, waits = Random(1), Clock(), []
    station = Station(clock, servers)

    def customer() -> Process:
        came = clock.now
        yield station
        waits.append(clock.now - came)
        yield random.expovariate(1.0)
        station.release()

    at = 0.0
    for _ in range(60_000):
        at += random.expovariate(load)
        clock.start(at, customer())
    clock.run()
    wait_s = erlang_c(servers, load) / (servers - load)  # of a mean of one second's service
    assert sum(wait > 0 for wait in waits) / len(waits) == pytest.approx(
        erlang_c(servers, load), rel=0.05
    )
    assert sum(waits) / len(waits) == pytest.approx(wait_s, rel=0.15)
    assert station.busy_s / clock.now == pytest.approx(load * 1.0, rel=0.03)


def test_all_that_wait_when_a_write_begins_go_with_it() -> None:
    clock, ended = Clock(), []
    disk = Disk(clock, 2.0)

    def commit() -> Process:
        yield from disk.flush()
        ended.append(clock.now)

    for at in (0.0, 0.5, 1.5, 2.5, 9.0):
        clock.start(at, commit())
    clock.run()
    assert (ended, disk.busy_s) == ([2.0, 4.0, 4.0, 6.0, 11.0], 8.0)


def test_a_second_machine_doubles_what_is_taken_until_something_is_shared() -> None:
    one, two = (limit(Fleet(machines), QUICK) for machines in (1, 2))
    assert two.per_s == pytest.approx(2 * one.per_s, rel=0.1)
    telling = [replace(each, tells=True) for each in QUICK.before]
    shared = limit(Fleet(20), replace(QUICK, before=telling))
    assert shared.busiest in {"NOTIFY's lock", "database's disk"}
    assert shared.per_s < 1.1 / QUICK.write  # what is written is told one after another


def test_a_message_that_is_alone_takes_as_long_as_its_parts() -> None:
    found = simulate(Fleet(1), QUICK, per_s=0.1)
    first = QUICK.before[0]
    parts = QUICK.decide + QUICK.handle + QUICK.call + QUICK.link + QUICK.write
    assert found.wait_s == pytest.approx(parts + first.client + first.server, rel=0.01)
