"""The studio's packages are there for whoever opens it, and nobody else loads them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from bot.errors import ChannelError
from bot.files.config.settings import Settings
from bot.studio.channel import StudioChannel
from tests.e2e.process import ROOT

LOADS = """
import sys
import bot.app, bot.cli, bot.commands.studio, bot.studio.channel, bot.service.serving
loaded = {name.partition(".")[0] for name in sys.modules}
print(sorted(loaded & {"nicegui", "fastapi", "argon2", "itsdangerous", "uvicorn", "socketio"}))
"""


def test_without_its_packages_the_studio_says_in_one_line_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ChannelError) as caught:
        StudioChannel(Settings())
    assert str(caught.value) == (
        "the studio needs the package nicegui. Install it with: .venv/bin/python -m pip install -r "
        "requirements-studio.lock"
    )


def test_a_bot_without_the_studio_loads_none_of_its_packages() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
