"""What ends a process that is dead, and lets one live that has nothing to do."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.service.health import Health
from bot.service.systemd import Systemd
from bot.service.watchdog import Watchdog

ROOT = Path(__file__).parent.parent.parent


class EndedError(Exception):
    """The process would have ended."""


@pytest.fixture(autouse=True)
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Notes, in order, that the log was written out and with which status the process ended."""
    noted: list[str] = []

    def end(status: int) -> None:
        noted.append(f"exit {status}")
        raise EndedError

    monkeypatch.setattr(logging, "shutdown", lambda: noted.append("log"))
    monkeypatch.setattr(os, "_exit", end)
    yield noted
    faulthandler.cancel_dump_traceback_later()


def still(seconds: float) -> Health:
    """A queue in which nothing was dealt with for so long."""
    return Health(depth=1, progressed=time.monotonic() - seconds)


def test_the_watchdog_ends_a_dead_process_with_one_line_in_the_log(
    ended: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(EndedError):
        Watchdog(still(61.0), 60.0, Systemd({})).tick()
    assert ended == ["log", "exit 1"]
    assert caplog.messages == [
        "no update was dealt with for 61 s; waiting: 1; the process ends, to be started again"
    ]


def test_while_all_is_well_the_watchdog_does_nothing(
    ended: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    for health in (Health(), still(59.0)):
        Watchdog(health, 60.0, Systemd({})).tick()
    assert (ended, caplog.messages) == ([], [])


STANDS_STILL = """
import asyncio, time
from bot.service.health import Health
from bot.service.systemd import Systemd
from bot.service.watchdog import Watchdog

async def blocks_the_loop():
    watching = asyncio.create_task(Watchdog(Health(), 0.2, Systemd({})).run())
    await asyncio.sleep(0.01)
    time.sleep({seconds})
    watching.cancel()
    await asyncio.sleep(0)
    time.sleep({after})

asyncio.run(blocks_the_loop())
"""


@pytest.mark.parametrize(
    ("seconds", "after", "status"),
    [
        pytest.param(60.0, 0.0, 1, id="it stands still"),
        pytest.param(0.0, 0.5, 0, id="it has stopped watching"),
    ],
)
def test_an_event_loop_that_stands_still_ends_the_process_and_says_where(
    seconds: float, after: float, status: int
) -> None:
    script = STANDS_STILL.replace("{seconds}", str(seconds)).replace("{after}", str(after))
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == status
    if status:
        assert done.stderr.startswith("Timeout (0:00:00.200000)!\n")
        assert "in blocks_the_loop" in done.stderr
    else:
        assert done.stderr == ""


def test_systemd_hears_that_all_is_well_by_its_own_patience(tmp_path: Path) -> None:
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(name)
        server.setblocking(False)
        systemd = Systemd({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "30000000"})

        async def watch(health: Health) -> None:
            watching = asyncio.create_task(Watchdog(health, 60.0, systemd).run())
            await asyncio.sleep(0)
            watching.cancel()

        asyncio.run(watch(still(31.0)))
        with pytest.raises(BlockingIOError):
            server.recv(100)
        asyncio.run(watch(still(29.0)))
        assert server.recv(100) == b"WATCHDOG=1"
