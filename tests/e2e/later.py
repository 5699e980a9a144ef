"""A wall clock that tests set forward, for the true process and for who writes to it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.e2e import bot_api_chats

# Python imports this by itself, before all else, where its folder is on PYTHONPATH.
_SITECUSTOMIZE = """
import pathlib, time
_ahead, _now = pathlib.Path(__file__).with_name("ahead_s"), time.time
time.time = lambda: _now() + float(_ahead.read_text())
"""


class LaterClock:
    """The clock of a bot that is started with `variables`, and of the stand-in for Telegram.

    Attributes:
        variables: for the bot's environment.
    """

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._ahead_s = 0.0
        self._folder = folder
        (folder / "sitecustomize.py").write_text(_SITECUSTOMIZE, "utf-8")
        self.variables = {"PYTHONPATH": str(folder)}
        self.later(0.0)
        now = SimpleNamespace(time=lambda: time.time() + self._ahead_s)
        patch.setattr(bot_api_chats, "time", now)

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self._ahead_s += seconds
        new = self._folder / "new"
        new.write_text(str(self._ahead_s), "utf-8")
        os.replace(new, self._folder / "ahead_s")  # noqa: PTH105  (whole, for whoever reads it now)
