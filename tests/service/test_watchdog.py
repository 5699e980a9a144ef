"""What ends a process that is dead, and lets one live that has nothing to do."""

from __future__ import annotations

import faulthandler
import logging
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.service.health import Health
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
    health = Health()
    health.depth, health.progressed = 1, time.monotonic() - seconds
    return health


def test_the_watchdog_ends_a_dead_process_with_one_line_in_the_log(
    ended: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    for health in (Health(), still(59.0)):  # while all is well it does nothing
        Watchdog(health, 60.0, {}).tick()
    assert (ended, caplog.messages) == ([], [])
    with pytest.raises(EndedError):
        Watchdog(still(61.0), 60.0, {}).tick()
    assert ended == ["log", "exit 1"]
    assert caplog.messages == [
        "no update was dealt with for 61 s; waiting: 1; the process ends, to be started again"
    ]


STANDS_STILL = """
import asyncio, time
from bot.service.health import Health
from bot.service.watchdog import Watchdog

async def blocks_the_loop():
    watching = asyncio.create_task(Watchdog(Health(), 0.2, {}).run())
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
    assert done.stderr.startswith("Timeout (0:00:00.200000)!\n" * status)
    assert ("in blocks_the_loop" in done.stderr) == bool(status)


# --- systemd -------------------------------------------------------------------------------------


@pytest.fixture(params=["a file", "an abstract name"])
def named(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """The name of systemd's socket, as it stands in the environment, and the socket."""
    name = str(tmp_path / "user@1000")
    if request.param == "an abstract name":
        if sys.platform != "linux":
            pytest.skip("only Linux has abstract names")
        name = f"@faq-bot-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(f"\0{name[1:]}" if name.startswith("@") else name)
        server.setblocking(False)
        yield name, server


def heard(server: socket.socket) -> list[bytes]:
    said = []
    with suppress(BlockingIOError):
        while True:
            said.append(server.recv(100))
    return said


def test_systemd_is_told_each_state_in_one_message(named: tuple[str, socket.socket]) -> None:
    name, server = named
    health = Health()
    watchdog = Watchdog(health, 60.0, {"NOTIFY_SOCKET": name})
    watchdog.ready()
    assert health.is_ready
    watchdog.tick()
    watchdog.tick()
    watchdog.stopping()
    assert not health.is_ready
    assert heard(server) == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"STOPPING=1"]


@pytest.mark.parametrize("name", ["", "nowhere/notify", "@nobody-listens", "x" * 500])
def test_where_no_systemd_listens_nothing_happens(name: str) -> None:
    watchdog = Watchdog(Health(), 60.0, {"NOTIFY_SOCKET": name})
    watchdog.ready()
    watchdog.tick()
    watchdog.stopping()
