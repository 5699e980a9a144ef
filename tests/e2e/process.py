"""The true bot as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGTERM, Signals

from tests.e2e.bot_api import BotApi

MakeConfig = Callable[[str], Path]  # writes a configuration, given more YAML
ROOT = Path(__file__).parent.parent.parent
START_TIMEOUT_S = 300  # it bounds a hang: starts take seconds, and minutes on a busy machine
STOP_TIMEOUT_S = 120


def environment(**more: str) -> dict[str, str]:
    """This process's environment without anything a person may have set for Telegram."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TELEGRAM_")}
    return kept | {"PYTHONUNBUFFERED": "1"} | more


class BotProcess:
    """`python -m bot` serving Telegram; a context manager that stops what it started.

    Args:
        arguments: more of them for the command line.
        variables: more of them for the environment.

    Attributes:
        root: the folder of its code.
        log: standard error so far, by lines.
    """

    root = ROOT

    def __init__(
        self, config: Path, token: str, api_url: str, *arguments: str, **variables: str
    ) -> None:
        self.log: list[str] = []
        self._line_came = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "--config", str(config), *arguments],
            cwd=self.root,
            env=environment(TELEGRAM_BOT_TOKEN=token, TELEGRAM_API_URL=api_url, **variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> BotProcess:
        return self

    def __exit__(self, *error: object) -> None:
        if self.is_running:
            self._process.kill()
        self.wait()

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def signal(self, number: Signals) -> None:
        """Send a signal and go on."""
        self._process.send_signal(number)

    def stop(self, number: Signals = SIGTERM) -> int:
        """Send a signal and wait for the exit status."""
        self.signal(number)
        return self.wait()

    def wait(self, timeout_s: float = STOP_TIMEOUT_S) -> int:
        """The exit status, once the process has ended by itself."""
        status = self._process.wait(timeout_s)
        self._reader.join(STOP_TIMEOUT_S)
        if self._process.stderr is not None:
            self._process.stderr.close()
        return status

    def wait_for_log(self, text: str) -> str:
        """The first line that holds a text."""
        with self._line_came:
            found = self._line_came.wait_for(
                lambda: [line for line in self.log if text in line], START_TIMEOUT_S
            )
        assert found, f"no log line with {text!r} in {self.log}"
        return found[0]

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._line_came:
                self.log.append(line.rstrip("\n"))
                self._line_came.notify_all()


@contextmanager
def serving(api: BotApi, config: Path, *arguments: str, **variables: str) -> Iterator[BotProcess]:
    """A bot that serves Telegram; what the test has not ended by then must stop in good order."""
    with BotProcess(config, api.token, api.url, *arguments, **variables) as process:
        process.wait_for_log("serving Telegram")
        yield process
        if process.is_running:
            assert process.stop() == 0
