"""What several processes bear: kills, restarts of the server, an upgrade one by one."""

from __future__ import annotations

import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL, Signals

from bench.replica_fleet import PATIENCE_S, Fleet, Traffic
from bot.errors import BotError
from tests.e2e.process import ROOT, BotProcess

RESTARTS = (3, 6)  # of the server, after so many kills
_TOLD = "joined the replicas as "  # before a replica's name, in its log
_SETTLES_S = 0.02  # a process that is told to end
_AT_ONCE = 200
_HELD = "SELECT update_id FROM received WHERE state = 'open' AND holder = '{}'"
_NAMES = "SELECT name FROM replicas"
_NOW = "SELECT extract(epoch FROM clock_timestamp())"
_SERVED = "SELECT holder, count(*) FROM lanes WHERE at > {} GROUP BY holder"


def killed(
    fleet: Fleet, replicas: list[BotProcess], traffic: Traffic, every_s: float, seed: int
) -> tuple[int, Counter[int]]:
    """Kill one after the other while there is traffic, and restart the server twice.

    Returns:
        How many were killed, and how often each update was under way in one of those.
    """
    choose, kills, under_way = random.Random(seed), 0, Counter[int]()
    while traffic.goes_on:
        time.sleep(every_s)
        victim = choose.randrange(len(replicas))
        replicas[victim].stop(SIGKILL)
        kills += 1
        under_way.update(_held(fleet, replicas[victim]))
        replicas[victim] = fleet.start()
        if kills in RESTARTS:
            fleet.server.stop()
            time.sleep(1)
            fleet.server.start()
    return kills, under_way


def _held(fleet: Fleet, replica: BotProcess) -> list[int]:
    """The updates that a replica that has ended had under way."""
    names = [line.partition(_TOLD)[2] for line in replica.log if _TOLD in line]
    return [int(str(number)) for name in names[:1] for (number,) in fleet.find(_HELD.format(name))]


def upgraded(
    fleet: Fleet, traffic: Traffic, replicas: list[BotProcess], root: Path
) -> list[tuple[int, int]]:
    """Stop one after the other in good order, and start one of another version for it.

    Returns:
        For each mixture of both: how many groups the old ones served, and the new ones.
    """
    old = {name for (name,) in fleet.find(_NAMES)} if len(replicas) > 1 else set()
    beside = []
    for number, each in enumerate(replicas):
        each.stop()
        replicas[number] = fleet.start(root)
        replicas[number].wait_for_log("serving Telegram")
        if number + 1 < len(replicas):
            ((now,),) = fleet.find(_NOW)
            answered = len(fleet.api.replies)
            traffic.ask(_AT_ONCE)  # more than the one that polls takes at a time
            while len(fleet.api.replies) < answered + _AT_ONCE:
                time.sleep(0.1)
            served = Counter[bool]()
            for holder, groups in fleet.find(_SERVED.format(now)):
                served[holder in old] += int(str(groups))
            beside.append((served[True], served[False]))
    return beside


def handovers(
    fleet: Fleet, traffic: Traffic, how: Signals, tries: int
) -> Iterator[tuple[float, float]]:
    """End whoever polls, again and again.

    Args:
        how: SIGKILL, or SIGSTOP: it hangs, as if its network were gone.
    Returns:
        For each try, in how many seconds another one polls, and a message is answered.
    """
    api = fleet.api
    with fleet.serving(1) as serving:
        api.wait_for(lambda: api.updates.polls)
        for _ in range(tries):
            polls, waits = serving[0], fleet.start()
            serving.append(waits)
            waits.wait_for_log("serving Telegram")
            time.sleep(1 + random.random())  # each second it asks whether it may poll
            polls.signal(how)
            began = time.monotonic()
            time.sleep(_SETTLES_S)
            before = api.updates.polls
            traffic.ask(1)
            api.wait_for(lambda before=before: api.updates.polls > before, PATIENCE_S)  # type: ignore[misc]
            polled_s = time.monotonic() - began
            traffic.wait()
            yield polled_s, traffic.verdict({}).waits_s[-1]
            polls.stop(SIGKILL)
            serving.remove(polls)


@contextmanager
def tree_of(commit: str) -> Iterator[Path]:
    """The files of a commit, in a folder of their own.

    Raises:
        BotError: there is no such commit.
    """
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        _git("worktree", "add", "--detach", str(tree), commit)
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*arguments: str) -> None:
    made = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    if made.returncode:
        raise BotError(f"git {' '.join(arguments)}: {made.stderr.strip()}")
