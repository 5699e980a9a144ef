"""What systemd is told."""

from __future__ import annotations

import secrets
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.service.systemd import Systemd


@pytest.fixture(params=["a file", "an abstract name"])
def named(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """The name of systemd's socket, as it stands in the environment, and the socket."""
    name = str(tmp_path / "notify")
    if request.param == "an abstract name":
        if sys.platform != "linux":
            pytest.skip("only Linux has abstract names")
        name = f"@faq-bot-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(f"\0{name[1:]}" if name.startswith("@") else name)
        server.settimeout(60.0)
        yield name, server


def test_each_state_is_one_message(named: tuple[str, socket.socket]) -> None:
    name, server = named
    notify = Systemd({"NOTIFY_SOCKET": name})
    for say in (notify.ready, notify.alive, notify.alive, notify.stopping):
        say()
    said = [server.recv(100) for _ in range(4)]
    assert said == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"STOPPING=1"]
    server.settimeout(0.0)
    with pytest.raises(BlockingIOError):
        server.recv(100)


@pytest.mark.parametrize("name", ["", "nowhere/notify", "@nobody-listens", "x" * 500])
def test_where_nobody_listens_nothing_happens(name: str) -> None:
    notify = Systemd({"NOTIFY_SOCKET": name})
    notify.ready()
    notify.alive()
    notify.stopping()


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("30000000", 30.0),
        ("500000", 0.5),
        ("0", 0.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("²", None),
        ("1.5", None),
    ],
)
def test_the_patience_of_systemd_is_read_in_seconds(written: str, seconds: float | None) -> None:
    assert Systemd({"WATCHDOG_USEC": written}).watchdog_s == seconds


def test_without_systemd_there_is_no_patience() -> None:
    assert Systemd({}).watchdog_s is None
