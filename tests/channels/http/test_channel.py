"""The API's packages are there for whoever serves it, and nobody else loads them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from bot.channels.http.channel import HttpChannel
from bot.errors import ChannelError
from bot.files.config.settings import Settings
from tests.e2e.process import ROOT

LOADS = """
import sys
import bot.app, bot.cli, bot.channels.telegram.channel, bot.channels.console, bot.service.serving
loaded = {name.partition(".")[0] for name in sys.modules}
print(sorted(loaded & {"fastapi", "starlette", "pydantic"}))
"""


def test_without_its_packages_the_api_says_in_one_line_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ChannelError) as caught:
        HttpChannel(Settings())
    assert str(caught.value) == (
        "http needs the package fastapi. Install it with: .venv/bin/python -m pip install -r "
        "requirements-http.lock"
    )


def test_a_bot_without_http_loads_none_of_its_packages() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
