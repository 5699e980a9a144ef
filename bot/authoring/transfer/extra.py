"""Packages that only import and export need, and that not everybody has installed."""

from __future__ import annotations

import importlib.util

from bot.errors import BotError

INSTALL = ".venv/bin/python -m pip install -r requirements-import.lock"


def needs(package: str, what: str) -> None:
    """Find out whether a package is there.

    Raises:
        BotError: it is not; says how it gets there.
    """
    if importlib.util.find_spec(package) is None:
        raise BotError(f"{what} needs the package {package}. Install it with: {INSTALL}")
