"""Memory is kept in few pools, and what was freed goes back to the machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.files.config.texts import shipped
from bot.service import heap
from tests.service.served import Server, until

PAGE = 4096
# Threads that all hold memory of the C library at once, and then how many pools it has.
POOLS = """
import ctypes, threading
from bot.service import heap
{first}
c = ctypes.CDLL(None)
c.malloc.restype = ctypes.c_void_p
all_hold = threading.Barrier(8)
def hold():
    c.malloc(1000)
    all_hold.wait(60)
threads = [threading.Thread(target=hold) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
c.malloc_info(0, ctypes.c_void_p.in_dll(c, "stdout"))
c.fflush(None)
"""


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE


def pools(first: str) -> int:
    """How many pools of memory a process has whose threads hold some, having begun with that."""
    command = [sys.executable, "-c", POOLS.format(first=first)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return told.stdout.count("<heap nr=")


def test_threads_share_two_pools_of_memory() -> None:
    assert pools("heap.share_pools()") == 2
    assert pools("") > 2


def test_what_is_freed_between_what_is_kept_goes_back() -> None:
    taken = [bytes(50_000) for _ in range(4_000)]
    kept = taken[9::10]  # the last one stands above all that is freed
    del taken
    before = resident()
    heap.give_back()
    assert resident() < before - 50_000_000
    assert kept


async def test_after_a_reload_what_it_took_goes_back(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[None] = []
    monkeypatch.setattr(heap, "give_back", lambda: called.append(None))
    server.start()
    await server.live.reload(shipped()["en"].team)
    await until(lambda: len(called) == 1)
